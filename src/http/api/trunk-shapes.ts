// The JSON of trunks. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

export const TrunkRegistrationJson = about(
  shape({
    user: about(z.string(), 'The user that labcm registers there.', '4900'),
    registered: about(z.boolean(), 'Whether it stands.', true),
    status: about(z.int().nullable(), 'Of the last answer to REGISTER; 0: none came; `null`: not yet.', 200),
    since: about(IsoTime.nullable(), 'Since when; `null`: nothing has happened yet.', '2026-11-30T09:00:00.000Z'),
    text: about(z.string(), 'One sentence, which begins with its verb.', 'is registered as 4900'),
  }),
  'Our registration with another PBX.',
);
export type TrunkRegistrationJson = Json<typeof TrunkRegistrationJson>;

export const TrunkJson = about(
  shape({
    name: about(z.string(), 'Its name in the configuration.', 'PBX'),
    address: about(z.string(), 'The address of the other PBX.', '10.10.0.9'),
    port: about(z.int(), 'Its port.', 5060),
    transport: about(z.enum(['udp', 'tcp']), 'How labcm sends to it.', 'udp'),
    state: about(
      z.enum(['unknown', 'up', 'down']),
      '`unknown`: it was asked whether it is there and has not answered yet.',
      'up',
    ),
    since: about(IsoTime.nullable(), 'Since when; `null`: it is unknown.', '2026-11-30T09:00:00.000Z'),
    text: about(z.string(), 'One sentence, which begins with its verb.', 'answers'),
    calls: about(z.int(), 'How many calls stand on it.', 0),
    registration: about(TrunkRegistrationJson.nullable(), '`null`: labcm registers there with nobody.', null),
  }),
  'Another PBX, at the end of a trunk.',
);
export type TrunkJson = Json<typeof TrunkJson>;

export const TrunksJson = about(
  shape({ trunks: about(z.array(TrunkJson), 'In the order of the configuration.') }),
  'The trunks to other PBXs.',
);
export type TrunksJson = Json<typeof TrunksJson>;
