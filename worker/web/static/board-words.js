"use strict";
// Instants and lengths of time as a person reads them. Nothing is ever rounded up.

const two = (number) => String(number).padStart(2, "0");

// A length of time as a figure and its unit: 44:12 min, 2 h 19 min, 3 d 4 h.
export function span(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return [`${Math.floor(hours / 24)} d ${hours % 24}`, "h"];
  if (hours > 0) return [`${hours} h ${two(minutes % 60)}`, "min"];
  return [`${two(minutes)}:${two(seconds % 60)}`, "min"];
}

// The same for what grows, where seconds tell nobody anything.
export function spanSoFar(ms) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : span(ms).join(" ");
}

export class LocalTime {
  #seconds;
  #date;
  #day;

  constructor(zone) {
    const format = (options) => new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
    this.#seconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.#date = format({ year: "numeric", month: "2-digit", day: "2-digit" });
    this.#day = format({ weekday: "short", day: "numeric", month: "short", timeZoneName: "short" });
  }

  // 08:20:48
  seconds(ms) {
    return this.#seconds.format(ms);
  }

  // 2016-11-13
  date(ms) {
    const part = this.#parts(this.#date, ms);
    return `${part.year}-${part.month}-${part.day}`;
  }

  // Sun 13 Nov PST
  day(ms) {
    const part = this.#parts(this.#day, ms);
    return `${part.weekday} ${part.day} ${part.month} ${part.timeZoneName}`;
  }

  #parts(format, ms) {
    return Object.fromEntries(format.formatToParts(ms).map((part) => [part.type, part.value]));
  }
}
