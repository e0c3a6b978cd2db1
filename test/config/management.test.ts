// The management interface in the configuration: its account, what switches it on, and mistakes.

import { describe, expect, it } from 'vitest';
import { configOf, describeReload, type SecretText, type WrittenConfig } from '../../src/config/index.js';
import { managementWarnings } from '../../src/config/management-warnings.js';

const ACCOUNT = { user: 'labadmin', passwordFile: 'secret' };

const load = (management: WrittenConfig['management'], read: SecretText = { text: 'lab-secret-1\nmore\n' }) =>
  configOf({ management: management ?? {} }, 'lab.yaml', [], { secret: async () => read });

describe('the management interface', () => {
  it.each<[string, WrittenConfig['management'], boolean]>([
    ['is off without an account', {}, false],
    ['is on with one', ACCOUNT, true],
    ['is off where it is switched off', { ...ACCOUNT, enabled: false }, false],
  ])('%s', async (_title, written, enabled) => {
    expect((await load(written)).management.enabled).toBe(enabled);
  });

  it('listens on loopback with the port and the limits of CUCM', async () => {
    const { management } = await load(ACCOUNT);
    expect(management).toMatchObject({
      ...{ address: '127.0.0.1', port: 8443, account: { user: 'labadmin', password: 'lab-secret-1' } },
      ...{ rates: { ris: 15 }, tls: { minVersion: 'TLSv1.2', certificate: undefined } },
    });
  });

  it.each(['off', false, 0] as const)('limits nothing with rates.ris: %s', async (ris) => {
    expect((await load({ ...ACCOUNT, rates: { ris: ris as never } })).management.rates.ris).toBeUndefined();
  });

  it.each<[string, WrittenConfig['management'], SecretText, string]>([
    ['a user without a password', { user: 'labadmin' }, { text: '' }, 'management.passwordFile'],
    ['a password without a user', { passwordFile: 'secret' }, { text: 'lab-secret-1' }, 'management.user'],
    ['a short password', ACCOUNT, { text: 'short' }, 'management.passwordFile'],
    ['a password that is the user', ACCOUNT, { text: 'labadmin' }, 'management.passwordFile'],
    ['a file that is not there', ACCOUNT, { found: 'no such file', wanted: 'a file' }, 'management.passwordFile'],
    ['a certificate without its key', { ...ACCOUNT, certificate: 'x.pem' }, { text: 'lab-secret-1' }, 'management.key'],
    ['the port of the API', { ...ACCOUNT, port: 8088 }, { text: 'lab-secret-1' }, 'management.port'],
  ])('%s is a fault at its key', async (_title, written, read, key) => {
    await expect(load(written, read)).rejects.toMatchObject({ faults: [{ key }] });
  });

  it('waits for a restart with whatever changes', async () => {
    const plan = describeReload(await load(ACCOUNT), await load({ ...ACCOUNT, rates: { ris: 30 } }));
    expect([plan.live, plan.restart]).toEqual([[], ['management.rates']]);
  });
});

describe('the end users of the management interface', () => {
  const SECRETS: Readonly<Record<string, string>> = { secret: 'lab-secret-1', anna: 'anna-secret', bo: 'short' };

  const loadUsers = (users: NonNullable<WrittenConfig['management']>['users'], account: object = ACCOUNT) =>
    configOf(
      { management: { ...account, users: users ?? [] }, devices: [{ name: 'SEP000000000001', model: '7962' }] },
      'lab.yaml',
      [],
      {
        secret: async (file) => ({ text: SECRETS[file.split('/').at(-1) ?? ''] ?? '' }),
      },
    );

  it('have passwords of their own, in files of their own', async () => {
    const { management } = await loadUsers([{ id: 'anna', passwordFile: 'anna', devices: ['SEP000000000001'] }]);
    expect(management.users).toEqual([
      { id: 'anna', password: 'anna-secret', first: '', last: '', email: '', devices: ['SEP000000000001'] },
    ]);
  });

  it('are not asked for their files where the interface is off', async () => {
    const { management } = await loadUsers([{ id: 'bo', passwordFile: 'bo' }], {});
    expect(management.enabled).toBe(false);
  });

  it.each<[string, NonNullable<WrittenConfig['management']>['users'], string]>([
    ['a short password', [{ id: 'bo', passwordFile: 'bo' }], 'management.users.0.passwordFile'],
    ['a password that is the id', [{ id: 'anna-secret', passwordFile: 'anna' }], 'management.users.0.passwordFile'],
    [
      'an id that another has',
      [
        { id: 'anna', passwordFile: 'anna' },
        { id: 'ANNA', passwordFile: 'anna' },
      ],
      'management.users.1.id',
    ],
    ['an id with a colon', [{ id: 'an:na', passwordFile: 'anna' }], 'management.users.0.id'],
    ['an id with a slash', [{ id: 'an/na', passwordFile: 'anna' }], 'management.users.0.id'],
  ])('%s is a fault at its key', async (_title, users, key) => {
    await expect(loadUsers(users)).rejects.toMatchObject({ faults: [{ key }] });
  });

  it('may have a device that is not there yet, with a warning', async () => {
    const devices = ['SEP000000000001', 'SEP00000000FFFF'];
    expect(managementWarnings(await loadUsers([{ id: 'anna', passwordFile: 'anna', devices }]))).toEqual([
      [
        ['management', 'users', 0, 'devices', 1],
        'SEP00000000FFFF, which is not configured: anna has no such device until it is added',
        'the name of a device',
      ],
    ]);
  });
});
