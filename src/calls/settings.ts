// The settings of calls, every default in one place: the configuration's schema takes them from here.

import { type Duration, seconds } from '../core/time.js';
import type { CodecName } from './codecs.js';

/** A number that dials a translation: `match` is a pattern, `to` the number that is dialled instead. */
export interface Translation {
  readonly match: string;
  readonly to: string;
}

/** Lines that may answer for each other. */
export interface PickupGroup {
  readonly name: string;
  /** By which phones of other groups answer its calls; absent: they cannot. */
  readonly number?: string | undefined;
  /** Directory numbers, beside the lines that name the group. */
  readonly members: readonly string[];
}

/**
 * A hunt list. `first`: its members ring one after the other, always from the first. `longest-idle`: whoever has had no call for
 * longest comes first. `broadcast`: all at once.
 */
export interface Hunt {
  /** Its number. */
  readonly dn: string;
  readonly mode: 'first' | 'longest-idle' | 'broadcast';
  /** Directory numbers. */
  readonly members: readonly string[];
  /** How long one member rings; of `broadcast`, all of them. */
  readonly ring: Duration;
}

/** A number that speaks to several phones at once. */
export interface PageSettings {
  /** Its number. */
  readonly dn: string;
  /** Where the phones listen: a group of 239.0.0.0/8, and an even UDP port. */
  readonly group: string;
  readonly port: number;
  /** Names of devices. */
  readonly members: readonly string[];
}

/** `rooms`: the numbers of meeting rooms, such as `*50-*59`; absent: there are none. `parties`: the most of one conference. */
export interface ConferenceSettings {
  readonly rooms: string | undefined;
  readonly parties: number;
}

/** The other end of a trunk: another PBX (`docs/protocols/calls.md` §6). */
export interface TrunkSettings {
  /** The name in patterns, traces and records. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** Where its requests come from. */
  readonly sources: readonly string[];
  /** What it is answered when it asks for a password. `challenge`: its calls must have it, too. */
  readonly digest: { readonly user: string; readonly password: string; readonly challenge: boolean } | undefined;
  /** Our registration with it; `undefined`: none. */
  readonly register: { readonly user: string; readonly expires: Duration } | undefined;
  /** Whether our INVITEs carry an offer. */
  readonly earlyOffer: boolean;
  /** By preference; `undefined`: those of all calls. */
  readonly codecs: readonly CodecName[] | undefined;
}

/** Numbers that leave by a trunk (`docs/protocols/calls.md` §5.2). */
export interface RoutePattern {
  readonly match: string;
  readonly trunk: string;
  /** `predot`: the digits before the pattern’s `.` are not sent. */
  readonly discard: 'predot' | 'none';
  /** Digits that are sent before the others. */
  readonly prefix: string;
  /** `55XX`: each X keeps a digit, counted from the right. Empty: none. */
  readonly mask: string;
  /** The same for the number of the caller. */
  readonly callerMask: string;
  /** It is called at once, although a longer number would lead elsewhere. */
  readonly urgent: boolean;
}

/** What the service numbers do. The first three have sound and need RTP; the last two switch the message lamp of the caller’s line. */
export type ServiceName =
  | 'echo'
  | 'tone'
  | 'announcement'
  | 'busy'
  | 'noAnswer'
  | 'unobtainable'
  | 'congestion'
  | 'messagesOn'
  | 'messagesOff';

/** Settings of calls (`docs/protocols/calls.md` §5.7). */
export interface CallSettings {
  readonly enabled: boolean;
  /** By preference. */
  readonly codecs: readonly CodecName[];
  /** When labcm puts an offer into its INVITE. `devices`: to generic SIP devices. */
  readonly earlyOffer: 'devices' | 'always' | 'never';
  /** How long a digit may let the next wait, and the first one, too. */
  readonly interDigit: Duration;
  /** How long a phone rings. */
  readonly noAnswer: Duration;
  /** Numbers that are answered here and never sent anywhere. */
  readonly emergency: readonly string[];
  /**
   * `calls`: at once. `perDevice`: legs of one device at once. `perSecond`: calls that one device may begin in a second.
   * `trunkCalls`: legs on trunks at once.
   */
  readonly limits: {
    readonly calls: number;
    readonly perDevice: number;
    readonly perSecond: number;
    readonly trunkCalls: number;
  };
  /** The number of each service; absent: it has none. */
  readonly services: Readonly<Partial<Record<ServiceName, string>>>;
  readonly translations: readonly Translation[];
  /**
   * What somebody hears who is on hold: `none`: a tone of the phone’s own, or nothing. `short`: music, of which a SIP phone
   * is told by one INVITE. `cucm`: by two, as CUCM does it; changes of the far end, too.
   */
  readonly moh: 'none' | 'short' | 'cucm';
  /** What stands before a directory number for an intercom call; absent: there are none. */
  readonly intercom: string | undefined;
  readonly paging: readonly PageSettings[];
  readonly hunts: readonly Hunt[];
  /** The number that answers a call of the caller's own pick-up group; absent: there is none. */
  readonly pickup: string | undefined;
  readonly pickupGroups: readonly PickupGroup[];
  /** With a number behind it, forwards all calls of the caller's line there; alone, ends that. Absent: nothing does. */
  readonly forwardAll: string | undefined;
  /** `range`: the numbers of parked calls, such as `*60-*69`. `remind`: after it whoever parked a call is called. */
  readonly park: { readonly range: string; readonly remind: Duration };
  /** What the messages key of a line dials that has no number of its own; empty: nothing. */
  readonly voicemail: string;
  readonly trunks: readonly TrunkSettings[];
  readonly patterns: readonly RoutePattern[];
  readonly conference: ConferenceSettings;
}

/** The settings of calls where the configuration says nothing. */
export const DEFAULT_CALLS: CallSettings = {
  enabled: true,
  codecs: ['G722', 'PCMU', 'PCMA', 'G729', 'iLBC'],
  earlyOffer: 'devices',
  interDigit: seconds(15),
  noAnswer: seconds(180),
  emergency: ['110', '112', '911', '999'],
  limits: { calls: 2_000, perDevice: 200, perSecond: 20, trunkCalls: 2 },
  services: {
    echo: '*41',
    tone: '*42',
    busy: '*43',
    noAnswer: '*44',
    unobtainable: '*45',
    congestion: '*46',
    announcement: '*47',
    messagesOn: '*71',
    messagesOff: '*72',
  },
  translations: [],
  moh: 'short',
  intercom: '*75',
  paging: [],
  hunts: [],
  pickup: '*74',
  pickupGroups: [],
  forwardAll: '*73',
  park: { range: '*60-*69', remind: seconds(60) },
  voicemail: '',
  trunks: [],
  patterns: [],
  conference: { rooms: '*50-*59', parties: 8 },
};

/** The defaults of a trunk and of a pattern. */
export const DEFAULT_TRUNK = { port: 5060, transport: 'udp', earlyOffer: false, registerFor: seconds(3600) } as const;
