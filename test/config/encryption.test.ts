// What a configuration says of the encryption of files for phones: by device, by model, in a table, and what cannot be.

import { describe, expect, it } from 'vitest';
import { deviceOfCells } from '../../src/config/device-cells.js';
import { writtenDevice } from '../../src/config/written-device.js';
import { faultsIn, load, warningsIn } from './harness.js';

const phone = (words: string, more = ''): string =>
  `${more}devices:\n  - { name: SEP00270DC01C92, model: 8845, lines: [5001], ${words} }`;
const ON = 'security: { itl: on }\n';

describe('the encryption of a configuration', () => {
  it('is said of a device or of models, and written as it was', async () => {
    const { devices, provisioning } = await load(
      phone('security: { encryptedConfig: true }', `${ON}phones: { encryptedConfig: [8845, "7962"] }\n`),
    );
    expect([...(provisioning.encryptedModels ?? [])].sort()).toEqual([404, 36_224].sort());
    const [device] = devices;
    expect(device?.security).toEqual({ mode: 'none', enrol: 'off', encryptedConfig: true });
    if (device !== undefined)
      expect(writtenDevice(device, 'Default')).toMatchObject({ security: { encryptedConfig: true } });
  });

  it('has a column of a table', () => {
    expect(deviceOfCells(['security.encryptedConfig=true', 'security.enrol=mic'], false)).toEqual({
      device: { security: { encryptedConfig: 'true', enrol: 'mic' } },
    });
  });

  it.each([
    [
      'a device of a model that cannot open it',
      `${ON}devices: [{ name: A, model: 7940, lines: [1], security: { encryptedConfig: true } }]`,
      /devices\.0\.security\.encryptedConfig: found true for a Cisco 7940/,
    ],
    [
      'a model that cannot open it',
      `${ON}phones: { encryptedConfig: [7940] }\n${phone('')}`,
      /phones\.encryptedConfig\.0: found a Cisco 7940/,
    ],
    [
      'models in a cluster without a trust list',
      `phones: { encryptedConfig: [8845] }\n${phone('')}`,
      /phones\.encryptedConfig: found it with security\.itl: off/,
    ],
  ])('is a fault of %s', async (_, yaml, fault) => {
    expect((await faultsIn(yaml)).join('\n')).toMatch(fault);
  });

  it.each([
    [
      'where there is no trust list',
      phone('security: { encryptedConfig: true }'),
      /not in force with security\.itl: off/,
    ],
    [
      'where nobody gives certificates',
      phone('security: { encryptedConfig: true }', 'security: { itl: on, capf: { enabled: false } }\n'),
      /nowhere a certificate to encrypt it for/,
    ],
    [
      'where the cluster names a certificate and the device says no',
      phone(
        'security: { encryptedConfig: false }',
        'security: { itl: on, encryptedConfig: { SEP00270DC01C92: a.pem } }\n',
      ),
      /false beside a certificate/,
    ],
  ])('is warned of %s', async (_, yaml, warning) => {
    expect((await warningsIn(yaml)).join('\n')).toMatch(warning);
  });

  it('is not warned of where a certificate can be had', async () => {
    expect(await warningsIn(phone('security: { encryptedConfig: true }', ON))).toEqual([]);
  });
});
