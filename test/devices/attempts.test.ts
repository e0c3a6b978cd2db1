// What is told of attempts that are let in with a remark, and of those for which no device was made.

import { beforeEach, describe, expect, it } from 'vitest';
import { after, instant, minutes, seconds } from '../../src/core/time.js';
import { DEFAULT_POLICY, DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { LINES } from '../../src/trace/index.js';
import { anAttempt, seedDevices } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';

const NOW = instant(Date.UTC(2026, 10, 25, 9, 0, 0));

let probe: EventRecorder<DeviceEvent>;
let database: DeviceDatabase;
let now = NOW;
let link = 0;

beforeEach(() => {
  now = NOW;
  link = 0;
  probe = new EventRecorder();
  database = new DeviceDatabase(probe.bus);
  database.configure(seedDevices(), NOW);
});

/** Ten seconds after the one before. */
const from = (address: string, port: number) => {
  now = after(now, seconds(10));
  link += 1;
  return database.register(anAttempt('ipctest2', 'SCCP', { address, port, link }), now);
};

const shared = () =>
  probe.of('device.name-shared').map((event) => LINES['device.name-shared'].summary?.(event)?.text ?? '');

describe('two phones of one name', () => {
  it('are told at the fourth change, and again every ten minutes while they go on', () => {
    for (let change = 0; change < 4; change += 1) from(`10.0.0.${1 + (change % 2)}`, 3000);
    expect(shared()).toEqual([]);
    from('10.0.0.1', 3000);
    expect(shared()).toEqual(['two phones use this name: 10.0.0.2:3000 and 10.0.0.1:3000, 4 changes in 30 s']);
    for (let change = 0; change < 65; change += 1) from(`10.0.0.${1 + (change % 2)}`, 3000);
    expect(shared()).toHaveLength(2);
    expect(shared()[1]).toMatch(/ changes in 11 min$/);
    expect(database.byName('ipctest2')?.sharedName).toMatchObject({ changes: 69, isCertain: true });
  });

  it('of one address are two for certain where one comes back from its own port, and else perhaps one', () => {
    for (let change = 0; change < 5; change += 1) from('127.0.0.1', 41714 + (change % 2));
    expect(shared()).toEqual(['two phones use this name: 127.0.0.1:41715 and :41714, 4 changes in 30 s']);
    now = after(now, minutes(6));
    for (let change = 0; change < 5; change += 1) from('127.0.0.1', 50000 + change);
    expect(shared()[1]).toBe(
      'two phones use this name, or one begins again and again without ending what it had: 127.0.0.1:50002 and :50003, 4 changes in 30 s',
    );
  });

  it('are none where one phone loses its link now and then, or comes back within the hold', () => {
    for (let change = 0; change < 10; change += 1) {
      from('10.0.0.1', 3000 + change);
      now = after(now, minutes(6));
    }
    for (let change = 0; change < 10; change += 1) {
      const admission = database.register(
        anAttempt('SEP005056A1033D', 'SIP', { link: 100 + change, port: 4000 + change }),
        now,
      );
      if (admission.accepted) database.connectionLost(admission.registration, now);
    }
    expect(shared()).toEqual([]);
  });
});

describe('a device type that no model has', () => {
  it('is let in where models are to match, and told', () => {
    expect(database.register(anAttempt('ipctest2', 'SCCP', { typeId: 4711 }), now)).toMatchObject({ accepted: true });
    expect(probe.of('device.type-unknown')).toMatchObject([{ device: 'ipctest2', typeId: 4711, configured: 30016 }]);
    const [event] = probe.of('device.type-unknown');
    if (event === undefined) throw new Error('not told');
    expect(LINES['device.type-unknown'].summary?.(event)?.text).toBe(
      'says that it is of type 4711, which no model has: it is let in as the Cisco IP Communicator (30016) that is configured',
    );
  });

  it('is not told of a phone whose type is known, nor where any model will do', () => {
    database.register(anAttempt('ipctest2'), now);
    database.setPolicy({ ...DEFAULT_POLICY, model: 'any' }, 'Default');
    database.register(anAttempt('ipctest2', 'SCCP', { typeId: 4711, link: 2 }), now);
    expect(probe.of('device.type-unknown')).toEqual([]);
  });
});

describe('a phone for which no device was made', () => {
  it.each([
    ['SEP0A55000000CD', 684, undefined, 'auto-registration is off'],
    ['SEP0A55000000CD', undefined, { first: 1000, last: 1999 }, 'it gives no device type'],
    ['no name!', 684, { first: 1000, last: 1999 }, 'no device can have that name'],
  ] as const)('%s of type %s is told why', (name, typeId, autoRegistration, why) => {
    database.setPolicy({ ...DEFAULT_POLICY, autoRegistration }, 'Default');
    database.register(anAttempt(name, 'SIP', { typeId }), now);
    expect(probe.of('device.rejected')).toMatchObject([{ reason: 'unknown-device', given: why }]);
  });
});
