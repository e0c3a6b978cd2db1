// The JSON of pushes. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, type Json, shape } from './shape.js';

export const PushBody = about(
  shape({
    text: about(
      z.string().optional(),
      'A text to show. One of `text`, `url` and `execute` is given.',
      'Lunch is ready',
    ),
    title: about(z.string().optional(), 'The title above the text; else `labcm`.', 'Kitchen'),
    url: about(z.string().optional(), 'A page to open.', 'http://10.0.0.2:6970/phone/menu'),
    execute: about(
      z.union([z.string(), z.array(z.string())]).optional(),
      'Keys or URIs, three at most.',
      'Key:Services',
    ),
    priority: about(
      z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
      'Of URIs. 0: at once, 1: when it is idle, 2: only if it is idle.',
      0,
    ),
  }),
  'Something to push to a phone.',
);
export type PushBody = Json<typeof PushBody>;

export const PushJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    address: about(z.string(), 'Where it was pushed to.', '10.0.0.21'),
    transport: about(
      z.enum(['HTTP', 'SCCP', 'SIP']),
      '`SCCP` and `SIP`: the phone has no web server, so it went through its signalling.',
      'HTTP',
    ),
    outcome: about(
      z.string(),
      '`done`; else why not: `failed`, `error` (the phone said so), `unauthorized`, `no-web-server`, `refused`, `late`, `odd-answer`.',
      'done',
    ),
    answer: about(z.string(), 'The phone’s answer, in one sentence.', 'the phone shows it'),
    milliseconds: about(z.number(), 'How long it took.', 12),
  }),
  'How a phone answered a push.',
);
export type PushJson = Json<typeof PushJson>;
