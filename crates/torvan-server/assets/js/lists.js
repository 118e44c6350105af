
// Lists: a row opens its record beside the list; arrows walk, Enter opens the page.

const list = document.querySelector("[data-rows]");
const drawer = document.getElementById("drawer");

function rowsOf() { return list ? [...list.tBodies[0].rows] : []; }
function chosenRow() { return list?.querySelector('tr[aria-selected="true"]'); }

/** Shows the record of a row beside the list. */
async function preview(row) {
  const link = row?.querySelector("a[data-preview]");
  const part = row?.dataset.preview ?? link?.dataset.preview;
  const page = row?.dataset.href ?? link?.href;
  if (!part || !drawer) return;
  chosenRow()?.removeAttribute("aria-selected");
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  const answer = await fetch(part, { headers: { Accept: "text/html" } });
  if (answer.redirected || !answer.ok) return page ? location.assign(page) : closeDrawer();
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (chosenRow() !== row) return;
  drawer.replaceChildren(...document.importNode(shown.body, true).childNodes);
  drawer.hidden = false;
}

function closeDrawer() {
  chosenRow()?.removeAttribute("aria-selected");
  drawer.hidden = true;
  drawer.replaceChildren();
}

function step(by) {
  const rows = rowsOf();
  const at = rows.indexOf(chosenRow());
  preview(rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]);
}

if (list && drawer) {
  list.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href], tr[data-preview]");
    if (event.target.closest(".tick-cell")) return;
    // A way to something else than the row leads there.
    const way = event.target.closest("td a");
    if (way && way.getAttribute("href") !== row?.dataset.href) return;
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    // On a phone the drawer would be the page: then the page is better.
    if (row.dataset.href && matchMedia("(max-width: 560px)").matches) return location.assign(row.dataset.href);
    event.preventDefault();
    if (row.dataset.href && row.getAttribute("aria-selected") === "true") return location.assign(row.dataset.href);
    preview(row);
  });
  drawer.addEventListener("click", (event) => {
    const by = event.target.closest("[data-step]");
    if (by) step(Number(by.dataset.step));
    if (event.target.closest("[data-close-drawer]")) closeDrawer();
  });
}

/** The head of a column that the filter asks for opens it at that field. */
document.addEventListener("click", (event) => {
  const way = event.target.closest('th a[href^="#filter-"]');
  const field = way && document.getElementById(way.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.closest("details").open = true;
  (field.querySelector("input") ?? field).focus();
});

/** What blocks an order takes longest to find out: it is asked for when the rest is there. */
async function fillBlocked() {
  const places = [...document.querySelectorAll("[data-blocked]:empty")];
  for (let at = 0; at < places.length; at += 100) {
    const ids = places.slice(at, at + 100).map((place) => place.dataset.blocked);
    const answer = await fetch(`/orders/blockers?ids=${ids}`, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of found.querySelectorAll("[data-of]")) {
      const place = document.querySelector(`[data-blocked="${one.dataset.of}"]:empty`);
      place?.append(...document.importNode(one, true).childNodes);
    }
  }
}
fillBlocked().catch(() => {});
