"use strict";
// The rows of people: countdowns, bars and the stages that are announced.

import { span, spanSoFar } from "./board-words.js";

const HOUR_MS = 3_600_000;
const STAGES = [
  ["overdue", 0, "is past the limit"],
  ["hour", HOUR_MS, "must be released within 1 hour"],
  ["four", 4 * HOUR_MS, "must be released within 4 hours"],
  ["twelve", 12 * HOUR_MS, "must be released within 12 hours"],
];
// A release is on the page within a second of its deadline; until then nobody is called overdue.
const RELEASE_MS = 2_000;
const MOST_NAMED = 3;

let stages = null;
let overdue = null;

export function showPeople(nowMs, speed) {
  for (const row of document.querySelectorAll("#next li")) showCountdown(row, nowMs, speed);
  for (const row of document.querySelectorAll("#overdue li")) {
    setText(row.querySelector(".span"), spanSoFar(nowMs - Number(row.dataset.sinceMs)));
  }
}

function showCountdown(row, nowMs, speed) {
  const deadlineMs = Number(row.dataset.deadlineMs);
  const leftMs = deadlineMs - nowMs;
  const isOverdue = leftMs < -RELEASE_MS * speed;
  const stage = isOverdue ? "overdue" : (STAGES.find(([, withinMs]) => withinMs > 0 && leftMs <= withinMs)?.[0] ?? "later");
  if (row.dataset.stage !== stage) row.dataset.stage = stage;
  const [figure, unit] = isOverdue ? [spanSoFar(-leftMs), "overdue"] : leftMs <= 0 ? ["now", ""] : span(leftMs);
  const left = row.querySelector(".left");
  if (left.childElementCount === 0) left.append(document.createElement("b"), " ", document.createElement("small"));
  setText(left.firstElementChild, figure);
  setText(left.lastElementChild, unit);
  const startedMs = Number(row.dataset.startedMs);
  if (!startedMs) return;
  const used = Math.min(1, Math.max(0, (nowMs - startedMs) / (deadlineMs - startedMs)));
  const width = String(Math.round(used * 1000));
  const bar = row.querySelector("rect");
  if (bar.getAttribute("width") !== width) bar.setAttribute("width", width);
}

// What has changed since the last call, in sentences for a screen reader.
export function newStages() {
  const before = stages;
  stages = new Map();
  const sentences = [];
  for (const [stage, , words] of STAGES) {
    const rows = [...document.querySelectorAll(`#next li[data-stage="${stage}"]`)];
    rows.forEach((row) => stages.set(row.dataset.booking, stage));
    const reached = rows.filter((row) => before?.has(row.dataset.booking) && before.get(row.dataset.booking) !== stage);
    if (reached.length > 0) sentences.push(`${named(reached)} ${words}.`);
  }
  for (const row of document.querySelectorAll('#next li[data-stage="later"]')) stages.set(row.dataset.booking, "later");
  return sentences;
}

export function newOverdue() {
  const before = overdue;
  const rows = [...document.querySelectorAll("#overdue li")];
  overdue = new Set(rows.map((row) => row.querySelector("a").textContent));
  if (before === null) return [];
  const added = rows.filter((row) => !before.has(row.querySelector("a").textContent));
  return added.length > 0 ? [`Overdue: ${named(added)}.`] : [];
}

function named(rows) {
  if (rows.length > MOST_NAMED) return `${rows.length} people`;
  return rows.map((row) => `${row.querySelector("a").textContent}, ${row.querySelector(".place").textContent}`).join("; ");
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
