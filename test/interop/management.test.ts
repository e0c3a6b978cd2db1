// Clients of CUCM's management interface, unmodified. They have port 8443 in them, so each test has an address of its own.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ACCOUNT, ManagementHarness } from '../management/harness.js';

const run = promisify(execFile);
const clients = (name: string): string => fileURLToPath(new URL(`clients/${name}`, import.meta.url));
/** Where `.ci/install-programs.sh` puts the packages. */
const PACKAGES = process.env.LABCM_CLIENTS ?? '/opt/labcm-clients';
const { user, password } = ACCOUNT;
const NAMES = [1, 2, 3, 4].map((number) => `SEP00000000000${number}`);

let harness: ManagementHarness;
afterEach(() => harness.close());

const openAt = async (address: string): Promise<void> => {
  harness = (await ManagementHarness.open({ address, port: 8443 })).seenPhones();
};

describe('python zeep', () => {
  it('reads the WSDL and every reply, strictly', async () => {
    await openAt('127.84.43.1');
    const { stdout } = await run('/usr/bin/python3', [clients('risport.py'), '127.84.43.1', user, password]);
    const read = JSON.parse(stdout);
    expect(read.all).toMatchObject([{ node: 'CM1', code: 'Ok' }]);
    expect(read.all[0].devices).toMatchObject([
      {
        ...{ name: NAMES[0], status: 'Registered', reason: 0, model: 404, cti: true, ip: ['127.0.1.11'] },
        ...{ lines: [['1001', 'Registered']], login: null },
      },
      {
        name: NAMES[1],
        login: 'anna',
        lines: [
          ['1002', 'Registered'],
          ['1003', 'Registered'],
        ],
      },
      { name: NAMES[2], status: 'UnRegistered', reason: 13 },
      { name: NAMES[3], status: 'Rejected', reason: 14 },
    ]);
    expect(read.two[0].devices).toHaveLength(2);
    expect(read.none).toEqual([{ node: 'CM1', code: 'NotFound', devices: [] }]);
    expect(read.cti).toBe(0);
    expect(read.fault).toBe('More than 2000 items are selected');
  });
});

describe('python zeep at PerfMon', () => {
  it('asks PerfMon and ControlCenter, strictly', async () => {
    await openAt('127.84.43.3');
    const { stdout } = await run('/usr/bin/python3', [clients('perfmon.py'), '127.84.43.3', user, password]);
    const read = JSON.parse(stdout);
    expect(read.objects).toContainEqual(['Cisco CallManager', false]);
    expect(read.objects).toContainEqual(['Processor', true]);
    expect(read.instances).toEqual(NAMES.slice(0, 2));
    expect(read.none).toEqual([]);
    expect(read.about).toBe('Registered phones of hardware.');
    expect(read.session).toEqual([['\\\\CM1\\Cisco CallManager\\RegisteredHardwarePhones', 2, 1]]);
    expect(read.phones).toHaveLength(2);
    expect(read.fault).toMatch(/^Session handle .* is not known$/);
    expect(read.services).toMatchObject({ 'Cisco CallManager': 'Started', 'Cisco CTIManager': 'Stopped' });
    expect(read.refused).toEqual(['Restart is not offered: labcm changes nothing of its services here']);
    expect(read.version).toBe('14.0.1.10000-20');
    expect(read.static).toBeGreaterThan(5);
  });
});

describe('python zeep at LogCollection', () => {
  it('lists and fetches logs, in the reply and beside it', async () => {
    await openAt('127.84.43.5');
    mkdirSync(join(harness.directory, 'logs'));
    writeFileSync(join(harness.directory, 'logs/ccm.txt'), 'a line\n');
    const { stdout } = await run('/usr/bin/python3', [clients('logs.py'), '127.84.43.5', user, password]);
    expect(JSON.parse(stdout)).toMatchObject({
      found: ['/var/log/active/cm/trace/ccm/sdi/ccm.txt'],
      inReply: 'a line\n',
      attached: ['a line'], // zeep takes the end of the last line away
      missing: 'FileName /etc/passwd do not exist',
      records: 'No file found within the specified time range',
      push: expect.stringContaining('get_file is not offered'),
    });
  });
});

describe.skipIf(!existsSync(`${PACKAGES}/node_modules/cisco-perfmon`))('cisco-perfmon', () => {
  it('lists, describes and collects counters, and has a session', async () => {
    await openAt('127.84.43.4');
    const { stdout } = await run('node', [clients('perfmon.cjs'), PACKAGES, '127.84.43.4', user, password]);
    const read = JSON.parse(stdout);
    expect(read.calls).toContainEqual({
      ...{ host: 'CM1', object: 'Cisco CallManager', instance: '', counter: 'RegisteredHardwarePhones' },
      ...{ value: '2', cstatus: '1' },
    });
    expect(read.processor.map(({ instance }: { instance: string }) => instance)).toContain('_Total');
    expect(read.about).toBe('The part of the memory that is used.');
    expect(read.session).toHaveLength(2);
    expect(read.added).toBeTruthy();
    expect(read.removed).toBeTruthy();
    expect(read.closed).toBeTruthy();
    expect(read.fault).toBe('Object No Such is not known');
  });
});

describe.skipIf(!existsSync(`${PACKAGES}/node_modules/cisco-risport`))('cisco-risport', () => {
  it('reads devices, follows pages to their end, and goes on with its cookie', async () => {
    await openAt('127.84.43.2');
    const { stdout } = await run('node', [clients('risport.cjs'), PACKAGES, '127.84.43.2', user, password]);
    const read = JSON.parse(stdout);
    expect(read).toMatchObject({
      ...{ names: NAMES, two: NAMES.slice(0, 2), registered: NAMES.slice(0, 2), hasCookie: true },
    });
    expect(new Set(read.paginated)).toEqual(new Set(NAMES));
    const operations = harness.events.map((event) => ('operation' in event ? event.operation : event.type));
    expect(operations.length).toBeLessThanOrEqual(6);
  });
});

describe.skipIf(!existsSync(`${PACKAGES}/node_modules/cucm-ris`))('cucm-ris and node-risport70', () => {
  it('read devices, one at the old port, the other with commas between its items', async () => {
    await openAt('127.84.43.9');
    const { stdout } = await run('node', [clients('ris-others.cjs'), PACKAGES, '127.84.43.9', user, password]);
    const read = JSON.parse(stdout);
    expect(read.old).toMatchObject([
      {
        ...{ name: NAMES[0], ipAddress: '127.0.1.11', dirNumber: '1001-Registered', deviceClass: 'Phone' },
        ...{ model: '404', httpd: 'Yes', status: 'Registered', statusReason: '0', description: 'Desk 1' },
      },
      { name: NAMES[1], loginUserId: 'anna', description: 'Desk & window' },
      { name: NAMES[2], status: 'UnRegistered', statusReason: '13' },
      { name: NAMES[3], status: 'Rejected', statusReason: '14' },
    ]);
    expect(read).toMatchObject({
      ...{ byNumber: [NAMES[2]], one: [[NAMES[0], '127.0.1.11']], some: NAMES.slice(0, 2) },
    });
  });
});

/** As AXL writes UUIDs. */
const UUID = /^\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\}$/;

const readByZeep = async (address: string, wsdl: string): Promise<void> => {
  await openAt(address);
  const { stdout } = await run('/usr/bin/python3', [clients('axl.py'), address, user, password, wsdl]);
  const read = JSON.parse(stdout);
  expect(read.version).toBe('14.0.1.10000(20)');
  expect(read.phones).toHaveLength(6);
  expect(read.phones[0]).toEqual([NAMES[0], 'Desk 1', 'Default', expect.stringMatching(UUID)]);
  expect(read.none).toEqual([]);
  for (const uuid of [...read.uuids, read.removed]) expect(uuid).toMatch(UUID);
  expect(read.phone).toEqual({
    ...{ name: 'SEP0000000000F1', description: 'Bar & lobby', product: 'Cisco 8845', pool: 'Default' },
    ...{ line: '7001', partition: 'PT1', uuid: read.uuids[2] },
  });
  expect(read.nodes).toEqual(['EnterpriseWideData', 'CM1', 'CM2']);
  expect(read.fault).toEqual(['Item not valid: The specified Phone was not found', '5007']);
};

const HAS_AXL = existsSync(`${PACKAGES}/node_modules/cisco-axl`);

describe('python zeep, for AXL', () => {
  it('reads our description, and every reply strictly', async () => {
    await readByZeep('127.84.43.3', 'https://127.84.43.3:8443/axl/?wsdl');
  });

  it.skipIf(!HAS_AXL).each([
    ['11.0', 4],
    ['12.5', 5],
    ['15.0', 6],
  ])('reads every reply strictly by the description that cisco-axl has for %s', async (version, host) => {
    await readByZeep(`127.84.43.${host}`, `${PACKAGES}/node_modules/cisco-axl/schema/${version}/AXLAPI.wsdl`);
  });
});

describe.skipIf(!HAS_AXL)('cisco-axl', () => {
  it('adds, lists and removes, with the tags that it fills in itself', async () => {
    await openAt('127.84.43.7');
    const { stdout } = await run('node', [clients('axl.cjs'), PACKAGES, '127.84.43.7', user, password, '12.5']);
    const read = JSON.parse(stdout);
    expect(read).toMatchObject({
      ...{ partition: expect.stringMatching(UUID), partitions: ['TEST-PARTITION-PT'], removed: read.partition },
      phones: [...NAMES, 'SEP000000000005'].map((name) => [name, 'Default']),
      phone: { name: 'SEP0000000000F1', uuid: read.added },
      fault: { words: 'Item not valid: The specified Phone was not found' },
    });
    expect(String(read.fault.code)).toBe('5007');
  });
});
