// The JSON that many answers have: errors, pages, models and reasons. A time is ISO 8601 in UTC, and what is not known is `null`;
// a key that may be missing is optional. Names and meanings are stable: programs depend on them.

import * as z from 'zod';
import type { Protocol } from '../../devices/device.js';
import { about, IsoTime, type Json, shape } from './shape.js';

/** The signalling protocols. */
export const PROTOCOLS = ['SCCP', 'SIP'] as const satisfies readonly Protocol[];

/** A fault of a body. */
export const WriteFault = about(
  shape({
    key: about(z.string(), 'The key in the body; of a list with the index before it.', 'devices.3.model'),
    found: about(z.string(), 'What stands there.', '"7999"'),
    wanted: about(z.string(), 'What may stand there.', 'a model by name or type id'),
  }),
  'A fault of a body that was checked.',
);
export type WriteFault = Json<typeof WriteFault>;

const ErrorKeys = shape({
  code: about(z.string(), 'What is wrong, for programs: stable.', 'unknown-device'),
  message: about(z.string(), 'The same for people.', 'no device is called SEP00AA11BB22CC'),
  faults: about(z.array(WriteFault).optional(), 'Every fault of a body that was checked.'),
});

export const ErrorJson = about(
  shape({ error: about(ErrorKeys, 'What is wrong.') }),
  'The answer to a request that failed, with its status.',
);
export type ErrorJson = Json<typeof ErrorJson>;

export const ModelJson = about(
  shape({
    id: about(z.int(), 'Cisco’s type id.', 404),
    name: about(z.string(), 'Its name.', 'Cisco 7962'),
  }),
  'A phone model.',
);
export type ModelJson = Json<typeof ModelJson>;

export const ReasonJson = about(
  shape({
    number: about(z.int(), 'CUCM’s number of the reason.', 13),
    name: about(z.string(), 'CUCM’s name of the reason.', 'KeepAliveTimeout'),
    text: about(z.string(), 'One sentence.', 'it fell silent'),
    at: about(IsoTime, 'When it was refused, or ended.'),
    given: about(
      z.union([z.string(), z.number()]).nullable(),
      'What the phone sent, where the reason compares it with the configuration.',
      null,
    ),
    configured: about(z.union([z.string(), z.number()]).nullable(), 'What is configured.', null),
  }),
  'Why a device was refused or why its registration ended.',
);
export type ReasonJson = Json<typeof ReasonJson>;

/** The keys of every page of a list. */
export const pageKeys = {
  total: about(z.int(), 'How many items there are, of those that the filters leave.', 1),
  offset: about(z.int(), 'How many were left out before these.', 0),
  limit: about(z.int(), 'How many are sent at most.', 100),
};
