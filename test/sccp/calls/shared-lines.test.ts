// A number on several phones: all ring, one answers, the others show that it is in use and resume what is held.

import { describe, expect, it } from 'vitest';
import { FakePhone } from '../../calls/harness.js';
import { aDevice } from '../../support/devices.js';
import { seededRandom } from '../../support/random.js';
import { aCapabilitiesRes } from '../../support/sccp-harness.js';
import { CallTestPhone, G711, KEY, NOTHING, type PhoneLab, type PhoneOptions, phoneLab, VERSIONS } from './harness.js';

const IN_USE = 13;

/** A has a line of its own; B, C and D share one. */
const sharing = async (version = 20, device: PhoneOptions['device'] = {}) => {
  const lab = await phoneLab([
    { dn: '5001', version },
    ...['5002', '5002', '5002'].map((dn) => ({ dn, version, device })),
  ]);
  const [a, b, c, d] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, a, b, c, d };
};

const call = (lab: PhoneLab, from: CallTestPhone, number: string): void => {
  from.lift();
  from.digits(number);
  lab.settle();
};

/** The phone comes back by a new link. */
const registerAnew = (lab: PhoneLab, { name, dn, address }: CallTestPhone): CallTestPhone => {
  const link = lab.harness.phone({ address, port: 3301 });
  link.register(name, { protocolVer: 20, activeStreams: 0 });
  link.say('CapabilitiesResMessage', aCapabilitiesRes(G711), 'trimmed');
  const back = new CallTestPhone(name, dn, address, link);
  lab.phones[lab.phones.findIndex((phone) => phone.name === name)] = back;
  return back;
};

const names = (phone: CallTestPhone): string[] => phone.fresh().map(({ name }) => name.replace(/(?:V2)?Message$/, ''));

const expectOver = (lab: PhoneLab): void => {
  lab.settle();
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

const expectTalk = (one: CallTestPhone, other: CallTestPhone): void => {
  expect([...one.sending.values()]).toEqual([...other.receiving.values()].map((port) => `${other.address}:${port}`));
  expect([...other.sending.values()]).toEqual([...one.receiving.values()].map((port) => `${one.address}:${port}`));
  expect(one.sending.size).toBe(1);
};

describe.each(VERSIONS)('phones of version %i with a shared line', (version) => {
  it('all ring; the first that answers has the call, and the others show it in use and miss none', async () => {
    const { lab, a, b, c, d } = await sharing(version);
    call(lab, a, '5002');
    expect([b.state, c.state, d.state]).toEqual([4, 4, 4]);
    expect(new Set([b.reference, c.reference, d.reference]).size).toBe(3);
    const rang = c.reference;
    c.fresh();
    b.key(KEY.answer);
    lab.settle();
    expectTalk(a, b);
    const told = names(c);
    expect(told.filter((name) => name === 'CallHistoryInfo')).toHaveLength(version < 15 ? 0 : 1);
    for (const phone of [c, d]) {
      expect([phone.state, phone.keys[0], phone.prompt, [...phone.lamps]]).toEqual([
        IN_USE,
        10,
        '\u0080\u001f',
        [[1, 2]],
      ]);
      expect([phone.traces.tones, phone.traces.ringing]).toEqual([[], []]);
    }
    expect(c.reference).toBe(rang);
    a.hangUp();
    expectOver(lab);
  });

  it('show in use from the first lift, and hold and resume on whichever phone', async () => {
    const { lab, a, b, c, d } = await sharing(version);
    b.lift();
    lab.settle();
    expect([c.state, d.state]).toEqual([IN_USE, IN_USE]);
    b.digits('5001');
    lab.settle();
    a.key(KEY.answer);
    lab.settle();
    b.key(KEY.hold, b.reference);
    lab.settle();
    const held = version < 17 ? 8 : 17;
    expect([c.state, c.keys[0], c.prompt, [...c.lamps]]).toEqual([held, 2, '\u0080\u0003', [[1, 3]]]);
    c.key(KEY.resume, c.reference);
    lab.settle();
    expectTalk(a, c);
    expect([b.state, c.state, d.state]).toEqual([IN_USE, 5, IN_USE]);
    expect([b.sending.size, b.receiving.size]).toEqual([0, 0]);
    expect(lab.events('call.moved').map(({ device, toDevice }) => [device, toDevice])).toEqual([[b.name, c.name]]);
    // And back, by the line's key.
    c.key(KEY.hold, c.reference);
    lab.settle();
    c.hangUp();
    b.button(9, 1);
    lab.settle();
    expectTalk(a, b);
    expect([b.state, c.state, d.state]).toEqual([5, IN_USE, IN_USE]);
    b.key(KEY.endCall, b.reference);
    lab.settle();
    a.hangUp();
    expectOver(lab);
    expect(
      lab
        .events('call.ended')
        .map(({ calling, called, orig, dest }) => [calling.number, called.number, orig.cause, dest?.cause]),
    ).toEqual([
      ['5002', '5001', 393_216, 0],
      ['5001', '5002', 0, 393_216],
      ['5001', '5002', 0, 16],
    ]);
  });
});

describe('a shared line', () => {
  it('that is called by one of its own phones rings the others', async () => {
    const { lab, b, c, d } = await sharing();
    call(lab, b, '5002');
    expect([b.state, [...c.callStates.values()], [...d.callStates.values()]]).toEqual([3, [IN_USE, 4], [IN_USE, 4]]);
    c.key(KEY.answer, [...c.callStates.keys()][1]);
    lab.settle();
    expectTalk(b, c);
    expect([...d.callStates.values()]).toEqual([IN_USE, IN_USE]);
    b.hangUp();
    expectOver(lab);
  });

  it('is busy only if every phone of it is', async () => {
    const lab = await phoneLab([
      { dn: '5001' },
      { dn: '5002', busyTrigger: 1 },
      { dn: '5002', busyTrigger: 1 },
      { dn: '5003' },
    ]);
    const [a, b, c, d] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone, CallTestPhone];
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    call(lab, d, '5002');
    expect([d.state, [...b.callStates.values()], [...c.callStates.values()]]).toEqual([3, [5], [IN_USE, 4]]);
    c.key(KEY.answer, c.reference);
    lab.settle();
    d.key(KEY.newCall);
    d.digits('5002');
    lab.settle();
    expect(d.state).toBe(6);
  });

  it('has one winner if two phones answer in the same moment', async () => {
    const { lab, a, b, c, d } = await sharing();
    call(lab, a, '5002');
    const asked = c.reference;
    b.key(KEY.answer, b.reference);
    c.key(KEY.answer, asked);
    lab.settle();
    expectTalk(a, b);
    expect([c.state, d.state]).toEqual([IN_USE, IN_USE]);
    a.hangUp();
    expectOver(lab);
  });

  it('has one winner if two phones resume in the same moment', async () => {
    const { lab, a, b, c, d } = await sharing();
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    b.key(KEY.hold, b.reference);
    lab.settle();
    const [ofC, ofD] = [c.reference, d.reference];
    c.key(KEY.resume, ofC);
    d.key(KEY.resume, ofD);
    b.key(KEY.resume, b.reference);
    lab.settle();
    expectTalk(a, c);
    expect([b.state, d.state]).toEqual([IN_USE, IN_USE]);
    c.hangUp();
    lab.settle();
    a.hangUp();
    expectOver(lab);
  });

  it('does not give away a call that is held for a consultation, nor one of another phone', async () => {
    const { lab, a, b, c, d } = await sharing();
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    const [, ofD] = [c.reference, d.reference];
    b.key(KEY.transfer, b.reference);
    lab.settle();
    expect([...c.callStates.values()]).toEqual([IN_USE, IN_USE]);
    c.key(KEY.resume, [...c.callStates.keys()][0]);
    lab.settle();
    expect(lab.events('call.moved')).toEqual([]);
    b.key(KEY.endCall, b.reference);
    lab.settle();
    expect(c.callStates.get(c.reference)).toBe(17);
    c.key(KEY.resume, ofD); // of another device
    c.key(KEY.resume, 0x7fff_ffff);
    a.key(KEY.resume, ofD);
    lab.settle();
    expect(lab.events('call.moved')).toEqual([]);
    c.key(KEY.endCall, c.reference); // it is not its to end
    c.key(KEY.hold, c.reference);
    lab.settle();
    expect(c.callStates.get(c.reference)).toBe(17);
    a.hangUp();
    b.hangUp();
    expectOver(lab);
  });

  it('stays in use while the phone that talked has lost its link', async () => {
    const { lab, a, b, c, d } = await sharing();
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    b.link.link.hangUp();
    lab.phones.splice(1, 1);
    lab.settle();
    expect([c.state, d.state]).toEqual([IN_USE, IN_USE]);
    a.hangUp();
    expectOver(lab);
  });

  it('loses nothing when a phone that shows it in use loses its link', async () => {
    const { lab, a, b, c } = await sharing();
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    c.link.link.hangUp();
    lab.phones.splice(2, 1);
    lab.settle();
    expect([...lab.control.legs.remotesOf(c.name as never)]).toEqual([]);
    expectTalk(a, b);
    a.hangUp();
    expectOver(lab);
  });

  it('is shown on a phone that registers during a call', async () => {
    const { lab, a, b, c, d } = await sharing();
    d.link.link.hangUp();
    lab.pass(100);
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    const back = registerAnew(lab, d);
    expect(back.traces.calls).toEqual([]);
    lab.pass(2_500);
    expect([back.state, back.keys[0]]).toEqual([IN_USE, 10]);
    b.key(KEY.hold, b.reference);
    lab.settle();
    back.key(KEY.resume, back.reference);
    lab.settle();
    expectTalk(a, back);
    expect([b.state, c.state]).toEqual([IN_USE, IN_USE]);
    back.hangUp();
    lab.settle();
    a.hangUp();
    expectOver(lab);
  });

  it('moves between phones of both protocols', async () => {
    const { lab, a, b, c } = await sharing();
    const sip = new FakePhone(lab.asLab, 'SEP0000000000F1', { dn: '5002', kind: 'sip' });
    lab.others.push(sip);
    call(lab, a, '5002');
    b.key(KEY.answer);
    lab.settle();
    expect(sip.take()).toEqual(['ring 5001>5002', 'release normal by elsewhere kept', 'remote in-use 5001>5002']);
    b.key(KEY.hold, b.reference);
    lab.settle();
    expect(sip.take()).toEqual(['remote held 5001>5002']);
    const [remote] = sip.remotes;
    if (remote === undefined) throw new Error('it shows nothing');
    sip.takeHeld(remote);
    lab.settle();
    const { address, port } = sip.receiveOf(sip.leg);
    expect([...a.sending.values()]).toEqual([`${address}:${port}`]);
    expect([b.state, c.state]).toEqual([IN_USE, IN_USE]);
    lab.control.hold(sip.leg, lab.harness.clock.now());
    lab.settle();
    b.key(KEY.resume, b.reference);
    lab.settle();
    expectTalk(a, b);
    a.hangUp();
    expectOver(lab);
  });
});

describe('a shared line that keeps its talks to itself', () => {
  it('is shown in use without a name or number', async () => {
    const lines = aDevice('SEP000000000010', { lines: ['5002'] }).lines.map((line) => ({ ...line, privacy: true }));
    const { lab, a, b, c } = await sharing(20, { lines });
    call(lab, a, '5002');
    b.key(KEY.answer);
    c.fresh();
    lab.settle();
    expect(c.state).toBe(IN_USE);
    b.key(KEY.hold, b.reference);
    lab.settle();
    const told = c.fresh();
    const states = told.filter(({ name }) => name === 'CallStateMessage').map(({ fields }) => fields);
    expect(states.at(-1)).toMatchObject({ callState: 17, privacy: 1 });
    const infos = told.filter(({ name }) => name === 'CallInfoV2Message').map(({ fields }) => fields);
    expect(infos.length).toBeGreaterThan(0);
    for (const info of infos) expect(info).toMatchObject({ callingParty: '', calledParty: '', callingPartyName: '' });
    a.hangUp();
    expectOver(lab);
  });
});

describe('whatever phones of a shared line do', () => {
  it('in any order and with any reference: each has one port at most, and nothing is left', async () => {
    for (const [seed, version] of [
      [1, 8],
      [2, 17],
      [3, 20],
      [4, 20],
      [5, 22],
    ] as const) {
      const { lab } = await sharing(version);
      const random = seededRandom(seed);
      const one = <T>(of: readonly T[]): T => of[random.below(of.length)] as T;
      for (let step = 0; step < 400; step += 1) {
        const phone = one(lab.phones);
        const references = lab.phones.flatMap(({ callStates }) => [...callStates.keys()]);
        const reference = references.length === 0 ? 0 : one([0, ...references]);
        one([
          () => phone.lift(),
          () => phone.hangUp(),
          () => phone.digits(one(['5001', '5002', '*60'])),
          () => phone.button(9, 1),
          () => phone.key(one(Object.values(KEY)), reference),
          () => phone.key(one([KEY.answer, KEY.hold, KEY.resume]), reference),
          () => lab.pass(one([100, 1_000, 16_000])),
        ])();
        if (random.below(3) > 0) lab.settle(); // else it crosses what the next one does
      }
      lab.settle();
      for (const phone of lab.phones) phone.link.link.hangUp();
      for (const { name } of lab.phones) lab.control.preservedEnded(name as never, lab.harness.clock.now());
      lab.pass(200_000);
      expect([lab.control.calls.size, lab.control.legs.size]).toEqual([0, 0]);
      for (const { name } of lab.phones) expect(lab.control.legs.remotesOf(name as never)).toEqual([]);
    }
  });
});

describe('a line with one phone', () => {
  it('marks no leg and shows nothing to anybody', async () => {
    const { lab, a, b } = await sharing();
    call(lab, b, '5001');
    const legs = [...lab.control.legs.all()];
    expect(legs.map(({ dn, isShared }) => [dn, isShared])).toEqual([
      ['5002', true],
      ['5001', false],
    ]);
    a.key(KEY.answer);
    lab.settle();
    b.hangUp();
    expectOver(lab);
  });
});
