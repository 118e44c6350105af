// Branches of a tree: what lies under one is read when it is opened for the first time.

async function growBranch(branch) {
  const place = branch.querySelector("[data-grow]");
  if (!place) return;
  const href = place.dataset.grow;
  delete place.dataset.grow;
  try {
    const answer = await fetch(href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(href);
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceWith(...document.importNode(part.body, true).childNodes);
  } catch {
    // It can be opened again.
    place.dataset.grow = href;
    branch.open = false;
  }
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.branch") && event.target.open) growBranch(event.target);
}, true);
