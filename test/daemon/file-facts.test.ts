// What TFTP and HTTP publish about files, on the records of the devices that requested them.

import { beforeEach, expect, test } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { rememberFiles } from '../../src/daemon/file-facts.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { seedDevices } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const NAME = 'SEP005056A1033D';
const FILE = `${NAME}.cnf.xml`;

let clock: ManualClock;
let bus: EventBus<LabcmEvent>;
let database: DeviceDatabase;

beforeEach(() => {
  clock = new ManualClock();
  bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  database = new DeviceDatabase(bus);
  database.configure(seedDevices(), clock.now());
  rememberFiles(bus, database);
});

const about = (file: string) => ({
  at: clock.now(),
  context: { connection: 1, sequence: 1, address: '10.10.210.200', port: 40_001 },
  file,
});
const request = (file: string, opcode: 1 | 2 = 1): void =>
  bus.publish({
    type: 'tftp.request',
    ...about(file),
    opcode,
    mode: 'octet',
    octets: 30,
    serving: 0,
    sockets: 1,
  });
const files = () => database.byName(NAME)?.files.map(({ at: _at, ...rest }) => rest);

test('a file that TFTP serves', () => {
  request(FILE);
  expect(files()).toEqual([{ file: FILE, transport: 'TFTP', outcome: 'asked', octets: 0 }]);
  clock.advance(40);
  bus.publish({
    type: 'tftp.completed',
    ...about(FILE),
    device: NAME,
    octets: 7_000,
    blocks: 14,
    resent: 2,
    milliseconds: 40,
    socket: 5,
    blockSize: 512,
    windowSize: 1,
    stamp: '1295018236-4b1f',
  });
  const ending = { outcome: 'served', octets: 7_000, milliseconds: 40, resent: 2, blockSize: 512 };
  expect(files()).toEqual([{ file: FILE, transport: 'TFTP', ...ending }]);
  expect(database.byName(NAME)?.given).toEqual({ at: clock.now(), stamp: '1295018236-4b1f', transport: 'TFTP' });
});

test('a file that TFTP refuses, under the name by which it was requested', () => {
  const asked = `CTL${NAME}.tlv`;
  request(asked);
  const refused = { code: 1, reason: 'file not found', harmless: true, asked, device: NAME };
  bus.publish({ type: 'tftp.refused', ...about('CTLFile.tlv'), ...refused });
  expect(files()).toEqual([
    { file: asked, transport: 'TFTP', outcome: 'refused', octets: 0, reason: 'file not found', harmless: true },
  ]);
});

test('a file that the client did not want', () => {
  request(FILE);
  const failed = { detail: 'error 8 no', blocks: 0, resent: 0, milliseconds: 12, blockSize: 1_468, errorCode: 8 };
  bus.publish({ type: 'tftp.failed', ...about(FILE), reason: 'client-error', ...failed });
  expect(files()).toEqual([
    {
      file: FILE,
      transport: 'TFTP',
      outcome: 'failed',
      octets: 0,
      reason: 'client-error',
      milliseconds: 12,
      resent: 0,
      blockSize: 1_468,
      errorCode: 8,
    },
  ]);
  expect(database.byName(NAME)?.given).toBeUndefined();
});

test('a request to write is no file that is asked for', () => {
  request(FILE, 2);
  expect(files()).toEqual([]);
});

test('files over HTTP: one in progress, one missing, one given', () => {
  const http = (file: string) => ({ ...about(file), method: 'GET' });
  const missing = `ITL${NAME}.tlv`;
  bus.publish({ type: 'http.request', ...http(missing) });
  bus.publish({ type: 'http.request', ...http(FILE) });
  const ending = { octets: 0, milliseconds: 3, device: NAME };
  bus.publish({ type: 'http.file', ...http(missing), ...ending, status: 404, outcome: 'refused', harmless: true });
  expect(files()).toEqual([
    { file: FILE, transport: 'HTTP', outcome: 'asked', octets: 0 },
    {
      file: missing,
      transport: 'HTTP',
      outcome: 'refused',
      octets: 0,
      milliseconds: 3,
      reason: 'status 404',
      harmless: true,
    },
  ]);
  const given = { status: 200, outcome: 'served', harmless: false, stamp: 'a-stamp' } as const;
  bus.publish({ type: 'http.file', ...http(FILE), ...ending, ...given, octets: 7_000 });
  expect(files()?.map(({ outcome }) => outcome)).toEqual(['refused', 'served']);
  expect(database.byName(NAME)?.given).toMatchObject({ stamp: 'a-stamp', transport: 'HTTP' });
});
