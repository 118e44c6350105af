
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

/** The bell, and what the navigation counts, as the page of notifications has them now. */
async function ring() {
  const bell = document.querySelector(".bell");
  const answer = await fetch(bell.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(".bell");
  if (fresh) bell.replaceWith(document.importNode(fresh, true));
  for (const place of document.querySelectorAll(".nav-item")) renewCount(place, page);
}

/** Only the number is taken: the place stays where it is, with the focus and with what says that the page is there. */
function renewCount(place, page) {
  const fresh = page.querySelector(`.nav-item[href="${CSS.escape(place.getAttribute("href"))}"] .n`);
  place.querySelector(".n")?.remove();
  if (fresh) place.append(document.importNode(fresh, true));
}

/** Several things that happen at once are one reason to look. */
function soon(look) {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => look().catch(() => {}), 400);
  };
}

/** Milliseconds after which a refused stream is asked for again. */
const RETRY = 30_000;

/** One stream for all that a page watches: patterns of events, and what to look at then. It is open only while the page is seen: a
 * browser has few connections to one place. */
function watch(watched) {
  let source;
  let wasOpen = false;
  const mark = (isOff) => {
    document.documentElement.toggleAttribute("data-watching", !isOff);
    document.querySelector("[data-live-mark]")?.toggleAttribute("data-off", isOff);
  };
  const heard = ({ data }) => {
    const { type } = JSON.parse(data);
    for (const { types, look } of watched) if (type.startsWith(types.replace("*", ""))) look();
  };
  // What happened while nobody listened.
  const missed = () => { for (const { look } of watched) look(); };
  const close = () => { source?.close(); source = undefined; };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(`/api/v1/events?types=${encodeURIComponent(watched.map(({ types }) => types).join(","))}`);
    source.addEventListener("open", () => {
      mark(false);
      if (wasOpen) missed();
      wasOpen = true;
    });
    source.addEventListener("error", () => {
      mark(true);
      // A stream that was refused, since there are too many, does not try again by itself.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(open, RETRY);
    });
    source.addEventListener("message", heard);
    // The place that was gone on from is not known any more.
    source.addEventListener("reset", missed);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

const watched = [];
if (document.querySelector(".bell")) watched.push({ types: "notification.*", look: soon(ring) });
if (live) watched.push({ types: live.dataset.live, look: soon(() => renew(live)) });
if (window.EventSource && watched.length) watch(watched);
