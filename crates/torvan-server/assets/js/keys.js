
// Keys: the palette, jumps, the search of a list, walking its rows; and readers of barcodes, which type fast and end with Enter.

const palette = document.getElementById("palette");
const keys = document.getElementById("keys");
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

let asked = 0;
/** Shows in the palette what the search page shows. */
async function look(words) {
  const mine = ++asked;
  const answer = await fetch(`/search?q=${encodeURIComponent(words)}`, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected || mine !== asked) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
  palette.querySelector("[data-found]").replaceChildren(...document.importNode(part, true).childNodes);
  // What is chosen here leads back to the page that the palette stands on.
  palette.querySelectorAll("input[name=next]").forEach((next) => { next.value = location.pathname + location.search; });
  mark(0);
}

function hits() { return [...palette.querySelectorAll("[data-found] .menu-item")]; }
function mark(place) {
  hits().forEach((hit, at) => hit.classList.toggle("on", at === place));
  hits()[place]?.scrollIntoView({ block: "nearest" });
}

function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  palette.querySelector("input").select();
  look(palette.querySelector("input").value.trim());
}

if (palette) {
  let waiting;
  palette.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => look(event.target.value.trim()), 120);
  });
  palette.addEventListener("keydown", (event) => {
    const all = hits();
    const at = all.findIndex((hit) => hit.classList.contains("on"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark((at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % Math.max(all.length, 1));
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      all[at].click();
    } else if (event.key === "Escape" && event.target.value === "") {
      // A search field keeps the key for itself, even where it has nothing to clear.
      event.preventDefault();
      palette.close();
    }
  });
  palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  document.querySelector("[data-palette]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPalette();
  });
}

/** A reader of barcodes types a sign in less time than a person can, and ends with Enter. */
const BURST_MS = 50;
const BURST_SIGNS = 4;
let burst = "";
let last = 0;
/** The field that the burst stands in, and what it held before. */
let before = null;

/** Fields of forms that act which take what is read into them, such as a lot, a list of build numbers, or a code of who signs; quantities do not. */
const CODES = "textarea, input:is(:not([type]), [type=text], [type=password]):is(:not([inputmode]), [autocomplete=one-time-code])";
function takesCodes(field) { return field.form?.method === "post" && field.matches(CODES); }

function isScan(event) {
  const field = isTyping(event.target);
  if (event.repeat || event.isComposing || (field && takesCodes(field))) {
    burst = "";
    return false;
  }
  if (event.timeStamp - last >= BURST_MS) burst = "";
  last = event.timeStamp;
  if (event.key === "Enter") {
    const scanned = burst.length >= BURST_SIGNS ? burst : "";
    burst = "";
    if (scanned) openScanned(scanned);
    return Boolean(scanned);
  }
  // Great letters come with a key of their own.
  if (event.key === "Shift") return false;
  if (event.key.length > 1) {
    burst = "";
    return false;
  }
  if (!burst) before = field && { field, value: field.value };
  burst += event.key;
  // In a field it stands until Enter shows that nobody typed it.
  return !field && burst.length >= BURST_SIGNS;
}

function openScanned(code) {
  if (before) leaveAsBefore(before);
  location.assign(`/search?go=1&q=${encodeURIComponent(code)}`);
}

/** The field holds what it held; what somebody began to type is here again when they come back. */
function leaveAsBefore({ field, value }) {
  if (field.value !== value) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (field.form?.method !== "post" || field.form.dataset.configure || !typed(field.form).some(isChanged)) return;
  keep(field.form);
  changeDraft({ isRefused: true });
}

// Before anything that takes a key: Enter would send the form or open what is marked.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !isScan(event)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

let jumping = false;
function jump(key) {
  jumping = false;
  document.querySelector(`[data-jump="${CSS.escape(key)}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (jumping) return jump(event.key);
  act(event);
});

function act(event) {
  const row = chosenRow();
  const onControl = event.target.closest("a, button, summary");
  if (event.key === "g") {
    jumping = true;
    setTimeout(() => { jumping = false; }, 1500);
  } else if (event.key === "/") {
    event.preventDefault();
    (document.querySelector("[data-search]") ?? { focus: openPalette }).focus();
  } else if (event.key === "?") {
    keys?.showModal();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!list || !drawer) return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "x" && tickChosen()) {
    event.preventDefault();
  } else if (event.key === "Enter" && row?.dataset.href && !onControl) {
    location.assign(row.dataset.href);
  } else if (event.key === "Escape" && drawer && !drawer.hidden) {
    closeDrawer();
  }
}
