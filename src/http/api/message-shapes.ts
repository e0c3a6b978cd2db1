// The JSON of decoded messages. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, type Json, shape } from './shape.js';

export const MessageJson = about(
  shape({
    at: about(
      z.string().nullable(),
      'ISO 8601 in UTC, to the microsecond; `null`: not known.',
      '2026-11-30T09:00:00.000250Z',
    ),
    direction: about(z.enum(['in', 'out']), '`in`: from the phone.', 'in'),
    protocol: about(z.enum(['dhcp', 'tftp', 'http', 'sccp', 'sip', 'tls']), 'Its protocol.', 'sccp'),
    name: about(
      z.string(),
      'Cisco’s or the RFC’s name of it; of a SIP response its status; empty: it could not be read.',
      'RegisterMessage',
    ),
    summary: about(z.string(), 'The name and what it says, on one line.', 'RegisterMessage SEP001122334455'),
    lines: about(z.array(z.string()), 'Its fields, one a line.', ['deviceName: SEP001122334455']),
    faults: about(z.array(z.string()), 'What is wrong with it; empty: nothing.', []),
  }),
  'A message that labcm received or sent. Passwords and digest responses in it are `x`.',
);
export type MessageJson = Json<typeof MessageJson>;

export const DeviceMessagesJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    messages: about(z.array(MessageJson), 'The newest 200 that the query leaves, the oldest first.'),
    leftOut: about(z.int(), 'How many older ones it leaves besides.', 0),
  }),
  'The decoded messages of a device.',
);
export type DeviceMessagesJson = Json<typeof DeviceMessagesJson>;

export const MessageBatch = about(
  shape({ messages: about(z.array(MessageJson), 'In the order in which they came.') }),
  'Messages that came.',
);
export type MessageBatch = Json<typeof MessageBatch>;
