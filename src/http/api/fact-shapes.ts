// The JSON of what is learnt about a device besides its registration. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { ModelJson, PROTOCOLS, ReasonJson } from './common-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';

const text = z.string();
const textOrNull = z.string().nullable();

export const GivenJson = about(
  shape({
    at: about(IsoTime, 'When it was given.'),
    stamp: about(text, 'The version stamp in it.', '1295-4b1f'),
    transport: about(z.enum(['TFTP', 'HTTP']), 'What it came over.', 'TFTP'),
  }),
  'The configuration file that a device received last.',
);
export type GivenJson = Json<typeof GivenJson>;

export const OutOfServiceJson = about(
  shape({
    at: about(IsoTime, 'When it was reported: after it was over.'),
    code: about(z.int().nullable(), 'The number of the reason.', 10),
    words: about(text, 'The reason as the phone spells it; empty: it gave none.', 'TCP-timeout'),
    text: about(text, 'What the reason means, in words.', 'TCP timeout (10)'),
    load: about(text.optional(), 'The load that it runs.'),
    inactiveLoad: about(text.optional(), 'The other one that it holds.'),
    address: about(text.optional(), 'Its own address, maybe with `/24`.'),
    router: about(text.optional(), 'Its router.'),
    node: about(text.optional(), 'The call manager that it was registered with.'),
    switch: about(text.optional(), 'The switch that it is plugged into, by CDP or LLDP.'),
    switchPort: about(text.optional(), 'The port of that switch.'),
    voiceVlan: about(text.optional(), 'The number of its voice VLAN.'),
    dhcp: about(text.optional(), 'The status number of DHCP. Its meaning is not published.'),
    tftp: about(text.optional(), 'The same of the configuration file.'),
    dns: about(text.optional(), 'The same of DNS.'),
    lastSent: about(text.optional(), 'The last signalling message that it sent.'),
    lastHeard: about(text.optional(), 'The last one that it heard.'),
  }),
  'Why a phone was out of service last, as it said itself.',
);
export type OutOfServiceJson = Json<typeof OutOfServiceJson>;

export const PastRegistrationJson = about(
  shape({
    began: about(IsoTime, 'When it began.'),
    ended: about(IsoTime, 'When it ended.'),
    reason: about(ReasonJson, 'Why it ended.'),
    address: about(text, 'Where the phone was.', '10.10.0.31'),
    port: about(z.int(), 'Its port.', 49_154),
    lasted: about(z.number(), 'Milliseconds.', 120_000),
    silence: about(z.number(), 'Milliseconds from its last message to its end.', 90_000),
    keepAlives: about(z.int(), 'Keepalives or refreshes.', 1),
    heard: about(textOrNull, 'The name of the last message from the phone.', 'KeepAliveMessage'),
    said: about(textOrNull, 'The name of the last message to it.', 'KeepAliveAckMessage'),
  }),
  'A registration that has ended.',
);
export type PastRegistrationJson = Json<typeof PastRegistrationJson>;

const timeOrNull = IsoTime.nullable();

export const DhcpJson = about(
  shape({
    discoverAt: about(timeOrNull, 'When its last DISCOVER came.'),
    offerAt: about(timeOrNull, 'When it was offered an address.'),
    offered: about(textOrNull, 'The address that it was offered.'),
    requestAt: about(timeOrNull, 'When its last REQUEST came.'),
    requested: about(textOrNull, 'The address that it requested or renewed.'),
    ackAt: about(timeOrNull, 'When it was given an address.'),
    acknowledged: about(textOrNull, 'The address that it was given.'),
    nakAt: about(timeOrNull, 'When it was refused one.'),
    nakReason: about(textOrNull, 'Why it was refused.'),
    silentAt: about(timeOrNull, 'When a message of it was not answered last.'),
    silentReason: about(textOrNull, 'Why it was not answered.'),
    relay: about(textOrNull, 'The relay of its last message; `null`: it came without one.'),
    hostName: about(textOrNull, 'Option 12 as it sent it last; empty: it did not.'),
    vendorClass: about(textOrNull, 'Option 60.'),
    requestedOptions: about(textOrNull, 'Option 55, as numbers with commas.'),
  }),
  'The last DHCP messages of a device.',
);
export type DhcpJson = Json<typeof DhcpJson>;

export const LoadsJson = about(
  shape({
    running: about(textOrNull, 'What it runs.', 'SIP42.9-4-2SR3-1S'),
    inactive: about(textOrNull, 'The other one that it holds.', null),
    configured: about(textOrNull, '`null`: its configuration names none.', null),
    asked: about(textOrNull, 'The last one that it asked for.', null),
    failed: about(textOrNull, 'The last one whose download it reported as failed.', null),
    failureReason: about(textOrNull, 'Why it failed.', null),
    server: about(textOrNull, 'Where it downloaded from, as it says.', null),
  }),
  'The names of a device’s firmware loads, without `.loads`; `null`: not known.',
);
export type LoadsJson = Json<typeof LoadsJson>;

export const ShownJson = about(
  shape({
    model: about(ModelJson.nullable(), 'Its model; `null`: it does not show it.'),
    protocol: about(z.enum(PROTOCOLS).nullable(), 'What it speaks; `null`: it does not show it.'),
    by: about(z.array(text), 'The vendor class and file names that show it.'),
  }),
  'What a phone shows of its model and protocol before it registers.',
);
export type ShownJson = Json<typeof ShownJson>;
