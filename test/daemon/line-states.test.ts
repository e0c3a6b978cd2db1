// What the watchers of a line hear of calls whose ends change: after each join every one of them knows what is.

import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/calls/index.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import { after, seconds } from '../../src/core/time.js';
import { type LineStateBus, LineStateService } from '../../src/daemon/line-states.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { CallLab, type FakePhone } from '../calls/harness.js';
import { aDevice } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const DNS = ['1001', '1002', '1003', '1004'] as DirectoryNumber[];

/** Four phones of one line each, the last two of which share it, and a watcher of each number. */
class WatchedLab {
  readonly calls = new CallLab({ park: { range: '300-301', remind: seconds(60) }, intercom: '*75' });
  readonly clock = new ManualClock(this.calls.now);
  readonly service: LineStateService;
  readonly phones: readonly FakePhone[];
  /** What the watcher of each number was told last. */
  readonly told = new Map<string, string>();

  constructor() {
    const { calls, clock } = this;
    calls.service('conference', { answers: true });
    this.phones = ['1001', '1002', '1003', '1004', '1004'].map((dn) => calls.phone({ dn, busyTrigger: 4 }));
    const database = new DeviceDatabase(
      new EventBus((error) => {
        throw error;
      }),
    );
    database.configure(
      this.phones.map(({ appearance: { device, dn } }) => aDevice(device, { lines: [dn] })),
      clock.now(),
    );
    this.service = new LineStateService({ clock, database, bus: calls.bus as unknown as LineStateBus });
    this.service.serve(calls.control);
    for (const dn of DNS) this.service.states.watch(dn, () => void this.told.set(dn, this.is(dn)), 'calls');
  }

  is(dn: DirectoryNumber): string {
    return this.service.states
      .callsOf(dn)
      .map(({ direction, state, isHeld, far }) => `${direction} ${state}${isHeld ? ' held' : ''} ${far?.number ?? '?'}`)
      .join();
  }

  /** What the watchers know, a moment later; it is what is. */
  known(): Record<string, string> {
    this.clock.advance(1_000);
    this.calls.now = after(this.calls.now, seconds(1));
    for (const dn of DNS) expect([dn, this.told.get(dn) ?? '']).toEqual([dn, this.is(dn)]);
    return Object.fromEntries(DNS.map((dn) => [dn, this.is(dn)]).filter(([, is]) => is !== ''));
  }
}

/** The first calls the second, or the second the first; the second then calls the third. */
const consulting = (answers: boolean, isReverse = false) => {
  const lab = new WatchedLab();
  const { control } = lab.calls;
  const [a, b, c, d, e] = lab.phones as [FakePhone, FakePhone, FakePhone, FakePhone, FakePhone];
  (isReverse ? b : a).call(isReverse ? '1001' : '1002');
  (isReverse ? a : b).answer();
  const primary = b.leg;
  const consultation = b.consult(primary, '1003');
  if (answers) c.answer();
  lab.known();
  return { lab, control, a, b, c, d, e, primary, consultation };
};

describe('who watches a line knows the far end', () => {
  it.each([true, false])('after a transfer (answered: %s)', (answers) => {
    const { lab, control, c, primary, consultation } = consulting(answers);
    control.transfer(primary, consultation, lab.calls.now);
    expect(lab.known()).toEqual({
      '1001': `initiator ${answers ? 'confirmed' : 'early'} 1003`,
      '1003': `recipient ${answers ? 'confirmed' : 'early'} 1001`,
    });
    if (!answers) c.answer();
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 1003', '1003': 'recipient confirmed 1001' });
  });

  it('after a transfer of whom the user has called', () => {
    const { lab, control, primary, consultation } = consulting(true, true);
    control.transfer(primary, consultation, lab.calls.now);
    expect(lab.known()).toEqual({ '1001': 'recipient confirmed 1003', '1003': 'recipient confirmed 1001' });
  });

  it('in a conference, and in what is left of it', () => {
    const { lab, control, b, primary, consultation } = consulting(true);
    expect(control.confer([primary], consultation, lab.calls.now)).toBeUndefined();
    const [number] = control.conferences.keys();
    expect(lab.known()).toEqual({
      '1001': `initiator confirmed ${number}`,
      '1002': `initiator confirmed ${number}`,
      '1003': `recipient confirmed ${number}`,
    });
    b.hangUp();
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 1003', '1003': 'recipient confirmed 1001' });
  });

  it('where a call is parked, and fetched', () => {
    const { lab, control, c, primary, b, consultation } = consulting(true);
    b.hangUp(consultation);
    control.resume(primary, lab.calls.now);
    lab.known();
    control.park(primary, lab.calls.now);
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 300' });
    c.call('300');
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 1003', '1003': 'initiator confirmed 1001' });
  });

  it('where another takes the place of the one who talked', () => {
    const { lab, control, b, d, primary, consultation } = consulting(true);
    b.hangUp(consultation);
    control.replace(primary, d.originate(), lab.calls.now);
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 1004', '1004': 'initiator confirmed 1001' });
  });

  it('where another phone of the line resumes', () => {
    const lab = new WatchedLab();
    const { control } = lab.calls;
    const [a, , , d, e] = lab.phones as [FakePhone, FakePhone, FakePhone, FakePhone, FakePhone];
    a.call('1004');
    d.answer();
    control.hold(d.leg, lab.calls.now);
    expect(lab.known()['1004']).toBe('recipient confirmed held 1001');
    const [remote] = e.remotes;
    if (remote === undefined) throw new Error('it shows no call');
    e.takeHeld(remote);
    expect(lab.known()).toEqual({ '1001': 'initiator confirmed 1004', '1004': 'recipient confirmed 1001' });
  });

  it('where somebody picks up', () => {
    const lab = new WatchedLab();
    const [a, , c, d] = lab.phones as [FakePhone, FakePhone, FakePhone, FakePhone];
    a.call('1003');
    expect(lab.known()).toEqual({ '1001': 'initiator early 1003', '1003': 'recipient early 1001' });
    lab.calls.control.pickUp(c.leg, d.originate(), lab.calls.now);
    expect(lab.known()).toMatchObject({ '1004': expect.stringContaining('confirmed 1001') as unknown });
  });
});

describe('the event of a join', () => {
  it('has the legs of the new call', () => {
    const { lab, control, a, c, primary, consultation } = consulting(false);
    control.transfer(primary, consultation, lab.calls.now);
    expect(lab.calls.events.filter(({ type }: CallEvent) => type === 'call.joined')).toMatchObject([
      {
        call: a.leg.call.id,
        leg: a.leg.ci,
        to: [c.leg.ci],
        calling: { number: '1001' },
        called: { number: '1003' },
        reason: 4,
        isRinging: true,
      },
    ]);
  });
});
