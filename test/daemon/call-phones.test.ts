// What calls ask of the device database, and what a number would do, as the API says it.

import { expect, it, vi } from 'vitest';
import { CallControl, CallNumbers, DEFAULT_CALLS, DialPlan, type LegSupplier } from '../../src/calls/index.js';
import { instant } from '../../src/core/time.js';
import { appearanceOf, CallPhones } from '../../src/daemon/call-phones.js';
import { callsView } from '../../src/daemon/call-views.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { CallLab, FakePhone } from '../calls/harness.js';
import { aDevice, anAttempt } from '../support/devices.js';

const NOW = instant(0);
const SILENT = { publish: () => {}, hasListener: () => false };
const SUPPLIER: LegSupplier = { portFor: () => undefined };

const nameOf = (index: number): string => `SEP${index.toString(16).padStart(12, '0').toUpperCase()}`;

/** Twenty phones that share the line 5000 and have one of their own. */
const shared = (registered = 20) => {
  const database = new DeviceDatabase(SILENT);
  database.configure(
    Array.from({ length: 20 }, (_, index) => aDevice(nameOf(index), { lines: [String(6_000 + index), '5000'] })),
    NOW,
  );
  for (let index = 0; index < registered; index += 1) {
    const admission = database.register(anAttempt(nameOf(index), 'SCCP', { link: index + 1 }), NOW);
    if (!admission.accepted) throw new Error('refused');
    database.reportCapabilities(admission.registration, [{ payload: 4, maxFrames: 60 }], NOW);
  }
  const phones = new CallPhones(database);
  phones.serve('SCCP', SUPPLIER);
  return { database, phones };
};

it('a shared line rings at sixteen registered phones at most, each with its own place of the line', () => {
  const { phones } = shared();
  const found = phones.appearancesOf('5000');
  expect(found).toHaveLength(16);
  expect(found.every(({ appearance, supplier }) => appearance.lineInstance === 2 && supplier === SUPPLIER)).toBe(true);
  expect(phones.appearancesOf('6003').map(({ appearance }) => [appearance.device, appearance.lineInstance])).toEqual([
    [nameOf(3), 1],
  ]);
});

it('the lines of a phone are those that it has registered', () => {
  const { phones } = shared(1);
  expect([0, 1].map((index) => phones.linesOf(nameOf(index) as never))).toEqual([['6000', '5000'], []]);
});

it('phones that are not registered, and those of a protocol that serves no calls, do not ring', () => {
  const { database, phones } = shared(2);
  expect(phones.appearancesOf('5000')).toHaveLength(2);
  expect(new CallPhones(database).appearancesOf('5000')).toEqual([]);
  expect([
    phones.has('5000'),
    phones.hasLine(nameOf(19) as never, '6019'),
    phones.hasLine(nameOf(18) as never, '6019'),
    phones.has('4711'),
  ]).toEqual([true, true, false, false]);
  expect(new Set(phones.all()).size).toBe(21);
});

it('a number with several devices is shared, registered or not', () => {
  const { phones } = shared(0);
  expect([phones.isShared('5000'), phones.isShared('6001'), phones.isShared('4711')]).toEqual([true, false, false]);
  expect(phones.firstLineOf(nameOf(1) as never)).toBeUndefined();
});

it('phones listen to a page by their own protocol, those of SIP by what is pushed to them, if anything is', () => {
  const { database, phones } = shared(1);
  const said: string[] = [];
  const stream = { group: '239.1.1.1', port: 30_000, ci: 7 };
  phones.serve('SCCP', {
    ...SUPPLIER,
    listen: (device, { group }, isOn) => said.push(`${device} ${group} ${isOn}`) > 0,
  });
  expect(phones.firstLineOf(nameOf(0) as never)?.appearance.dn).toBe('6000');
  expect(phones.listen(nameOf(0) as never, stream, true, NOW)).toBe(true);
  expect(said).toEqual([`${nameOf(0)} 239.1.1.1 true`]);
  database.configure([aDevice('SEP0000000000FF', { protocol: 'SIP', lines: ['7000'] })], NOW);
  const admission = database.register(anAttempt('SEP0000000000FF', 'SIP', { link: 99, dn: '7000' as never }), NOW);
  expect(admission.accepted).toBe(true);
  phones.serve('SIP', SUPPLIER);
  const device = 'SEP0000000000FF' as never;
  expect(phones.listen(device, stream, true, NOW)).toBe(false);
  phones.pageByPush = (name, group, port, isOn) => said.push(`push ${name} ${group}:${port} ${isOn}`) > 0;
  expect(phones.listen(device, stream, true, NOW)).toBe(true);
  expect(said.at(-1)).toBe('push SEP0000000000FF 239.1.1.1:30000 true');
  expect(phones.listen(nameOf(9) as never, stream, true, NOW)).toBe(false);
});

it('a device has no line of another one', () => {
  const { database } = shared(0);
  const record = database.byName(nameOf(1));
  if (record === undefined) throw new Error('no device');
  expect(appearanceOf(record, '6002')).toBeUndefined();
  expect(appearanceOf(record, '5000')).toMatchObject({ device: nameOf(1), dn: '5000', maxCalls: 4, busyTrigger: 2 });
});

it('a number says which of its phones are busy, and that a longer one begins so', () => {
  const { database, phones } = shared(2);
  const control = new CallControl({
    settings: DEFAULT_CALLS,
    dialPlan: new DialPlan(phones, DEFAULT_CALLS),
    phones,
    services: { portFor: () => undefined },
    numbers: new CallNumbers(1, 0),
    bus: SILENT,
  });
  const view = callsView(control, database);
  const lab = new CallLab();
  const port = new FakePhone(lab, nameOf(0), { dn: '5000' });
  const record = database.byName(nameOf(0));
  const appearance = record === undefined ? undefined : appearanceOf(record, '5000');
  if (appearance === undefined) throw new Error('no line');
  for (let call = 0; call < 2; call += 1) {
    const made = port.originate();
    if (made.port === undefined) throw new Error('no port');
    const { port: itsPort } = made;
    expect('leg' in control.originate(appearance, () => itsPort, NOW)).toBe(true);
  }
  const { phones: outcomes, text } = view.dial('5000', undefined);
  expect(outcomes.slice(0, 3)).toEqual([
    { device: nameOf(0), outcome: 'is busy: the line has 2 calls, and `busyTrigger` is 2' },
    { device: nameOf(1), outcome: 'rings' },
    { device: nameOf(2), outcome: 'is Unknown' },
  ]);
  expect(text).toBe(`5000 is the line 5000: ${nameOf(1)} would ring.`);
  expect(view.dial('60', undefined)).toMatchObject({ result: 'incomplete', canGrow: true });
  expect(view.calls().map(({ legs }) => legs.map(({ state }) => state))).toEqual([['off-hook'], ['off-hook']]);
  const all = view.calls();
  const seen = vi.spyOn(control, 'calls', 'get');
  expect(view.callsOf(nameOf(0) as never)).toEqual(all);
  expect(view.callsOf(nameOf(1) as never)).toEqual([]);
  expect(seen).not.toHaveBeenCalled();
});

it('calls that are off lead nowhere', () => {
  const { database } = shared(0);
  const view = callsView(undefined, database);
  expect(view.callsOf(nameOf(0) as never)).toEqual([]);
  expect([view.calls(), view.dial('5000', undefined).result]).toEqual([[], 'none']);
});
