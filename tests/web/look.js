// What must hold for a page as it stands; returns what does not. Its value: words of the catalogues that look like a key. Any
// other text that does is a key that the catalogues do not know.
const faults = [];
const words = arguments[0];
const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const about = (element) => element.outerHTML.slice(0, 100);

const wide = document.documentElement.scrollWidth;
if (wide > window.innerWidth) {
  const over = [...document.body.querySelectorAll("*")].filter((one) => shown(one) && one.getBoundingClientRect().right > window.innerWidth + 1);
  faults.push(`${wide} px wide in a window of ${window.innerWidth}: ${over.slice(-3).map(about).join(" ")}`);
}

if ([...document.querySelectorAll("h1")].filter(shown).length !== 1) faults.push("not exactly one h1");
if (document.querySelectorAll("main").length !== 1) faults.push("not exactly one main");
if (!document.title.trim()) faults.push("no title");
const ids = new Set();
for (const { id } of document.querySelectorAll("[id]")) ids.has(id) ? faults.push(`twice: #${id}`) : ids.add(id);
for (const link of document.querySelectorAll("a[href^='#']")) if (link.hash.length > 1 && !ids.has(link.hash.slice(1))) faults.push(`leads nowhere: ${about(link)}`);
for (const name of ["aria-describedby", "aria-labelledby", "aria-controls", "for"]) {
  for (const one of document.querySelectorAll(`[${name}]`)) {
    for (const id of one.getAttribute(name).split(" ")) if (!ids.has(id)) faults.push(`${name} names nothing: ${about(one)}`);
  }
}
const primary = [...document.querySelectorAll("main .button.primary")].filter(shown);
if (primary.length > 1) faults.push(`${primary.length} primary buttons: ${primary.map(about).join(" ")}`);

// The identity of a message is no key.
const isIdentity = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text.trim());
const isKey = (text) => !isIdentity(text) && /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(text.trim()) && !words.includes(text.trim());
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (isKey(node.data) && shown(node.parentElement) && !node.parentElement.closest("code, pre, kbd, script, style, [translate=no]")) faults.push(`a key without words: ${node.data.trim()}`);
}
for (const name of ["aria-label", "title", "placeholder", "alt"]) {
  for (const one of document.querySelectorAll(`[${name}]`)) if (isKey(one.getAttribute(name))) faults.push(`a key without words: ${about(one)}`);
}
if (isKey(document.title.split(" · ")[0])) faults.push(`a key without words: ${document.title}`);

for (const violation of window.torvanSeen.violations) faults.push(`against the security policy: ${violation}`);
for (const shift of window.torvanSeen.shifts) faults.push(`moves while it is painted: ${shift}`);
return faults;
