// The JSON of verdicts. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { pageKeys } from './common-shapes.js';
import { about, IsoTime, type Json, namedValues, shape } from './shape.js';

/** What every verdict says of itself. */
const judgement = {
  code: about(z.string(), 'Stable; `docs/causes.md` has a heading for each.', 'dhcp.pool-empty'),
  severity: about(
    z.string(),
    '`blocking`: it does not work. `degraded`: it works in part. `attention`: it works, and something is odd.',
    'blocking',
  ),
  confidence: about(z.string(), '`certain`, `likely` or `possible`.', 'certain'),
};

export const EvidenceJson = about(
  shape({
    at: about(IsoTime, 'When it happened.'),
    type: about(z.string(), 'The type of the event.', 'dhcp.refused'),
    text: about(z.string(), 'One sentence.', 'DISCOVER from 001122334455 was not answered: pool-empty'),
  }),
  'A fact that a verdict rests on.',
);
export type EvidenceJson = Json<typeof EvidenceJson>;

export const RemedyStepJson = about(
  shape({
    do: about(z.string(), '`config`, `command`, `signal`, `phone`, `network` or `look`.', 'config'),
    text: about(z.string(), 'What to do.', 'widen the pool'),
    file: about(z.string().optional(), 'The file that it is about.', '/etc/labcm/lab.yaml'),
    line: about(z.int().optional(), 'The line of it.', 12),
    or: about(z.literal(true).optional(), 'It begins another way, in place of the steps before it.', true),
  }),
  'One step of a remedy.',
);
export type RemedyStepJson = Json<typeof RemedyStepJson>;

export const FindingJson = about(
  shape({
    ...judgement,
    since: about(IsoTime, 'Since when it holds.'),
    sentence: about(
      z.string(),
      'One sentence about the phone, at most 200 characters.',
      'the pool 10.10.0.10-10.10.0.30 has no free address',
    ),
    values: about(namedValues, 'The values that the sentence names.', { pool: '10.10.0.10-10.10.0.30' }),
    evidence: about(z.array(EvidenceJson), 'The facts that it rests on, the oldest first.'),
    remedy: about(z.array(RemedyStepJson), 'What to do, the best step first.'),
    doc: about(z.string(), 'Where the documentation describes it.', 'causes.md#dhcppool-empty'),
  }),
  'A cause that fits a phone.',
);
export type FindingJson = Json<typeof FindingJson>;

export const VerdictJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    configured: about(z.boolean(), 'Whether somebody configured it.', true),
    registered: about(z.boolean(), 'Whether it is registered.', false),
    boot: about(
      shape({
        began: about(IsoTime.nullable(), 'When it began.', '2026-11-30T09:00:00.000Z'),
        stage: about(z.string(), 'Where it is.', 'dhcp'),
        furthest: about(z.string(), 'How far it came.', 'dhcp'),
      }),
      'The present boot.',
    ),
    waitsFor: about(z.string().nullable(), 'What it waits for now.', 'an address'),
    usualTime: about(
      z.number().nullable(),
      'Milliseconds within which that usually comes; `null`: not known, or over.',
      null,
    ),
    slow: about(z.boolean(), 'Whether it takes clearly longer than that.', false),
    verdict: about(
      FindingJson.nullable(),
      'Why it is not registered, or what is wrong; `null`: nothing, or it is still within its time.',
    ),
    mended: about(
      shape({
        code: about(z.string(), 'As of a verdict.', 'register.unknown-device'),
        since: about(IsoTime, 'When it was mended.'),
        sentence: about(z.string(), 'One sentence.', 'SEP001122334455 was refused, and that is mended'),
        remedy: about(z.array(RemedyStepJson), 'How to let it try again at once.', []),
      }).nullable(),
      'A cause that is mended, of a phone that was refused by it and has not tried again since.',
      null,
    ),
    alike: about(z.int(), 'How many other devices have the same verdict.', 3),
    others: about(z.array(FindingJson), 'What it could be as well.', []),
    harmless: about(
      z.array(shape({ code: z.string(), count: z.int(), sentence: z.string(), files: z.array(z.string()) })),
      'What looks wrong and is harmless, with the files that it is about.',
      [],
    ),
  }),
  'What is concluded about a phone, also about one that nobody configured.',
);
export type VerdictJson = Json<typeof VerdictJson>;

export const VerdictGroupJson = about(
  shape({
    ...judgement,
    count: about(z.int(), 'How many devices have it.', 1),
    since: about(IsoTime, 'Since when it holds.'),
    sentence: about(z.string(), 'One sentence about all of them.', '1 phone gets no address: the pool is full'),
    common: about(z.array(z.string()), 'What all of them have in common; empty: nothing.', []),
    devices: about(z.array(z.string()), 'The first of them.', ['SEP001122334455']),
  }),
  'The devices with one verdict.',
);
export type VerdictGroupJson = Json<typeof VerdictGroupJson>;

export const JudgedDeviceJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    verdict: about(FindingJson, 'What is wrong with it.'),
  }),
  'A device with its verdict.',
);
export type JudgedDeviceJson = Json<typeof JudgedDeviceJson>;

/** What a node says is wrong. */
const verdictsOfNode = {
  daemon: about(z.array(FindingJson), 'What is wrong with labcm itself, or with its host.', []),
  groups: about(z.array(VerdictGroupJson), 'The most frequent one first.'),
  unknown: about(
    z.array(
      shape({
        device: about(z.string(), 'Its name, or its address.', 'SEP0000000000AA'),
        named: about(z.boolean(), 'Whether it gave a name.', true),
        verdict: about(FindingJson, 'What is wrong with it.'),
      }),
    ),
    'The phones that nobody configured, of the 32 that were seen last.',
    [],
  ),
};

export const NodeVerdictsJson = about(
  shape({ node: about(z.string(), 'The name of the node.', 'CM2'), ...verdictsOfNode }),
  'What another node says is wrong with itself and with the phones that it hears.',
);
export type NodeVerdictsJson = Json<typeof NodeVerdictsJson>;

export const VerdictsJson = about(
  shape({
    ...pageKeys,
    ...verdictsOfNode,
    devices: z.array(JudgedDeviceJson),
    nodes: about(
      z.array(NodeVerdictsJson).optional(),
      'What the other nodes say. Only where it was asked for with `nodes=all`, and a bus connects the nodes.',
    ),
    silentNodes: about(
      z.array(z.string()).optional(),
      'The nodes that were asked and did not answer. Missing where `nodes` is.',
    ),
  }),
  'The verdicts by code with how many devices have them, and a page of the devices.',
);
export type VerdictsJson = Json<typeof VerdictsJson>;
