// What somebody typed into a form that was not taken (the session was over, another proof was asked for, the form was out of
// date) comes back when the page of the form does: kept in this tab, for the person who typed it, never a password or a code.

const DRAFT = "torvan-draft";
/** How long a form may be on its way to the page that finds it refused, and how long what it holds is worth coming back. */
const DRAFT_SENT_MS = 60_000;
const DRAFT_MS = 12 * 3_600_000;
/** What is new each time a form is shown. */
const DRAFT_PASSING = ["csrf", "key", "version", "next"];
const frame = document.querySelector(".frame");
const isWay = Boolean(document.querySelector("[data-keeps-drafts]"));

/** Fields that somebody fills in. */
function typed(form) {
  // A password that is shown is a text for that time.
  const isSecret = (field) => field.type === "password" || ["current-password", "new-password", "one-time-code"].includes(field.autocomplete);
  const isOwn = (field) => field.name && !["hidden", "file", "submit", "button"].includes(field.type) && !isSecret(field);
  return [...form.elements].filter(isOwn);
}

/** Whether a field holds something else than when its page came. */
function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

/** What a form is about: several of a page are sent to one address, each for its own line. */
function aboutOf(form) {
  const hidden = [...form.elements].filter((field) => field.type === "hidden" && !DRAFT_PASSING.includes(field.name));
  return JSON.stringify(hidden.map((field) => [field.name, field.value]));
}

function formsTo(part, action) { return [...part.querySelectorAll("form")].filter((one) => one.action === action); }

function draftNow() {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
  return draft && Date.now() - draft.at < DRAFT_MS ? draft : null;
}
function forget() { sessionStorage.removeItem(DRAFT); }
function keepDraft(form, content) {
  sessionStorage.setItem(DRAFT, JSON.stringify({ action: form.action, who: frame?.dataset.me, at: Date.now(), isRefused: false, ...content }));
}

function keep(form) {
  const fields = typed(form).map((field) => [field.name, field.value, field.checked === true]);
  if (fields.length === 0) return;
  const isOneOfSeveral = formsTo(form.closest("dialog") ?? document, form.action).length > 1;
  keepDraft(form, { fields, about: isOneOfSeveral ? aboutOf(form) : undefined, dialog: form.closest("dialog")?.dataset.from });
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
  const isMeant = (one) => draft.about === undefined || aboutOf(one) === draft.about;
  const form = isOwnDraft(draft) && formsTo(part, draft.action).find(isMeant);
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
  // Whoever comes here for another reason, later, was not on the way with it.
  if (isWay && Date.now() - draft.at < DRAFT_SENT_MS) return changeDraft({ isRefused: true });
  if (isWay) return;
  // A form that was taken leaves nothing to keep; a page without the form is on the way back to it.
  if (!isOwnDraft(draft)) return forget();
  if (!restore(document)) reopen(draft);
}

comeBack();
// A form that follows what is chosen keeps what it holds itself, when it is refused.
document.addEventListener("submit", ({ target }) => { if (!isWay && target.method === "post" && !target.dataset.configure) keep(target); });
