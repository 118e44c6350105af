
// Uploads: the bytes go first, then the form that says what they are.

const MOST_BYTES = 25 * 1024 * 1024;

async function upload(form) {
  const input = form.querySelector('input[type="file"]');
  const told = form.querySelector("[data-told]");
  const file = input.files[0];
  if (!file) return input.focus();
  if (file.size > MOST_BYTES) { told.textContent = input.dataset.tooLarge; return; }
  const button = form.querySelector("button");
  button.disabled = true;
  const headers = { "Content-Type": file.type || "application/octet-stream", "X-CSRF-Token": form.elements.csrf.value };
  const answer = await fetch("/api/v1/document-contents", { method: "POST", headers, body: file });
  const said = await answer.json();
  button.disabled = false;
  if (!answer.ok) { told.textContent = [said.detail, said.hint].filter(Boolean).join(" "); return; }
  form.elements.content.value = said.document_content_id;
  form.elements.file_name.value = file.name;
  form.submit();
}

document.querySelectorAll("[data-upload]").forEach((form) => {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    upload(form).catch(() => { form.querySelector("button").disabled = false; });
  });
});

/** Types by the end of a name: what a browser calls them depends on what is installed. */
const TYPES_BY_END = { csv: "text/csv", json: "application/json", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" };

async function uploadAll(form) {
  const input = form.querySelector('input[type="file"]');
  const told = form.querySelector("[data-told]");
  if (!input.files.length) return input.focus();
  form.querySelectorAll("[data-sent]").forEach((one) => one.remove());
  for (const file of input.files) {
    if (file.size > MOST_BYTES) { told.textContent = `${file.name}: ${input.dataset.tooLarge}`; return; }
    told.textContent = file.name;
    const type = TYPES_BY_END[file.name.split(".").pop().toLowerCase()] || file.type || "application/octet-stream";
    const headers = { "Content-Type": type, "X-CSRF-Token": form.elements.csrf.value };
    const answer = await fetch("/api/v1/document-contents", { method: "POST", headers, body: file });
    const said = await answer.json();
    if (!answer.ok) { told.textContent = `${file.name}: ${[said.detail, said.hint].filter(Boolean).join(" ")}`; return; }
    for (const [name, value] of [["content", said.document_content_id], ["file_name", file.name]]) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      field.dataset.sent = "";
      form.append(field);
    }
  }
  form.submit();
}

document.querySelectorAll("[data-upload-all]").forEach((form) => {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try { await uploadAll(form); } finally { button.disabled = false; }
  });
});
