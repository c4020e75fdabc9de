export const up = (knex) => knex.schema.createTable("booking", (table) => table.increments());
export const down = (knex) => knex.schema.dropTable("booking");
