"use strict";
// Keeps the board live, and makes it say so where it is not: by a timer in the page that needs no network.

import { StoreClock } from "./board-clock.js";
import { fit, unfit } from "./board-fit.js";
import { rememberParts, replaceParts } from "./board-parts.js";
import { newOverdue, newStages, setText, showPeople } from "./board-people.js";
import { Stream } from "./board-stream.js";
import { LocalTime, spanSoFar } from "./board-words.js";

const TICK_MS = 250;
const page = document.getElementById("board");
const root = document.documentElement;
const element = (id) => document.getElementById(id);

const clock = new StoreClock({
  now_ms: Number(page.dataset.nowMs),
  speed: Number(page.dataset.speed),
  beat_age_ms: page.dataset.beatAgeMs === "" ? null : Number(page.dataset.beatAgeMs),
});
const local = new LocalTime(page.dataset.zone);
let pausedAtMs = null;
let pending = null;
let daysShown = "";
let isPrinting = false;

rememberParts();
if ("wall" in root.dataset) root.style.setProperty("--inches", root.dataset.wall);
const stream = new Stream(page.dataset.stream, (name, news) => {
  // What arrives first after a sleep may have been sent before it.
  if (clock.tick()) stream.reopen();
  else if (name === "beat") clock.beat(news);
  else if (pausedAtMs === null) show(news.html);
  else pending = news.html;
  tick();
});

function show(html) {
  if (replaceParts(html).length === 0) return;
  daysShown = "";
  refresh(clock.nowMs());
  fit();
  announce([...newOverdue(), ...newStages()]);
}

function tick() {
  if (clock.tick()) stream.reopen();
  const nowMs = clock.nowMs();
  const life = clock.life();
  const state = life === "dead" || pausedAtMs === null ? life : "paused";
  const before = page.dataset.state;
  page.dataset.state = state;
  root.classList.toggle("instants", isPrinting || state === "dead" || state === "paused");
  refresh(nowMs);
  showHealth(state, life, nowMs);
  if (state !== before) changeState(state, before);
  if (state !== "dead") announce(newStages());
}

function refresh(nowMs) {
  showPeople(nowMs, clock.speed);
  showDays(nowMs);
  setText(element("time").firstElementChild, local.seconds(nowMs));
  setText(element("time").lastElementChild, local.day(nowMs));
  if (page.dataset.state !== "paused") {
    const known = element("as-of");
    setText(known.firstElementChild, local.seconds(clock.knownMs()));
    setText(known.lastElementChild, local.day(clock.knownMs()));
  }
}

// "today" is true only while the board is live; weekdays stay true.
function showDays(nowMs) {
  const isLive = !root.classList.contains("instants");
  const today = isLive ? local.date(nowMs) : "";
  if (daysShown === `${isLive} ${today}`) return;
  daysShown = `${isLive} ${today}`;
  for (const day of document.querySelectorAll("[data-date]")) {
    day.dataset.day ??= day.textContent;
    const word = day.classList.contains("before") ? "" : "today";
    setText(day, day.dataset.date === today ? word : day.dataset.day);
  }
}

function showHealth(state, life, nowMs) {
  const seconds = Math.floor(clock.ageMs() / 1000);
  const since = clock.lastSignMs() === null ? "" : `since ${local.seconds(clock.lastSignMs())}`;
  const [words, more] = {
    live: ["Clock running", `beat ${(clock.ageMs() / 1000).toFixed(1)} s ago`],
    late: [`No sign for ${seconds} s`, since],
    dead: ["No sign of the clock", since],
    paused: [life === "late" ? `No sign for ${seconds} s` : "Paused", `since ${local.seconds(pausedAtMs ?? nowMs)}`],
  }[state];
  setText(element("health").firstElementChild, words);
  setText(element("health").lastElementChild, more);
  if (state === "dead") showDeath();
}

// All of it is an alert: only what a screen reader does not see may change while it stands.
function showDeath() {
  const last = clock.lastSignMs();
  const asOf = pausedAtMs ?? (clock.isSilentAtSource() ? last : clock.knownMs());
  setText(
    element("last-sign"),
    last === null ? "The clock has given no sign of life" : `Last sign of the clock: ${local.seconds(last)}`,
  );
  setText(element("ago"), last === null ? "" : `, ${spanSoFar(clock.ageMs())} ago`);
  if (asOf !== null) setText(element("picture-of"), local.seconds(asOf));
  element("login").hidden = !stream.isLoginNeeded;
  setText(element("reason"), stream.isLoginNeeded ? "" : reason());
}

function reason() {
  if (clock.isSilentAtSource()) return "No worker is at work: nobody is being released.";
  return "Nothing reaches this page: the board, the network or this computer has stopped.";
}

function changeState(state, before) {
  element("dead").hidden = state !== "dead";
  showTitle(state);
  daysShown = "";
  showDays(clock.nowMs());
  fit();
  if (state === "late") announce(["No sign of the clock for 5 seconds."]);
  if (before === "dead" && state !== "dead") announce(["The board is live again."]);
}

function print(isNow) {
  isPrinting = isNow;
  tick();
  if (isNow) unfit();
  else fit();
}

function showTitle(state) {
  const overdue = Number(element("overdue").dataset.count);
  const alive = overdue > 0 ? `${overdue} overdue – Custody desk` : "Custody desk";
  const title = { dead: "NOT LIVE – Custody desk", late: "NO SIGN – Custody desk", paused: `Paused – ${alive}` }[state];
  document.title = title ?? alive;
}

function announce(sentences) {
  showTitle(page.dataset.state);
  if (sentences.length > 0) setText(element("announce"), sentences.join(" "));
}

element("pause").addEventListener("click", () => {
  pausedAtMs = pausedAtMs === null ? clock.nowMs() : null;
  setText(element("pause"), pausedAtMs === null ? "Pause" : "Resume");
  if (pausedAtMs === null && pending !== null) show(pending);
  if (pausedAtMs === null) pending = null;
  tick();
});
element("pause").hidden = false;
addEventListener("resize", () => isPrinting || fit());
addEventListener("beforeprint", () => print(true));
addEventListener("afterprint", () => print(false));
addEventListener("pageshow", (event) => event.persisted && stream.reopen());
document.addEventListener("visibilitychange", tick);
setInterval(tick, TICK_MS);
tick();
newOverdue();
fit();
