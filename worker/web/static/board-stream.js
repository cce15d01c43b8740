"use strict";
// The server's events, for as long as the page is open. EventSource gives up after any answer but 200, and does
// not notice a connection that is open at this end only: so every retry is made here.

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 15_000;
const SILENT_MS = 8_000;
const CHECK_MS = 1_000;

export class Stream {
  #url;
  #onEvent;
  #source = null;
  #failures = 0;
  #heardAt = 0;
  #retryTimer = null;
  isLoginNeeded = false;

  // onEvent is called with the event's name and its document.
  constructor(url, onEvent) {
    this.#url = url;
    this.#onEvent = onEvent;
    this.reopen();
    setInterval(() => this.#check(), CHECK_MS);
    addEventListener("online", () => this.reopen());
  }

  // Whatever was on its way is dropped: after a sleep it would be old.
  reopen() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#source?.close();
    this.#heardAt = performance.now();
    const source = new EventSource(this.#url);
    this.#source = source;
    for (const name of ["board", "beat"]) {
      source.addEventListener(name, (message) => {
        if (source !== this.#source) return;
        this.#heardAt = performance.now();
        this.#failures = 0;
        this.isLoginNeeded = false;
        this.#onEvent(name, JSON.parse(message.data));
      });
    }
    source.addEventListener("error", () => source === this.#source && this.#retryLater());
  }

  #check() {
    if (this.#retryTimer === null && performance.now() - this.#heardAt > SILENT_MS) this.#retryLater();
  }

  #retryLater() {
    this.#source.close();
    if (this.#retryTimer !== null) return;
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retryTimer = setTimeout(() => this.#ask(), longest * (0.75 + Math.random() / 4));
  }

  // An EventSource does not show the status of its answer.
  async #ask() {
    const given = new AbortController();
    const timer = setTimeout(() => given.abort(), SILENT_MS);
    try {
      const headers = { Accept: "text/event-stream" };
      const answer = await fetch(this.#url, { headers, signal: given.signal, redirect: "error", cache: "no-store" });
      this.isLoginNeeded = answer.status === 401 || answer.status === 403;
      this.#retryTimer = null;
      if (answer.ok) this.reopen();
      else this.#retryLater();
    } catch {
      this.#retryTimer = null;
      this.#retryLater();
    } finally {
      clearTimeout(timer);
      given.abort();
    }
  }
}
