
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
