// A phone that asks for its address, with a server of the test's own: losses, refusals and answers for others.

import { describe, expect, it } from 'vitest';
import { obtainAddress } from '../../src/phone/boot/dhcp-client.js';
import { identityOf } from '../../src/phone/identity.js';
import { PhoneEnvironment } from '../../src/phone/index.js';
import type { PhoneStep, StepType } from '../../src/phone/steps.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { seededRandom } from '../support/random.js';
import { MemoryStreamNetwork } from './memory-stream-network.js';

const SERVER = { address: '10.10.210.10', port: 67 };
const TYPES = { OFFER: 2, ACK: 5, NAK: 6 } as const;

const answerTo = (
  request: Buffer,
  type: keyof typeof TYPES,
  options: readonly (readonly [number, string])[] = [
    [150, '0a0ad20a0a0ad20b'],
    [51, '00015180'],
  ],
): Buffer => {
  const reply = Buffer.alloc(300);
  request.copy(reply, 0, 0, 240);
  reply[0] = 2;
  Buffer.from('0a0ad2c8', 'hex').copy(reply, 16);
  let at = 240;
  for (const [code, hex] of [[53, `0${TYPES[type]}`], [54, '0a0ad20a'], ...options] as const) {
    const value = Buffer.from(hex, 'hex');
    reply[at] = code;
    reply[at + 1] = value.length;
    value.copy(reply, at + 2);
    at += 2 + value.length;
  }
  reply[at] = 255;
  return reply;
};

const ask = async (answers: (request: Buffer, count: number) => readonly Buffer[], most = 200) => {
  const identity = identityOf({ name: 'SEP00036BA10260', protocol: 'SCCP', model: '7960' });
  if ('fault' in identity) throw new Error(identity.fault);
  const clock = new ManualClock();
  const datagrams = new MemoryDatagrams();
  const probe = new EventRecorder<PhoneStep>();
  const requests: Buffer[] = [];
  const server = await datagrams.open(SERVER, (bytes, from) => {
    requests.push(bytes);
    for (const answer of answers(bytes, requests.length)) server.send(answer, 0, answer.length, from);
  });
  const world = new PhoneEnvironment({
    clock,
    datagrams,
    streams: new MemoryStreamNetwork(),
    random: seededRandom(1),
    bus: probe.bus,
  });
  const steps: StepType[] = [];
  const plan = { server: SERVER, client: { address: '0.0.0.0', port: 68 }, tries: 4 };
  const asked = obtainAddress(world, identity, plan, (type) => steps.push(type));
  let done = false;
  void asked.then(() => {
    done = true;
  });
  for (let passed = 0; passed < most && !done; passed += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!done) clock.advance(1000);
  }
  return { given: await asked, requests, steps, open: datagrams.openSockets };
};

const typeOf = (request: Buffer): number => request[242] ?? 0;
const usual = (request: Buffer): readonly Buffer[] => [answerTo(request, typeOf(request) === 1 ? 'OFFER' : 'ACK')];

describe('a phone that asks for its address', () => {
  it('has it after two questions, and takes the file servers of option 150', async () => {
    const { given, requests, steps, open } = await ask(usual);
    expect(given).toEqual({
      address: '10.10.210.200',
      fileServers: ['10.10.210.10', '10.10.210.11'],
      leaseSeconds: 86_400,
      server: '10.10.210.10',
      ...{ subnetMask: '', routers: [], dnsServers: [], domainName: '' },
    });
    expect(requests.map(typeOf)).toEqual([1, 3]);
    expect(steps).toEqual(['phone.address-asked', 'phone.address-offered', 'phone.address-bound']);
    expect(open).toBe(1);
  });

  it('takes option 66 where there is no 150', async () => {
    const { given } = await ask((request) => [
      answerTo(request, typeOf(request) === 1 ? 'OFFER' : 'ACK', [[66, Buffer.from('10.9.9.9').toString('hex')]]),
    ]);
    expect(given?.fileServers).toEqual(['10.9.9.9']);
  });

  it('takes mask, routers, name servers and domain, whole addresses alone', async () => {
    const { given } = await ask((request) => [
      answerTo(request, typeOf(request) === 1 ? 'OFFER' : 'ACK', [
        [1, 'ffffff00'],
        [3, '0a0ad201'],
        [6, '0a0ad2350a0ad236ff'],
        [15, Buffer.from('lab.example').toString('hex')],
      ]),
    ]);
    expect(given).toMatchObject({
      ...{ server: '10.10.210.10', subnetMask: '255.255.255.0', routers: ['10.10.210.1'] },
      ...{ dnsServers: ['10.10.210.53', '10.10.210.54'], domainName: 'lab.example' },
    });
  });

  it('asks again where nothing comes, saying for how long it has been asking', async () => {
    const { given, requests } = await ask((request, count) => (count < 3 ? [] : usual(request)));
    expect(given?.address).toBe('10.10.210.200');
    expect(requests.map((request) => request.readUInt16BE(8)).slice(0, 3)).toEqual([0, 4, 12]);
  });

  it('begins anew after a NAK', async () => {
    let refused = false;
    const { given, requests, steps } = await ask((request) => {
      if (typeOf(request) === 1 || refused) return usual(request);
      refused = true;
      return [answerTo(request, 'NAK')];
    });
    expect(given).toBeDefined();
    expect(requests.map(typeOf)).toEqual([1, 3, 1, 3]);
    expect(steps).toContain('phone.address-refused');
  });

  it('does not listen to answers for others, nor to junk', async () => {
    const { given, requests } = await ask((request) => {
      const other = answerTo(request, 'ACK');
      other.writeUInt32BE(0xdead_beef, 4);
      return [other, Buffer.from('junk'), answerTo(request, 'ACK'), ...usual(request)];
    });
    expect(given).toBeDefined();
    expect(requests.map(typeOf)).toEqual([1, 3]);
  });

  it('gives up after its tries', async () => {
    const { given, requests, open } = await ask(() => []);
    expect(given).toBeUndefined();
    expect(requests).toHaveLength(4);
    expect(open).toBe(1);
  });
});
