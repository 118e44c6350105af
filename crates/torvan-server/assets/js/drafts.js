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

function keep(form) {
  const fields = typed(form).map((field) => [field.name, field.value, field.checked === true]);
  if (fields.length > 0) sessionStorage.setItem(DRAFT, JSON.stringify({ action: form.action, who: frame?.dataset.me, fields, isRefused: false }));
}

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
  const note = document.createElement("p");
  note.className = "notice info";
  note.setAttribute("role", "status");
  note.textContent = frame.dataset.kept;
  form.prepend(note);
}

function comeBack() {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
  if (!draft) return;
  if (isWay) {
    sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, isRefused: true }));
    return;
  }
  const form = [...document.forms].find((one) => one.action === draft.action);
  // A page without the form is on the way back to it; a form that was taken leaves nothing to keep.
  if (draft.isRefused && !form && draft.who === frame?.dataset.me) return;
  sessionStorage.removeItem(DRAFT);
  if (draft.isRefused && form && draft.who === frame?.dataset.me) putBack(form, draft.fields);
}

comeBack();
document.addEventListener("submit", ({ target }) => { if (!isWay && target.method === "post") keep(target); });
// A part of a page that was renewed: its form was taken.
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful && !detail.xhr.getResponseHeader("HX-Redirect")) sessionStorage.removeItem(DRAFT); });
