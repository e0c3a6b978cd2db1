// Transfers by the Transfer key, and by the key that joins two calls.

import { describe, expect, it } from 'vitest';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const DIRECT_TRANSFER = 28;
const [ON_HOLD, CONNECTED, RING_OUT, OFF_HOOK_FEATURE, CONNECTED_TRANSFER] = [2, 1, 8, 9, 5];

const setUp = async (version = 17) => {
  const lab = await phoneLab(['5001', '5002', '5003'].map((dn) => ({ dn, version })));
  const { a, b } = connect(lab);
  const c = lab.phones[2] as CallTestPhone;
  for (const phone of [a, b, c]) phone.fresh();
  return { lab, a, b, c };
};

/** B, in its call with A, calls C by its Transfer key. Returns the references of both of B's calls. */
const consult = (lab: PhoneLab, b: CallTestPhone, number: string) => {
  const primary = b.reference;
  b.key(KEY.transfer, primary);
  lab.settle();
  b.digits(number);
  lab.settle();
  return { primary, consultation: b.reference };
};

const expectTalk = (a: CallTestPhone, b: CallTestPhone): void => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    expect([...one.sending.values()]).toEqual([...other.receiving.values()].map((port) => `${other.address}:${port}`));
  expect(a.sending.size).toBe(1);
};

const hangUpAll = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    for (const reference of phone.callStates.keys()) phone.key(KEY.endCall, reference);
    lab.settle();
  }
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

describe.each(VERSIONS)('the Transfer key at version %i', (version) => {
  it('connects the others once the third has answered', async () => {
    const { lab, a, b, c } = await setUp(version);
    const primary = b.reference;
    b.key(KEY.transfer, primary);
    lab.settle();
    expect([b.callStates.get(primary), b.speaker]).toEqual([8, true]);
    expect([b.state, b.keys[0], b.tones.get(b.reference)]).toEqual([1, OFF_HOOK_FEATURE, 0x21]);
    b.digits('5003');
    lab.settle();
    expect([b.state, b.keys[0], b.keys[1] & 4]).toEqual([3, RING_OUT, 4]);
    c.lift();
    lab.settle();
    expect([b.state, b.keys[0]]).toEqual([5, CONNECTED_TRANSFER]);
    expectTalk(b, c);
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    expectTalk(a, c);
    expect([a.state, c.state, [...a.tones], [...c.tones]]).toEqual([5, 5, [], []]);
    const shown = (phone: CallTestPhone) =>
      phone.received.findLast(({ name }) => name.startsWith('CallInfo'))?.fields as Record<string, unknown>;
    expect(shown(a)).toMatchObject({ callingParty: '5001', calledParty: '5003', lastRedirectingReason: 4 });
    expect(shown(c)).toMatchObject({ callingParty: '5001', calledParty: '5003', lastRedirectingParty: '5002' });
    hangUpAll(lab);
    expect(lab.events('call.ended').map(({ calling, called }) => `${calling.number}>${called.number}`)).toEqual([
      '5001>5002',
      '5002>5003',
      '5001>5003',
    ]);
  });

  it('connects them while the third rings, and the first hears it ring', async () => {
    const { lab, a, b, c } = await setUp(version);
    const { consultation } = consult(lab, b, '5003');
    b.key(KEY.transfer, consultation);
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    expect([...a.tones.values()]).toEqual([0x24]);
    c.lift();
    lab.settle();
    expect([...a.tones.values()]).toEqual([]);
    expectTalk(a, c);
    hangUpAll(lab);
  });
});

describe('the Transfer key', () => {
  it('is shown only where it can do something', async () => {
    const { lab, b, c } = await setUp();
    const { consultation, primary } = consult(lab, b, '5003');
    c.lift();
    lab.settle();
    b.key(KEY.resume, primary);
    lab.settle();
    expect([b.callStates.get(primary), b.callStates.get(consultation)]).toEqual([5, 8]);
    expect(b.keys.slice(0, 1)).toEqual([CONNECTED]);
    b.key(KEY.hold, primary);
    lab.settle();
    expect(b.keys[0]).toBe(ON_HOLD);
    hangUpAll(lab);
  });

  it('does nothing while the number is dialled, and says so', async () => {
    const { lab, b } = await setUp();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    b.fresh();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect(b.fresh().map(({ fields }) => (fields as { promptStatus?: string }).promptStatus)).toEqual(['\u0080\u0052']);
    hangUpAll(lab);
  });

  it('gives the call back where the third is busy', async () => {
    const { lab, a, b, c } = await setUp();
    const { primary, consultation } = consult(lab, b, '5009');
    expect(b.callStates.get(consultation)).toBe(14);
    b.key(KEY.transfer, consultation);
    lab.settle();
    expect(b.callStates.get(primary)).toBe(8);
    b.key(KEY.endCall, consultation);
    lab.settle();
    b.key(KEY.resume, primary);
    lab.settle();
    expectTalk(a, b);
    expect(c.traces).toEqual(NOTHING);
    hangUpAll(lab);
  });

  it('leaves the call on hold where the user hangs up instead', async () => {
    const { lab, b, c } = await setUp();
    const { primary } = consult(lab, b, '5003');
    c.lift();
    lab.settle();
    b.hangUp();
    lab.settle();
    expect([...b.callStates]).toEqual([[primary, 8]]);
    hangUpAll(lab);
  });

  it('is an ordinary call where the first hangs up meanwhile', async () => {
    const { lab, a, b, c } = await setUp();
    const { consultation } = consult(lab, b, '5003');
    c.lift();
    lab.settle();
    a.hangUp();
    lab.settle();
    expect([b.state, b.keys[0]]).toEqual([5, CONNECTED]);
    b.key(KEY.transfer, consultation);
    lab.settle();
    expect(b.state).toBe(1); // it may consult anew
    hangUpAll(lab);
  });

  it('is refused where the line has no room for another call', async () => {
    const lab = await phoneLab([{ dn: '5001' }, { dn: '5002', maxCalls: 1 }, { dn: '5003' }]);
    const { a, b } = connect(lab);
    b.fresh();
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect(b.state).toBe(5);
    expectTalk(a, b);
    hangUpAll(lab);
  });
});

describe('the key that joins two calls', () => {
  it('connects who is on hold and who is talked with', async () => {
    const { lab, a, b, c } = await setUp();
    const first = b.reference;
    b.key(KEY.newCall);
    lab.settle();
    b.digits('5003');
    lab.settle();
    c.lift();
    lab.settle();
    expect([b.callStates.get(first), b.state]).toEqual([8, 5]);
    b.key(DIRECT_TRANSFER, b.reference);
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    expectTalk(a, c);
    hangUpAll(lab);
  });
});
