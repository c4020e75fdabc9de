import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createApp } from "../app.js";
import { memoryStore } from "../store.js";

let server;
let base;

before(async () => {
  server = createApp(memoryStore()).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

test("health answers", async () => {
  const response = await fetch(`${base}/health`);
  assert.deepEqual(await response.json(), { status: "ok" });
});

test("a note is kept", async () => {
  const made = await fetch(`${base}/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "milk" }),
  });
  assert.equal(made.status, 201);
  const { id } = await made.json();
  assert.equal((await (await fetch(`${base}/notes`)).json())[id], "milk");
});

test("a note without text is refused", async () => {
  const response = await fetch(`${base}/notes`, { method: "POST" });
  assert.equal(response.status, 422);
});
