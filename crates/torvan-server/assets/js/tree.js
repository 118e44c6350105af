// Trees: a branch is read when it is opened, and kept when it is closed. Arrows walk and open, Enter tells of a line; without
// scripts the same links lead to pages with the branch open.

/** Rows of a table that are there now, in their order. */
function treeRows(table) { return [...table.tBodies[0].rows]; }
function depthOf(row) { return Number(row.dataset.depth); }

/** Rows below one. */
function below(row) {
  const found = [];
  for (let next = row.nextElementSibling; next && depthOf(next) > depthOf(row); next = next.nextElementSibling) found.push(next);
  return found;
}

/** The part of a page at an address, as rows. */
async function rowsAt(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return null;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...document.importNode(part.querySelector("tbody"), true).rows];
}

const kept = new WeakMap();

function plantTree(table) {
  const about = document.querySelector("[data-about-place]");
  table.setAttribute("role", "treegrid");

  /** Rows take part in the walk by arrows; of all of them the tabulator stops at one. */
  function adopt(rows) {
    for (const row of rows) {
      row.setAttribute("aria-level", depthOf(row) + 1);
      if (row.dataset.open) row.setAttribute("aria-expanded", row.dataset.open);
      row.tabIndex = -1;
      for (const link of row.querySelectorAll("a")) link.tabIndex = -1;
    }
  }

  function walkTo(row) {
    if (!row) return;
    for (const other of table.querySelectorAll('tr[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function mark(row, isOpen) {
    row.dataset.open = isOpen;
    row.setAttribute("aria-expanded", isOpen);
  }

  async function open(row) {
    const link = row.querySelector("a[data-branch]");
    if (!link) return;
    const rows = kept.get(row) ?? (await rowsAt(link.dataset.branch));
    if (!rows) return location.assign(link.href);
    if (row.dataset.open === "true") return;
    mark(row, true);
    adopt(rows);
    row.after(...rows);
  }

  function close(row) {
    const rows = below(row);
    kept.set(row, rows);
    rows.forEach((one) => one.remove());
    mark(row, false);
  }

  async function goOn(row) {
    const link = row.querySelector("a[data-more]");
    const rows = await rowsAt(link.dataset.more);
    if (!rows) return location.assign(link.href);
    adopt(rows);
    row.replaceWith(...rows);
    walkTo(rows[0]);
  }

  /** Says beside the tree what a line is there for. */
  async function tell(row) {
    const link = row.querySelector("a[data-about]");
    if (!link || !about) return row.querySelector("a.tree-code")?.click();
    const answer = await fetch(link.dataset.about, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.assign(link.href);
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    table.querySelector('tr[aria-selected="true"]')?.removeAttribute("aria-selected");
    row.setAttribute("aria-selected", "true");
    about.replaceChildren(...document.importNode(part.body, true).childNodes);
    if (getComputedStyle(about.parentElement).overflowY === "visible") about.scrollIntoView({ block: "nearest" });
    else about.parentElement.scrollTop = 0;
  }

  function tellNothing() {
    const row = table.querySelector('tr[aria-selected="true"]');
    row?.removeAttribute("aria-selected");
    about?.replaceChildren();
    walkTo(row);
  }

  const parentOf = (row) => {
    let above = row.previousElementSibling;
    while (above && depthOf(above) >= depthOf(row)) above = above.previousElementSibling;
    return above;
  };
  const keysOf = {
    ArrowDown: (row) => walkTo(row.nextElementSibling),
    ArrowUp: (row) => walkTo(row.previousElementSibling),
    Home: () => walkTo(treeRows(table)[0]),
    End: () => walkTo(treeRows(table).at(-1)),
    ArrowRight: (row) => (row.dataset.open === "true" ? walkTo(row.nextElementSibling) : open(row)),
    ArrowLeft: (row) => (row.dataset.open === "true" ? close(row) : walkTo(parentOf(row))),
    Enter: (row) => (row.matches(".tree-more") ? goOn(row) : tell(row)),
  };

  table.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-path]");
    if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey || !keysOf[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keysOf[event.key](row);
  });
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-path]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    if (event.target.closest("a:not([data-branch], [data-more], [data-about])")) return;
    event.preventDefault();
    walkTo(row);
    if (event.target.closest("[data-branch]")) return row.dataset.open === "true" ? close(row) : open(row);
    if (event.target.closest("[data-more]")) return goOn(row);
    if (about) tell(row);
  });
  about?.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close-about]")) return;
    event.preventDefault();
    tellNothing();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && about?.firstElementChild && !document.querySelector("dialog[open]")) tellNothing();
  });

  const rows = treeRows(table);
  adopt(rows);
  const begun = table.querySelector('tr[aria-selected="true"]') ?? rows[0];
  if (begun) begun.tabIndex = 0;
}

document.querySelectorAll("table[data-tree]").forEach(plantTree);
