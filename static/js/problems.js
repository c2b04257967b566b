// When a change by htmx fails the page stays as it is and says so: with the error page's own words, if it sent any.
function show(text) {
  const area = document.getElementById("messages");
  const pattern = document.getElementById("problem");
  if (!area || !pattern || !text) return;
  const note = pattern.content.firstElementChild.cloneNode(true);
  note.querySelector("p").textContent = text;
  area.replaceChildren(note);
  note.scrollIntoView({ block: "nearest" });
}

const words = document.getElementById("problem")?.dataset ?? {};

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  show(page.querySelector("main .lede")?.textContent.trim() || words.failed);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => show(words.offline));
}
