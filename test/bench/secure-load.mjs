// Phones of the bench of secure mode.
//   node secure-load.mjs handshakes PORT KIND KEYS full|resumed COUNT AT_ONCE
//     so many handshakes, each on a connection of its own that ends when it is done: {"perSecond", "p50", "p99"}, in milliseconds
//   node secure-load.mjs flood PORT RATE
//     says `ready`, then begins RATE handshakes a second without a certificate; for each line on standard input it says what became
//     of those since the one before: {"begun", "done", "refused"}
// KEYS: a JSON file with the PEM texts `key` and `cert` of a phone.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { quantile } from './quantile.mjs';

/** What phones speak: those of the 79xx series, and newer ones. */
const KINDS = {
  'AES128-SHA': { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'AES128-SHA:@SECLEVEL=0' },
  ECDHE: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
};
const TICK = 5; // milliseconds

const [what, port, ...words] = process.argv.slice(2);

/** One handshake. Resolves with the session of TLS, which newer connections may resume; `undefined`: it failed. */
const shake = (options) =>
  new Promise((resolve) => {
    let session;
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false, ...options });
    socket.on('error', () => resolve(undefined));
    socket.on('session', (one) => {
      session = one;
    });
    socket.once('secureConnect', () => socket.end());
    socket.once('close', () => resolve(session ?? socket.isSessionReused()));
    socket.resume();
  });

const handshakes = async ([kind, keys, mode, count, atOnce]) => {
  const options = { ...KINDS[kind], ...JSON.parse(readFileSync(keys, 'utf8')) };
  const session = mode === 'resumed' ? await shake(options) : undefined;
  const times = [];
  let begun = 0;
  let failed = 0;
  const start = performance.now();
  const run = async () => {
    while (begun < Number(count)) {
      begun += 1;
      const from = performance.now();
      const done = await shake(session === undefined ? options : { ...options, session });
      if (done === undefined) failed += 1;
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, run));
  const seconds = (performance.now() - start) / 1000;
  times.sort((one, other) => one - other);
  const answer = { perSecond: Number(count) / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99), failed };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  process.exit(0);
};

const flood = ([rate]) => {
  let seen = { begun: 0, done: 0, refused: 0 };
  let [owed, last] = [0, performance.now()];
  setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + ((now - last) * Number(rate)) / 1000, Number(rate) / 10);
    last = now;
    for (; owed >= 1; owed -= 1) {
      seen.begun += 1;
      void shake(KINDS.ECDHE).then((session) => {
        seen[session === undefined ? 'refused' : 'done'] += 1;
      });
    }
  }, TICK);
  createInterface({ input: process.stdin }).on('line', () => {
    process.stdout.write(`${JSON.stringify(seen)}\n`);
    seen = { begun: 0, done: 0, refused: 0 };
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdout.write('ready\n');
};

if (what === 'flood') flood(words);
else await handshakes(words);
