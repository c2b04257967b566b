// A live region is only read when its text changes while it is there, so messages that arrive are repeated in it.
const region = document.getElementById("live");
const messages = document.getElementById("messages");

function announce(text) {
  if (!region || !text) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 100);
}

function read() {
  announce(document.getElementById("messages")?.innerText.trim());
}

if (messages) {
  read();
  // htmx replaces the area out of band, so the observer watches from outside it.
  new MutationObserver((records) => {
    if (records.some(({ target }) => target.id === "messages" || target.closest?.("#messages"))) read();
    else if (records.some(({ addedNodes }) => [...addedNodes].some((node) => node.id === "messages"))) read();
  }).observe(messages.parentElement, { childList: true, subtree: true });
}
