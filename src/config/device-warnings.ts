// Warnings about a single device: values that are valid and that its phone may not take as they were meant. `check` and
// `run` print them.

import { macOfName, parseMacAddress } from '../core/identifiers.js';
import { toLatin1 } from '../core/latin-text.js';
import type { ConfiguredDevice } from '../devices/index.js';
import type { KeyProblem } from './key-problem.js';
import type { Path } from './yaml-source.js';

type Warn = (device: ConfiguredDevice) => readonly KeyProblem[];

const NONE: readonly KeyProblem[] = [];

/** All warnings about single devices. */
export const DEVICE_WARNINGS: readonly Warn[] = [
  ({ name }) => {
    const mac = parseMacAddress(name);
    return mac === undefined
      ? NONE
      : [
          [
            ['name'],
            `${name}, a hardware address alone`,
            `SEP${mac}, if the phone of that address is meant: phones ask by SEP and their address`,
          ],
        ];
  },
  ({ name }) => {
    const [, prefix = '', rest = ''] = LIKE_MAC.exec(name.toUpperCase()) ?? [];
    const digits = rest.replace(/[^0-9A-F]/g, '').length;
    if (digits < LEAST_DIGITS || /^[0-9A-F]{12}$/.test(rest)) return NONE;
    const stray = /[^0-9A-F]/.exec(rest)?.[0];
    const why =
      stray === undefined ? `${rest.length} digits behind ${prefix}` : `${stray} behind ${prefix}, which is no digit`;
    return [[['name'], `${name}: ${why}`, `${prefix} and the twelve hexadecimal digits of the hardware address`]];
  },
  ({ name, mac }) => {
    const named = macOfName(name);
    return named === undefined || mac === undefined || named === mac
      ? NONE
      : [[['mac'], `${mac} for ${name}`, `${named}, which the name says, or no such key`]];
  },
  ({ lines }) =>
    lines.flatMap(({ dn }, index): KeyProblem[] =>
      LIKE_NUMBER.test(dn) && /\D/.test(dn)
        ? [
            [
              ['lines', index, 'dn'],
              JSON.stringify(dn),
              `${digitsOf(dn)}, if digits are meant: there are letters among them`,
            ],
          ]
        : [],
    ),
  (device) => {
    if (device.model.unicode) return NONE;
    return labelsOf(device).flatMap(([path, text]): KeyProblem[] => {
      const shown = toLatin1(text);
      return shown === text
        ? []
        : [
            [
              path,
              `${JSON.stringify(text)}, which a ${device.model.name} (${device.name}) cannot show: it shows ${JSON.stringify(shown)}`,
              shown.includes('?') ? 'a text in Latin letters for this phone' : 'that, or another text in Latin letters',
            ],
          ];
    });
  },
];

/** Nearly a name by hardware address. */
const LIKE_MAC = /^(SEP|ATA)([0-9A-Z]{10,12})$/;
const LEAST_DIGITS = 9;

/** Digits, and letters that are taken for them. */
const LIKE_NUMBER = /^(?=.*\d)[0-9OoIl]+$/;
const digitsOf = (dn: string): string => dn.replace(/[Oo]/g, '0').replace(/[Il]/g, '1');

/** Every text that the phone's screen shows, and its key. A label that was left out is the number. */
const labelsOf = ({ lines, speedDials, serviceUrls, phoneLabel }: ConfiguredDevice): readonly [Path, string][] => [
  ...lines.flatMap(({ label, displayName }, index): [Path, string][] => [
    [['lines', index, 'label'], label],
    ...(displayName === label ? [] : [[['lines', index, 'displayName'], displayName] as [Path, string]]),
  ]),
  ...speedDials.map(({ label }, index): [Path, string] => [['speedDials', index, 'label'], label]),
  ...serviceUrls.map(({ name }, index): [Path, string] => [['serviceUrls', index, 'name'], name]),
  [['phoneLabel'], phoneLabel],
];
