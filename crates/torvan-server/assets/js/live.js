
// Live: what a page shows is read again when something happens to it. The stream says that, not what.

const live = document.querySelector("[data-live]");

/** Takes the part of this page as it is now; what changed is tinted for a moment. */
async function renew(part) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (!fresh || fresh.innerHTML === part.innerHTML) return;
  const held = document.activeElement?.getAttribute?.("href");
  const { scrollTop, scrollLeft } = part;
  part.replaceChildren(...document.importNode(fresh, true).childNodes);
  part.scrollTo(scrollLeft, scrollTop);
  if (held) part.querySelector(`[href="${CSS.escape(held)}"]`)?.focus();
}

if (live && window.EventSource) {
  const source = new EventSource(`/api/v1/events?types=${encodeURIComponent(live.dataset.live)}`);
  let waiting;
  // Several things that happen at once are one reason to look.
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => renew(live).catch(() => {}), 400);
  };
  source.addEventListener("open", () => { document.querySelector("[data-live-mark]")?.removeAttribute("hidden"); });
  source.addEventListener("error", () => { document.querySelector("[data-live-mark]")?.setAttribute("hidden", ""); });
  source.addEventListener("message", soon);
  for (const type of ["order.advance", "order.return", "order.hold", "order.resume", "order.cancel", "order.created"]) source.addEventListener(type, soon);
  addEventListener("pagehide", () => source.close());
}
