// The `capture` section of the configuration: its keys, their kinds, bounds and defaults.

import * as z from 'zod';
import { DEFAULT_CAPTURE } from '../capture/settings.js';
import { field, size, writtenSize } from './fields.js';
import { FORM } from './forms.js';
import type { Check, KeyProblem } from './key-problem.js';

const MOST_NAMES = 1000;
const NAME_OR_PATTERN = /^[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,14}$/;

type Written = string | readonly string[];

/** Whose packets are kept. A single name may be written without brackets. */
const capturedDevices = () =>
  field<'none' | 'all' | readonly string[], Written>(
    `none, all, or at most ${MOST_NAMES} names of devices, in which * and ? stand for others`,
    { anyOf: [FORM.text, { type: 'array', items: FORM.text, maxItems: MOST_NAMES }] },
    (value) => {
      if (value === 'none' || value === 'all') return value;
      const names = Array.isArray(value) ? value : [value];
      const found = names.map((name) => (typeof name === 'number' ? String(name) : name));
      return found.length > 0 &&
        found.length <= MOST_NAMES &&
        found.every((name): name is string => typeof name === 'string' && NAME_OR_PATTERN.test(name))
        ? found
        : undefined;
    },
  );

export const captureSchema = z.strictObject({
  devices: capturedDevices()
    .prefault('none')
    .describe(
      'Whose packets are kept for `labcm pcap`. They hold passwords and digest responses. `labcm pcap --follow` keeps those of its device meanwhile.',
    ),
  memory: size('1MiB', '4GiB')
    .prefault(writtenSize(DEFAULT_CAPTURE.memory))
    .describe('The memory for all packets that are kept. When it is short, those of registered devices go first.'),
  perDevice: size('128KiB', '64MiB')
    .prefault(writtenSize(DEFAULT_CAPTURE.perDevice))
    .describe('The memory for the packets of one device. The oldest are overwritten.'),
  strangers: size('128KiB', '1GiB')
    .prefault(writtenSize(DEFAULT_CAPTURE.strangers))
    .describe('The memory, out of `capture.memory`, for packets of phones that nobody configured.'),
});

/** Rules over the keys of captures. */
export const CAPTURE_CHECKS: readonly Check[] = [
  ({ capture }) =>
    capture === undefined
      ? []
      : (['perDevice', 'strangers'] as const).flatMap((key): KeyProblem[] =>
          capture[key] <= capture.memory
            ? []
            : [
                [
                  ['capture', key],
                  writtenSize(capture[key]),
                  `at most capture.memory, which is ${writtenSize(capture.memory)}`,
                ],
              ],
        ),
];
