// SCCP phones whose link is lost, or whose device ends, in the middle of a call: what the other phone sees, and that nothing stays.

import { describe, expect, it } from 'vitest';
import { SOFT_KEYS } from '../../../src/devices/index.js';
import { FakePhone } from '../../calls/harness.js';
import { aCapabilitiesRes } from '../../support/sccp-harness.js';
import { type CallTestPhone, connect, G711, KEY, NOTHING, type PhoneLab, phoneLab } from './harness.js';

/** The label of the phone's own dictionary. */
const KEY_NOT_ACTIVE = '\u0080-';

const setUp = async (): Promise<PhoneLab> => {
  const lab = await phoneLab([{ dn: '5001' }, { dn: '5002' }, { dn: '5003' }]);
  for (const name of ['echo', 'tone', 'announcement', 'conference'])
    lab.services.set(name, new FakePhone(lab.asLab, name, { dn: name, answers: true }));
  return lab;
};

const third = ({ phones }: PhoneLab): CallTestPhone => phones[2] as CallTestPhone;

/** A phone of that name registers on another link. */
const again = (lab: PhoneLab, { name, address }: CallTestPhone, activeStreams: number): void => {
  const link = lab.harness.phone({ address, port: 3302 });
  link.register(name, { protocolVer: 20, activeStreams });
  link.say('CapabilitiesResMessage', aCapabilitiesRes(G711), 'trimmed');
  lab.settle();
};

/** Ends of labcm's own that nobody has released. */
const openEnds = ({ services }: PhoneLab): string[] =>
  [...services]
    .filter(([, { legs, notes }]) => legs.length > notes.filter((note) => note.startsWith('release')).length)
    .map(([name]) => name);

describe('a lost link', () => {
  it.each(['*41', '*42', '*47', '*50'])('of a phone that has called %s leaves no call and no end', async (number) => {
    const lab = await setUp();
    const [a] = lab.phones as [CallTestPhone];
    a.lift();
    a.digits(number);
    lab.settle();
    expect([a.state, openEnds(lab).length]).toEqual([5, 1]);
    a.link.link.hangUp();
    lab.settle();
    expect([lab.isIdle, openEnds(lab), lab.control.conferences.size]).toEqual([true, [], 0]);
  });

  it('of a phone that is held releases who holds it, and the music', async () => {
    const lab = await setUp();
    const { a, b } = connect(lab);
    b.key(KEY.hold);
    lab.settle();
    expect(openEnds(lab)).toEqual(['tone']);
    a.link.link.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle, openEnds(lab)]).toEqual([NOTHING, true, []]);
  });

  it('of a parked phone frees its number', async () => {
    const lab = await setUp();
    const { a, b } = connect(lab);
    b.key(SOFT_KEYS.park.event);
    lab.settle();
    expect(lab.control.parked.size).toBe(1);
    a.link.link.hangUp();
    lab.settle();
    b.hangUp();
    lab.settle();
    expect([lab.control.parked.size, lab.isIdle, openEnds(lab)]).toEqual([0, true, []]);
  });

  it('leaves the other of a talk no key but those that end it', async () => {
    const lab = await setUp();
    const { a, b } = connect(lab);
    a.link.link.hangUp();
    lab.settle();
    for (const key of [KEY.hold, SOFT_KEYS.park.event]) {
      b.fresh();
      b.key(key);
      lab.settle();
      const prompts = b.fresh().filter(({ name }) => name.startsWith('DisplayPromptStatus'));
      expect(prompts.map(({ fields }) => [fields.promptStatus, fields.timeOutValue])).toEqual([
        [KEY_NOT_ACTIVE, expect.any(Number)],
      ]);
      expect([b.state, b.receiving.size, b.sending.size, openEnds(lab)]).toEqual([5, 1, 1, []]);
    }
    b.key(KEY.endCall);
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('lets the other of a talk call somebody else, which ends it', async () => {
    const lab = await setUp();
    const { a, b } = connect(lab);
    a.link.link.hangUp();
    lab.settle();
    b.key(KEY.newCall);
    b.digits('5003');
    lab.settle();
    third(lab).lift();
    lab.settle();
    expect(lab.control.legs.of(a.name as never)).toEqual([]);
    expect([b.state, third(lab).state, b.callStates.size]).toEqual([5, 5, 1]);
    b.hangUp();
    third(lab).hangUp();
    lab.settle();
    expect([b.traces, third(lab).traces, lab.isIdle]).toEqual([NOTHING, NOTHING, true]);
  });

  it('is also a second link of the same name, which has no call', async () => {
    for (const streams of [0, 1]) {
      const lab = await setUp();
      const { a, b } = connect(lab);
      again(lab, a, streams);
      lab.pass(5_000);
      expect([lab.control.legs.size, b.state]).toEqual(streams === 0 ? [0, undefined] : [2, 5]);
      b.hangUp();
      lab.settle();
      expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
    }
  });
});

describe('a device that ends', () => {
  it('is told that its calls are over while it has a link', async () => {
    const lab = await setUp();
    const { a, b } = connect(lab);
    lab.control.deviceEnded(a.name as never, lab.harness.clock.now());
    lab.settle();
    for (const phone of [a, b]) phone.hangUp();
    lab.settle();
    expect([a.traces, b.traces, lab.isIdle]).toEqual([NOTHING, NOTHING, true]);
    expect(lab.events('call.released').map(({ cause, by }) => [cause, by])).toEqual([
      [27, 'server'],
      [0, 'far'],
    ]);
  });
});
