// What pages do beyond forms and links. Everything here can be missing: no page needs it.

/** Shows a password while the button is pressed in. */
function offerToShow(button) {
  const input = document.getElementById(button.dataset.reveal);
  if (!input) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? button.dataset.show : button.dataset.hide;
    button.setAttribute("aria-pressed", String(!shown));
    input.focus();
  });
  // A password that is shown is not remembered as a text by the browser.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

function offerToPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

/** Copies the lines of an element; says so where people and readers see it. */
function offerToCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const lines = [...document.querySelectorAll(button.dataset.copy)].map((line) => line.textContent.trim());
    await navigator.clipboard.writeText(lines.join("\n"));
    button.querySelector("[data-word]").textContent = button.dataset.done;
  });
}

document.querySelectorAll("[data-reveal]").forEach(offerToShow);
document.querySelectorAll("[data-print]").forEach(offerToPrint);
document.querySelectorAll("[data-copy]").forEach(offerToCopy);

/** An open menu closes with a press elsewhere, with Escape, and when another one opens. */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.drop[open]")) if (menu !== except) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.drop")));
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.drop[open]");
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

/** What was done goes away after a while, unless the pointer or the focus is on it. */
const TOAST_MS = 6000;
function fade(toast) {
  const wait = () => setTimeout(() => (toast.matches(":hover, :focus-within") ? wait() : toast.remove()), TOAST_MS);
  if (toast.closest(".toasts")) wait();
  toast.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
}
document.querySelectorAll("[data-toast]").forEach(fade);

/** The part of a page that is a dialog; a page without one is gone to. */
function dialogIn(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector(".sheet-dialog");
}

/** Shows the dialog of a page on top of this one. The form inside is sent from here; what it refuses is shown again. */
async function openDialog(href) {
  const answer = await fetch(href, { headers: { Accept: "text/html" } });
  const content = answer.ok && !answer.redirected && dialogIn(await answer.text());
  if (!content) return location.assign(href);
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "dialog-title");
  dialog.append(document.importNode(content, true));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("submit", (event) => sendDialog(event, dialog));
  document.body.append(dialog);
  dialog.showModal();
  begin(dialog);
}

/** The focus begins where the page says. */
function begin(dialog) {
  dialog.querySelectorAll("[data-reveal]").forEach(offerToShow);
  dialog.querySelector("[autofocus]")?.focus();
}

async function sendDialog(event, dialog) {
  event.preventDefault();
  const form = event.target;
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    if (answer.redirected) return location.assign(answer.url);
    const text = await answer.text();
    const content = dialogIn(text);
    if (!content) return showPage(text);
    dialog.replaceChildren(document.importNode(content, true));
    begin(dialog);
  } catch {
    // Without a network nothing is lost: the form stays as it is.
    buttons.forEach((button) => { button.disabled = false; });
    form.querySelector("[data-offline]")?.removeAttribute("hidden");
  }
}

/** An answer that is a page of its own, such as an error. */
function showPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceChildren(...document.importNode(page.body, true).childNodes);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  openDialog(link.href).catch(() => location.assign(link.href));
});
