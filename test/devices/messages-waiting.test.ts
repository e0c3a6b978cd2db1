// Messages that wait for the users of lines: what is kept, what is published, and that it is there after a restart.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Degradations } from '../../src/core/degradations.js';
import type { DeviceName, DirectoryNumber } from '../../src/core/identifiers.js';
import { instant } from '../../src/core/time.js';
import { messagesFile } from '../../src/daemon/messages-file.js';
import { DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { nodeDisk } from '../../src/net/files/write-all.js';
import { aDevice } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

const DN = '5005' as DirectoryNumber;
const PHONE = 'PHONE' as DeviceName;
const NOW = instant(1_000);
const TWO_NEW = { waiting: true, new: 2, old: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-messages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = new ManualClock();
const open = (disk = nodeDisk) => {
  const probe = new EventRecorder<DeviceEvent>();
  const degradations = new Degradations(clock, { publish: () => {}, hasListener: () => false });
  const database = new DeviceDatabase(probe.bus, { messages: messagesFile(folder, degradations, disk) });
  database.configure([aDevice('PHONE', { lines: ['5004', '5005'] })], NOW);
  probe.clear();
  return { database, probe, degradations };
};
const fileText = (): string => readFileSync(join(folder, 'messages.jsonl'), 'utf8');

describe('the messages of a line', () => {
  it('are none at first, are set, and are published for its devices', () => {
    const { database, probe } = open();
    expect(database.messages.of(DN)).toEqual({ waiting: false, new: 0, old: 0 });
    expect(database.messages.set(DN, TWO_NEW, 'api', NOW)).toBe('changed');
    expect(database.messages.set(DN, TWO_NEW, 'api', NOW)).toBe('unchanged');
    expect(database.messages.of(DN)).toEqual(TWO_NEW);
    expect(probe.events).toEqual([
      { type: 'device.messages', at: NOW, device: 'PHONE', dn: DN, ...TWO_NEW, by: 'api' },
    ]);
    const [record] = [...database.devices()];
    expect(record === undefined ? [] : database.messages.linesOf(record.configured)).toEqual([2]);
  });

  it('of a number that nobody has are none, and stay so', () => {
    const { database } = open();
    expect(database.messages.set('77' as DirectoryNumber, TWO_NEW, 'api', NOW)).toBe('unknown-line');
  });

  it('are switched by a user with a count of one at least, and old ones stay', () => {
    const { database } = open();
    database.messages.switch(PHONE, DN, true, NOW);
    expect(database.messages.of(DN)).toEqual({ waiting: true, new: 1, old: 0 });
    database.messages.set(DN, TWO_NEW, 'api', NOW);
    database.messages.switch(PHONE, DN, true, NOW);
    expect(database.messages.of(DN)).toEqual(TWO_NEW);
    database.messages.switch(PHONE, DN, false, NOW);
    expect(database.messages.of(DN)).toEqual({ waiting: false, new: 0, old: 1 });
  });

  it.each([
    ['PBX', '5005'],
    ['PHONE', '77'],
  ])('are not switched by %s for %s, which it does not have', (device, dn) => {
    const { database, probe } = open();
    const outcome = database.messages.switch(device as DeviceName, dn as DirectoryNumber, true, NOW);
    expect([outcome, probe.events]).toEqual(['unknown-line', []]);
  });
});

describe('the file of messages', () => {
  it('brings them back after a restart, the last word first', () => {
    open().database.messages.set(DN, TWO_NEW, 'api', NOW);
    const second = open();
    expect(second.database.messages.of(DN)).toEqual(TWO_NEW);
    second.database.messages.set(DN, { waiting: false, new: 0, old: 0 }, 'cli', NOW);
    expect(open().database.messages.of(DN)).toEqual({ waiting: false, new: 0, old: 0 });
  });

  it('is read as far as its lines are whole and right', () => {
    open().database.messages.set(DN, TWO_NEW, 'api', NOW);
    appendFileSync(join(folder, 'messages.jsonl'), 'nonsense\n{"dn":"5004","waiting":1}\n{"dn":"5004","wai');
    const again = open();
    expect(again.database.messages.of(DN)).toEqual(TWO_NEW);
    again.database.messages.set('5004' as DirectoryNumber, TWO_NEW, 'api', NOW);
    expect(open().database.messages.of('5004' as DirectoryNumber)).toEqual(TWO_NEW);
  });

  it('does not grow for ever', () => {
    const { database } = open();
    for (let count = 0; count < 5_000; count += 1)
      database.messages.set(DN, { waiting: true, new: count % 2, old: 0 }, 'api', NOW);
    expect(fileText().split('\n').length).toBeLessThan(1_100);
    expect(open().database.messages.of(DN)).toEqual({ waiting: true, new: 1, old: 0 });
  });

  it('that cannot be written changes nothing, and says so', () => {
    const full = {
      ...nodeDisk,
      write: () => {
        throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      },
    } as unknown as typeof nodeDisk;
    const { database, probe, degradations } = open(full);
    expect(database.messages.set(DN, TWO_NEW, 'api', NOW)).toBe('not-written');
    expect([database.messages.of(DN).waiting, probe.events]).toEqual([false, []]);
    expect(degradations.current).toMatchObject([{ part: 'messages that wait' }]);
  });
});
