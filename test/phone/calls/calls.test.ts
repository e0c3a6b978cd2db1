// Calls of simulated phones with the real servers, in memory and on a clock that the test advances: each generation of
// SCCP, SIP over UDP that loses, and the races of `docs/protocols/calls.md` §8.1.

import { describe, expect, it } from 'vitest';
import type { CallHabits, Phone, PhoneOptions } from '../../../src/phone/index.js';
import { aDevice } from '../../support/devices.js';
import { seededRandom } from '../../support/random.js';
import { type PhoneHarness, phoneHarness } from '../harness.js';

interface Spec {
  readonly protocol: 'SCCP' | 'SIP';
  readonly model: string;
  readonly calls?: Partial<CallHabits>;
}

const A = 'SEP0011223344A1';
const B = 'SEP0011223344B1';
const HABITS: CallHabits = { answer: 'never', sound: 'tone', codecs: ['PCMU'] };

const options = (name: string, dn: string, { protocol, model, calls }: Spec, address: string): PhoneOptions => ({
  ...{ name, protocol, model, boot: 'register', lines: [dn], localAddress: address },
  calls: { ...HABITS, ...calls },
});

const pair = async (a: Spec, b: Spec): Promise<{ lab: PhoneHarness; caller: Phone; callee: Phone }> => {
  const devices = [
    aDevice(A, { protocol: a.protocol, model: a.model, lines: ['5001'] }),
    aDevice(B, { protocol: b.protocol, model: b.model, lines: ['5002'] }),
  ];
  const lab = await phoneHarness({ devices, calls: {} });
  const caller = await lab.boot(options(A, '5001', a, '10.10.210.201'));
  const callee = await lab.boot(options(B, '5002', b, '10.10.210.202'));
  expect([caller.state, callee.state]).toEqual(['registered', 'registered']);
  return { lab, caller, callee };
};

const bookOf = (phone: Phone) => {
  if (phone.calls === undefined) throw new Error('no calls');
  return phone.calls;
};

const call1 = (phone: Phone) => bookOf(phone).calls[0];

/** What the phones send in `acts` crosses: none of it arrives before all of it was sent. */
const atOnce = (lab: PhoneHarness, acts: () => void): void => lab.streams.queue(acts);

/** Passes time in steps of a packet. */
const talk = (lab: PhoneHarness, seconds = 0.2): Promise<void> => lab.pass(seconds, 0.02);

const nothingLeft = async (lab: PhoneHarness, ...phones: Phone[]): Promise<void> => {
  await lab.pass(40);
  expect(lab.primary.control?.calls.size).toBe(0);
  for (const phone of phones) expect([bookOf(phone).calls, bookOf(phone).display?.openPorts]).toEqual([[], 0]);
};

const SCCP_MODELS = ['7960', '7936', '7962', '6941', 'CIPC'];

describe.each(SCCP_MODELS)('a %s over SCCP', (model) => {
  it.each(SCCP_MODELS)('and a %s talk, hold, resume and hang up', async (other) => {
    const { lab, caller, callee } = await pair({ protocol: 'SCCP', model }, { protocol: 'SCCP', model: other });
    const call = bookOf(caller).dial('5002');
    await lab.settle();
    expect([call.state, call1(callee)?.state]).toEqual(['ringing', 'ringing']);
    const answered = bookOf(callee).answer();
    await lab.settle();
    await talk(lab);
    expect([call.state, answered.state]).toEqual(['connected', 'connected']);
    expect([call.counts.lost, answered.counts.lost]).toEqual([0, 0]);
    expect(call.counts.received).toBeGreaterThan(5);
    expect(answered.counts.received).toBeGreaterThan(5);
    bookOf(callee).hold();
    await lab.settle();
    // An SCCP phone that hears music is told nothing more of it.
    expect([answered.state, answered.to, call.to]).toEqual(['held', undefined, undefined]);
    bookOf(callee).resume();
    await lab.settle();
    const before = call.counts.received;
    await talk(lab);
    expect([answered.state, call.heldByFar]).toEqual(['connected', false]);
    expect(call.counts.received).toBeGreaterThan(before + 5);
    bookOf(callee).hangUp();
    await lab.settle();
    expect([call.endedBy, answered.endedBy]).toEqual(['far', 'phone']);
    const statistics = lab.primary.probe.of('sccp.received').filter(({ name }) => name.includes('Statistics'));
    expect(statistics.length).toBeGreaterThanOrEqual(2);
    await nothingLeft(lab, caller, callee);
  });
});

const SIP: Spec = { protocol: 'SIP', model: '8851' };
const SCCP: Spec = { protocol: 'SCCP', model: '7962' };
const MIXED = [
  ['SCCP', SCCP, SCCP],
  ['SIP', SIP, SIP],
  ['SCCP to SIP', SCCP, SIP],
  ['SIP to SCCP', SIP, SCCP],
] as const;

describe.each(MIXED)('a race between phones of %s', (_name, a, b) => {
  const connected = async () => {
    const both = await pair(a, b);
    const call = bookOf(both.caller).dial('5002');
    await both.lab.settle();
    const answered = bookOf(both.callee).answer();
    await both.lab.settle();
    await talk(both.lab);
    expect([call.state, answered.state]).toEqual(['connected', 'connected']);
    return { ...both, call, answered };
  };

  it('both hang up at once', async () => {
    const { lab, caller, callee, call, answered } = await connected();
    atOnce(lab, () => {
      bookOf(caller).hangUp();
      bookOf(callee).hangUp();
    });
    await lab.settle();
    expect([call.state, answered.state]).toEqual(['ended', 'ended']);
    await nothingLeft(lab, caller, callee);
  });

  it('both hold at once, and both resume', async () => {
    const { lab, caller, callee, call, answered } = await connected();
    atOnce(lab, () => {
      bookOf(caller).hold();
      bookOf(callee).hold();
    });
    await lab.settle();
    await lab.pass(10);
    expect([call.state, answered.state]).toEqual(['held', 'held']);
    bookOf(caller).resume();
    await lab.settle();
    bookOf(callee).resume();
    await lab.settle();
    await lab.pass(10);
    const before = [call.counts.received, answered.counts.received] as const;
    await talk(lab);
    expect(call.counts.received).toBeGreaterThan(before[0] + 5);
    expect(answered.counts.received).toBeGreaterThan(before[1] + 5);
    bookOf(caller).hangUp();
    await lab.settle();
    await nothingLeft(lab, caller, callee);
  });

  it('the caller gives up while the other answers', async () => {
    const { lab, caller, callee } = await pair(a, b);
    const call = bookOf(caller).dial('5002');
    await lab.settle();
    const answered = call1(callee);
    atOnce(lab, () => {
      bookOf(callee).answer();
      bookOf(caller).hangUp();
    });
    await lab.settle();
    await lab.pass(2);
    expect([call.state, answered?.state]).toEqual(['ended', 'ended']);
    await nothingLeft(lab, caller, callee);
  });

  it('the caller hangs up before anything came back', async () => {
    const { lab, caller, callee } = await pair(a, b);
    const call = bookOf(caller).dial('5002');
    bookOf(caller).hangUp();
    await lab.settle();
    await lab.pass(2);
    expect(call.state).toBe('ended');
    await nothingLeft(lab, caller, callee);
  });

  it('the phones leave in a call', async () => {
    const { lab, caller, callee, call, answered } = await connected();
    const open = lab.datagrams.openSockets;
    const stopped = Promise.all([caller.stop(), callee.stop()]);
    await lab.pass(2);
    await stopped;
    expect([call.state, answered.state]).toEqual(['ended', 'ended']);
    expect([lab.primary.control?.calls.size, open - lab.datagrams.openSockets]).toEqual([0, 2]);
  });
});

describe('over UDP that loses', () => {
  const OLD: Spec = { protocol: 'SIP', model: '7960' };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('a call comes about and ends, though a fifth is lost (%i)', async (seed) => {
    const { lab, caller, callee } = await pair(OLD, OLD);
    // Loss is about the calls: without it each address has shown before that it receives.
    for (const phone of [caller, callee]) {
      const first = bookOf(phone).dial('*43');
      await lab.pass(2);
      expect(first.state).toBe('failed');
      bookOf(phone).hangUp();
    }
    const random = seededRandom(seed);
    lab.datagrams.copies = (from, to) => ([from.port, to.port].includes(5060) && random.below(5) === 0 ? 0 : 1);
    const call = bookOf(caller).dial('5002');
    await lab.pass(6, 0.1);
    const answered = call1(callee);
    if (answered?.state === 'ringing') bookOf(callee).answer();
    await lab.pass(10, 0.1);
    expect([call.state, answered?.state]).toEqual(['connected', 'connected']);
    bookOf(caller).hangUp();
    await lab.pass(10, 0.1);
    expect([call.state, answered?.state]).toEqual(['ended', 'ended']);
    await nothingLeft(lab, caller, callee);
  });
});

describe('a phone that loses its link in a call', () => {
  it('talks on, says so when it registers again, and the server hears when its user hangs up', async () => {
    const { lab, caller, callee } = await pair(SCCP, SCCP);
    const call = bookOf(caller).dial('5002');
    await lab.settle();
    const answered = bookOf(callee).answer();
    await lab.settle();
    await talk(lab);
    const before = lab.primary.probe.of('device.registered').length;
    await lab.primary.sccp.close();
    await lab.settle();
    await talk(lab, 0.5);
    expect([call.state, answered.state]).toEqual(['connected', 'connected']);
    expect(call.counts.received).toBeGreaterThan(20);
    expect(lab.primary.probe.of('device.registered').length).toBe(before);
    bookOf(caller).hangUp();
    expect([call.endedBy, call.to]).toEqual(['phone', undefined]);
  });
});

it('a phone without calls refuses them, as before', async () => {
  const devices = [
    aDevice(A, { protocol: 'SIP', model: '8851', lines: ['5001'] }),
    aDevice(B, { protocol: 'SIP', model: '8851', lines: ['5002'] }),
  ];
  const lab = await phoneHarness({ devices, calls: {} });
  const caller = await lab.boot(options(A, '5001', SIP, '10.10.210.201'));
  const { calls: _none, ...without } = options(B, '5002', SIP, '10.10.210.202');
  const callee = await lab.boot(without);
  const call = bookOf(caller).dial('5002');
  await lab.settle();
  expect([call.state, call.why, callee.calls]).toEqual(['failed', expect.stringMatching(/^480/), undefined]);
});
