// The JSON of timelines and leases. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { pageKeys } from './common-shapes.js';
import { about, IsoTime, type Json, namedValues, shape } from './shape.js';
import { AdviceJson } from './unknown-shapes.js';
import { FindingJson } from './verdict-shapes.js';

export const StepJson = about(
  shape({
    at: about(IsoTime, 'When it happened; the last time, if it happened often.'),
    step: about(z.string(), 'The part of the boot: `dhcp`, `tftp`, `registration`…', 'tftp'),
    type: about(z.string(), 'The type of the event, as `GET /api/events` gives it.', 'tftp.completed'),
    text: about(z.string(), 'One sentence.', 'received SEP001122334455.cnf.xml, 6204 octets'),
    facts: about(namedValues, 'The same for programs.', { file: 'SEP001122334455.cnf.xml', octets: 6204 }),
    times: about(z.int().optional(), 'How often it happened; missing: once.'),
    since: about(IsoTime.optional(), 'The first time; `at` is the last.'),
    node: about(z.string().optional(), 'The node that saw it. Missing where no bus connects the nodes.'),
  }),
  'A step of a timeline.',
);
export type StepJson = Json<typeof StepJson>;

export const TimelineJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    steps: about(z.array(StepJson), 'The oldest first.'),
    waitsFor: about(z.string().nullable(), 'What it waits for now; `null`: nothing.', null),
    verdict: about(
      FindingJson.nullable(),
      'Why it is not registered; `null`: nothing is wrong, or it is still within its time.',
      null,
    ),
    unknown: about(AdviceJson.optional(), 'Only of a phone that nobody configured.'),
    silentNodes: about(
      z.array(z.string()).optional(),
      'The nodes that were asked and did not answer: their steps are missing. Missing where no bus connects the nodes.',
    ),
  }),
  'The boot of a device over all protocols.',
);
export type TimelineJson = Json<typeof TimelineJson>;

export const LeaseJson = about(
  shape({
    address: about(z.string(), 'The address.', '10.10.0.31'),
    mac: about(z.string(), 'The hardware address of the client.', '001122334455'),
    clientId: about(z.string().nullable(), 'The client identifier (option 61) in hexadecimal.', '01001122334455'),
    device: about(z.string().nullable(), 'The configured device that holds it.', 'SEP001122334455'),
    state: about(z.string(), 'Its state.', 'bound'),
    ended: about(z.string().optional(), 'Why the address is free again; missing while it is held.'),
    startedAt: about(IsoTime, 'When it began.'),
    until: about(IsoTime, 'When it ends, or ended.', '2026-12-01T09:00:00.000Z'),
  }),
  'A DHCP lease.',
);
export type LeaseJson = Json<typeof LeaseJson>;

export const LeasePage = about(shape({ ...pageKeys, leases: z.array(LeaseJson) }), 'A page of the DHCP leases.');
export type LeasePage = Json<typeof LeasePage>;
