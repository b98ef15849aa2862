// The sandbox: Ctrl+S saves, leaving with unsaved edits asks first, the submit button wakes up when it may.
const form = document.querySelector("[data-sandbox]");
history.replaceState(null, "", form.dataset.sandbox); // after a refusal the address is that of a POST
const save = form.querySelector("[data-save]");
const status = form.querySelector("[data-save-status]");
const texts = [...form.querySelectorAll("textarea[data-editor]")];
const saved = new Map(texts.map((text) => [text, "unsaved" in text.dataset ? null : text.value]));
const isDirty = () => texts.some((text) => text.value !== saved.get(text));
const showDirty = () => { if (isDirty()) status.textContent = "Unsaved changes."; };

showDirty();
form.addEventListener("input", showDirty);
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  save.click();
});

let sent = new Map();
let isSaving = false;
let delayed = null; // the button that was pressed while a save was on its way
save.addEventListener("htmx:beforeRequest", () => {
  isSaving = true;
  sent = new Map(texts.map((text) => [text, text.value]));
});
save.addEventListener("htmx:afterRequest", (event) => {
  isSaving = false;
  if (event.detail.successful) sent.forEach((value, text) => saved.set(text, value));
  const button = delayed;
  delayed = null;
  if (button) setTimeout(() => form.requestSubmit(button), 100); // the answer brings the version that was saved
});
for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  save.addEventListener(failure, () => { status.textContent = "Not saved: the server did not answer. Try again."; });
}
save.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status < 500) return; // a refusal is shown as it came
  status.textContent = "Not saved: the server is busy. What you typed is still here; try again in a few seconds.";
});

let isLeaving = false;
form.addEventListener("submit", (event) => {
  if (!isSaving || event.submitter === save) return;
  event.preventDefault();
  delayed = event.submitter;
  status.textContent = "Saving first …";
});
form.addEventListener("submit", (event) => { isLeaving = !event.defaultPrevented && (event.submitter !== save || !save.hasAttribute("hx-post")); });
addEventListener("pageshow", () => { isLeaving = false; });
addEventListener("beforeunload", (event) => { if (isDirty() && !isLeaving) event.preventDefault(); });
form.addEventListener("countdown:end", () => {
  form.querySelector("[data-submit]").disabled = false;
  form.querySelector("[data-allowance]").textContent = "You may submit now.";
});
