export default { client: "pg", connection: process.env.DESK_DATABASE_URL };
