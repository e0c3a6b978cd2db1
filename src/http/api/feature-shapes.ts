// What the bodies of requests for the features of lines and phones have.

import * as z from 'zod';
import { about, type Json, shape } from './shape.js';

const number = (meaning: string, example?: string) =>
  about(z.union([z.string(), z.int()]).nullable().optional(), meaning, example);

export const ForwardBody = about(
  shape({
    all: number('Where every call goes. `null`: no call does.', '5003'),
    busy: number('Where calls go while the line is busy.'),
    noAnswer: number('Where calls go that nobody answers.'),
    unregistered: number('Where calls go while no phone of the line is registered.'),
    after: about(z.string().optional(), 'The time that the line rings before `noAnswer` takes effect.'),
  }),
  'Where a line forwards its calls. What is left out stays as it is.',
);
export type ForwardBody = Json<typeof ForwardBody>;

export const DoNotDisturbBody = about(
  shape({
    doNotDisturb: about(
      z.enum(['off', 'ringer-off', 'reject']),
      '`ringer-off`: the phone shows calls and keeps quiet. `reject`: it is busy.',
      'ringer-off',
    ),
  }),
  'Whether the user of a phone may be disturbed.',
);
export type DoNotDisturbBody = Json<typeof DoNotDisturbBody>;
