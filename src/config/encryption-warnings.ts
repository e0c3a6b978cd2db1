// What the encryption of configurations means in this cluster (`docs/protocols/secure.md` §4.2). Each warning with the device that it is
// about.

import type { DeviceName } from '../core/identifiers.js';
import { type ConfiguredDevice, wantsEncryptedConfig } from '../devices/index.js';
import type { Config } from './config.js';
import type { KeyProblem } from './key-problem.js';

/** Devices whose configuration is to be encrypted and cannot be. */
export const encryptionWarnings = ({
  security,
  secureMode,
  provisioning,
  devices,
}: Pick<Config, 'security' | 'secureMode' | 'provisioning' | 'devices'>): readonly (readonly [
  DeviceName,
  KeyProblem,
])[] => {
  const named = new Set(Object.keys(security.encryptedConfig).map((name) => name.toUpperCase()));
  const isNamed = ({ name }: ConfiguredDevice): boolean => named.has(name.toUpperCase());
  return devices.flatMap((device): (readonly [DeviceName, KeyProblem])[] => {
    const { name, security: profile } = device;
    const path = ['security', 'encryptedConfig'];
    if (profile.encryptedConfig === true && security.itl !== 'on')
      return [
        [
          name,
          [
            path,
            `true, which is not in force with security.itl: ${security.itl}`,
            'security.itl: on, since a phone takes an encrypted file only from who is in its trust list',
          ],
        ],
      ];
    if (profile.encryptedConfig === false && isNamed(device))
      return [
        [
          name,
          [path, 'false beside a certificate in the security.encryptedConfig of the cluster', 'one of the two alone'],
        ],
      ];
    const isWanted = wantsEncryptedConfig(device, { models: provisioning.encryptedModels, isNamed: isNamed(device) });
    return security.itl === 'on' && isWanted && !isNamed(device) && secureMode.capf === undefined
      ? [
          [
            name,
            [
              path,
              'a configuration that is to be encrypted, and nowhere a certificate to encrypt it for',
              'security.capf on, or its certificate in the security.encryptedConfig of the cluster',
            ],
          ],
        ]
      : [];
  });
};
