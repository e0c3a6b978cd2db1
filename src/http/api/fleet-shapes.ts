// The JSON of the fleet as the page reads it: rows without field names, since there may be forty thousand. What holds for
// `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

export const FleetColumn = about(
  z.enum([
    'name',
    'status',
    'why',
    'code',
    'severity',
    'address',
    'model',
    'protocol',
    'load',
    'dn',
    'description',
    'since',
    'node',
  ]),
  'A column. `why`: one sentence, as `whyNot` of a device, but empty where nothing was heard of it. `code` and `severity`: of its ' +
    'verdict. `dn`: its directory numbers, parted by blanks. `since`: how long its status is so, in milliseconds since the Unix epoch. ' +
    '`node`: the node that holds it; empty where no bus connects the nodes.',
  'name',
  'status',
  'since',
);
export type FleetColumn = Json<typeof FleetColumn>;

export const FleetCell = about(
  z.union([z.string(), z.number()]).nullable(),
  'A value; what is not known is the empty string, of `since` `null`.',
);
export type FleetCell = Json<typeof FleetCell>;

export const FleetRow = about(
  z.array(FleetCell),
  'The values of a device, in the order of the columns. The first one is its name.',
  ['SEP001122334455', 'Registered', 1_796_029_200_000],
);
export type FleetRow = Json<typeof FleetRow>;

export const FleetJson = about(
  shape({
    columns: about(z.array(FleetColumn), 'What the values of a row are.', ['name', 'status', 'since']),
    at: about(IsoTime, 'When it was so.'),
    rows: z.array(FleetRow),
  }),
  'All devices, in the order of configuration.',
);
export type FleetJson = Json<typeof FleetJson>;

export const FleetBatch = about(
  shape({
    rows: about(z.array(FleetRow), 'Rows as they are now.'),
    gone: about(z.array(z.string()), 'The names of devices that are gone.', []),
  }),
  'Rows that have changed. After an event `missed` the reader must fetch the fleet anew.',
);
export type FleetBatch = Json<typeof FleetBatch>;

export const LogLineJson = about(
  shape({
    at: about(IsoTime, 'When it was so.'),
    type: about(z.string(), 'The type of the event.', 'device.registered'),
    tone: about(z.enum(['good', 'bad', 'plain', 'quiet']), 'How it is meant.', 'good'),
    about: about(z.string(), 'The device or address that it is about; empty: the daemon.', 'SEP001122334455'),
    text: about(z.string(), 'The line.', 'registered'),
  }),
  'A line of the log, in the words of the trace’s summary.',
);
export type LogLineJson = Json<typeof LogLineJson>;

export const LogBatch = about(
  shape({
    lines: z.array(LogLineJson),
    dropped: about(z.int(), 'Lines that were more than fit into this batch.', 0),
  }),
  'Lines of the log.',
);
export type LogBatch = Json<typeof LogBatch>;

export const EventJson = about(
  z.looseObject({
    type: about(z.string(), 'Its type, which is the name of the event as well.', 'device.registered'),
    at: about(z.number(), 'Milliseconds since the Unix epoch.', 1_796_029_200_000),
  }),
  'Something that has happened. `docs/events.md` has the other keys of each type.',
  { type: 'device.unregistered', at: 1_796_029_200_000, device: 'SEP001122334455', reason: 'silence' },
);
export type EventJson = Json<typeof EventJson>;

export const MissedEvents = about(
  shape({ events: about(z.int().nullable(), 'How many; `null`: not known.', 12) }),
  'Events went by that the client did not get: it reads slowly, or was away too long.',
);
export type MissedEvents = Json<typeof MissedEvents>;

export const MissedBatches = about(shape({}), 'Batches went by that the client did not get.');
export type MissedBatches = Json<typeof MissedBatches>;

export const SessionJson = about(
  shape({
    changes: about(
      z.enum(['allowed', 'token', 'refused']),
      '`token`: once it has sent the token to `POST /api/session`. `refused`: the API is bound beyond loopback and has no token.',
      'allowed',
    ),
  }),
  'Whether this client may change something.',
);
export type SessionJson = Json<typeof SessionJson>;
