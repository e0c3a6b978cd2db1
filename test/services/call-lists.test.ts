// The lists of missed, placed and received calls, made of what the call machine reports: what the user of each phone expects.

import { describe, expect, it } from 'vitest';
import type { CallSettings } from '../../src/calls/index.js';
import type { EventBus } from '../../src/core/event-bus.js';
import { seconds } from '../../src/core/time.js';
import type { DeviceRecord } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { CallLists } from '../../src/services/call-lists.js';
import { CallLab, type FakePhone, type FakePhoneOptions, LONG } from '../calls/harness.js';

const HUNT = { dn: '5000', members: ['1002', '1003'], ring: seconds(10) };

/** Phones with these lines, in order; `lists` is what each phone shows that shows anything, as `placed 1002`. */
const labOf = (options: readonly (string | FakePhoneOptions)[], settings: Partial<CallSettings> = {}) => {
  const lab = new CallLab({ park: { range: '300-301', remind: seconds(60) }, pickup: '*8', ...settings });
  lab.service('conference', { answers: true });
  const phones = options.map((each) => lab.phone(typeof each === 'string' ? { dn: each, busyTrigger: 4 } : each));
  const lists = new CallLists(lab.bus as unknown as EventBus<LabcmEvent>, {
    byName: (name) => {
      const lines = phones.filter(({ appearance }) => appearance.device === name).map(({ appearance }) => appearance);
      return { configured: { lines } } as unknown as DeviceRecord;
    },
  });
  const shown = (phone: FakePhone): string[] =>
    (['missed', 'placed', 'received'] as const).flatMap((list) =>
      lists
        .of(phone.appearance.device, list)
        .map(({ number, name }) => `${list} ${number}${name === '' ? '' : ` ${name}`}`),
    );
  return {
    lab,
    control: lab.control,
    phones: phones as unknown as readonly [FakePhone, FakePhone, FakePhone, FakePhone],
    shown,
  };
};

const all = ({ phones, shown }: ReturnType<typeof labOf>): string[][] => phones.map(shown);

describe('a call is listed', () => {
  it('as placed and received where it was answered, and as missed where its caller gave up', () => {
    const made = labOf(['1001', '1002']);
    const [a, b] = made.phones;
    a.call('1002');
    b.answer();
    a.hangUp();
    expect(all(made)).toEqual([['placed 1002 User 1002'], ['received 1001 User 1001']]);
    a.call('1002');
    a.hangUp();
    a.call('1002');
    made.lab.advance(LONG);
    a.hangUp();
    expect(made.shown(b)).toEqual(['missed 1001 User 1001', 'missed 1001 User 1001', 'received 1001 User 1001']);
  });

  it('as dialled, wherever it led, and as nothing where it was never complete', () => {
    const made = labOf(['1001', { dn: '1002', forward: { all: '1003' } }, '1003']);
    const [a, , c] = made.phones;
    a.call('1002');
    c.answer();
    a.hangUp();
    a.call('999');
    a.hangUp();
    const leg = a.originate();
    made.control.digit(leg, '1', made.lab.now);
    a.hangUp();
    expect(all(made)).toEqual([['placed 999', 'placed 1002 User 1002'], [], ['received 1001 User 1001']]);
  });

  it('as missed by whom it was sent on from since nobody answered, and by nobody who refused it', () => {
    const made = labOf(['1001', { dn: '1002', forward: { noAnswer: '1003' }, noAnswerAfter: 10 }, '1003', '1004']);
    const [a, b, c, d] = made.phones;
    a.call('1002');
    made.lab.advance(11_000);
    c.answer();
    a.hangUp();
    expect([made.shown(b), made.shown(c)]).toEqual([['missed 1001 User 1001'], ['received 1001 User 1001']]);
    a.call('1004');
    d.hangUp();
    a.hangUp();
    expect(made.shown(d)).toEqual([]);
    a.call('1004');
    expect(made.control.forwardRinging(d.leg, '1003', 2, made.lab.now)).toBe(true);
    c.answer();
    a.hangUp();
    expect(made.shown(d)).toEqual(['missed 1001 User 1001']);
  });

  it('as missed by the phone whose link was lost while it rang', () => {
    const made = labOf(['1001', '1002']);
    const [a, b] = made.phones;
    a.call('1002');
    made.control.linkLost(b.appearance.device, made.lab.now);
    a.hangUp();
    expect(made.shown(b)).toEqual(['missed 1001 User 1001']);
  });

  it('as nothing where another phone of the line answered', () => {
    const made = labOf(['1001', '1002', '1002']);
    const [a, b] = made.phones;
    a.call('1002');
    b.answer();
    a.hangUp();
    expect(all(made)).toEqual([['placed 1002 User 1002'], ['received 1001 User 1001'], []]);
    a.call('1002');
    a.hangUp();
    expect(all(made).slice(1)).toEqual([
      ['missed 1001 User 1001', 'received 1001 User 1001'],
      ['missed 1001 User 1001'],
    ]);
  });

  it.each(['broadcast', 'first'] as const)('by the members of a hunt list (%s)', (mode) => {
    const made = labOf(['1001', '1002', '1003'], { hunts: [{ ...HUNT, mode }] });
    const [a, b, c] = made.phones;
    a.call('5000');
    made.lab.advance(mode === 'broadcast' ? 1_000 : 11_000);
    c.answer();
    a.hangUp();
    expect(all(made)).toEqual([['placed 5000'], [], ['received 1001 User 1001']]);
    a.call('5000');
    made.lab.advance(100_000);
    a.hangUp();
    expect([made.shown(b), made.shown(c)[0]]).toEqual([['missed 1001 User 1001'], 'missed 1001 User 1001']);
  });

  it('as missed once by a phone with two lines of a hunt list, and by the line that logs it', () => {
    const made = labOf(['1001', '1002', '1003'], { hunts: [{ ...HUNT, mode: 'broadcast' }] });
    const [a, b, c] = made.phones;
    Object.defineProperty(c.appearance, 'device', { value: b.appearance.device });
    Object.defineProperty(b.appearance, 'logMissed', { value: false });
    a.call('5000');
    a.hangUp();
    expect(made.shown(b)).toEqual(['missed 1001 User 1001']);
    a.call('1002');
    a.hangUp();
    expect(made.shown(b)).toEqual(['missed 1001 User 1001']);
  });

  it('as received by who picked it up, whatever was dialled for that', () => {
    const groups = [{ name: 'all', members: ['1002', '1003'], number: '*81' }];
    const made = labOf(['1001', '1002', '1003'], { pickupGroups: groups });
    const [a, b, c] = made.phones;
    for (const begin of [
      () => c.call('*8'),
      () => {
        const leg = c.originate();
        made.control.collectPickUp(leg);
        made.control.dial(leg, '1002', made.lab.now);
      },
    ]) {
      a.call('1002');
      begin();
      a.hangUp();
    }
    expect(all(made)).toEqual([
      ['placed 1002 User 1002', 'placed 1002 User 1002'],
      [],
      ['received 1001 User 1001', 'received 1001 User 1001'],
    ]);
    expect(b.leg.state).toBe('idle');
  });

  it('as received by who fetched it from where it was parked', () => {
    const made = labOf(['1001', '1002', '1003']);
    const [a, b, c] = made.phones;
    a.call('1002');
    b.answer();
    made.control.park(b.leg, made.lab.now);
    c.call('300');
    a.hangUp();
    expect(all(made)).toEqual([['placed 1002 User 1002'], ['received 1001 User 1001'], ['received 1001 User 1001']]);
  });

  it.each([true, false])('once by each of a transfer (answered before: %s)', (answers) => {
    const made = labOf(['1001', '1002', '1003']);
    const [a, b, c] = made.phones;
    a.call('1002');
    b.answer();
    const primary = b.leg;
    const consultation = b.consult(primary, '1003');
    if (answers) c.answer();
    made.control.transfer(primary, consultation, made.lab.now);
    if (!answers) c.answer();
    a.hangUp();
    expect(all(made)).toEqual([
      ['placed 1002 User 1002'],
      ['placed 1003 User 1003', 'received 1001 User 1001'],
      [answers ? 'received 1002 User 1002' : 'received 1001 User 1001'],
    ]);
  });

  it('as missed, with who called in the end, where a transfer rang in vain', () => {
    const made = labOf(['1001', '1002', '1003']);
    const [a, b, c] = made.phones;
    a.call('1002');
    b.answer();
    const primary = b.leg;
    made.control.transfer(primary, b.consult(primary, '1003'), made.lab.now);
    expect(made.shown(c)).toEqual([]);
    a.hangUp();
    expect(made.shown(c)).toEqual(['missed 1001 User 1001']);
  });

  it('once by each of a conference', () => {
    const made = labOf(['1001', '1002', '1003']);
    const [a, b, c] = made.phones;
    a.call('1002');
    b.answer();
    const primary = b.leg;
    const consultation = b.consult(primary, '1003');
    c.answer();
    expect(made.control.confer([primary], consultation, made.lab.now)).toBeUndefined();
    b.hangUp();
    a.hangUp();
    expect(made.lab.isIdle).toBe(true);
    expect(all(made)).toEqual([
      ['placed 1002 User 1002'],
      ['placed 1003 User 1003', 'received 1001 User 1001'],
      ['received 1002 User 1002'],
    ]);
  });
});
