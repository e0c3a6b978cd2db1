// What is said of a command to many devices.

import type { CommandRunJson, UntoldReason } from '../http/api/command-shapes.js';
import { counted } from './times.js';

/** Why a device was not told. */
export const REASONS: Readonly<Record<UntoldReason, string>> = {
  'not-registered': 'not registered',
  unsupported: 'without such a command',
  'unknown-device': 'not configured any more',
  'node-silent': 'at a node that does not answer',
};

const STATES = { waiting: 'waits for another command', running: '', done: 'done', stopped: 'stopped' } as const;

/** What it says: `reset: 120 of 385 told; 14 not registered; 251 to come`. */
export const progressOf = ({ command, state, sent, devices, untold, left }: CommandRunJson): string =>
  [
    `${command}: ${counted(sent)} of ${counted(devices)} told`,
    ...Object.entries(untold).flatMap(([reason, count]) =>
      count === 0 ? [] : [`${counted(count)} ${REASONS[reason as UntoldReason]}`],
    ),
    ...(left === 0 ? [] : [`${counted(left)} ${state === 'stopped' ? 'left out' : 'to come'}`]),
    ...(STATES[state] === '' ? [] : [STATES[state]]),
  ].join('; ');
