// When a change by htmx fails the page stays as it is and says so: with the error page's own words, if it sent any.
function show(text) {
  const area = document.getElementById("messages");
  const pattern = document.getElementById("problem");
  if (!area || !pattern) return;
  const note = pattern.content.firstElementChild.cloneNode(true);
  if (text) note.querySelector("p").textContent = text; // without one the pattern has words of its own
  area.replaceChildren(note);
  note.scrollIntoView({ block: "nearest" });
}

// What asks by itself, every now and then, fails without a word: nobody pressed anything.
const isAsked = ({ detail: { elt } }) => !elt?.hasAttribute("data-by-itself");

document.addEventListener("htmx:responseError", (event) => {
  if (!isAsked(event)) return;
  const { xhr } = event.detail;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  show(page.querySelector("main .lede, body > .lede")?.textContent.trim());
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (isAsked(event)) show(document.getElementById("problem")?.dataset.offline);
  });
}
