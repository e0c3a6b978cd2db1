// The JSON of calls. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { pageKeys } from './common-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';

export const CallLegJson = about(
  shape({
    ci: about(z.int(), 'The call identifier.', 16_777_217),
    role: about(z.enum(['caller', 'called']), 'Which end it is.', 'caller'),
    device: about(z.string().nullable(), '`null`: a service of labcm’s own.', 'SEP001122334455'),
    dn: about(z.string(), 'Its directory number.', '5001'),
    state: about(z.string(), 'Its state, such as `ring-out`, `connected` or `hold`.', 'connected'),
    receive: about(z.string().nullable(), '`address:port` where it receives speech.', '10.10.0.31:16384'),
  }),
  'One end of a call.',
);
export type CallLegJson = Json<typeof CallLegJson>;

export const CallJson = about(
  shape({
    id: about(z.int(), 'The number of the call.', 1),
    dialled: about(z.string(), 'What was dialled.', '5002'),
    startedAt: about(IsoTime, 'When it began.'),
    answeredAt: about(IsoTime.nullable(), '`null`: nobody has answered.', '2026-11-30T09:00:04.000Z'),
    codec: about(z.string().nullable(), 'Its codec.', 'PCMU'),
    conference: about(
      z.string().nullable(),
      'The conference that it is a part of: the number of a room, or `b` and a number.',
      '*50',
    ),
    legs: about(z.array(CallLegJson), 'Its ends.'),
  }),
  'A call that stands.',
);
export type CallJson = Json<typeof CallJson>;

export const CallPage = about(
  shape({ ...pageKeys, calls: z.array(CallJson) }),
  'A page of the calls that stand, the oldest first.',
);
export type CallPage = Json<typeof CallPage>;

/** A rule that a number took. */
const DialStep = shape({
  rule: about(
    z.enum([
      ...(['line', 'emergency', 'hunt', 'pickup', 'page', 'park', 'conference', 'service'] as const),
      ...(['intercom', 'forward', 'translation', 'pattern'] as const),
    ]),
    'The kind of rule.',
    'line',
  ),
  pattern: about(z.string(), 'Its pattern.', '5002'),
  to: about(z.string().optional(), 'What it made of the number.'),
  trunk: about(z.string().optional(), 'Of a pattern: the trunk that it leads to.'),
});

export const DialJson = about(
  shape({
    dialled: about(z.string(), 'What was asked.', '5002'),
    result: about(
      z.enum([
        ...(['line', 'hunt', 'park', 'pickup', 'intercom', 'conference', 'page', 'forward'] as const),
        ...(['service', 'emergency', 'trunk', 'incomplete', 'none'] as const),
      ]),
      '`none`: nothing begins so. `incomplete`: more digits are needed.',
      'line',
    ),
    text: about(z.string(), 'One sentence.', 'rings SEP00AABBCCDDEE'),
    number: about(z.string().nullable(), 'Where it leads: the directory number, or the service’s.', '5002'),
    canGrow: about(z.boolean(), 'Another number is longer and begins so: labcm waits for the next digit.', false),
    steps: about(z.array(DialStep), 'The rules that led there, the first one first.'),
    phones: about(
      z.array(
        shape({
          device: about(z.string(), 'Its name.', 'SEP00AABBCCDDEE'),
          outcome: about(z.string(), 'That it would ring, or why not.', 'rings'),
        }),
      ),
      'The phones that would ring, or why one would not.',
    ),
  }),
  'What a number would do.',
);
export type DialJson = Json<typeof DialJson>;

const lineMessages = {
  waiting: about(z.boolean(), 'Whether its message lamp is lit.', true),
  new: about(z.int().min(0).max(65_535), 'Messages that nobody has heard.', 2),
  old: about(z.int().min(0).max(65_535), 'Messages that were heard and kept.', 0),
};

export const LineMessagesJson = about(
  shape({ dn: about(z.string(), 'The directory number.', '5001'), ...lineMessages }),
  'The messages that wait for the user of a line.',
);
export type LineMessagesJson = Json<typeof LineMessagesJson>;

export const LineMessagesBody = about(
  shape({ waiting: lineMessages.waiting, new: lineMessages.new.optional(), old: lineMessages.old.optional() }),
  'The messages of a line. Without counts, a lamp that is lit means one new message.',
);
export type LineMessagesBody = Json<typeof LineMessagesBody>;
