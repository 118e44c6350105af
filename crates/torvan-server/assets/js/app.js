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
  button.addEventListener("click", () => window.print());
}

/** Copies the lines of an element; says so where people and readers see it. */
function offerToCopy(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const lines = [...document.querySelectorAll(button.dataset.copy)].map((line) => line.textContent.trim());
    await navigator.clipboard.writeText(lines.join("\n"));
    button.querySelector("[data-word]").textContent = button.dataset.done;
  });
}

/** Where the navigation is longer than the window, it shows the place that one is at. */
function showPlace(places) {
  const here = places.querySelector("[aria-current]");
  if (!here) return;
  places.scrollTop = here.offsetTop - (places.clientHeight - here.offsetHeight) / 2;
  places.scrollLeft = here.offsetLeft - (places.clientWidth - here.offsetWidth) / 2;
}

document.querySelectorAll(".nav-places").forEach(showPlace);
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
