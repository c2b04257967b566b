// An error goes away while its field becomes right, and comes back with what was refused. Whether the rest is right only
// the server knows, when the form is sent again.
function controlsOf(field) {
  return [...field.querySelectorAll("input, textarea, select")];
}

const said = (controls) => JSON.stringify(controls.map((control) => (/^(checkbox|radio)$/.test(control.type) ? control.checked : control.value)));
const refused = new WeakMap();

function watch(root) {
  for (const control of root.querySelectorAll?.('[aria-invalid="true"]') ?? []) {
    const field = control.closest(".field");
    if (field && !refused.has(field)) refused.set(field, said(controlsOf(field)));
  }
}

function judge(field) {
  const controls = controlsOf(field);
  const isWrong = said(controls) === refused.get(field) || controls.some((control) => !control.validity.valid);
  for (const error of field.querySelectorAll('[id$="_error"]')) error.hidden = !isWrong;
  for (const control of controls) if (control.hasAttribute("aria-invalid")) control.setAttribute("aria-invalid", String(isWrong));
  const summary = field.closest("form")?.querySelector("[data-summary]");
  if (!summary) return;
  for (const control of controls)
    for (const line of summary.querySelectorAll(`a[href="#${CSS.escape(control.id)}"]`)) line.parentElement.hidden = !isWrong;
  recount(summary);
}

function recount(summary) {
  const left = [...summary.querySelectorAll("p:not(.small)")].filter((line) => !line.hidden).length;
  const count = summary.querySelector("strong[data-one]");
  count.dataset.many ??= count.textContent;
  count.textContent = left === 1 ? count.dataset.one : count.dataset.many.replace(/\d+/, left);
  summary.hidden = left === 0;
}

watch(document);
document.addEventListener("htmx:afterSettle", (event) => watch(event.detail.elt ?? event.target));
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const field = target.closest?.(".field");
    if (field && refused.has(field)) judge(field);
  });
}
