// Busy lamps of SCCP phones: keys of speed dials, and the numbers of call lists (`docs/protocols/calls.md` §2.14).

import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../support/sccp-harness.js';
import { type CallTestPhone, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const LAMP = { unknown: 0, idle: 1, inUse: 2, doNotDisturb: 3, alerting: 4 };
const SPEED_DIALS = [
  { number: '9999', label: 'Nobody', busyLampField: false },
  { number: '5002', label: 'Bob', busyLampField: true },
];

const lab3 = async (version: number) => {
  const lab = await phoneLab([
    { dn: '5001', version, device: { speedDials: SPEED_DIALS } },
    { dn: '5002' },
    { dn: '5003', version: 8 },
  ]);
  const [watcher, bob, caller] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, watcher, bob, caller };
};

const isLamp = ({ name }: ReceivedMessage): boolean => name.startsWith('FeatureStat');

/** What its lamp has been told since the last look, a turn later. */
const lampsOf = (lab: PhoneLab, phone: CallTestPhone): unknown[] => {
  lab.pass(200);
  return phone
    .fresh()
    .filter(isLamp)
    .map(({ fields }) => fields.featureStatus);
};

const askForKey = (phone: CallTestPhone, featureIndex = 2): void =>
  phone.send('FeatureStatReqMessage', { featureIndex, featureCapabilities: 1 });

describe.each(VERSIONS)('a phone of version %i with a busy lamp', (version) => {
  it('is told what the number does: ringing, in use, held, idle, and no more', async () => {
    const { lab, watcher, bob, caller } = await lab3(version);
    askForKey(watcher);
    const [first] = watcher.fresh().filter(isLamp);
    expect(first?.name).toBe(version >= 15 ? 'FeatureStatV2Message' : 'FeatureStatMessage');
    expect(first?.fields).toMatchObject({
      featureIndex: 2,
      featureId: version >= 15 ? 0x15 : 0x13,
      featureTextLabel: 'Bob',
      featureStatus: LAMP.idle,
    });
    caller.lift();
    expect(lampsOf(lab, watcher)).toEqual([]);
    caller.digits('5002');
    expect(lampsOf(lab, watcher)).toEqual([LAMP.alerting]);
    bob.lift();
    expect(lampsOf(lab, watcher)).toEqual([LAMP.inUse]);
    bob.key(KEY.hold);
    bob.key(KEY.resume);
    expect(lampsOf(lab, watcher)).toEqual([]);
    caller.hangUp();
    bob.hangUp();
    expect(lampsOf(lab, watcher)).toEqual([LAMP.idle]);
    expect([lab.isIdle, bob.traces, watcher.traces]).toEqual([true, NOTHING, NOTHING]);
  });

  it('sees an off-hook phone in use, and one that leaves as unknown', async () => {
    const { lab, watcher, bob } = await lab3(version);
    askForKey(watcher);
    watcher.fresh();
    bob.lift();
    expect(lampsOf(lab, watcher)).toEqual([LAMP.inUse]);
    bob.hangUp();
    expect(lampsOf(lab, watcher)).toEqual([LAMP.idle]);
    bob.send('UnregisterReqMessage', {});
    expect(lampsOf(lab, watcher)).toEqual([LAMP.unknown]);
  });

  it('dials by the key', async () => {
    const { lab, watcher, bob } = await lab3(version);
    watcher.button(21, 2);
    lab.settle();
    expect([watcher.state, bob.state]).toEqual([3, 4]);
    const placed = watcher.received.find(({ name }) => name === 'DialedNumberMessage');
    expect(placed?.fields).toMatchObject({ dialedNumber: '5002' });
    watcher.key(KEY.endCall);
    lab.settle();
    expect(lab.isIdle).toBe(true);
  });
});

describe('a busy lamp', () => {
  it('is written as docs/protocols/sccp.md has it, in both forms', async () => {
    const dynamic = await lab3(20);
    askForKey(dynamic.watcher);
    const [one] = dynamic.watcher.fresh().filter(isLamp);
    expect(one?.frame.subarray(8).toString('hex')).toBe('46010000020000001500000001000000426f6200');
    const old = await lab3(11);
    old.watcher.send('FeatureStatReqMessage', { featureIndex: 2 });
    const [other] = old.watcher.fresh().filter(isLamp);
    expect(other?.frame.subarray(8).toString('hex')).toBe(`1f0100000200000013000000426f62${'00'.repeat(37)}01000000`);
  });

  it('of a number that calls itself from elsewhere, on the keys of many phones, costs each one message', async () => {
    const watchers = Array.from({ length: 30 }, (_, index) => ({
      dn: String(6000 + index),
      device: { speedDials: SPEED_DIALS },
    }));
    const lab = await phoneLab([{ dn: '5002' }, ...watchers]);
    const [bob, ...others] = lab.phones as [CallTestPhone, ...CallTestPhone[]];
    for (const phone of others) askForKey(phone);
    for (const phone of others) phone.fresh();
    bob.lift();
    lab.pass(200);
    expect(others.map((phone) => phone.fresh().filter(isLamp).length)).toEqual(others.map(() => 1));
    expect(lab.events('call.line-state')).toMatchObject([{ dn: '5002', state: 'in-use', before: 'idle', told: 30 }]);
  });

  it('that is asked for again and again stands once, and goes with its link', async () => {
    const { lab, watcher, bob } = await lab3(20);
    for (let count = 0; count < 1_000; count += 1) askForKey(watcher);
    watcher.fresh();
    expect(lab.harness.lineStates.size).toBe(1);
    bob.lift();
    expect(lampsOf(lab, watcher)).toEqual([LAMP.inUse]);
    watcher.link.link.destroy();
    expect(lab.harness.lineStates.size).toBe(0);
    bob.hangUp();
    lab.pass(1_000);
    expect(lab.harness.lineStates.nextDeadline()).toBeUndefined();
  });

  it('goes where its phone registers anew on the same link', async () => {
    const { lab, watcher } = await lab3(20);
    askForKey(watcher);
    watcher.link.comeUp(watcher.name, { protocolVer: 20 });
    expect(lab.harness.lineStates.size).toBe(0);
  });

  it('shows do not disturb where a phone has said so', async () => {
    const { lab, watcher } = await lab3(20);
    askForKey(watcher);
    watcher.fresh();
    const name = lab.phones[1]?.name ?? '';
    lab.harness.database.recordReport(name, { doNotDisturb: true }, lab.harness.clock.now());
    expect(lampsOf(lab, watcher)).toEqual([LAMP.doNotDisturb]);
  });

  it('of a number that is none of the lab’s stays unknown, and so does the lamp of a key without one', async () => {
    const lab = await phoneLab([
      { dn: '5001', device: { speedDials: [{ number: '*41', label: 'Echo', busyLampField: true }] } },
    ]);
    const [watcher] = lab.phones as [CallTestPhone];
    askForKey(watcher, 1);
    askForKey(watcher, 99);
    const lamps = watcher.fresh().filter(isLamp);
    expect(lamps.map(({ fields }) => [fields.featureIndex, fields.featureId, fields.featureStatus])).toEqual([
      [1, 0x15, LAMP.unknown],
      [99, 0x13, 0],
    ]);
  });
});

describe('a call list', () => {
  const subscribe = (phone: CallTestPhone, transactionId: number, subscriptionId: string): ReceivedMessage[] => {
    phone.fresh();
    phone.send('SubscriptionStatReqMessage', { transactionId, subscriptionFeatureId: 1, timer: 3403, subscriptionId });
    return phone.fresh();
  };
  const statuses = (phone: CallTestPhone): unknown[] =>
    phone
      .fresh()
      .filter(({ name }) => name === 'NotificationMessage')
      .map(({ fields }) => [fields.transactionId, fields.status]);

  it('is answered, told of the state, and told again; a ringing line is shown in use', async () => {
    const { lab, watcher, bob, caller } = await lab3(11);
    const [answer, news] = subscribe(watcher, 16, '5002');
    expect(answer?.frame.subarray(8).toString('hex')).toBe(
      '52010000' + '10000000' + '01000000' + '4b0d0000' + '00000000',
    );
    expect(news?.frame.subarray(8).toString('hex')).toBe(
      `53010000${'10000000'}${'01000000'}${'01000000'}${'00'.repeat(100)}`,
    );
    caller.lift();
    caller.digits('5002');
    lab.pass(200);
    expect(statuses(watcher)).toEqual([[16, LAMP.inUse]]);
    bob.lift();
    lab.pass(200);
    expect(statuses(watcher)).toEqual([[16, LAMP.inUse]]);
    caller.hangUp();
    lab.pass(200);
    expect(statuses(watcher)).toEqual([[16, LAMP.idle]]);
  });

  it('of thousands of numbers keeps the newest 512', async () => {
    const { lab, watcher, bob } = await lab3(20);
    for (let count = 0; count < 1_500; count += 1) subscribe(watcher, count, String(1_000_000 + count));
    expect(lab.harness.lineStates.size).toBe(512);
    subscribe(watcher, 9_999, '5002');
    bob.lift();
    lab.pass(200);
    expect(statuses(watcher)).toEqual([[9_999, LAMP.inUse]]);
  });
});
