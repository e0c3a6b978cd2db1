// SIP phones over UDP that register and unregister, one after the other, again and again: what makes events at a steady rate.
//   node churn-phones.mjs PORT PHONES RATE
// RATE messages a second; a line on standard input is another rate, 0 for none. Says `ready`, and for each line what came
// since the one before: {"sent", "answered", "p50", "p99"}, times in milliseconds. A message that was not answered for two
// seconds is given up.

import dgram from 'node:dgram';
import { createInterface } from 'node:readline';
import { quantile } from './quantile.mjs';

const [port, phones, firstRate] = process.argv.slice(2).map(Number);
const FIRST = 0x10_0000;
const TICK = 2; // milliseconds
const PATIENCE = 2_000; // milliseconds

const socket = dgram.createSocket('udp4');
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
socket.setRecvBufferSize(4 * 1024 * 1024);
const own = socket.address().port;

/** As a 7975 says it. */
const register = (index, cseq, expires) => {
  const mac = (FIRST + index).toString(16).padStart(6, '0');
  const number = 100_000 + index;
  return [
    'REGISTER sip:127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${mac}${cseq}`,
    `From: <sip:${number}@127.0.0.1>;tag=005056${mac}0002`,
    `To: <sip:${number}@127.0.0.1>`,
    `Call-ID: 005056-${mac}@127.0.0.1`,
    'Max-Forwards: 70',
    `CSeq: ${cseq} REGISTER`,
    'User-Agent: Cisco-CP7975G/9.3.1',
    `Contact: <sip:9e9e1ffb-0206-4ea1-6d77-ba04a7${mac}@127.0.0.1:${own};transport=udp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-005056${mac}>";+u.sip!devicename.ccm.cisco.com="SEP005056${mac.toUpperCase()}";+u.sip!model.ccm.cisco.com="437"`,
    'Supported: replaces,X-cisco-callinfo,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1',
    'Content-Length: 0',
    `Expires: ${expires}`,
    '',
    '',
  ].join('\r\n');
};

const cseqs = new Uint32Array(phones).fill(100);
const sentAt = new Float64Array(phones);
let [rate, next, sent, times, begun, owed] = [firstRate, 0, 0, [], performance.now(), 0];

socket.on('message', (bytes) => {
  const text = bytes.latin1Slice(0, Math.min(bytes.length, 600));
  if (!text.startsWith('SIP/2.0 200')) return;
  const index = Number.parseInt(/Call-ID: 005056-([0-9a-f]{6})/.exec(text)?.[1] ?? '', 16) - FIRST;
  if (!(sentAt[index] > 0)) return;
  times.push(performance.now() - sentAt[index]);
  sentAt[index] = 0;
});

setInterval(() => {
  const now = performance.now();
  // What could not be sent for a while is not sent all at once.
  owed = Math.min(owed + ((now - begun) * rate) / 1000, 1 + rate / 20);
  begun = now;
  for (; owed >= 1; owed -= 1) {
    const index = next % phones;
    const isLeaving = Math.floor(next / phones) % 2 === 1;
    next += 1;
    if (sentAt[index] > 0 && now - sentAt[index] < PATIENCE) continue;
    cseqs[index] += 1;
    sentAt[index] = performance.now();
    sent += 1;
    socket.send(register(index, cseqs[index], isLeaving ? 0 : 3600), port, '127.0.0.1');
  }
}, TICK);

createInterface({ input: process.stdin }).on('line', (line) => {
  rate = Number(line);
  const sorted = times.sort((a, b) => a - b);
  process.stdout.write(
    `${JSON.stringify({ sent, answered: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) })}\n`,
  );
  [sent, times] = [0, []];
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write('ready\n');
