import { randomUUID } from "node:crypto";

import { Router } from "express";

export default function notes(store) {
  const router = Router();

  router.get("/", async (request, response) => {
    response.json(await store.all());
  });

  router.post("/", async (request, response) => {
    const text = request.body?.text;
    if (typeof text !== "string" || text === "") {
      response.status(422).json({ error: "text is missing" });
      return;
    }
    const id = randomUUID();
    await store.put(id, text);
    response.status(201).location(`/notes/${id}`).json({ id, text });
  });

  return router;
}
