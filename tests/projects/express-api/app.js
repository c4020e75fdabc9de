import express from "express";
import helmet from "helmet";

import health from "./routes/health.js";
import notes from "./routes/notes.js";

export function createApp(store) {
  const app = express();
  app.use(helmet());
  app.use(express.json({ limit: "100kb" }));
  app.use("/health", health());
  app.use("/notes", notes(store));
  app.use((error, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(error.status ?? 500).json({ error: error.expose ? error.message : "internal" });
  });
  return app;
}
