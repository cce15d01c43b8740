// BullMQ: delayed jobs.
'use strict';

const fs = require('fs');
const { Queue, Worker } = require('bullmq');
const Redis = require('ioredis').Redis;

const AT_ONCE = 500;
const CONCURRENCY = 100;
const url = process.env.BENCH_STORE_URL;

function connect() {
  return new Redis(url, { maxRetriesPerRequest: null });
}

function nowUs() {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}

async function schedule(file, allowedSeconds) {
  const timers = fs.readFileSync(file, 'utf8').split(/\s+/).filter(Boolean).map((line) => line.split(':'));
  const connection = connect();
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  const options = { removeOnComplete: true, removeOnFail: true };
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let count = 0;
  while (count < timers.length && seconds() < allowedSeconds) {
    const batch = timers.slice(count, count + AT_ONCE);
    const now = Date.now();
    await queue.addBulk(
      batch.map(([number, due]) => ({
        name: 'fire',
        data: { number: Number(number) },
        opts: { ...options, delay: Math.max(0, Number(due) - now) },
      })),
    );
    count += batch.length;
  }
  console.log(JSON.stringify({ count, seconds: seconds() }));
  await queue.close();
  connection.disconnect();
}

function work() {
  const store = connect();
  const options = { connection: connect(), concurrency: CONCURRENCY };
  const poll = process.env.BENCH_POLL_SECONDS;
  if (poll) {
    options.drainDelay = Number(poll);
  }
  const worker = new Worker(
    'bench',
    async (job) => {
      await store.xadd('bench:fired', '*', 'timer', job.data.number, 'fired_us', nowUs());
    },
    options,
  );
  worker.on('error', (error) => console.error(error.message));
  process.on('SIGTERM', async () => {
    await worker.close();
    process.exit(0);
  });
}

if (process.argv[2] === 'work') {
  work();
} else {
  schedule(process.argv[3], Number(process.argv[4]));
}
