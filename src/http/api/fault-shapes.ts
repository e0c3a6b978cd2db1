// The JSON of faults that labcm makes on purpose. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, IsoTime, type Json, shape } from './shape.js';

const text = (description: string, example: string) => about(z.string().optional(), description, example);
const count = (description: string, example: number) => about(z.number().optional(), description, example);

const delay = about(
  z
    .union([
      z.string(),
      shape({ from: z.string(), to: z.string() }),
      shape({ mean: z.string(), deviation: z.string() }),
    ])
    .optional(),
  'How long `delay` waits: always so long, between two bounds, or around a mean.',
  { from: '100ms', to: '1s' },
);

const ruleKeys = {
  where: about(z.string(), '`dhcp`, `tftp`, `http`, `sccp`, `sip`, `tls`, `call` or `all`.', 'sccp'),
  fault: about(z.string(), 'What is done (`docs/faults.md`).', 'drop'),
  message: about(
    z.union([z.string(), z.array(z.string())]).optional(),
    'The messages that it meets, by name; else every one.',
    ['KeepAliveAckMessage'],
  ),
  direction: about(
    z.enum(['sent', 'received', 'both']).optional(),
    'What labcm sends, what it receives, or both; else as the fault has it.',
    'sent',
  ),
  device: text('The name of a device, or a pattern.', 'SEP0011*'),
  model: text('A model by name or type id.', '7962'),
  address: text('An IPv4 address or a network.', '10.10.210.0/24'),
  oneIn: count('It meets one phone of so many.', 10),
  chance: count('The share of the messages that it meets.', 0.3),
  skip: count('How many messages of each phone pass first.', 2),
  times: count('How often it is made in all.', 5),
  after: text('How long after it was added it begins.', '10s'),
  for: text('How long after that it ends.', '1m'),
  seed: count('Where its random numbers begin.', 42),
  delay,
  octets: count('How many octets `cut` leaves.', 100),
  rate: count('Octets a second of `slow`.', 10),
  field: text('The field that `garble` or `set` changes.', 'text'),
  value: about(
    z.union([z.string(), z.number(), z.array(z.string())]).optional(),
    'The value that `set` gives it.',
    'another text',
  ),
  reason: about(z.union([z.string(), z.number()]).optional(), 'The words or the number of `refuse`.', 403),
  file: text('The file that `wrong-file` serves.', 'XMLDefault.cnf.xml'),
};

export const FaultRuleJson = about(
  shape({ id: text('A name for it; else labcm gives one.', 'lossy'), ...ruleKeys }),
  'A rule: whom a fault meets, where, when, how often and for how long. What a fault does not use is refused.',
);
export type FaultRuleJson = Json<typeof FaultRuleJson>;

export const FaultJson = about(
  shape({
    id: about(z.string(), 'Its name.', 'fault-1'),
    ...ruleKeys,
    says: about(z.string(), 'The rule in one line.', 'sccp drop KeepAliveAckMessage of SEP0011*'),
    by: about(z.string(), 'Who added it: `configuration`, `api` or `cli`.', 'api'),
    state: about(
      z.enum(['waiting', 'on', 'over']),
      '`waiting`: its `after` is not over. `over`: its `times` or `for` are.',
      'on',
    ),
    matched: about(z.int(), 'How many messages it met, also those that `skip` and `chance` let pass.', 12),
    injected: about(z.int(), 'How often the fault was made.', 4),
    addedAt: about(IsoTime, 'When it was added.', '2026-11-30T09:00:00.000Z'),
    startsAt: about(IsoTime, 'When it begins.', '2026-11-30T09:00:00.000Z'),
    endsAt: about(IsoTime.nullable(), 'When its time is over.', null),
    lastAt: about(IsoTime.nullable(), 'When the fault was made last.', null),
  }),
  'A rule for faults that labcm makes on purpose, and what became of it.',
);
export type FaultJson = Json<typeof FaultJson>;

export const FaultsJson = about(
  shape({ faults: about(z.array(FaultJson), 'In the order in which they were added.') }),
  'The rules for faults that labcm makes on purpose.',
);
export type FaultsJson = Json<typeof FaultsJson>;

export const ClearedFaultsJson = about(
  shape({ cleared: about(z.int(), 'How many rules there were.', 2) }),
  'All rules were taken away.',
);
export type ClearedFaultsJson = Json<typeof ClearedFaultsJson>;
