"use strict";
// The store's time, and how long ago the clock gave its last sign. The viewer's own clock decides nothing:
// it may be an hour off.

export const LATE_MS = 5_000;
export const DEAD_MS = 10_000;

// How far the viewer's two clocks may drift apart between two ticks. performance.now() may stand still while a
// computer sleeps and Date.now() does not, so a larger jump means that nothing is known until the next beat.
const JUMP_MS = 3_000;

export class StoreClock {
  #beat;
  #receivedAt;
  #tickedAt = performance.now();
  #dateAtTick = Date.now();
  #sleptMs = 0;
  #isKnown = true;

  // The pulse that came with the page counts from the moment when the page was asked for: never as too young.
  constructor(pulse) {
    this.#beat = pulse;
    this.#receivedAt = 0;
  }

  beat(pulse) {
    this.#beat = pulse;
    this.#receivedAt = performance.now();
    this.#sleptMs = 0;
    this.#isKnown = true;
  }

  // To be called several times a second; whether the computer slept or hung, or its clock was set, since the last
  // call. Until the next beat nothing is known then.
  tick() {
    const tickedAt = performance.now();
    const date = Date.now();
    const gapMs = tickedAt - this.#tickedAt;
    const jumpMs = Math.abs(date - this.#dateAtTick - gapMs);
    this.#tickedAt = tickedAt;
    this.#dateAtTick = date;
    if (jumpMs <= JUMP_MS && gapMs <= LATE_MS) return false;
    this.#isKnown = false;
    if (jumpMs > JUMP_MS) this.#sleptMs += jumpMs;
    return true;
  }

  get speed() {
    return this.#beat.speed;
  }

  #sinceReceivedMs() {
    return performance.now() - this.#receivedAt + this.#sleptMs;
  }

  nowMs() {
    return this.#beat.now_ms + this.#sinceReceivedMs() * this.#beat.speed;
  }

  // The store's time when the beat was received: until then the lists were known to be true.
  knownMs() {
    return this.#beat.now_ms;
  }

  // Real milliseconds since a pacemaker's last round; Infinity if there was none.
  ageMs() {
    return this.#beat.beat_age_ms === null ? Infinity : this.#beat.beat_age_ms + this.#sinceReceivedMs();
  }

  lastSignMs() {
    return this.#beat.beat_age_ms === null ? null : this.#beat.now_ms - this.#beat.beat_age_ms * this.#beat.speed;
  }

  // Whether the last beat that came says by itself that no pacemaker is at work.
  isSilentAtSource() {
    return this.#beat.beat_age_ms === null || this.#beat.beat_age_ms >= LATE_MS;
  }

  life() {
    if (!this.#isKnown) return "dead";
    const ageMs = this.ageMs();
    return ageMs >= DEAD_MS ? "dead" : ageMs >= LATE_MS ? "late" : "live";
  }
}
