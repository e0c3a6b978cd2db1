// The JSON of what drills do. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

export const ExpiredJson = about(
  shape({ ended: about(z.int(), 'How many registrations there were.', 200) }),
  'The registrations of this node that were ended.',
);
export type ExpiredJson = Json<typeof ExpiredJson>;

export const ClockBody = about(
  shape({
    ahead: about(
      z.int().min(-315_360_000_000).max(315_360_000_000),
      'Milliseconds by which the time that people read is to be ahead of the clock of the machine; below 0: behind.',
      3_600_000,
    ),
  }),
  'A clock that is to be set.',
);
export type ClockBody = Json<typeof ClockBody>;

export const ClockJson = about(
  shape({
    now: about(IsoTime, 'The time that people read.'),
    ahead: about(z.int(), 'Milliseconds by which it is ahead of the clock of the machine; below 0: behind.', 3_600_000),
  }),
  'The clock of this daemon.',
);
export type ClockJson = Json<typeof ClockJson>;
