// The page of one job: its text as it grows, links to lines, and the first error.
// Loaded after app.js, whose names it uses. The page works without either.
"use strict";

// --- the text of a running job ---

let growTimer = 0;

// The reader is at the end, give or take a line.
const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

function toEnd(box) {
  box.scrollTop = box.scrollHeight;
  find("follow").hidden = true;
}

// The page as the server has it now, without losing the text or where the reader is in it.
async function renew(box) {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("growing");
  if (!next) return location.reload();
  for (const id of ["job-state", "job-detail", "waiting"]) find(id).replaceWith(page.getElementById(id));
  if (page.title !== document.title) {
    document.title = page.title;
    find("batch-status").textContent = page.title.split(" · Omni")[0];
  }
  // Another call begins its text anew; that of this one stays when the server drops it.
  if (next.dataset.attempt !== box.dataset.attempt) watch(next, box);
  Object.assign(box.dataset, { status: next.dataset.status, version: next.dataset.version });
}

function watch(box, old) {
  old?.replaceWith(box);
  box.addEventListener("scroll", () => (find("follow").hidden = isAtEnd(box)), { passive: true });
  toEnd(box);
}

async function grow() {
  const box = find("growing");
  clearTimeout(growTimer);
  if (!box || document.hidden) return;
  let pause = 2000;
  try {
    const response = await fetch(`${box.dataset.text}?offset=${box.dataset.offset}`);
    if (response.ok) {
      connected();
      pause = Number(response.headers.get("Poll-After"));
      if (!pause) return location.reload();
      // Why a queued job waits may change without a new version of it.
      const isOld = response.headers.get("Job-Version") !== box.dataset.version;
      if (isOld || box.dataset.status === "queued") await renew(box);
      else take(box, await response.text(), response.headers.get("Next-Offset"));
    }
  } catch {
    disconnected();
    pause = Math.min(LONGEST_MS, 1000 * 2 ** poll.failures);
  }
  clearTimeout(growTimer);
  growTimer = setTimeout(grow, pause);
}

function take(box, piece, offset) {
  if (!piece) return;
  const follows = isAtEnd(box);
  box.append(piece);
  box.dataset.offset = offset;
  if (follows) toEnd(box);
  else find("follow").hidden = false;
}

document.addEventListener("visibilitychange", grow);

// --- links to lines: #f2-L12, and #f2-L12-L18 for all from one to another ---

const LINES = /^#f(\d+)-L(\d+)(?:-L(\d+))?$/;

function choose() {
  for (const line of document.querySelectorAll(".line.chosen")) line.classList.remove("chosen");
  for (const button of document.querySelectorAll(".copy-line")) button.hidden = true;
  const [, file, one, other] = LINES.exec(location.hash) ?? [];
  const first = find(`f${file}-L${one}`);
  if (!first) return;
  let number = Number(one);
  for (let line = first; line && number <= Number(other ?? one); line = find(`f${file}-L${++number}`)) {
    line.classList.add("chosen");
  }
  const button = find(`copy-line-${file}`);
  button.dataset.copyLink = location.hash;
  button.querySelector("span").textContent = `Copy link to ${other ? `lines ${one}–${other}` : `line ${one}`}`;
  button.hidden = !navigator.clipboard;
  return first;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.no[href]");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  let { hash } = link;
  const [, file, start] = LINES.exec(location.hash) ?? [];
  const [, same, end] = LINES.exec(hash);
  if (event.shiftKey && file === same && start !== end) {
    const [first, last] = [start, end].map(Number).sort((a, b) => a - b);
    hash = `#f${file}-L${first}-L${last}`;
    getSelection().removeAllRanges(); // which shift-click would draw over the code
  }
  const { scrollX, scrollY } = window;
  location.hash = hash;
  scrollTo(scrollX, scrollY); // the line is under the pointer: nothing has to move
});

addEventListener("hashchange", choose);

// --- begin ---

const chosen = choose();
if (chosen && !document.querySelector(":target")) chosen.scrollIntoView({ block: "center" });

// A job with errors opens at the first one, unless the reader wants another place or comes back.
const firstError = find("first-error");
const [visited] = performance.getEntriesByType("navigation");
if (firstError && !location.hash && visited?.type === "navigate") {
  const mark = document.querySelector(firstError.hash);
  if (mark.getBoundingClientRect().bottom > innerHeight) mark.scrollIntoView({ block: "center" });
}

if (find("growing")) watch(find("growing"));
find("follow")?.addEventListener("click", () => {
  toEnd(find("growing"));
  find("growing").focus({ preventScroll: true });
});
find("connection").addEventListener("click", (event) => event.target.closest("button") && grow());
grow();
