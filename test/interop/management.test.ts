// Clients of CUCM's management interface, unmodified. They have port 8443 in them, so each test has an address of its own.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
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
