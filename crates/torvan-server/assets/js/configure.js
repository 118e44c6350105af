/** A form whose parts follow what is chosen: every change is sent, and the parts that it names are taken from the answer. */
const CONFIGURE_TYPING_MS = 350;
const CONFIGURE_KEPT_BYTES = 60000;
/** Buttons that do more than change what the form holds. */
const CONFIGURE_FOR_GOOD = /^(save|propose|discard|release)|^remove$/;

function configure(form) {
  document.documentElement.classList.add("scripted");
  let timer = 0;
  let newest = 0;
  /** Buttons that were pressed are answered one after the other; a look waits for them, and they for the look that is on its way:
   * what it keeps is what was chosen before. */
  let pressed = Promise.resolve();
  let looked = Promise.resolve();
  /** Fields that somebody changed after the newest request went out: its answer does not know of them. */
  const touched = new Set();

  /** Which field or button it is; the new part has the same. */
  const placeOf = (element) => element && element.name && { id: element.id, name: element.name, value: element.value };
  const find = (place) => place && (document.getElementById(place.id || "")
    || [...form.elements].find((element) => element.name === place.name && element.value === place.value && element.type !== "hidden"));
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";

  /** Values of the changed fields, to be put into the new parts. */
  const changed = () => [...touched].map((field) => ({ place: placeOf(field), value: field.value, isTicked: field.checked }));

  function putBack(fields) {
    for (const { place, value, isTicked } of fields) {
      const field = find(place);
      if (!field) continue;
      if (isTick(field)) field.checked = isTicked;
      else field.value = value;
      touched.add(field);
    }
  }

  function take(page, isPress) {
    const [place, since] = [placeOf(document.activeElement), changed()];
    for (const id of form.dataset.configure.split(" ")) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
      // A browser complains of a wish for the focus that comes after somebody has it.
      const wrong = fresh.querySelector("[autofocus]");
      wrong?.removeAttribute("autofocus");
      const top = old.scrollTop;
      const active = document.activeElement;
      const caret = old.contains(active) && active.selectionStart;
      const isOwn = old.contains(active) || active === document.body;
      old.replaceChildren(...document.importNode(fresh, true).childNodes);
      old.scrollTop = top;
      putBack(since);
      if (isPress && wrong?.id) {
        document.getElementById(wrong.id).focus();
        continue;
      }
      const again = isOwn && find(place);
      if (again && old.contains(again)) {
        again.focus({ preventScroll: true });
        if (typeof caret === "number" && again.setSelectionRange && again.type === "text") again.setSelectionRange(caret, caret);
      }
    }
  }

  function bodyOf(press) {
    const body = new URLSearchParams(new FormData(form));
    if (press) body.append(press.name, press.value);
    return body;
  }

  /** Sends the form, with the button that was pressed, or to look at what the fields make; or what was kept of it. */
  async function send(press, kept) {
    const mine = ++newest;
    touched.clear();
    form.dataset.busy = "";
    try {
      const body = kept ?? bodyOf(press);
      // Whoever leaves at once has their change kept too; a browser lets only so much go on behind them.
      const keepalive = body.toString().length < CONFIGURE_KEPT_BYTES;
      const answer = await fetch(form.action, { method: "POST", body, keepalive, headers: { Accept: "text/html" } });
      const text = await answer.text();
      // What was typed meanwhile is sent in a moment; an answer that knows nothing of it would take it away.
      if (mine !== newest || (!press && touched.size > 0)) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const isHere = Boolean(page.getElementById(form.id));
      // What was kept and is refused again is kept no longer, or the form could never be seen.
      if (answer.redirected || !(isHere || kept)) keepChoices(form, touched.size > 0 ? bodyOf(press) : body);
      if (answer.redirected) return location.assign(answer.url);
      if (!isHere) return showPage(text);
      take(page, Boolean(press));
      if (kept) sayKept(form.querySelector(".cfg-fields") ?? form);
    } catch {
      // Without a network nothing is lost: the fields stay as they are, and the next change sends them all.
    } finally {
      if (mine === newest) delete form.dataset.busy;
    }
  }

  function look(wait) {
    clearTimeout(timer);
    timer = setTimeout(() => { looked = pressed.then(() => send()); }, wait);
  }

  // What was typed in the last moment goes along when the page is left.
  addEventListener("pagehide", () => {
    if (touched.size === 0) return;
    keepChoices(form, bodyOf());
    navigator.sendBeacon(form.action, bodyOf());
  });

  // What was chosen when the session was over is chosen now. Whoever pressed a button that keeps it for good presses it again: they
  // see first what it keeps.
  form.addEventListener("choices", ({ detail }) => {
    const body = new URLSearchParams(detail);
    if (CONFIGURE_FOR_GOOD.test(body.get("do") ?? "")) body.delete("do");
    body.set("csrf", form.elements.csrf.value);
    looked = pressed.then(() => send(undefined, body));
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const press = event.submitter && { name: event.submitter.name, value: event.submitter.value };
    pressed = Promise.allSettled([pressed, looked]).then(() => send(press));
  });
  form.addEventListener("change", (event) => {
    touched.add(event.target);
    look(0);
  });
  form.addEventListener("input", (event) => {
    touched.add(event.target);
    if (event.target.matches("input:not([type=radio], [type=checkbox])")) look(CONFIGURE_TYPING_MS);
  });
}

document.querySelectorAll("form[data-configure]").forEach(configure);
