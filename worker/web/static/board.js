"use strict";
// Keeps the board live: countdowns by the store's time, and changes as the server sends them.
let beat = null;
const stream = new EventSource("/stream");
stream.addEventListener("board", (message) => {
  document.getElementById("live").innerHTML = JSON.parse(message.data).html;
});
stream.addEventListener("beat", (message) => {
  beat = { ...JSON.parse(message.data), received: performance.now() };
});
setInterval(() => {
  if (beat === null) return;
  const now = beat.now_ms + (performance.now() - beat.received) * beat.speed;
  for (const row of document.querySelectorAll("[data-deadline-ms]")) {
    const seconds = Math.floor((Number(row.dataset.deadlineMs) - now) / 1000);
    row.querySelector(".left").textContent = `${seconds} s`;
  }
}, 250);
