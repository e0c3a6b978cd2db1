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
export interface PageGroup {
  /** Its number. */
  readonly dn: string;
  /** Where the phones listen: a group of 239.0.0.0/8, and an even UDP port. */
  readonly group: string;
  readonly port: number;
  /** Names of devices. */
  readonly members: readonly string[];
}

/** What the service numbers do. The first three have sound and need RTP. */
export type ServiceName = 'echo' | 'tone' | 'announcement' | 'busy' | 'noAnswer' | 'unobtainable' | 'congestion';

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
  /** `calls`: at once. `perDevice`: legs of one device at once. `perSecond`: calls that one device may begin in a second. */
  readonly limits: { readonly calls: number; readonly perDevice: number; readonly perSecond: number };
  /** The number of each service; absent: it has none. */
  readonly services: Readonly<Partial<Record<ServiceName, string>>>;
  readonly translations: readonly Translation[];
  /** What somebody hears who is on hold: `none`: a tone of the phone’s own, or nothing. `short`: music, by one message. */
  readonly moh: 'none' | 'short';
  /** What stands before a directory number for an intercom call; absent: there are none. */
  readonly intercom: string | undefined;
  readonly paging: readonly PageGroup[];
  readonly hunts: readonly Hunt[];
  /** The number that answers a call of the caller's own pick-up group; absent: there is none. */
  readonly pickup: string | undefined;
  readonly pickupGroups: readonly PickupGroup[];
  /** `range`: the numbers of parked calls, such as `*60-*69`. `remind`: after it whoever parked a call is called. */
  readonly park: { readonly range: string; readonly remind: Duration };
}

/** The settings of calls where the configuration says nothing. */
export const DEFAULT_CALLS: CallSettings = {
  enabled: true,
  codecs: ['G722', 'PCMU', 'PCMA', 'G729', 'iLBC'],
  earlyOffer: 'devices',
  interDigit: seconds(15),
  noAnswer: seconds(180),
  emergency: ['110', '112', '911', '999'],
  limits: { calls: 2_000, perDevice: 200, perSecond: 20 },
  services: {
    echo: '*41',
    tone: '*42',
    busy: '*43',
    noAnswer: '*44',
    unobtainable: '*45',
    congestion: '*46',
    announcement: '*47',
  },
  translations: [],
  moh: 'short',
  intercom: '*75',
  paging: [],
  hunts: [],
  pickup: '*74',
  pickupGroups: [],
  park: { range: '*60-*69', remind: seconds(60) },
};
