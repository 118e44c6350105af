
// Live: what a page shows is read again when something happens to it. The stream says that, not what.

const live = document.querySelector("[data-live]");

/** Takes the part of this page as it is now; what changed is tinted for a moment. */
async function renew(part) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (!fresh) return;
  const held = document.activeElement?.getAttribute?.("href");
  const { scrollTop, scrollLeft } = part;
  part.replaceChildren(...document.importNode(fresh, true).childNodes);
  part.scrollTo(scrollLeft, scrollTop);
  fillBlocked().catch(() => {});
  if (held) part.querySelector(`[href="${CSS.escape(held)}"]`)?.focus();
}

/** The bell as the page of notifications has it now. */
async function ring() {
  const bell = document.querySelector(".bell");
  const answer = await fetch(bell.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".bell");
  if (fresh) bell.replaceWith(document.importNode(fresh, true));
}

/** Several things that happen at once are one reason to look. */
function soon(look) {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => look().catch(() => {}), 400);
  };
}

/** One stream for all that a page watches. It is open only while the page is seen: a browser has few connections to one place. */
function watch(types, heard) {
  let source;
  const mark = (isOff) => document.querySelector("[data-live-mark]")?.toggleAttribute("data-off", isOff);
  const close = () => { source?.close(); source = undefined; };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(`/api/v1/events?types=${encodeURIComponent(types.join(","))}`);
    source.addEventListener("open", () => mark(false));
    source.addEventListener("error", () => mark(true));
    for (const [type, look] of heard) source.addEventListener(type, look);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    open();
    // What happened while nobody looked.
    for (const look of new Set(heard.map(([, look]) => look))) look();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

const bell = document.querySelector(".bell");
if (window.EventSource && (live || bell)) {
  const types = [];
  const heard = [];
  if (bell) {
    types.push("notification.*");
    heard.push(["notification.made", soon(ring)]);
  }
  if (live) {
    types.push(live.dataset.live);
    const look = soon(() => renew(live));
    for (const type of ["message", "order.advance", "order.return", "order.hold", "order.resume", "order.cancel", "order.created"]) heard.push([type, look]);
  }
  watch(types, heard);
}
