/** A form whose parts follow what is chosen: every change is sent, and the parts that it names are taken from the answer. */
const CONFIGURE_TYPING_MS = 350;

function configure(form) {
  document.documentElement.classList.add("scripted");
  let timer = 0;
  let asked = 0;

  /** Where the focus is, by what its element is; the new part has the same. */
  const placeOf = (element) => element && element.name && { id: element.id, name: element.name, value: element.value };
  const find = (place) => place && (document.getElementById(place.id || "")
    || [...form.elements].find((element) => element.name === place.name && element.value === place.value && element.type !== "hidden"));

  function take(text, place, isSent) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const id of form.dataset.configure.split(" ")) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
      // A browser complains of a wish for the focus that comes after somebody has it.
      const wrong = fresh.querySelector("[autofocus]");
      wrong?.removeAttribute("autofocus");
      const top = old.scrollTop;
      const typed = document.activeElement;
      const caret = old.contains(typed) && typed.selectionStart;
      old.replaceChildren(...document.importNode(fresh, true).childNodes);
      old.scrollTop = top;
      if (isSent && wrong?.id) {
        document.getElementById(wrong.id).focus();
        continue;
      }
      const again = find(place);
      if (again && old.contains(again)) {
        again.focus({ preventScroll: true });
        if (typeof caret === "number" && again.setSelectionRange && again.type === "text") again.setSelectionRange(caret, caret);
      }
    }
  }

  async function send(submitter) {
    const mine = ++asked;
    const place = placeOf(document.activeElement);
    form.dataset.busy = "";
    try {
      const body = new URLSearchParams(new FormData(form, submitter));
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      if (mine !== asked) return;
      if (answer.redirected) return location.assign(answer.url);
      const text = await answer.text();
      if (!new DOMParser().parseFromString(text, "text/html").getElementById(form.id)) return showPage(text);
      take(text, place, Boolean(submitter));
    } catch {
      // Without a network nothing is lost: the fields stay as they are, and the next change sends them all.
    } finally {
      if (mine === asked) delete form.dataset.busy;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    send(event.submitter);
  });
  form.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(send, 0);
  });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("input:not([type=radio], [type=checkbox])")) return;
    clearTimeout(timer);
    timer = setTimeout(send, CONFIGURE_TYPING_MS);
  });
}

document.querySelectorAll("form[data-configure]").forEach(configure);
