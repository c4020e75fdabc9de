import { createClient } from "redis";

export async function openStore(url) {
  const client = createClient({ url });
  await client.connect();
  return {
    all: () => client.hGetAll("notes"),
    put: (id, text) => client.hSet("notes", id, text),
    close: () => client.quit(),
  };
}

export function memoryStore() {
  const notes = new Map();
  return {
    all: async () => Object.fromEntries(notes),
    put: async (id, text) => notes.set(id, text),
    close: async () => {},
  };
}
