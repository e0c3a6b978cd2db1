// The JSON of the files that phones asked for. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { pageKeys } from './common-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';

export const AskedFileOutcome = about(
  z.enum(['served', 'refused', 'failed', 'asked']),
  'How a request for a file ended. `asked`: it is being sent.',
  'served',
);
export type AskedFileOutcome = Json<typeof AskedFileOutcome>;

export const AskedFileJson = about(
  shape({
    file: about(
      z.string(),
      'Its name as it was asked for. `{device}` stands for the name of whoever asked, `{mac}` for its hardware address.',
      'CTL{device}.tlv',
    ),
    devices: about(z.int(), 'How many devices asked for it.', 12),
    strangers: about(z.int(), 'How many phones that nobody configured asked for it.', 0),
    outcomes: about(
      shape({ served: z.int(), refused: z.int(), failed: z.int(), asked: z.int() }),
      'How many of both have each outcome, by their last request.',
      { served: 0, refused: 12, failed: 0, asked: 0 },
    ),
    missed: about(z.int(), 'Refused or failed: the sum.', 12),
    harmless: about(
      z.boolean(),
      'Every miss is one that each phone of a cluster without security has, such as that of a trust list.',
      true,
    ),
    reason: about(z.string().nullable(), 'Why it was refused or failed last.', 'no such file'),
    transports: about(z.array(z.enum(['TFTP', 'HTTP'])), 'How it was asked for.', ['TFTP']),
    octets: about(z.int().nullable(), 'Octets as they were served last; `null`: never.', null),
    milliseconds: about(
      shape({
        median: about(z.number(), 'In the middle of all devices.', 12),
        most: about(z.number(), 'At most.', 40),
      }).nullable(),
      'How long it took where it was served; `null`: it never was.',
      null,
    ),
    at: about(IsoTime, 'When it was asked for last.'),
    lastDevice: about(z.string(), 'Who asked last.', 'SEP001122334455'),
    missedBy: about(z.array(z.string()), 'The first of those that missed it.', ['SEP001122334455']),
  }),
  'A file, by what is known of all that asked for it.',
);
export type AskedFileJson = Json<typeof AskedFileJson>;

export const AskedFilesJson = about(
  shape({
    ...pageKeys,
    files: z.array(AskedFileJson),
    others: about(
      z.int(),
      'Names beyond those that are told apart: nobody needs so many, but anybody can ask for them.',
      0,
    ),
  }),
  'A page of the files that phones asked for.',
);
export type AskedFilesJson = Json<typeof AskedFilesJson>;
