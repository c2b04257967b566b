// A live region is only read when its text changes while it is there, so messages that arrive are repeated in it.
const region = document.getElementById("live");
const messages = document.getElementById("messages");

// They are copied with their marks: a title in another language is read out in its own.
function read() {
  const said = [...(document.getElementById("messages")?.querySelectorAll("p") ?? [])];
  if (!region || !said.length) return;
  region.replaceChildren();
  setTimeout(() => { region.replaceChildren(...said.map((line) => line.cloneNode(true))); }, 100);
}

if (messages) {
  read();
  // htmx replaces the area out of band, so the observer watches from outside it.
  new MutationObserver((records) => {
    if (records.some(({ target }) => target.id === "messages" || target.closest?.("#messages"))) read();
    else if (records.some(({ addedNodes }) => [...addedNodes].some((node) => node.id === "messages"))) read();
  }).observe(messages.parentElement, { childList: true, subtree: true });
}
