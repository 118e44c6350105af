// The forms of a page that take text; or, with a number and a text, fills that form with it and sends it as it is, past the
// browser's own checks.
const TEXTS = "textarea, input:not([type]), input[type=text], input[type=search], input[type=email], input[type=tel], input[type=url], input[type=number], input[type=password], input[type=date]";
const [place, text] = arguments;
const forms = [...document.querySelectorAll("main form")];
if (place === undefined) {
  const names = (form) => [...form.querySelectorAll(TEXTS)].map((field) => field.name).filter(Boolean);
  return forms.map(names);
}
const form = forms[place];
for (const field of form.querySelectorAll(TEXTS)) {
  if (field.tagName === "INPUT") field.type = "text";
  field.removeAttribute("maxlength");
  field.value = text;
}
const ticks = form.querySelectorAll("input[type=checkbox]");
if (ticks.length > 0) ticks[0].checked = true;
form.setAttribute("novalidate", "");
// Gone with the document, or when a script of the page has sent the form itself.
window.torvanSent = true;
document.addEventListener("htmx:afterRequest", () => { window.torvanSent = false; });
form.requestSubmit();
