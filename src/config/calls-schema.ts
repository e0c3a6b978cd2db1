// The `calls` section of the configuration: its keys, their kinds, bounds and defaults.

import * as z from 'zod';
import { parsePattern } from '../calls/patterns.js';
import { DEFAULT_CALLS } from '../calls/settings.js';
import { DEFAULT_RTP } from '../rtp/settings.js';
import {
  deviceName,
  dialledNumber,
  dialledNumberOrOff,
  directoryNumber,
  duration,
  flag,
  integer,
  listOf,
  oneOf,
  parkRange,
  portRangeOrOff,
  privateGroup,
  roomRangeOrOff,
  text,
  writtenDuration,
} from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';
import { patternsSchema, TRUNK_CHECKS, trunksSchema } from './trunks-schema.js';

const { services, limits } = DEFAULT_CALLS;

/** A service number with what it does. */
const service = (number: string | undefined, what: string) =>
  dialledNumberOrOff()
    .prefault(number ?? 'off')
    .describe(`The number that ${what}. Or off.`);

export const callsSchema = z.strictObject({
  enabled: flag().default(DEFAULT_CALLS.enabled).describe('Whether phones can call each other.'),
  codecs: z
    .array(oneOf('G722', 'PCMU', 'PCMA', 'G729', 'iLBC'))
    .min(1, 'one codec at least')
    .default([...DEFAULT_CALLS.codecs] as never)
    .describe('The codecs of calls, by preference. The first that both phones have is used.'),
  earlyOffer: oneOf('devices', 'always', 'never')
    .default(DEFAULT_CALLS.earlyOffer)
    .describe(
      'When an INVITE of labcm carries an SDP offer. `devices`: to SIP phones that are not Cisco models, and to trunks with `earlyOffer`. Cisco phones make the offer themselves.',
    ),
  interDigit: duration('1s', '1m')
    .prefault(writtenDuration(DEFAULT_CALLS.interDigit))
    .describe('The time that a user has for the next digit. After it labcm calls what has been dialled.'),
  noAnswer: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_CALLS.noAnswer))
    .describe('The time that a phone rings. After it the caller hears that nobody answers.'),
  emergency: listOf(dialledNumber(), 100)
    .default([...DEFAULT_CALLS.emergency])
    .describe('Numbers that labcm answers itself, by an announcement. No call leaves this machine.'),
  rtp: z
    .strictObject({
      ports: portRangeOrOff()
        .prefault(`${DEFAULT_RTP.ports?.from}-${DEFAULT_RTP.ports?.to}`)
        .describe(
          'The UDP ports of the speech that labcm sends (service numbers, music on hold, conferences, pages), an even and an odd one for each end. Or off.',
        ),
    })
    .prefault({})
    .describe('The speech that labcm sends itself. Between phones it goes directly.'),
  limits: z
    .strictObject({
      calls: integer(1, 100_000)
        .default(limits.calls)
        .describe('The number of calls at once. One more hears congestion.'),
      perDevice: integer(1, 1_000).default(limits.perDevice).describe('The same for one device.'),
      perSecond: integer(1, 10_000)
        .default(limits.perSecond)
        .describe('The number of calls that one device may begin in a second. More are refused.'),
      trunkCalls: integer(1, 10_000)
        .default(limits.trunkCalls)
        .describe('The number of calls on all trunks at once, both ways. One more is refused.'),
    })
    .prefault({})
    .describe('Bounds, per device and in all.'),
  services: z
    .strictObject({
      enabled: flag().default(true).describe('Whether there are service numbers.'),
      echo: service(services.echo, 'lets callers hear themselves'),
      tone: service(services.tone, 'plays a tone of 1 kHz, or what `music` names'),
      busy: service(services.busy, 'is always busy'),
      noAnswer: service(services.noAnswer, 'rings and never answers'),
      unobtainable: service(services.unobtainable, 'is never obtainable'),
      congestion: service(services.congestion, 'always meets congestion'),
      announcement: service(services.announcement, 'plays the number of the caller, as tones'),
    })
    .prefault({})
    .describe('The service numbers. A directory number of the same digits comes first.'),
  messagesOn: service(services.messagesOn, 'lights the message lamp of the line that dials it'),
  messagesOff: service(services.messagesOff, 'puts that lamp out'),
  voicemail: dialledNumber()
    .optional()
    .describe('The number that the messages button dials on lines without a `voicemail` of their own.'),
  music: text(4096, 1)
    .optional()
    .describe(
      'A WAV file that the tone service plays and that is heard on hold: 8 kHz, mono, 16 bit. Relative to the folder of this file.',
    ),
  translations: z
    .array(
      z.strictObject({
        match: text(64, 1).describe('A pattern: digits, `X`, classes such as `[2-9]`, `!`, `?`, `+` and `.`.'),
        to: dialledNumber().describe('The number that is dialled instead.'),
      }),
    )
    .max(1_000, 'at most 1000 items')
    .default([])
    .describe('Numbers that mean others. Of several patterns that match, the most specific one counts.'),
  forwardAll: dialledNumberOrOff()
    .prefault(DEFAULT_CALLS.forwardAll ?? 'off')
    .describe(
      'With a number behind it, this forwards all calls of the caller’s line there; alone, it ends that. Or off.',
    ),
  pickup: dialledNumberOrOff()
    .prefault(DEFAULT_CALLS.pickup ?? 'off')
    .describe('The number that answers a call which rings in the pick-up group of the caller. Or off.'),
  pickupGroups: z
    .array(
      z.strictObject({
        name: text(64, 1).describe('The name, by which a line belongs to it: `pickupGroup`.'),
        number: dialledNumberOrOff()
          .optional()
          .describe('The number by which phones of other groups answer its calls.'),
        members: listOf(directoryNumber(), 1_000)
          .default([])
          .describe('Directory numbers, beside the lines that name the group.'),
      }),
    )
    .max(200, 'at most 200 items')
    .default([])
    .describe('Pick-up groups: lines that may answer for each other.'),
  intercom: dialledNumberOrOff()
    .prefault(DEFAULT_CALLS.intercom ?? 'off')
    .describe(
      'What stands before a directory number for an intercom call: that phone answers by itself and only listens. Or off.',
    ),
  moh: oneOf('none', 'short', 'cucm')
    .default(DEFAULT_CALLS.moh)
    .describe(
      'What somebody hears who is on hold. `short`: what `music` names, or a tone of 1 kHz; a SIP phone is told of it by one INVITE. `cucm`: the same, by two INVITEs, of which the second has no SDP. `none`: a tone that the phone makes itself, or nothing.',
    ),
  paging: z
    .array(
      z.strictObject({
        dn: dialledNumber().describe('The number of the page.'),
        group: privateGroup().describe(
          'The multicast group to which labcm sends what the caller says. No router passes it on.',
        ),
        port: integer(1_024, 65_534).describe('The UDP port of the group, an even one.'),
        members: z
          .array(deviceName())
          .min(1, 'one member at least')
          .max(64, 'at most 64 members')
          .describe('Names of devices. Those that cannot listen to a group are called; they answer by themselves.'),
      }),
    )
    .max(50, 'at most 50 items')
    .default([])
    .describe(
      'Pages: a number that speaks to several phones at once. A directory number of the same digits comes first.',
    ),
  park: z
    .strictObject({
      range: parkRange()
        .prefault(DEFAULT_CALLS.park.range)
        .describe(
          'The numbers at which parked calls stand, such as *60-*69. A directory number of the same digits comes first.',
        ),
      remind: duration('5s', '1h')
        .prefault(writtenDuration(DEFAULT_CALLS.park.remind))
        .describe('The time after which whoever parked a call is called. After it once more, the call ends.'),
    })
    .prefault({})
    .describe('Parked calls.'),
  conference: z
    .strictObject({
      rooms: roomRangeOrOff()
        .prefault(DEFAULT_CALLS.conference.rooms ?? 'off')
        .describe(
          'The numbers of meeting rooms, such as *50-*59: who dials one is in it with all others who did. A directory number of the same digits comes first. Or off.',
        ),
      parties: integer(3, 8)
        .default(DEFAULT_CALLS.conference.parties)
        .describe('The most phones in one conference. labcm mixes their speech, which takes `calls.rtp`.'),
    })
    .prefault({})
    .describe('Conferences: meeting rooms, and those that a user makes by the key Confrn.'),
  hunts: z
    .array(
      z.strictObject({
        dn: dialledNumber().describe('The number of the list.'),
        mode: oneOf('first', 'longest-idle', 'broadcast')
          .default('first')
          .describe(
            'Who rings. `first`: one after the other, always from the first. `longest-idle`: whoever had no call for longest comes first. `broadcast`: all at once.',
          ),
        members: z
          .array(directoryNumber())
          .min(1, 'one member at least')
          .max(64, 'at most 64 members')
          .describe('The directory numbers of the list, in order.'),
        ring: duration('1s', '10m')
          .prefault('12s')
          .describe('The time that a member rings before the next. With `broadcast`: all of them.'),
      }),
    )
    .max(200, 'at most 200 items')
    .default([])
    .describe('Hunt lists: a number that rings several lines. A directory number of the same digits comes first.'),
  trunks: trunksSchema,
  patterns: patternsSchema,
});

/** Rules over the keys of calls. */
export const CALL_CHECKS: readonly Check[] = [
  ({ calls }) =>
    (calls?.translations ?? []).flatMap(({ match }, index): KeyProblem[] => {
      const pattern = parsePattern(match);
      const path = ['calls', 'translations', index, 'match'];
      return typeof pattern === 'string' ? [[path, JSON.stringify(match), `a pattern: ${pattern}`]] : [];
    }),
  ({ calls }) =>
    (calls?.paging ?? []).flatMap(({ port }, index): KeyProblem[] =>
      port % 2 === 0 ? [] : [[['calls', 'paging', index, 'port'], String(port), 'an even port']],
    ),
  ...TRUNK_CHECKS,
];
