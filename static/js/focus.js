// After a form came back with errors the summary gets the focus, on a whole page as well as in a swapped part.
function focusSummary(root) {
  root.querySelector?.("[data-summary]")?.focus();
}

focusSummary(document);
document.addEventListener("htmx:afterSettle", (event) => focusSummary(event.detail.elt ?? event.target));
