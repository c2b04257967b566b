// A second click on a button that is at work does nothing. (The server is safe without this: one-time keys.)
const GIVE_UP = 15000;

function rest(form) {
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
  for (const button of document.querySelectorAll(`[form="${CSS.escape(form.id)}"][aria-busy]`)) button.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.setAttribute("aria-busy", "true");
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => rest(form), GIVE_UP);
}, true);

// By then the answer may have come, and in the place of the button stands the one that undoes what it did: the second
// click of a double click, and a key that is held down, press no button of a form.
function isSubmit(target) {
  const button = target.closest?.("button, input[type=submit]");
  return button?.form?.method === "post" && button.type === "submit";
}

document.addEventListener("click", (event) => {
  if (event.detail > 1 && isSubmit(event.target)) event.preventDefault();
}, true);
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && isSubmit(event.target)) event.preventDefault();
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) rest(form);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll('form[aria-busy="true"]')) rest(form);
});
