import express from "express";
import pg from "pg";

import { shown } from "@market/money";

const pool = new pg.Pool({ connectionString: process.env.WEB_DATABASE_URL });
const app = express();

app.get("/healthz", (request, response) => response.send("ok"));
app.get("/", async (request, response) => {
  const { rows } = await pool.query("SELECT name, cents FROM product ORDER BY name");
  response.json(rows.map(({ name, cents }) => ({ name, price: shown(cents) })));
});

app.listen(process.env.PORT || 8080);
