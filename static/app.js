// What pages do besides htmx: ask for changes, tick clocks, copy, and post only differences.
// Every page works without this file.
"use strict";

const find = (id) => document.getElementById(id);
const LONGEST_MS = 30_000;
const PATIENT_AFTER = 5; // polls in a row with nothing new
const PATIENT_MS = 5000;
const MILESTONE_MS = 10_000;

// --- polling: the server says when to ask again, the page only asks ---

const poll = { timer: 0, failures: 0, empty: 0, lastGood: new Date() };

function schedule(ms) {
  clearTimeout(poll.timer);
  if (document.hidden || !find("poll")) return;
  // Jitter, so that many pages opened together do not ask together.
  poll.timer = setTimeout(ask, ms * (0.85 + Math.random() * 0.3));
}

function ask() {
  find("poll")?.dispatchEvent(new Event("omni:tick"));
}

function connected() {
  poll.failures = 0;
  poll.lastGood = new Date();
  find("connection").hidden = true;
}

function disconnected(what = "Connection lost") {
  const strip = find("connection");
  const since = poll.lastGood.toISOString().slice(11, 19);
  strip.firstElementChild.textContent = `${what}: what you see is from ${since} UTC.`;
  strip.hidden = false;
  poll.failures += 1;
}

// Of the form that all buttons of a batch belong to, the button says where it goes.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  const address = request.submitter?.getAttribute("formaction");
  if (sourceElement.id === "act" && address) request.action = address;
});

// `finally` also fires on network errors; `after:request` does not.
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (sourceElement?.id !== "poll") return schedule(1000);
  if (response && response.status < 500) connected();
  else disconnected(response?.status === 503 ? "The server is busy" : undefined);
  if (response?.status === 404) return find("poll")?.remove();
  poll.empty = response?.status === 204 ? poll.empty + 1 : 0;
  const told = Number(response?.headers.get("Poll-After")) || 2000;
  const paced = poll.empty < PATIENT_AFTER ? told : Math.max(told, PATIENT_MS);
  const asked = 1000 * Number(response?.headers.get("Retry-After"));
  const patience = Math.min(LONGEST_MS, Math.max(asked || 0, 1000 * 2 ** poll.failures));
  schedule(poll.failures ? patience : paced);
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(poll.timer);
  if (document.hidden) return;
  ask();
});

// --- what a change of the summary means for title and screen readers ---

const spoken = { text: "", at: -MILESTONE_MS, timer: 0 };

function speak() {
  const text = find("summary")?.dataset.milestone;
  if (!text || text === spoken.text) return;
  const wait = spoken.at + MILESTONE_MS - performance.now();
  clearTimeout(spoken.timer);
  if (wait > 0) {
    spoken.timer = setTimeout(speak, wait);
    return;
  }
  spoken.text = text;
  spoken.at = performance.now();
  find("batch-status").textContent = text;
}

document.addEventListener("htmx:after:swap", () => {
  const title = find("summary")?.dataset.title;
  if (title) document.title = `${title} · Omni-Architect`;
  speak();
});

// --- clocks: the same words as the server's `duration` ---

const skew = Date.now() - Date.parse(document.body.dataset.now);

function duration(seconds) {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (!minutes) return `${rest} s`;
  const two = (number) => String(number).padStart(2, "0");
  if (minutes < 60) return `${minutes} m ${two(rest)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

setInterval(() => {
  if (document.hidden) return;
  for (const clock of document.querySelectorAll("time[data-start]")) {
    clock.textContent = duration((Date.now() - skew - Date.parse(clock.dataset.start)) / 1000);
  }
}, 1000);

// --- small controls ---

// Whoever ticks rows means them; the box in the head ticks all of the page.
document.addEventListener("change", ({ target }) => {
  if (target.id !== "pick-all" && target.name !== "pick") return;
  const boxes = document.querySelectorAll("input[name=pick]");
  if (target.id === "pick-all") for (const box of boxes) box.checked = target.checked;
  find("on-picked").checked = true;
});

// What a row cuts off is told in full where the pointer rests.
document.addEventListener("mouseover", ({ target }) => {
  const detail = target.closest?.(".detail");
  if (detail) detail.title = detail.textContent;
});

// What a button copies: the text at an address, that of an element, or the address of a place here.
async function wanted({ copy, copyFrom, copyLink }) {
  if (copy) return (await fetch(copy)).text();
  return copyFrom ? find(copyFrom).textContent : new URL(copyLink, location).href;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-copy], [data-copy-from], [data-copy-link]")) {
    await navigator.clipboard.writeText(await wanted(button.dataset));
    const word = button.querySelector("span");
    const before = word.textContent;
    if (before === "Copied") return;
    word.textContent = "Copied";
    setTimeout(() => (word.textContent = before), 2000);
  } else if (button?.closest("#connection")) {
    ask();
  }
});

// A form lists every ticked file; what is sent names only those that differ from the usual choice.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!formData.has("choice")) return;
  formData.delete("choice");
  formData.delete("send");
  for (const box of target.querySelectorAll("input[name=send]")) {
    const { usual } = box.dataset; // "" where it is usual, "left-out" where the user took it away
    if (box.checked && usual !== "") formData.append("added", box.value);
    if (!box.checked && usual !== undefined) formData.append("left_out", box.value);
  }
});

// A job file is read as soon as it is chosen. Too large a zip would be refused only after it was sent.
document.addEventListener(
  "change",
  (event) => {
    const input = event.target;
    // At once, as the project's zip: a file that stays in the form is sent again with everything.
    if (input.id === "job-file" && input.files.length) find("read-job-file").click();
    if (!input.dataset.mostBytes || !input.files.length) return;
    const isTooLarge = input.files[0].size > Number(input.dataset.mostBytes);
    input.setCustomValidity(isTooLarge ? "The zip has more than 50 MB: leave out what is not source." : "");
    if (!isTooLarge) return;
    event.stopImmediatePropagation();
    input.reportValidity();
    input.value = "";
  },
  true,
);

for (const button of document.querySelectorAll(".copy")) button.hidden = !navigator.clipboard;
if (find("pick-all")) find("pick-all").hidden = false;
schedule(1000);
speak();
