// Uploads: with a script the bytes go first, with their progress, then the form that says what they are; what was refused stands
// beside the field, and the chosen file stays chosen. Without a script the form brings the file itself.

const MOST_BYTES = 25 * 1024 * 1024;

function tell(form, text) {
  const told = form.querySelector("[data-told]");
  told.hidden = text === "";
  told.querySelector("span").textContent = text;
  told.closest(".field").classList.toggle("has-error", text !== "");
}

/** Sends the bytes; resolves with the status and what was answered: nothing where that is not ours. */
function sendBytes(file, type, csrf, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/document-contents");
    request.setRequestHeader("Content-Type", type || "application/octet-stream");
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (progress && event.lengthComputable) progress.value = (event.loaded / event.total) * 100;
    });
    request.addEventListener("load", () => resolve({ status: request.status, said: request.response ?? {} }));
    request.addEventListener("error", reject);
    request.addEventListener("abort", reject);
    request.send(file);
  });
}

/** Why a content was not taken. A form of another session is no longer good; other things may be forbidden as well. */
function refusal(status, said, words) {
  const isOver = status === 401 || (status === 403 && String(said.type).endsWith("cross-site"));
  if (isOver) return words.sessionOver;
  return [said.detail, said.hint].filter(Boolean).join(" ") || words.failed;
}

async function upload(form) {
  const input = form.querySelector('input[type="file"]');
  const file = input.files[0];
  // The server says what is missing; what it can be spared to say is said before the file is on its way.
  if (!file) return form.submit();
  // A form of many fields is told all that is wrong at once, by the server.
  if (form.dataset.upload !== "whole" && !form.reportValidity()) return undefined;
  if (file.size > MOST_BYTES) return tell(form, input.dataset.tooLarge);
  const progress = form.querySelector("[data-progress]");
  const buttons = form.querySelectorAll("button");
  tell(form, "");
  progress.hidden = false;
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const { status, said } = await sendBytes(file, file.type, form.elements.csrf.value, progress);
    if (status !== 201) return tell(form, refusal(status, said, input.dataset));
    form.elements.content.value = said.document_content_id;
    form.elements.file_name.value = file.name;
    input.disabled = true;
    form.submit();
  } catch {
    tell(form, input.dataset.offline);
  } finally {
    progress.hidden = true;
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function takeDrops(zone) {
  const input = zone.querySelector('input[type="file"]');
  const over = (event) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", event.type === "dragover");
  };
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", over);
  zone.addEventListener("drop", (event) => {
    over(event);
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

document.querySelectorAll("[data-drop]").forEach(takeDrops);
document.querySelectorAll("form[data-upload]").forEach((form) => {
  form.addEventListener("change", (event) => { if (event.target.type === "file") tell(form, ""); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    upload(form);
  });
});

/** Types by the end of a name: what a browser calls them depends on what is installed. */
const TYPES_BY_END = { csv: "text/csv", json: "application/json", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

async function uploadAll(form) {
  const input = form.querySelector('input[type="file"]');
  tell(form, "");
  // The server says what is missing.
  if (!input.files.length) return form.submit();
  if (input.files.length > Number(input.dataset.most)) return tell(form, input.dataset.tooMany);
  const progress = form.querySelector("[data-progress]");
  form.querySelectorAll("[data-sent]").forEach((one) => one.remove());
  for (const file of input.files) {
    const tellOf = (words) => tell(form, `${file.name}: ${words}`);
    if (file.size > MOST_BYTES) return tellOf(input.dataset.tooLarge);
    progress.hidden = false;
    const type = TYPES_BY_END[file.name.split(".").pop().toLowerCase()] || file.type;
    const answer = await sendBytes(file, type, form.elements.csrf.value, progress).catch(() => null);
    if (answer === null) return tellOf(input.dataset.offline);
    const { status, said } = answer;
    if (status !== 201) return tellOf(refusal(status, said, input.dataset));
    for (const [name, value] of [["content", said.document_content_id], ["file_name", file.name]]) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      field.dataset.sent = "";
      form.append(field);
    }
  }
  input.disabled = true;
  return form.submit();
}

document.querySelectorAll("[data-upload-all]").forEach((form) => {
  form.addEventListener("change", () => tell(form, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try { await uploadAll(form); } finally { button.disabled = false; }
  });
});
