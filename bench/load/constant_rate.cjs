// Sends requests at a constant rate by autocannon, and prints how long each took.
//
// autocannon sends what is due within a second at the second's beginning. So each connection gets
// one request a second, and the connections start in groups, evenly spread over the first second:
// so many watchers, each of whom asks once a second. It corrects for requests that were held up as
// if one were due each millisecond; so we take its raw times, and correct them in rate.py.
//
// Its one argument is JSON: url, method, headers, body, rate, seconds, and perhaps `follow`. Then a
// connection watches a page as a browser does: it adds to the URL the cursor it got last.
"use strict";
const autocannon = require("../../.bench-load/node_modules/autocannon");
const { gunzipSync } = require("node:zlib");

const GROUPS = 20;
const CURSOR = /name="since" value="(\d+p?)"/;
const asked = JSON.parse(process.argv[2]);
const took = { ms: [], statuses: {}, retry_after: 0, errors: 0, bytes: 0 };

function watch(client) {
  let cursor = asked.follow;
  let pieces = [];
  client.on("body", (piece) => pieces.push(Buffer.from(piece)));
  client.setRequests([
    {
      setupRequest: (request) => ({ ...request, path: asked.path + cursor }),
      onResponse: (status) => {
        if (status === 200) cursor = CURSOR.exec(gunzipSync(Buffer.concat(pieces)))[1];
        pieces = [];
      },
    },
  ]);
}

function send(connections) {
  const { url, method, headers, body, seconds } = asked;
  const run = autocannon({
    url: url + asked.path,
    method,
    headers,
    body,
    connections,
    connectionRate: 1,
    // The last request of a connection is due half a second before the end.
    duration: seconds - 0.5,
    sampleInt: 250,
    timeout: 10,
    idReplacement: true,
    setupClient: (client) => {
      client.on("headers", ({ headers: told }) => {
        took.retry_after += told.some((word) => /^retry-after$/i.test(word));
      });
      if (asked.follow !== undefined) watch(client);
    },
  });
  run.on("response", (_client, status, bytes, ms) => {
    took.ms.push(Math.round(ms * 100) / 100);
    took.statuses[status] = (took.statuses[status] || 0) + 1;
    took.bytes += bytes;
  });
  return run;
}

async function main() {
  const groups = Math.min(GROUPS, asked.rate);
  const runs = [];
  for (let group = 0; group < groups; group += 1) {
    const connections = Math.floor((asked.rate + group) / groups);
    runs.push(send(connections));
    await new Promise((resolve) => setTimeout(resolve, 1000 / groups));
  }
  for (const result of await Promise.all(runs)) took.errors += result.errors + result.timeouts;
  process.stdout.write(JSON.stringify(took));
}

main();
