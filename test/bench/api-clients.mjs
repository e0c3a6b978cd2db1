// Clients of the API.
//   node api-clients.mjs readers PORT COUNT
//     so many readers of the feed of events; says `ready` once all are connected
//   node api-clients.mjs requests PORT CONNECTIONS PATH…
//     asks for the paths in turn, on each connection the next one when the answer before is whole; says `ready`
// For each line on standard input both say what came since the one before: the readers {"made", "got", "octets", "share"},
// where `made` and `got` are events by the ids that the first reader saw, `octets` those of all readers, and `share` what the
// reader with the fewest octets had of those of the first; the others {"answers", "failed", "p50", "p99"} in milliseconds.

import net from 'node:net';
import { createInterface } from 'node:readline';
import { quantile } from './quantile.mjs';

const [what, port, count, ...paths] = process.argv.slice(2);
/** A daemon lets so many readers in from one address. */
const READERS_PER_ADDRESS = 25;
const BUFFER = 256 * 1024;

const request = (path) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** `heard` gets what came, in a buffer that is used again. */
const connected = (localAddress, heard) =>
  new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(BUFFER);
    const onread = { buffer, callback: (length) => heard(buffer, length) ?? true };
    const socket = net.connect({ host: '127.0.0.1', port: Number(port), localAddress, noDelay: true, onread });
    socket.on('connect', () => resolve(socket));
    socket.on('error', reject);
    socket.on('close', () => process.stderr.write('a client was let go of\n'));
  });

const readers = async () => {
  const octets = new Float64Array(Number(count));
  let [got, newest] = [0, 0];
  /** The id before the first one that counts; `undefined`: none came yet. */
  let begun;
  /** The end of what was read before: a mark and its id may be cut in two. */
  let before = '';
  const counted = (read) => {
    const text = before + read;
    const end = text.lastIndexOf('\n');
    before = text.slice(Math.max(end, 0));
    if (end <= 0) return;
    for (let at = text.indexOf('\nid: '); at >= 0 && at < end; at = text.indexOf('\nid: ', at + 1)) {
      const id = Number.parseInt(text.slice(at + 5, at + 25), 10);
      got += 1;
      begun ??= id - 1;
      newest = id;
    }
  };
  for (let index = 0; index < Number(count); index += 1) {
    const address = `127.0.0.${1 + Math.floor(index / READERS_PER_ADDRESS)}`;
    const socket = await connected(address, (buffer, length) => {
      octets[index] += length;
      if (index === 0) counted(buffer.latin1Slice(0, length));
    });
    socket.write(request('/api/events'));
  }
  return () => {
    const made = begun === undefined ? 0 : newest - begun;
    const all = octets.reduce((sum, one) => sum + one, 0);
    say({ made, got, octets: all, share: Math.min(...octets) / (octets[0] || 1) });
    octets.fill(0);
    if (begun !== undefined) begun = newest;
    got = 0;
  };
};

const requests = async () => {
  let [failed, times, turn] = [0, [], 0];
  for (let index = 0; index < Number(count); index += 1) {
    let [left, asked, head] = [0, 0, ''];
    const ask = () => {
      asked = performance.now();
      socket.write(request(paths[turn++ % paths.length]));
    };
    const socket = await connected('127.0.0.1', (buffer, length) => {
      let at = 0;
      if (left === 0) {
        head += buffer.latin1Slice(0, Math.min(length, 2000));
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) failed += 1;
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        at = end + 4;
        head = '';
      }
      left -= length - at;
      if (left > 0) return;
      times.push(performance.now() - asked);
      left = 0;
      ask();
    });
    ask();
  }
  return () => {
    const sorted = times.sort((a, b) => a - b);
    say({ answers: sorted.length, failed, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) });
    [failed, times] = [0, []];
  };
};

const tell = await { readers, requests }[what]();
createInterface({ input: process.stdin }).on('line', tell);
process.stdin.on('end', () => process.exit(0));
process.stdout.write('ready\n');
