// What the file of a phone says of security (`secure.md` §6). Without trust lists it says what every non-secure cluster does.

import type { XmlElement } from '../core/xml/writer.js';
import type { ConfiguredDevice } from '../devices/device.js';
import {
  type ClusterSecurityMode,
  type DeviceSecurityMode,
  modeInForce,
  SECURITY_MODE_NUMBERS,
} from '../devices/device-security.js';

/** Where phones find the services of a secure cluster. */
export interface FileSecuritySettings {
  readonly cluster: ClusterSecurityMode;
  /** `undefined`: there is none. */
  readonly capf: { readonly address: string; readonly port: number } | undefined;
  /** The port of TVS on every node; `undefined`: there is none. */
  readonly tvsPort: number | undefined;
}

/** What a device has, and is to get, from CAPF. An unchanged one is the same object. */
export interface DeviceEnrolment {
  /** How it is to prove itself to CAPF; 0: nothing is to be done (`capfAuthMode`). */
  readonly authMode: number;
  /** MD5 of its certificate in lower-case hexadecimal digits; empty: none is known. */
  readonly certHash: string;
  /** Whether its configuration is encrypted. Absent: it is not. */
  readonly isEncrypted?: boolean;
}

/** What a device has that never asked CAPF for anything. */
export const NOT_ENROLLED: DeviceEnrolment = Object.freeze({ authMode: 0, certHash: '' });

const CAPF_PORT = 3804;
const TLS_TRANSPORT = 3;
/** TCP and UDP. 2 (UDP) makes a 7962 register from a port where it cannot be called. */
const PLAIN_TRANSPORT = 4;

/** The mode that the file of a device gives. 2 and 3 without a trust list send a phone looking for one for ever. */
export const fileMode = (device: ConfiguredDevice, settings: FileSecuritySettings | undefined): DeviceSecurityMode =>
  settings === undefined ? 'none' : modeInForce(device, settings);

/** `deviceSecurityMode`. */
export const securityModeNumber = (mode: DeviceSecurityMode): number => SECURITY_MODE_NUMBERS[mode];

/** `transportLayerProtocol`. */
export const transportNumber = (mode: DeviceSecurityMode): number =>
  mode === 'none' ? PLAIN_TRANSPORT : TLS_TRANSPORT;

/** From `capfAuthMode` to `encrConfig`. */
export const capfElements = (
  settings: FileSecuritySettings | undefined,
  { authMode, certHash, isEncrypted = false }: DeviceEnrolment,
): XmlElement[] => [
  ['capfAuthMode', authMode],
  [
    'capfList',
    [
      [
        'capf',
        [
          ['phonePort', settings?.capf?.port ?? CAPF_PORT],
          ['processNodeName', settings?.capf?.address ?? ''],
        ],
      ],
    ],
  ],
  ['certHash', certHash],
  ['encrConfig', isEncrypted],
];
