// Fields that know more than their page had room for: what is found while somebody types, and further rows of names with values.

/** Asks the server for what goes with the letters that were typed; without an answer the list stays as it is. */
const LOOKUP_MS = 180;
function offerWhatIsFound(input) {
  const list = input.list;
  if (!list) return;
  let waiting;
  let asked = "";
  const ask = async () => {
    const words = input.value.trim();
    const isChosen = [...list.options].some((option) => option.value === words);
    if (words === asked || words.length < 2 || isChosen) return;
    asked = words;
    const reply = await fetch(`${input.dataset.lookup}?words=${encodeURIComponent(words)}`).catch(() => null);
    if (!reply?.ok || words !== input.value.trim()) return;
    const found = await reply.json();
    list.replaceChildren(...found.map(([value, name]) => {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = name;
      return option;
    }));
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, LOOKUP_MS);
  });
}

/** Adds an empty row of name and value, and goes there. */
function offerMoreRows(pairs) {
  const more = pairs.querySelector("[data-more]");
  more.hidden = false;
  more.addEventListener("click", () => {
    const rows = pairs.querySelectorAll(".pair");
    const row = rows[rows.length - 1].cloneNode(true);
    for (const input of row.querySelectorAll("input")) input.value = "";
    more.before(row);
    row.querySelector("input").focus();
  });
}

function readyFields(within) {
  within.querySelectorAll("[data-lookup]").forEach(offerWhatIsFound);
  within.querySelectorAll("[data-pairs]").forEach(offerMoreRows);
}
readyFields(document);
