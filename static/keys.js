// Keys, as pages declare them.
//   data-key="r", "g b"  presses the element, or goes into the field; one in the focused row wins
//   data-rows            j and k go through the first links of its tr or li, x ticks the row's box
//   data-mark            n and p go through these
//   data-dialog="id"     a link that opens this dialog instead
"use strict";

{
  const ROW = "[data-rows] > :is(tr, li)";
  // A box takes no letters.
  const FIELD = "textarea, select, [contenteditable], input:not([type=checkbox])";
  const LATE_MS = 1500;
  const OFF = "omni-keys-off";

  const memory = (() => {
    try {
      return localStorage;
    } catch {
      return {}; // off until the page is left
    }
  })();

  const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const link = (row) => row?.querySelector("a[href]");
  const rowOf = (element) => element.closest?.(ROW);

  let begun = { keys: "", at: 0 };
  let lastRow = ""; // its id: a swap may take the focused link away

  function focus(element, block) {
    if (!element) return;
    element.scrollIntoView({ block });
    element.focus({ preventScroll: true });
  }

  function toRow(step) {
    const rows = all(ROW).filter(link);
    const at = rows.indexOf(rowOf(document.activeElement) ?? document.getElementById(lastRow));
    focus(link(rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]), "nearest");
  }

  function toMark(step) {
    const marks = all("[data-mark]");
    const at = marks.indexOf(document.activeElement.closest("[data-mark]"));
    const next = marks[at < 0 && step < 0 ? marks.length - 1 : (at + step + marks.length) % marks.length];
    if (next?.tabIndex < 0) next.tabIndex = -1; // once said, it takes the focus
    focus(next, "center");
  }

  const MOVES = {
    j: () => toRow(1),
    k: () => toRow(-1),
    n: () => toMark(1),
    p: () => toMark(-1),
    x: () => rowOf(document.activeElement)?.querySelector("input[type=checkbox]")?.click(),
  };

  function press(element) {
    if (!element.matches(FIELD)) return element.click();
    element.focus();
    element.select?.();
  }

  // Whose keys they are: first of the focused row, then of the page.
  function holders(test) {
    const here = rowOf(document.activeElement);
    const found = all("[data-key]").filter(({ dataset }) => test(dataset.key));
    return [here, undefined].flatMap((row) => found.filter((one) => rowOf(one) == row));
  }

  function typed(event) {
    const isSequence = begun.keys && event.timeStamp - begun.at < LATE_MS;
    const keys = isSequence ? `${begun.keys} ${event.key}` : event.key;
    const [holder] = holders((key) => key === keys);
    begun = { keys: "", at: event.timeStamp };
    if (holder) {
      // A key held down moves on, but presses once.
      if (!event.repeat) press(holder);
    } else if (holders((key) => key.startsWith(`${keys} `)).length) {
      begun.keys = keys;
    } else if (MOVES[keys] && !(event.repeat && keys === "x")) {
      MOVES[keys]();
    } else return;
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (memory[OFF] || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length > 1) return;
    if (event.target.closest(FIELD) || document.querySelector("dialog[open]")) return;
    typed(event);
  });

  document.addEventListener("focusin", ({ target }) => (lastRow = rowOf(target)?.id ?? ""));

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal(); // closed, it gives the focus back
  });

  const box = document.getElementById("keys-on");
  if (box) {
    box.checked = !memory[OFF];
    box.addEventListener("change", () => (box.checked ? delete memory[OFF] : (memory[OFF] = "yes")));
  }
}
