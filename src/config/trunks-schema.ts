// The keys `calls.trunks` and `calls.patterns`, and the rules that keep calls from leaving by mistake
// (`docs/protocols/calls.md` §5.2, §5.3, §6).

import * as z from 'zod';
import { beginsCertain, parsePattern } from '../calls/patterns.js';
import { DEFAULT_TRUNK } from '../calls/settings.js';
import { parseIpv4Address } from '../core/identifiers.js';
import { isWithin, parseSubnet } from './addresses.js';
import {
  address,
  dialledNumber,
  duration,
  flag,
  headerText,
  integer,
  listOf,
  oneOf,
  text,
  writtenDuration,
} from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';
import type { Sections } from './schema.js';

const trunk = z.strictObject({
  name: headerText(50)
    .refine(
      (name) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name),
      'a name of letters, digits, dots, dashes or underscores',
    )
    .describe('The name of the trunk in patterns, traces and records. No device has it.'),
  address: address().describe('The IPv4 address of the other PBX. Calls go there and nowhere else.'),
  port: integer(1, 65_535).default(DEFAULT_TRUNK.port).describe('Its SIP port.'),
  transport: oneOf('udp', 'tcp')
    .default(DEFAULT_TRUNK.transport)
    .describe('How labcm sends to it. `udp` needs `sip.udp`. It may send to labcm by either.'),
  public: flag()
    .default(false)
    .describe(
      'Whether its addresses may be outside of private networks. Speech then crosses the internet in the clear.',
    ),
  sources: listOf(address(), 100)
    .optional()
    .describe('The addresses from which its requests come. Without any: `address`. Requests of others are refused.'),
  digest: z
    .strictObject({
      user: headerText(64).describe('The digest user.'),
      password: text(128, 1).describe('The digest password.'),
      challenge: flag().default(true).describe('Whether its own calls must have this user and password, too.'),
    })
    .optional()
    .describe('The user and password that labcm answers with when the other PBX asks for them.'),
  register: z
    .strictObject({
      user: headerText(64).describe('The user that labcm registers there, such as its number.'),
      expires: duration('60s', '1d')
        .prefault(writtenDuration(DEFAULT_TRUNK.registerFor))
        .describe('The expiry that labcm asks for. It refreshes after nine tenths of what is granted.'),
    })
    .optional()
    .describe('Registers labcm with the other PBX. Without it labcm does not register.'),
  earlyOffer: flag()
    .default(DEFAULT_TRUNK.earlyOffer)
    .describe('Whether the INVITE of labcm carries an SDP offer. Asterisk and FreeSWITCH like that better.'),
  codecs: z
    .array(oneOf('G722', 'PCMU', 'PCMA', 'G729', 'iLBC'))
    .min(1, 'one codec at least')
    .optional()
    .describe('The codecs of its calls. Without any: `calls.codecs`.'),
});

const mask = () =>
  text(24)
    .refine((written) => /^[0-9*#+Xx]*$/.test(written), 'digits, *, #, + and X')
    .default('');

const pattern = z.strictObject({
  match: text(64, 1).describe(
    'The numbers: digits, `X`, classes such as `[2-9]`, `!`, `?`, `+`, `.` and a `#` at the end.',
  ),
  trunk: text(64, 1).describe(
    'The name of the trunk. A pattern written twice takes the second trunk when the first is down or full.',
  ),
  discard: oneOf('predot', 'none')
    .default('none')
    .describe('`predot`: the digits before the `.` of the pattern are not sent.'),
  prefix: dialledNumber().optional().describe('Digits that are sent before the others.'),
  mask: mask().describe(
    'The number that is sent: each `X` keeps a digit, counted from the right. Applied before `prefix`.',
  ),
  callerMask: mask().describe('The same for the number of the caller.'),
  urgent: flag()
    .default(false)
    .describe('Whether labcm calls at once when the pattern matches, although more digits would lead elsewhere.'),
  open: flag()
    .default(false)
    .describe('Needed by a pattern that begins with `X`, `!` or a class: it takes nearly every number.'),
});

/** The list of trunks. */
export const trunksSchema = z
  .array(trunk)
  .max(100, 'at most 100 items')
  .default([])
  .describe('Other PBXs that labcm calls and is called by. Without any, no call leaves this machine.');

/** The list of patterns. */
export const patternsSchema = z
  .array(pattern)
  .max(1_000, 'at most 1000 items')
  .default([])
  .describe('Numbers that lead to a trunk. The most specific one that matches counts. Emergency numbers never do.');

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'].flatMap(
  (written) => parseSubnet(written) ?? [],
);

const isPrivate = (written: string): boolean => {
  const parsed = parseIpv4Address(written);
  return parsed !== undefined && PRIVATE.some((network) => isWithin(parsed, network));
};

type Trunks = NonNullable<Sections['calls']>['trunks'];

const namesOf = (trunks: Trunks): string => trunks.map(({ name }) => name).join(', ');

/** Rules over trunks and patterns. */
export const TRUNK_CHECKS: readonly Check[] = [
  ({ calls }) =>
    (calls?.trunks ?? []).flatMap(({ name }, index, all): KeyProblem[] =>
      all.findIndex((other) => other.name.toUpperCase() === name.toUpperCase()) === index
        ? []
        : [[['calls', 'trunks', index, 'name'], JSON.stringify(name), 'a name that no other trunk has']],
    ),
  ({ calls }) =>
    (calls?.trunks ?? []).flatMap((one, index): KeyProblem[] => {
      const wanted = 'a private or loopback address, or `public: true` for this trunk';
      if (one.public) return [];
      const sources = (one.sources ?? []).map((source, at) => [['sources', at], source] as const);
      return [[['address'], one.address] as const, ...sources].flatMap(([path, found]): KeyProblem[] =>
        isPrivate(found) ? [] : [[['calls', 'trunks', index, ...path], found, wanted]],
      );
    }),
  ({ calls, sip }) =>
    (calls?.trunks ?? []).flatMap(({ transport }, index): KeyProblem[] => {
      const path = ['calls', 'trunks', index, 'transport'];
      if (sip === undefined) return [];
      if (!sip.enabled) return [[path, `${transport} while sip.enabled is false`, 'SIP served, or no trunk']];
      return transport === 'udp' && sip.udp === undefined
        ? [[path, 'udp while sip.udp is off', 'tcp, or a sip.udp']]
        : [];
    }),
  ({ calls, sip, nodes = [] }) =>
    (calls?.trunks ?? []).flatMap(({ address: there, port, transport }, index): KeyProblem[] => {
      const own = transport === 'udp' ? sip?.udp : sip?.tcp;
      const isOwn = own === port && (nodes.some((node) => node.address === there) || there === sip?.listen);
      return isOwn
        ? [[['calls', 'trunks', index, 'address'], `${there}:${port}`, 'another PBX: labcm itself is there']]
        : [];
    }),
  ({ calls }) =>
    (calls?.trunks ?? []).flatMap(({ digest, register }, index): KeyProblem[] =>
      register === undefined || digest !== undefined
        ? []
        : [[['calls', 'trunks', index, 'digest'], 'nothing', 'the user and password of the registration']],
    ),
  ({ calls }) =>
    (calls?.patterns ?? []).flatMap(({ match, trunk: name, discard, open }, index): KeyProblem[] => {
      const at = (key: string) => ['calls', 'patterns', index, key];
      const trunks = calls?.trunks ?? [];
      const unknown: KeyProblem[] = trunks.some((one) => one.name === name)
        ? []
        : [
            [
              at('trunk'),
              JSON.stringify(name),
              trunks.length === 0 ? 'a trunk: there is none' : `one of the trunks: ${namesOf(trunks)}`,
            ],
          ];
      const parsed = parsePattern(match);
      if (typeof parsed === 'string') return [...unknown, [at('match'), JSON.stringify(match), `a pattern: ${parsed}`]];
      const isWide = !open && !beginsCertain(parsed);
      const isDotless = discard === 'predot' && parsed.dot === undefined;
      return [
        ...unknown,
        ...(isWide
          ? [
              [
                at('match'),
                JSON.stringify(match),
                'a pattern that begins with a digit, or `open: true`: this one takes nearly every number',
              ] as const,
            ]
          : []),
        ...(isDotless
          ? [[at('discard'), 'predot', `a \`.\` in ${JSON.stringify(match)}, before which digits are dropped`] as const]
          : []),
      ];
    }),
];

/** Names that a trunk and a device both have: traces and records could not tell them apart. */
export const trunkNameProblems = (
  trunks: Trunks,
  devices: readonly { readonly name: string }[],
): readonly KeyProblem[] => {
  const names = new Set(trunks.length === 0 ? [] : devices.map(({ name }) => name.toUpperCase()));
  return trunks.flatMap(({ name }, index): KeyProblem[] =>
    names.has(name.toUpperCase())
      ? [[['calls', 'trunks', index, 'name'], JSON.stringify(name), 'a name that no device has']]
      : [],
  );
};
