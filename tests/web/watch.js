// Runs in every document before anything of its own: what happens there is kept for the test.
(() => {
  const seen = { violations: [], shifts: [] };
  Object.defineProperty(window, "torvanSeen", { value: seen });
  document.addEventListener("securitypolicyviolation", (event) => {
    seen.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
  const moved = (entry) => (entry.sources ?? []).map((source) => source.node?.outerHTML?.slice(0, 80) ?? source.node?.nodeName).join(", ");
  const note = (entries) => {
    for (const entry of entries) if (!entry.hadRecentInput) seen.shifts.push(`${entry.value.toFixed(5)} ${moved(entry)}`);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  // Painted, with its letters and with what its scripts did at once.
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  seen.settled = async () => {
    await document.fonts.ready;
    await painted();
    await painted();
    note(observer.takeRecords());
  };
  // What hostile texts call. Kept beyond the document in which it was called.
  const ran = (what) => { try { localStorage.setItem("ran", String(what)); } catch { /* a document without an origin keeps nothing */ } };
  for (const name of ["ran", "alert", "confirm", "prompt"]) window[name] = ran;
})();
