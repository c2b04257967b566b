// What a person would notice of a page and axe does not tell; put in by the debugger, like axe. Each function returns
// sentences, one for each thing that is wrong; tests/browser/test_every_page.py reads them on every page.
(() => {
  const SMALLEST = 24; // px, WCAG 2.5.8
  const CONTROLS = "a[href], button, summary, input, select, textarea";
  const POINTERS = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "list", "form"];

  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const heard = (element) => getComputedStyle(element).clipPath === "inset(50%)"; // .sr: for screen readers only
  const tell = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120);

  function texts(root, wanted) {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (node.textContent.trim() && wanted(node.parentElement)) found.push(node);
    return found;
  }

  function up(element, root, is) {
    for (let at = element; at && at !== root.parentElement; at = at.parentElement) if (is(at)) return true;
    return false;
  }

  // --- Headings: one of the first level. ---
  function heading() {
    const number = document.querySelectorAll("h1").length;
    return number === 1 ? [] : [`${number} headings of the first level`];
  }

  // --- Ids: each once, and what points at one finds it. ---
  function ids() {
    const seen = new Set();
    const wrong = [];
    for (const { id } of document.querySelectorAll("[id]")) {
      if (seen.has(id)) wrong.push(`the id ${id} stands twice`);
      seen.add(id);
    }
    for (const name of POINTERS)
      for (const element of document.querySelectorAll(`[${name}]`))
        for (const id of element.getAttribute(name).split(/\s+/))
          if (!seen.has(id)) wrong.push(`${name} points at ${id}, which is not there: ${tell(element)}`);
    return wrong;
  }

  // --- Label in name (WCAG 2.5.3): who speaks to the computer says what stands on the button. ---
  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

  function nameFromContent(element) {
    if (element.getAttribute("aria-hidden") === "true") return "";
    if (element.hasAttribute("aria-label")) return element.getAttribute("aria-label");
    let name = "";
    for (const node of element.childNodes)
      if (node.nodeType === Node.TEXT_NODE) name += node.textContent;
      else if (node.nodeType === Node.ELEMENT_NODE && node.checkVisibility()) {
        const part = nameFromContent(node);
        name += getComputedStyle(node).display.startsWith("inline") ? part : ` ${part} `;
      }
    return name;
  }

  function nameOf(element) {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).map((id) => nameFromContent(document.getElementById(id))).join(" ");
    if (element.hasAttribute("aria-label")) return element.getAttribute("aria-label");
    if (element.labels?.length) return [...element.labels].map(nameFromContent).join(" ");
    return nameFromContent(element);
  }

  function labels() {
    const wrong = [];
    for (const element of document.querySelectorAll(CONTROLS)) {
      if (!shown(element)) continue;
      const sources = element.labels?.length ? [...element.labels] : [element];
      const seen = sources.flatMap((source) => texts(source, (at) => shown(at) && !up(at, source, heard)
        && !at.closest("option, textarea")));
      const label = plain(seen.map((node) => node.textContent).join(" "));
      if (label && !` ${plain(nameOf(element))} `.includes(` ${label} `))
        wrong.push(`shows "${label}" and is named "${nameOf(element).trim()}": ${tell(element)}`);
    }
    return wrong;
  }

  // --- Targets (WCAG 2.5.8): 24 by 24 px, unless they stand in a sentence. ---
  function inSentence(element) {
    let block = element.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    if (!/^(block|list-item|table-cell)$/.test(getComputedStyle(block).display)) return false;
    const own = getComputedStyle(element).display === "inline";
    return own && texts(block, (at) => shown(at) && !at.closest(CONTROLS)).some((node) => /\p{L}/u.test(node.textContent));
  }

  function targets() {
    const wrong = [];
    for (const element of document.querySelectorAll(CONTROLS)) {
      const target = element.matches("[type=checkbox], [type=radio]") ? element.closest("label") ?? element : element;
      if (!shown(target) || up(target, document.documentElement, heard) || inSentence(target)) continue;
      const { width, height } = target.getBoundingClientRect();
      if (Math.min(width, height) < SMALLEST - 0.5)
        wrong.push(`a target of ${Math.round(width)} by ${Math.round(height)} px: ${tell(target)}`);
    }
    return wrong;
  }

  // --- Menus: every button that opens one does. ---
  function menus() {
    const wrong = [];
    for (const button of document.querySelectorAll("[popovertarget]")) {
      if (!shown(button)) continue;
      button.click();
      const menu = document.querySelector(":popover-open");
      if (!menu || menu.id !== button.getAttribute("popovertarget") || !menu.querySelector("a, button, select, input")?.checkVisibility())
        wrong.push(`opens no menu: ${tell(button)}`);
      menu?.hidePopover();
    }
    return wrong;
  }

  // --- Room for text: nothing cut off, nothing outside its control, nothing beside the screen. ---
  function cut() {
    const wrong = [];
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) {
      const edge = document.documentElement.clientWidth;
      const out = [...document.body.querySelectorAll("*")].filter((at) => at.getBoundingClientRect().right > edge + 1);
      wrong.push(`${wide} px wider than the screen, by ${out.filter((at) => !at.children.length && !up(at, document.body, heard)).map(tell)[0]}`);
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (element.matches("svg, svg *, meter, input, select, option, iframe") || !element.clientWidth || heard(element)) continue;
      const { overflowX, overflowY, textOverflow } = getComputedStyle(element);
      const over = { x: element.scrollWidth - element.clientWidth, y: element.scrollHeight - element.clientHeight };
      const hides = (way) => ["hidden", "clip"].includes(way);
      if (!((hides(overflowX) && over.x > 1) || (hides(overflowY) && over.y > 1) || (textOverflow === "ellipsis" && over.x > 0)))
        continue;
      if (texts(element, (at) => shown(at) && !up(at, element, heard)).length) wrong.push(`text is cut off: ${tell(element)}`);
    }
    for (const control of document.querySelectorAll("a, button, summary, .tag, .day, .face")) {
      if (!shown(control) || getComputedStyle(control).display === "inline") continue;
      const box = control.getBoundingClientRect();
      for (const node of texts(control, (at) => shown(at) && !up(at, control, heard))) {
        const range = document.createRange();
        range.selectNodeContents(node);
        const text = range.getBoundingClientRect();
        if (text.left < box.left - 1 || text.right > box.right + 1)
          wrong.push(`text sticks out of what it stands on: ${tell(control)}`);
      }
    }
    return wrong;
  }

  function columns() {
    const wrong = [];
    for (const node of texts(document.body, (at) => shown(at) && !at.closest("option, textarea") && !up(at, document.body, heard))) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
      if (lines > 3 && node.textContent.trim().length < 4 * lines)
        wrong.push(`written in a column of letters: "${node.textContent.trim()}" in ${tell(node.parentElement)}`);
    }
    return wrong;
  }

  // --- Language of parts (WCAG 3.1.2): what people wrote in another language than the page's says so. ---
  function languages(written) {
    const wrong = [];
    const attributes = ["aria-label", "title", "placeholder", "alt"];
    const holders = attributes.flatMap((name) => [...document.body.querySelectorAll(`[${name}]`)].map((at) => [at, name]));
    const all = [document.body.textContent.replace(/\s+/g, " "), ...holders.map(([at, name]) => at.getAttribute(name))].join(" ");
    const here = written.filter(([passage]) => all.includes(passage));
    const check = (text, element, isAttribute) => {
      for (const [passage, code] of here)
        if (text.includes(passage) && (isAttribute ? document.documentElement : element.closest("[lang]")).lang !== code)
          wrong.push(`"${passage}" (${code}) is not marked as such: ${tell(element)}`);
    };
    for (const node of texts(document.body, (at) => !at.closest("script, style, textarea")))
      check(node.textContent.replace(/\s+/g, " "), node.parentElement, false);
    for (const [element, name] of holders) check(element.getAttribute(name), element, true);
    return wrong;
  }

  // --- A style sheet of the reader's own; one made by script, which the policy has no say in. ---
  function dress(style) {
    const own = new CSSStyleSheet();
    own.replaceSync(style);
    document.adoptedStyleSheets = [own];
  }

  // Looks at the page in one style sheet after the other, without a frame between, so that none of them is painted.
  function wear(dresses) {
    const wrong = [];
    for (const [name, style, looks] of dresses) {
      dress(style);
      for (const look of looks) for (const sentence of window.doorbraakLook[look]()) wrong.push([name, sentence]);
    }
    dress("");
    return wrong;
  }

  // --- Colours: a number for each text and link, the same wherever the same colours lie over the same. ---
  const OPAQUE_TO_AXE = "img, svg, canvas, video, object, iframe";

  function hash(text) {
    let [high, low] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at += 1) {
      high = Math.imul(high ^ text.charCodeAt(at), 2654435761);
      low = Math.imul(low ^ text.charCodeAt(at), 1597334677);
    }
    return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
  }

  function grounds() {
    const painted = [];
    const found = [];
    for (const element of document.querySelectorAll("body, body *")) {
      if (element.matches("svg *, option, template") || !shown(element)) continue;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (heard(element) || box.right <= 0 || box.bottom + scrollY <= 0) continue; // nobody sees it
      const paint = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode];
      if (element.matches(OPAQUE_TO_AXE) || paint.join() !== "rgba(0, 0, 0, 0),none,1,none,normal")
        painted.push({ element, box, paint: `${element.matches(OPAQUE_TO_AXE)} ${paint} ${style.position} ${style.zIndex}` });
      const isText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      if (isText || element.matches("input, select, textarea, a[href]")) found.push({ element, box, style });
    }
    return new Map(found.map(({ element, box, style }) => {
      const below = painted.filter((at) => at.element.contains(element) || (!element.contains(at.element)
        && at.box.left < box.right && at.box.right > box.left && at.box.top < box.bottom && at.box.bottom > box.top));
      const whole = ({ left, right, top, bottom }) =>
        left <= box.left && right >= box.right && top <= box.top && bottom >= box.bottom;
      const told = below.map((at) => `${at.paint} ${at.element.contains(element)} ${whole(at.box)}`);
      told.push(style.color, style.fontSize, style.fontWeight, style.textShadow, element.localName);
      if (element.matches("a[href]")) {
        let block = element.parentElement;
        while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
        const alone = block.textContent.trim() === element.textContent.trim();
        told.push(alone, getComputedStyle(block).color, getComputedStyle(block).fontWeight, style.textDecoration,
          style.display, style.fontStyle, style.borderBottom, style.outline);
      }
      return [element, hash(told.join("; "))];
    }));
  }

  window.doorbraakLook = {
    heading, ids, labels, targets, menus, cut, columns, languages, dress, wear, grounds,
  };
})();
