// The JSON of commands to many devices. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import type { DeviceCommand } from '../../devices/events.js';
import type { CommandOutcome } from './ports.js';
import { about, IsoTime, type Json, shape } from './shape.js';

const COMMANDS = ['reset', 'restart', 'apply'] as const satisfies readonly DeviceCommand[];

const REASONS = ['not-registered', 'unsupported', 'unknown-device', 'node-silent'] as const satisfies readonly (
  | Exclude<CommandOutcome, 'sent'>
  | 'unknown-device'
  | 'node-silent'
)[];

export const CommandOrderBody = about(
  shape({
    command: about(z.enum(COMMANDS), 'What each device is told.', 'reset'),
    devices: about(
      z.array(z.string()).optional(),
      'The names of devices, 1 to 60,000. Either these or `filter` is given.',
    ),
    filter: about(z.record(z.string(), z.string()).optional(), 'Filters of `GET /api/devices`.', {
      model: '*7962*',
      status: 'registered',
    }),
    perSecond: about(z.int().min(1).max(1000).optional(), 'How many devices are told in a second; else 50.', 10),
  }),
  'A command to many devices.',
);
export type CommandOrderBody = Json<typeof CommandOrderBody>;

export const CommandRunState = about(
  z.enum(['waiting', 'running', 'done', 'stopped']),
  '`waiting`: others come first. `stopped`: somebody stopped it before its end.',
  'running',
);
export type CommandRunState = Json<typeof CommandRunState>;

export const UntoldReason = about(
  z.enum(REASONS),
  'Why a device was not told. `unknown-device`: nobody is called so, or not any more. `node-silent`: the node that holds it did ' +
    'not answer.',
  'not-registered',
);
export type UntoldReason = Json<typeof UntoldReason>;

const runKeys = {
  id: about(z.int(), 'Its number.', 1),
  command: about(z.enum(COMMANDS), 'What the devices are told.', 'reset'),
  state: about(CommandRunState, 'How far it is.'),
  perSecond: about(z.int(), 'How many devices are told in a second at most.', 50),
  askedAt: about(IsoTime, 'When somebody asked for it.'),
  endedAt: about(IsoTime.nullable(), '`null`: it has not ended.', null),
  devices: about(z.int(), 'How many devices were meant.', 300),
  sent: about(z.int(), 'How many of them were told.', 180),
  left: about(z.int(), 'How many are still to come; of a run that was stopped, how many were left out.', 119),
  untold: about(
    shape({ 'not-registered': z.int(), unsupported: z.int(), 'unknown-device': z.int(), 'node-silent': z.int() }),
    'How many were not told, by the reason.',
    { 'not-registered': 1, unsupported: 0, 'unknown-device': 0, 'node-silent': 0 },
  ),
};

export const CommandRunJson = about(
  shape({
    ...runKeys,
    untoldDevices: about(
      z.array(
        shape({
          device: about(z.string(), 'Its name.', 'SEP001122334477'),
          reason: about(UntoldReason, 'Why not.'),
        }),
      ),
      'The first of those that were not told.',
    ),
  }),
  'A command that many devices are told, one after the other.',
);
export type CommandRunJson = Json<typeof CommandRunJson>;

export const CommandRunsJson = about(
  shape({
    runs: about(z.array(shape(runKeys)), 'The newest first. Who was not told stands with each run alone.'),
  }),
  'The commands to many devices that are in hand, and the last that have ended.',
);
export type CommandRunsJson = Json<typeof CommandRunsJson>;
