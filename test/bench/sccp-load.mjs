// The phones of the SCCP bench.
//   node sccp-load.mjs register <port> <dialogue.json> <at once> <count>
//     whole registrations, each on a connection of its own: {"perSecond", "p50", "p99"}
//   node sccp-load.mjs hold <port> <dialogue.json> <phones> <seconds>
//     registers all, then keeps them alive every 30 s, spread evenly; says `held` when all are registered, then
//     {"acknowledged", "missed", "p50", "p99"}
//   node sccp-load.mjs keepalives <port> <dialogue.json> <phones> <count>
//     registers all, says `held`, then sends that many keepalives, on each link the next when one is acknowledged:
//     {"perSecond"}

import { readFileSync } from 'node:fs';
import net from 'node:net';

const [what, port, file, first, second] = process.argv.slice(2);
const { phones, answers } = JSON.parse(readFileSync(file, 'utf8'));
const lengths = answers.map((hex) => hex.length / 2);
const segments = phones.map((turns) => turns.map((hex) => Buffer.from(hex, 'hex')));

const KEEPALIVE = Buffer.from('040000000000000000000000', 'hex');
const KEEPALIVE_EVERY = 30_000;
const MIDDAY = segments[0].length - 1; // the last turn is its end

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

/** Sends each segment when the answer to the one before is whole. */
const talk = (turns) =>
  new Promise((resolve, reject) => {
    let turn = 0;
    let missing = 0;
    const socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    const next = () => {
      if (turn === turns.length) {
        socket.removeAllListeners('data');
        resolve(socket);
        return;
      }
      missing += lengths[turn];
      socket.write(turns[turn]);
      turn += 1;
    };
    socket.on('connect', next);
    socket.on('data', (bytes) => {
      missing -= bytes.length;
      if (missing === 0) next();
    });
    socket.on('error', reject);
  });

const many = async (atOnce, count, each) => {
  let started = 0;
  const worker = async () => {
    while (started < count) await each(started++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

const register = async (atOnce, count) => {
  const times = [];
  const once = async (index) => {
    const start = performance.now();
    (await talk(segments[index % segments.length])).end();
    times.push(performance.now() - start);
  };
  const start = performance.now();
  await many(atOnce, count, once);
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: count / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
};

const hold = async (count, seconds) => {
  const sockets = [];
  await many(64, count, async (index) => {
    sockets[index] = await talk(segments[index].slice(0, MIDDAY));
  });
  process.stdout.write('held\n');
  const waits = [];
  let sent = 0;
  sockets.forEach((socket) => {
    socket.on('data', () => waits.push(performance.now() - socket.asked));
  });
  const start = performance.now();
  let next = 0;
  await new Promise((resolve) => {
    const tick = setInterval(() => {
      const elapsed = performance.now() - start;
      const due = Math.floor((Math.min(elapsed, seconds * 1000) / KEEPALIVE_EVERY) * count);
      for (; next < due; next += 1) {
        const socket = sockets[next % count];
        socket.asked = performance.now();
        socket.write(KEEPALIVE);
        sent += 1;
      }
      if (elapsed > seconds * 1000 + 2000) {
        clearInterval(tick);
        resolve();
      }
    }, 5);
  });
  waits.sort((a, b) => a - b);
  return {
    acknowledged: waits.length,
    missed: sent - waits.length,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
  };
};

const keepalives = async (links, count) => {
  const sockets = [];
  await many(64, links, async (index) => {
    sockets[index] = await talk(segments[index].slice(0, MIDDAY));
  });
  process.stdout.write('held\n');
  const start = performance.now();
  let sent = 0;
  let acknowledged = 0;
  await new Promise((resolve) => {
    for (const socket of sockets) {
      const send = () => {
        if (sent === count) return;
        sent += 1;
        socket.write(KEEPALIVE);
      };
      socket.on('data', () => {
        acknowledged += 1;
        if (acknowledged === count) resolve();
        else send();
      });
      send();
    }
  });
  return { perSecond: (count * 1000) / (performance.now() - start) };
};

const result = await { register, hold, keepalives }[what](Number(first), Number(second));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
