// The JSON of phones that nobody configured: like devices. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { ModelJson, PROTOCOLS, pageKeys } from './common-shapes.js';
import { DeviceDetail, DeviceSummary } from './device-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';

export const AdviceJson = about(
  shape({
    since: about(IsoTime, 'When it was seen first.'),
    heardAt: about(IsoTime, 'When it was seen last.'),
    nearest: about(z.string().nullable(), 'The configured device that is probably meant.', null),
    advice: about(z.string(), 'One sentence.', 'add SEP00AA11BB22CC to the devices'),
    snippet: about(
      z.string().nullable(),
      'The same as YAML for the configuration.',
      '- name: SEP00AA11BB22CC\n  model: 7962\n',
    ),
  }),
  'What to do about a phone that nobody configured.',
);
export type AdviceJson = Json<typeof AdviceJson>;

/** No node holds it. */
const { node: _, ...SUMMARY_KEYS } = DeviceSummary.shape;

export const UnknownSummary = about(
  shape({
    ...SUMMARY_KEYS,
    name: about(
      z.string(),
      'The name that it gave, else its hardware address, else its IP address.',
      'SEP00AA11BB22CC',
    ),
    status: about(DeviceSummary.shape.status, '`Rejected`: it was refused.', 'Unknown'),
    state: about(DeviceSummary.shape.state, '`rejected`: it was refused.', 'unknown'),
    whyNot: about(z.string().nullable(), 'One sentence.', 'nobody configured it: add SEP00AA11BB22CC to the devices'),
    protocol: about(z.enum(PROTOCOLS).nullable(), 'What it speaks, where it showed it.', 'SIP'),
    model: about(ModelJson.nullable(), 'Its model, where it showed it.'),
    description: about(z.string(), 'Empty.', ''),
    lines: about(DeviceSummary.shape.lines.max(0), 'None.', []),
    load: about(z.string().nullable(), 'Not known.', null),
    registeredAt: about(IsoTime.nullable(), 'Never.', null),
    lastKeepAlive: about(IsoTime.nullable(), 'Never.', null),
    mac: about(z.string().nullable(), 'Its hardware address.', '00AA11BB22CC'),
    unknown: about(AdviceJson, 'What to do about it.'),
  }),
  'A phone that nobody configured, in the shape of a device in a list.',
);
export type UnknownSummary = Json<typeof UnknownSummary>;

export const UnknownFileJson = about(
  shape({
    at: about(IsoTime, 'When that was.'),
    file: about(z.string(), 'Its name.', 'SEP00AA11BB22CC.cnf.xml'),
    transport: about(z.string(), 'What it was asked for over.', 'TFTP'),
    outcome: about(z.string(), 'How that ended.', 'refused'),
    octets: about(z.int(), 'Octets that were sent.', 0),
  }),
  'A file that a phone asked for that nobody configured.',
);
export type UnknownFileJson = Json<typeof UnknownFileJson>;

const { suspended, speedDials, digestUser, reports, verdict } = DeviceDetail.shape;

export const UnknownDetail = about(
  shape({
    ...UnknownSummary.shape,
    group: about(z.null(), 'None.'),
    origin: about(z.literal('unknown'), 'What tells it from a device.', 'unknown'),
    suspended,
    speedDials,
    digestUser,
    registration: about(z.null(), 'None.'),
    lease: about(z.null(), 'None that is known.'),
    files: about(z.array(UnknownFileJson), 'The last files that it asked for.'),
    reports,
    verdict,
  }),
  'Everything that is known of a phone that nobody configured.',
);
export type UnknownDetail = Json<typeof UnknownDetail>;

export const UnknownPhonesJson = about(
  shape({ ...pageKeys, phones: z.array(UnknownSummary) }),
  'A page of the phones that nobody configured, the most recently seen first.',
);
export type UnknownPhonesJson = Json<typeof UnknownPhonesJson>;
