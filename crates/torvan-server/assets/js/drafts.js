// What somebody typed into a form that was not taken (the session was over, another proof was asked for, the form was out of
// date) comes back when the page of the form does: kept in this tab, for the person who typed it, never a password or a code.

const DRAFT = "torvan-draft";
const frame = document.querySelector(".frame");
const isWay = Boolean(document.querySelector("[data-keeps-drafts]"));

/** Fields that somebody fills in. */
function typed(form) {
  const isOwn = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type) && field.autocomplete !== "one-time-code";
  return [...form.elements].filter(isOwn);
}

function draftNow() { return JSON.parse(sessionStorage.getItem(DRAFT) ?? "null"); }
function forget() { sessionStorage.removeItem(DRAFT); }
function keepDraft(form, content) {
  sessionStorage.setItem(DRAFT, JSON.stringify({ action: form.action, who: frame?.dataset.me, isRefused: false, ...content }));
}

function keep(form) {
  const fields = typed(form).map((field) => [field.name, field.value, field.checked === true]);
  if (fields.length > 0) keepDraft(form, { fields, dialog: form.closest("dialog")?.dataset.from });
}

/** All that a form carries whose parts follow what is chosen: the fields of one screen alone would not bring the others back. */
function keepChoices(form, body) {
  const choices = new URLSearchParams(body);
  choices.delete("csrf");
  keepDraft(form, { choices: choices.toString() });
}

function changeDraft(changes) {
  const draft = draftNow();
  if (draft) sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, ...changes }));
}

function isOwnDraft(draft) { return Boolean(draft?.isRefused) && draft.who === frame?.dataset.me; }

/** Puts each value back where its name still is; ticks are told apart by their value. */
function putBack(form, fields) {
  const left = [...fields];
  for (const field of typed(form)) {
    const isTick = field.type === "checkbox" || field.type === "radio";
    const place = left.findIndex(([name, value]) => name === field.name && (!isTick || value === field.value));
    if (place < 0) continue;
    const [[, value, isTicked]] = left.splice(place, 1);
    if (isTick) field.checked = isTicked;
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  sayKept(form.querySelector(".dialog-body") ?? form);
}

/** Says that what was typed is here again. */
function sayKept(place) {
  const note = document.createElement("p");
  note.className = "notice info";
  note.setAttribute("role", "status");
  note.textContent = frame.dataset.kept;
  place.prepend(note);
}

/** Fills the form that was refused where it stands in this part of the page; says whether it does. */
function restore(part) {
  const draft = draftNow();
  const form = isOwnDraft(draft) && [...part.querySelectorAll("form")].find((one) => one.action === draft.action);
  if (!form) return false;
  forget();
  if (draft.choices === undefined) putBack(form, draft.fields);
  else form.dispatchEvent(new CustomEvent("choices", { detail: draft.choices }));
  return true;
}

/** Opens the dialog again that the form stood in; once, since it may not be what this page leads to any more. */
function reopen(draft) {
  const link = draft.dialog && [...document.querySelectorAll("a[data-dialog]")].find((one) => one.href === draft.dialog);
  if (!link) return;
  changeDraft({ dialog: undefined });
  openDialog(link.href).catch(() => {});
}

function comeBack() {
  const draft = draftNow();
  if (!draft) return;
  if (isWay) return changeDraft({ isRefused: true });
  // A form that was taken leaves nothing to keep; a page without the form is on the way back to it.
  if (!isOwnDraft(draft)) return forget();
  if (!restore(document)) reopen(draft);
}

comeBack();
// A form that follows what is chosen keeps what it holds itself, when it is refused.
document.addEventListener("submit", ({ target }) => { if (!isWay && target.method === "post" && !target.dataset.configure) keep(target); });
