// Gets ready to be walked through by the keyboard: remembers what should be reached, and how it looks without the focus.
const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const around = (element) => [element, element.parentElement, element.closest("label"), element.nextElementSibling].filter(Boolean);
const look = (element) => around(element).map((one) => {
  const { boxShadow, outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
  const isLine = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !/, 0\)$|transparent/.test(outlineColor);
  return `${boxShadow} ${isLine ? `${outlineStyle} ${outlineWidth} ${outlineColor}` : ""}`;
});
document.activeElement?.blur();
const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]")]
  .filter((one) => shown(one) && one.tabIndex >= 0 && !one.matches(":disabled") && !one.closest("[inert]"));
const before = new Map(controls.map((one) => [one, look(one)]));
const reached = new Set();
const dark = new Set();
document.addEventListener("focusin", ({ target }) => {
  reached.add(target);
  const was = before.get(target);
  const isDark = () => was && look(target).every((now, place) => now === was[place]);
  if (!isDark()) return;
  dark.add(target);
  // A window that has just become active shows the focus a moment after it was told.
  setTimeout(() => { if (document.activeElement === target && !isDark()) dark.delete(target); });
}, true);
const isReached = (one) => reached.has(one)
  || one.type === "radio" && [...reached].some((other) => other.type === "radio" && other.name === one.name && other.form === one.form);
const about = (one) => one.outerHTML.slice(0, 120);
window.torvanKeyboard = {
  missing: () => controls.filter((one) => one.isConnected && !isReached(one)).map((one) => `not reached by the keyboard: ${about(one)}`),
  dark: () => [...dark].map((one) => `has the focus and does not show it: ${about(one)}`),
};
// The first stop is the first of the document, wherever the focus was.
document.body.tabIndex = -1;
document.body.focus({ preventScroll: true });
document.body.removeAttribute("tabindex");
return controls.length;
