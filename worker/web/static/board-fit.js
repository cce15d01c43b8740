"use strict";
// Shows as many rows of each list as there is room for, and counts the others.

const OVERDUE_SHARE = 0.3;
const PART = 0.5;
const ROWS_WHERE_THE_PAGE_SCROLLS = { next: 12, overdue: 12, waiting: 8, ice: 8, ended: 8 };
const BIG_ENOUGH = matchMedia("(min-width: 1100px) and (min-height: 620px)");
const root = document.documentElement;

export function fit() {
  const lists = [...document.querySelectorAll("[data-fit]")];
  const isFixed = (BIG_ENOUGH.matches || "wall" in root.dataset) && !("whole" in root.dataset);
  root.classList.toggle("fits", isFixed);
  lists.forEach((list) => showRows(list, list.children.length));
  if ("whole" in root.dataset) return;
  if (!isFixed) {
    for (const list of lists) showRows(list, ROWS_WHERE_THE_PAGE_SCROLLS[list.parentElement.id]);
    return;
  }
  const byPart = Object.fromEntries(lists.map((list) => [list.parentElement.id, list]));
  if (byPart.overdue) showWithin(byPart.overdue, innerHeight * OVERDUE_SHARE);
  const bottom = document.querySelector("main").getBoundingClientRect().bottom;
  if (byPart.next) showWithin(byPart.next, bottom - byPart.next.getBoundingClientRect().top);
  shareOut([byPart.waiting, byPart.ice, byPart.ended].filter((list) => list?.offsetParent), bottom);
}

// Everything that the server sent, for the printer, which has pages enough.
export function unfit() {
  root.classList.remove("fits");
  for (const list of document.querySelectorAll("[data-fit]")) showRows(list, list.children.length);
}

function showRows(list, count) {
  const more = list.nextElementSibling;
  [...list.children].forEach((row, index) => (row.hidden = index >= count));
  const beyond = Number(more.dataset.beyond) + Math.max(0, list.children.length - count);
  more.hidden = beyond === 0;
  more.querySelector("b").textContent = beyond.toLocaleString("en-US");
}

function showWithin(list, room, least = 1) {
  const more = list.nextElementSibling;
  const top = list.getBoundingClientRect().top;
  const bottoms = [...list.children].map((row) => row.getBoundingClientRect().bottom - top);
  if (more.hidden && bottoms.at(-1) <= room) return;
  more.hidden = false;
  const roomForRows = room - more.offsetHeight;
  showRows(list, Math.max(least, bottoms.filter((bottom) => bottom <= roomForRows).length));
}

// Lists in one column, the most important first: each may have what the others do not need, and at least its part.
function shareOut(lists, bottom) {
  if (lists.length === 0) return;
  const heightOf = (list) => list.nextElementSibling.offsetHeight + list.offsetHeight;
  const end = document.getElementById("beside").lastElementChild.getBoundingClientRect().bottom;
  const needs = lists.map(heightOf);
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  let room = bottom - end + sum(needs);
  lists.forEach((list, index) => {
    const others = sum(needs.slice(index + 1));
    showWithin(list, Math.max(room - others, others > 0 ? room * PART : room), 0);
    room -= heightOf(list);
  });
}
