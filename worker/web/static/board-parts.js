"use strict";
// Replaces the parts of the page that have changed, and only those: focus, scroll position and a list of
// stations that is open stay as they are.

const shown = new Map();

// To be called before the script changes anything in the parts.
export function rememberParts() {
  for (const part of document.querySelectorAll("[data-part]")) shown.set(part.id, part.outerHTML);
}

// The ids of the parts that were replaced.
export function replaceParts(html) {
  const incoming = new DOMParser().parseFromString(html, "text/html");
  const replaced = [];
  for (const part of incoming.querySelectorAll("[data-part]")) {
    const text = part.outerHTML;
    const there = document.getElementById(part.id);
    if (there === null || shown.get(part.id) === text) continue;
    shown.set(part.id, text);
    replace(there, part);
    replaced.push(part.id);
  }
  return replaced;
}

function replace(there, part) {
  const focused = there.contains(document.activeElement) ? document.activeElement : null;
  const path = focused && pathTo(focused, there);
  if (there.open) part.open = true;
  there.replaceWith(part);
  if (focused === null) return;
  const again = path === "" ? part : (path && part.querySelectorAll(path.selector)[path.index]) || part;
  if (again === part && part.tabIndex < 0) part.tabIndex = -1;
  again.focus({ preventScroll: true });
}

// A link is found again by its address: its row may have moved.
function pathTo(focused, part) {
  if (focused === part) return "";
  const href = focused.getAttribute("href");
  const selector = href === null ? focused.localName : `a[href="${CSS.escape(href)}"]`;
  return { selector, index: [...part.querySelectorAll(selector)].indexOf(focused) };
}
