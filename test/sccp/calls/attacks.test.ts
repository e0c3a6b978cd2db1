// What one SCCP phone may have many of, and what of its words reaches others (`docs/protocols/calls.md` §8).

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CALLS } from '../../../src/calls/index.js';
import { names } from '../../support/sccp-harness.js';
import { type CallTestPhone, connect, KEY, NOTHING, phoneLab } from './harness.js';

const lab2 = async (settings = {}, options = {}) => {
  const lab = await phoneLab([{ dn: '5001', ...options }, { dn: '5002', ...options }, { dn: '5003' }], settings);
  const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, a, b, c };
};

describe('a phone that does more than a user can', () => {
  it('is heard fifty times a second: the phone that it calls rings no more often than it may call', async () => {
    const { lab, a, b } = await lab2();
    for (let count = 0; count < 500; count += 1) {
      a.send('EnblocCallMessage', { calledParty: '5002', lineInstance: 1 });
      a.send('SoftKeyEventMessage', { softKeyEvent: KEY.endCall, lineInstance: 0, callReference: 0 });
    }
    b.hear();
    const rings = names(b.fresh()).filter((name) => name === 'CallInfoV2Message' || name === 'CallInfoMessage');
    expect(rings.length).toBeLessThanOrEqual(DEFAULT_CALLS.limits.perSecond);
    a.hangUp();
    lab.pass(3_000);
    expect([a.traces, b.traces, lab.isIdle]).toEqual([NOTHING, NOTHING, true]);
  });

  it('begins so many calls in a second, with one line of the trace, and is played nothing for the others', async () => {
    const { lab, a } = await lab2({ limits: { ...DEFAULT_CALLS.limits, perSecond: 3 } });
    for (let count = 0; count < 20; count += 1) {
      a.lift();
      a.hangUp();
    }
    expect(names(a.fresh()).filter((name) => name === 'ActivateCallPlaneMessage')).toHaveLength(3);
    lab.pass(1_000);
    expect(lab.events('call.denied')).toMatchObject([
      { reason: 'too-fast', count: 1 },
      { reason: 'too-fast', count: 16 },
    ]);
    a.lift();
    expect(a.state).toBe(1); // a second later it may
  });

  it('has its handset lifted for callers who have gone: one call begins', async () => {
    const { lab, a } = await lab2();
    for (let count = 0; count < 40; count += 1) a.send('OffHookMessage', { lineInstance: 1, callReference: 77 });
    lab.pass(400);
    expect(lab.control.legs.size).toBe(1);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

it('a number of twenty phones rings at sixteen of them', async () => {
  const lab = await phoneLab([{ dn: '5001' }, ...Array.from({ length: 20 }, () => ({ dn: '5002' }))]);
  const [a, ...others] = lab.phones as [CallTestPhone, ...CallTestPhone[]];
  a.lift();
  a.digits('5002');
  lab.settle();
  expect(others.filter(({ state }) => state === 4)).toHaveLength(16);
  a.hangUp();
  lab.settle();
  expect([lab.isIdle, others.flatMap(({ callStates }) => [...callStates])]).toEqual([true, []]);
});

describe('where there are too many calls', () => {
  it.each([
    ['in all', { ...DEFAULT_CALLS.limits, calls: 1 }],
    ['on the device', { ...DEFAULT_CALLS.limits, perDevice: 0 }],
  ])('%s, the next caller hears reorder for a moment, and nothing begins', async (_where, limits) => {
    const { lab, a, b } = await lab2({ limits });
    if (limits.calls === 1) a.lift();
    b.lift();
    const [notice, tone, ...others] = b.fresh();
    expect(others).toEqual([]);
    expect(notice?.fields).toMatchObject({ timeOutValue: 5, promptStatus: '\u0080\u0023' });
    expect(tone?.fields).toMatchObject({ tone: 0x25, lineInstance: 0, callReference: 0 });
    lab.pass(5_000);
    expect(b.fresh().map(({ name, fields }) => [name, fields.callReference])).toEqual([['StopToneMessage', 0]]);
  });
});

describe('an address for speech', () => {
  it.each(['224.0.1.75', '255.255.255.255', '240.0.0.1'])('%s reaches nobody, and ends the call', async (ipAddr) => {
    const { lab, a, b } = await lab2();
    b.ack = 'silent';
    a.lift();
    a.digits('5002');
    lab.settle();
    b.lift();
    b.hear();
    const [passThruPartyId = 0] = b.receiving.keys();
    const ack = { status: 0, ipAddr, portNumber: 20_000, passThruPartyId, callReference: b.reference };
    b.send('OpenReceiveChannelAckMessage', ack);
    lab.settle();
    expect(a.received.filter(({ name }) => name === 'StartMediaTransmissionMessage')).toEqual([]);
    expect([a.state, b.traces]).toEqual([7, NOTHING]);
    expect(lab.events('call.media-failed')).toMatchObject([{ reason: 'bad-address', to: { address: ipAddr } }]);
  });
});

describe('references of calls that are not its own', () => {
  it('end none of them, hold none, answer none, and close no channel of theirs', async () => {
    const { lab, c } = await lab2();
    const { a, b } = connect(lab);
    for (const phone of [a, b]) phone.fresh();
    const [party = 0] = b.receiving.keys();
    for (const callReference of [a.reference, b.reference]) {
      for (const key of Object.values(KEY)) c.key(key, callReference);
      c.send('OnHookMessage', { lineInstance: 1, callReference });
      c.send('KeypadButtonMessage', { kpButton: 5, lineInstance: 1, callReference });
      const about = { conferenceId: callReference, passThruPartyId: party, callReference };
      c.send('OpenReceiveChannelAckMessage', { status: 8, ipAddr: '10.0.0.1', portNumber: 1, ...about });
      c.send('MediaTransmissionFailureMessage', { ...about, remoteIpAddr: '10.0.0.1', remotePortNumber: 1 });
      c.countPackets(callReference);
    }
    lab.settle();
    expect([a.fresh(), b.fresh(), a.state, b.state]).toEqual([[], [], 5, 5]);
    expect(lab.events('call.media-failed')).toEqual([]);
    expect(lab.events('call.measured')).toEqual([]);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets in use, once the collector has had its several turns to give back the others. */
const memory = async (): Promise<number> => {
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const CALLS = 1_000;
/** What both legs of a call may keep, on its phones of the test and all. */
const MOST_KEPT = 20 * 1024;

it('a call that stands keeps little', async () => {
  const many = { maxCalls: 2 * CALLS, busyTrigger: 2 * CALLS };
  const limits = { calls: 2 * CALLS, perDevice: 2 * CALLS, perSecond: 2 * CALLS };
  const { lab, a, b } = await lab2({ limits }, many);
  const forget = (): void => {
    for (const phone of [a, b]) {
      phone.received.length = 0;
      phone.fresh();
    }
    lab.harness.probe.clear();
  };
  // Each new one puts the one before on hold at both ends.
  const talk = (): void => {
    a.key(KEY.newCall);
    a.digits('5002');
    lab.settle();
    b.key(KEY.answer);
    lab.settle();
    lab.pass(1_000); // no more than a second's keys
    forget();
  };
  talk();
  const before = await memory();
  for (let count = 0; count < CALLS; count += 1) talk();
  expect(lab.control.calls.size).toBe(CALLS + 1);
  const kept = ((await memory()) - before) / CALLS;
  process.stdout.write(`a call of two SCCP phones keeps ${(kept / 1024).toFixed(1)} KiB\n`);
  expect(kept).toBeLessThan(MOST_KEPT);
}, 60_000);
