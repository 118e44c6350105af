
// Dialogs: each is a page of its own; here it is shown on top of the page that asked for it.

/** The part of a page that is a dialog; a page without one is gone to. What the frame of every page has is none of it. */
function dialogIn(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("main .sheet-dialog");
}

/** Shows the dialog of a page on top of this one. The form inside is sent from here; what it refuses is shown again. */
async function openDialog(href) {
  const answer = await fetch(href, { headers: { Accept: "text/html" } });
  const content = answer.ok && !answer.redirected && dialogIn(await answer.text());
  if (!content) return location.assign(href);
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.dataset.from = href;
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
  closeMenus();
  dialog.showModal();
  begin(dialog);
}

/** What was typed when the session was over is there again; the focus begins where the page says. */
function begin(dialog) {
  dialog.querySelectorAll("[data-reveal]").forEach(offerToShow);
  readyFields(dialog);
  restore(dialog);
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
    const text = await answer.text();
    if (answer.redirected) {
      // On the way to a proof the dialog's own text is kept; past it, what stands behind.
      if (!leadsOn(text)) keepBehind();
      return location.assign(answer.url);
    }
    const content = dialogIn(text);
    if (!content) return showPage(text);
    // The answer has what was typed.
    forget();
    dialog.replaceChildren(document.importNode(content, true));
    begin(dialog);
  } catch {
    // Without a network nothing is lost: the form stays as it is.
    buttons.forEach((button) => { button.disabled = false; });
    form.querySelector("[data-offline]")?.removeAttribute("hidden");
  }
}

/** Whether a page only stands between somebody and what they want. */
function leadsOn(text) {
  return new DOMParser().parseFromString(text, "text/html").querySelector("[data-keeps-drafts]") !== null;
}

/** What somebody began to type in the page behind a dialog is there again when the page comes anew. */
function keepBehind() {
  forget();
  const begun = [...document.querySelectorAll("main form")].find((form) => form.method === "post" && !form.dataset.configure && !form.closest("dialog") && typed(form).some(isChanged));
  if (!begun) return;
  keep(begun);
  changeDraft({ isRefused: true });
}

/** An answer that is a page of its own, such as an error. */
function showPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceChildren(...document.importNode(page.body, true).childNodes);
  // What was typed is for the next time that somebody opens its form; the dialog does not open by itself to be refused again.
  if (document.querySelector("[data-keeps-drafts]")) changeDraft({ isRefused: true, dialog: undefined });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  openDialog(link.href).catch(() => location.assign(link.href));
});
