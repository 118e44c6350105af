
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

/** A reader of barcodes types a sign in less time than a person can. */
const BURST_MS = 50;
const BURST_SIGNS = 4;
let burst = "";
let last = 0;
function isScan(event) {
  const fast = event.timeStamp - last < BURST_MS;
  last = event.timeStamp;
  if (event.key === "Enter") {
    const scanned = fast && burst.length >= BURST_SIGNS ? burst : "";
    burst = "";
    if (scanned) location.assign(`/search?go=1&q=${encodeURIComponent(scanned)}`);
    return Boolean(scanned);
  }
  if (event.key.length === 1) burst = fast ? burst + event.key : event.key;
  return fast && burst.length >= BURST_SIGNS;
}

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
  if (isScan(event)) return event.preventDefault();
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
