import pino from "pino";

import { createApp } from "./app.js";
import { openStore } from "./store.js";

const log = pino({ level: process.env.LOG_LEVEL ?? "info" });
const port = Number(process.env.PORT ?? 3000);

const store = await openStore(process.env.REDIS_URL);
const server = createApp(store).listen(port, () => {
  log.info({ port }, "listening");
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    log.info({ signal }, "stopping");
    server.close(async () => {
      await store.close();
    });
  });
}
