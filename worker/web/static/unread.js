"use strict";
// Loads the page again once the store answers; until then nothing moves under the reader's hands.

const AGAIN_MS = 5_000;

async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.status !== 503) location.reload();
  } catch {
    // The board does not answer either.
  }
}

setInterval(look, AGAIN_MS);
