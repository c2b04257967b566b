// A form that says when nothing of it may be kept (data-unkept-when="name=value") is left alone by typed.js while that
// holds. What the page of a reply code gets in the fragment of its address, which reaches no server, goes into its box.
const isAsked = (form) => {
  const [name, value] = form.dataset.unkeptWhen.split("=");
  return new FormData(form).get(name) === value;
};

function mark(form) {
  form.toggleAttribute("data-unkept", isAsked(form));
}

for (const form of document.querySelectorAll("form[data-unkept-when]")) mark(form);
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-unkept-when]")) mark(form); });
for (const event of ["input", "change"])
  document.addEventListener(event, ({ target }) => { if (target.form?.dataset.unkeptWhen) mark(target.form); });

const asking = document.querySelector("form[data-from-fragment]");
if (asking && location.hash.length > 1) {
  asking.elements[asking.dataset.fromFragment].value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  asking.querySelector("button")?.focus();
}
