// Whoever types @ and two letters into a form marked data-people is offered members, in a list below the box: chosen by
// arrows and Enter or Tab, or by touch; Escape closes it. Without this @handle is typed out.
const WAIT = 150;
const BEGUN = /(?:^|[^\p{L}\p{N}_@/.{-])@([\p{L}\p{N}][\p{L}\p{N}_-]{1,40})$/u;
let list = null; // the open one, below `box`
let box = null;
let timer = 0;
let asking = null;
let refused = ""; // what was typed when Escape closed it

const options = () => (list ? [...list.children] : []);
const current = () => options().find((option) => option.getAttribute("aria-selected") === "true");

function begun(area) {
  if (area.selectionStart !== area.selectionEnd) return "";
  return area.value.slice(0, area.selectionStart).match(BEGUN)?.[1] ?? "";
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  list?.remove();
  list = null;
  for (const name of ["aria-controls", "aria-activedescendant"]) box?.removeAttribute(name);
}

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", each === option);
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(option) {
  const end = box.selectionStart;
  const start = end - begun(box).length;
  const rest = box.value.slice(end, end + 1) === " " ? "" : " ";
  box.setRangeText(option.dataset.handle + rest, start, end, "end");
  close();
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function say(words) {
  document.getElementById("live")?.replaceChildren(words);
}

async function ask(area, word) {
  asking = new AbortController();
  const answer = await fetch(`${area.form.dataset.people}?q=${encodeURIComponent(word)}`, {
    headers: { "HX-Request": "true" }, signal: asking.signal,
  });
  const part = document.createElement("template");
  part.innerHTML = answer.ok ? await answer.text() : "";
  const found = part.content.querySelector('[role="listbox"]');
  close();
  if (!found?.children.length || begun(area) !== word || document.activeElement !== area) return;
  [box, list] = [area, found];
  area.after(list);
  area.setAttribute("aria-controls", list.id);
  choose(list.firstElementChild);
  say(list.dataset.said);
}

document.addEventListener("input", ({ target, isComposing }) => {
  if (!target.matches?.("form[data-people] textarea") || document.activeElement !== target) return;
  const word = begun(target);
  if (word !== refused) refused = "";
  if (!word || refused) { close(); return; }
  clearTimeout(timer);
  asking?.abort();
  if (!isComposing) timer = setTimeout(() => ask(target, word).catch(() => {}), WAIT);
});

document.addEventListener("keydown", (event) => {
  if (!list || event.target !== box || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = options();
  const at = all.indexOf(current());
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(all.at(at - 1));
  else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(all[at]);
  else if (event.key === "Escape") { refused = begun(box); close(); say(""); }
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// A press on the list leaves the box its focus, so the list is still there when the press ends.
document.addEventListener("mousedown", (event) => {
  if (list?.contains(event.target)) event.preventDefault();
});
document.addEventListener("click", ({ target }) => {
  const option = list?.contains(target) && target.closest('[role="option"]');
  if (option) take(option);
  else if (list && target !== box) close();
});
document.addEventListener("focusout", ({ target }) => { if (target === box) close(); });

for (const area of document.querySelectorAll("form[data-people] textarea")) {
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-haspopup", "listbox");
  area.setAttribute("autocomplete", "off");
}
