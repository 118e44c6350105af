// Several rows at once: ticks, the bar that counts them, and the question in a dialog over the list.

const bulk = document.querySelector("[data-bulk]");

function ticks() { return [...document.querySelectorAll("[data-tick]")]; }

function countTicks() {
  const on = ticks().filter((tick) => tick.checked);
  const all = document.querySelector("[data-tick-all]");
  const count = bulk.querySelector("[data-bulk-count]");
  count.textContent = on.length > 0 ? `${on.length} ${count.dataset.words}` : "";
  if (all) {
    all.checked = on.length > 0 && on.length === ticks().length;
    all.indeterminate = on.length > 0 && !all.checked;
  }
  for (const tick of ticks()) tick.closest("tr").classList.toggle("changed", tick.checked);
}

let lastTick;
/** With Shift, everything between two ticks gets the state of the second one. */
function tickUntil(tick) {
  const all = ticks();
  const [from, to] = [all.indexOf(lastTick), all.indexOf(tick)].sort((one, other) => one - other);
  if (from < 0) return;
  all.slice(from, to + 1).forEach((one) => { one.checked = tick.checked; });
}

/** `x` ticks the row that the arrows are on. */
function tickChosen() {
  const tick = chosenRow()?.querySelector("[data-tick]");
  if (!tick) return false;
  tick.checked = !tick.checked;
  lastTick = tick;
  countTicks();
  return true;
}

if (bulk) {
  const all = document.querySelector("[data-tick-all]");
  if (all) {
    all.disabled = false;
    all.addEventListener("change", () => {
      ticks().forEach((tick) => { tick.checked = all.checked; });
      countTicks();
    });
  }
  document.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (!tick) return;
    if (event.shiftKey && lastTick) tickUntil(tick);
    lastTick = tick;
    countTicks();
  });
  bulk.addEventListener("reset", () => setTimeout(countTicks));
  bulk.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = new URLSearchParams(new FormData(bulk, event.submitter));
    const href = `${event.submitter.formAction}?${asked}`;
    openDialog(href).catch(() => location.assign(href));
  });
  countTicks();
}
