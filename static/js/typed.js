// What was typed into a form survives what comes between: another language, a sign-in that expired, a connection that
// broke, an error of ours. It is set aside in this tab when the form is sent, put back once where the same form is seen
// again, and forgotten when the server says in a cookie that it arrived (ui.http.TypedMiddleware). Never a password or
// a file, and nothing of what is marked data-unkept.
//
// A form marked data-draft (the value says what it is about) is kept while one types, also past the end of the tab: until
// it arrived, until its member signs out or another one signs in here.
const SHELF = "typed:";
const DRAFTS = "draft:";
const HOUR = 3600 * 1000;
const LASTS = { [SHELF]: 12 * HOUR, [DRAFTS]: 14 * 24 * HOUR };
const UNKEPT = 'input[type="password"], input[type="file"], [autocomplete="one-time-code"], [data-unkept], [data-unkept] *';
const OURS = ["csrfmiddlewaretoken", "next", "typed"];
const TYPING = /^(text|search|email|url|tel|number|date|time|textarea|select-one|select-multiple|checkbox|radio)$/;
const reader = document.body.dataset.reader ?? "";

const isKept = (control) => control.name && !OURS.includes(control.name) && !control.matches(UNKEPT)
  && (TYPING.test(control.type) || control.type === "hidden");
const kept = (form) => [...form.elements].filter(isKept);
const isTypedInto = (form) => form.method === "post" && kept(form).some(({ type }) => type !== "hidden");
// A form is known by where it goes and by its fields: the page it stands on may be another one after an error.
const nameOf = (form) => SHELF + new URL(form.action, location).pathname + " "
  + [...new Set(kept(form).map(({ name }) => name))].sort().join(" ");
const isChecked = ({ type }) => type === "checkbox" || type === "radio";
const isSelect = ({ type }) => type.startsWith("select");

function valueOf(control) {
  if (isChecked(control)) return control.checked;
  return isSelect(control) ? [...control.selectedOptions].map(({ value }) => value) : control.value;
}

function isChanged(control) {
  if (control.type === "hidden") return false;
  if (isChecked(control)) return control.checked !== control.defaultChecked;
  if (isSelect(control)) return [...control.options].some((option) => option.selected !== option.defaultSelected && control.multiple)
    || (!control.multiple && control.value !== ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value);
  return control.value !== control.defaultValue;
}

// Storage may be full or forbidden: then a form is as it was without this.
function shelf(act, name = "sessionStorage") {
  try { return act(window[name]); } catch { return undefined; }
}
const drafts = (act) => shelf(act, "localStorage");

const fieldsOf = (controls) => controls.map((control) => [control.name, control.type, isChecked(control) ? control.value : "", valueOf(control)]);

function setAside(form, isSent) {
  const id = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
  const fields = fieldsOf(kept(form));
  shelf((storage) => storage.setItem(nameOf(form), JSON.stringify({ id, reader, isSent, at: Date.now(), fields })));
  return id;
}

// A draft has no one-time key: what is written next in the same box is something else.
function keepDraft(form, id = "") {
  const controls = kept(form).filter(({ name }) => name !== "creation_key");
  const name = `${DRAFTS}${reader} ${form.dataset.draft}`;
  const isTyped = controls.some(isChanged);
  drafts((storage) => {
    if (isTyped) storage.setItem(name, JSON.stringify({ id, reader, at: Date.now(), fields: fieldsOf(controls) }));
    else storage.removeItem(name);
  });
  const sign = form.querySelector("[data-draft-kept]");
  if (sign) sign.hidden = !drafts((storage) => storage.getItem(name));
}

function open(control) {
  for (let folded = control.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
}

// The hidden fields come back too: with its one-time key a form that did arrive leads to what it made, and with its
// version an edit still says on which text it was made.
function putBack(form, fields) {
  const controls = kept(form);
  let restored = 0;
  for (const [name, type, choice, value] of fields) {
    const at = controls.findIndex((control) => control.name === name && control.type === type
      && (!isChecked(control) || control.value === choice));
    if (at < 0) continue;
    const [control] = controls.splice(at, 1);
    if (JSON.stringify(valueOf(control)) === JSON.stringify(value)) continue;
    if (isChecked(control)) control.checked = value;
    else if (isSelect(control)) for (const option of control.options) option.selected = value.includes(option.value);
    else control.value = value;
    if (control.type === "hidden") continue;
    restored += 1;
    open(control);
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return restored;
}

function say() {
  const area = document.getElementById("messages");
  const pattern = document.getElementById("restored");
  if (area && pattern) area.append(pattern.content.cloneNode(true));
}

function forget(test) {
  for (const [act, beginning] of [[shelf, SHELF], [drafts, DRAFTS]])
    act((storage) => {
      for (const key of Object.keys(storage).filter((name) => name.startsWith(beginning)))
        if (test(JSON.parse(storage.getItem(key)), LASTS[beginning])) storage.removeItem(key);
    });
}

function tidy() {
  const arrived = document.cookie.match(/(?:^|; )typed=([\w-]+)/)?.[1];
  forget(({ id, reader: whose, at }, lasts) => (id && id === arrived) || at < Date.now() - lasts
    || (reader && whose && whose !== reader));
}

function restore() {
  for (const form of document.forms) {
    if (!isTypedInto(form)) continue;
    const entry = shelf((storage) => JSON.parse(storage.getItem(nameOf(form))));
    if (!entry || entry.reader !== reader) continue;
    shelf((storage) => storage.removeItem(nameOf(form)));
    // A form that came back with what was wrong has what was typed already, and the versions that now count.
    if (form.querySelector("[data-summary]")) continue;
    if (putBack(form, entry.fields) && entry.isSent) say();
  }
}

function restoreDrafts() {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (form.querySelector("[data-summary]")) continue;
    const entry = drafts((storage) => JSON.parse(storage.getItem(`${DRAFTS}${reader} ${form.dataset.draft}`)));
    if (entry && !kept(form).some(isChanged)) putBack(form, entry.fields);
    if (entry) keepDraft(form);
  }
}

tidy();
restore();
restoreDrafts();
addEventListener("pageshow", ({ persisted }) => { if (persisted) tidy(); });

document.addEventListener("input", ({ target }) => {
  if (target.form?.matches?.("[data-draft]")) keepDraft(target.form);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (event.submitter?.name === "language") {
    for (const other of document.forms)
      if (isTypedInto(other) && (kept(other).some(isChanged) || other.querySelector("[data-summary]"))) setAside(other, false);
  } else if ("forgets" in form.dataset) {
    forget(() => true);
  } else if (isTypedInto(form)) {
    form.dataset.typed = setAside(form, true);
    if ("draft" in form.dataset) keepDraft(form, form.dataset.typed);
  }
}, true);

document.addEventListener("formdata", ({ target, formData }) => {
  if (target.dataset.typed) formData.set("typed", target.dataset.typed);
});

// A part that htmx swaps says at once what came of it; a sign-in that expired leads away first.
document.addEventListener("htmx:afterRequest", ({ target, detail: { xhr, successful } }) => {
  const form = target.closest?.("form");
  if (form?.dataset.typed && (successful || xhr.status === 422) && !xhr.getResponseHeader("HX-Redirect"))
    forget(({ id }) => id === form.dataset.typed);
});
