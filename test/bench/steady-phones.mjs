// SCCP phones that have registered and are kept alive at a steady rate, and how soon they are answered.
//   node steady-phones.mjs PORT DIALOGUE PHONES RATE
// Registers all, says `held`, then sends RATE keepalives a second, each phone in its turn. For each line on standard input it
// says what came since the one before: {"sent", "answered", "p50", "p99"}, times in milliseconds, and how many keepalives have had no
// answer for a second: "missing".

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { quantile } from './quantile.mjs';

const [port, file, phones, rate] = process.argv.slice(2);
const { phones: dialogues, answers } = JSON.parse(readFileSync(file, 'utf8'));
const lengths = answers.map((hex) => hex.length / 2);
const KEEPALIVE = Buffer.from('040000000000000000000000', 'hex');
const AT_ONCE = 32;
const TICK = 1; // milliseconds
const LATE = 1000; // milliseconds

/** Registers one phone: sends each segment when the answer to the one before is whole. The last segment is its end. */
const registered = (segments) =>
  new Promise((resolve, reject) => {
    let [turn, missing] = [0, 0];
    const socket = net.connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    const next = () => {
      if (turn === segments.length - 1) {
        socket.removeAllListeners('data');
        resolve(socket);
        return;
      }
      missing += lengths[turn];
      socket.write(Buffer.from(segments[turn], 'hex'));
      turn += 1;
    };
    socket.on('connect', next);
    socket.on('data', (bytes) => {
      missing -= bytes.length;
      if (missing === 0) next();
    });
    socket.on('error', reject);
    socket.on('close', () => process.stderr.write('a phone was let go of\n'));
  });

const sockets = [];
let started = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (started < Number(phones)) {
      const index = started++;
      sockets[index] = await registered(dialogues[index]);
    }
  }),
);

let [times, sent, next, begun, owed] = [[], 0, 0, performance.now(), 0];
for (const socket of sockets)
  socket.on('data', () => {
    if (socket.asked > 0) times.push(performance.now() - socket.asked);
    socket.asked = 0;
  });

setInterval(() => {
  const now = performance.now();
  owed = Math.min(owed + ((now - begun) * Number(rate)) / 1000, 1 + Number(rate) / 20);
  begun = now;
  for (; owed >= 1; owed -= 1) {
    const socket = sockets[next++ % sockets.length];
    if (socket.asked > 0) continue; // a phone does not ask again before it is answered
    socket.asked = performance.now();
    sent += 1;
    socket.write(KEEPALIVE);
  }
}, TICK);

createInterface({ input: process.stdin }).on('line', () => {
  const sorted = times.sort((a, b) => a - b);
  const now = performance.now();
  // The newest ones are on their way.
  const missing = sockets.filter(({ asked = 0 }) => asked > 0 && now - asked > LATE).length;
  process.stdout.write(
    `${JSON.stringify({ sent, answered: sorted.length, missing, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) })}\n`,
  );
  [times, sent] = [[], 0];
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write('held\n');
