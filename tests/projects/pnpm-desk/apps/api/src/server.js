import fastify from "fastify";
import metrics from "fastify-metrics";

const app = fastify({ logger: true });
await app.register(metrics, { endpoint: "/metrics" });
app.get("/healthz", async () => ({ status: "ok" }));
app.get("/desks", async () => []);
await app.listen({ port: 4000, host: "0.0.0.0" });
