// The types that sessions and handlers share: a link as handlers see it, the server around it, and what a handler is.

import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget, TokenBucket } from '../core/rate-limit.js';
import type { Instant, WallClock } from '../core/time.js';
import type { TlsPeer } from '../core/tls-peer.js';
import type {
  ConfiguredDevice,
  DeviceCommand,
  DeviceDatabase,
  DeviceRecord,
  Registration,
  Transport,
} from '../devices/index.js';
import type { Endpoint } from '../net/ports.js';
import type { BusyLamps } from './busy-lamps.js';
import type { Calls } from './calls/calls.js';
import type { ShownFeatures } from './calls/station-features.js';
import type { EarlyReports } from './early-reports.js';
import type { IgnoredBecause, LinkEnd, SccpEvent, StationContext } from './events.js';
import type { Fields, FromPhoneName, FromServerName } from './messages/catalogue.js';
import type { Encoding, Prepared, PreparedMessages } from './prepared-messages.js';
import type { SccpSettings } from './settings.js';
import type { UserDataRequests } from './user-data.js';

/** What all links of a server share. */
export interface SccpService {
  readonly settings: SccpSettings;
  readonly database: DeviceDatabase;
  readonly clock: WallClock;
  readonly bus: Publisher<SccpEvent>;
  /** How many messages, of both directions, are published in one second. */
  readonly traceBudget: PerSecondBudget;
  readonly tokens: TokenBucket;
  /** Messages that came in since the start. */
  readonly received: { messages: number };
  readonly prepared: PreparedMessages;
  readonly calls: Calls;
  readonly userData: UserDataRequests;
  readonly lamps: BusyLamps;
  /** The station on a link. */
  stationOf(link: number): Station | undefined;
  /** Sends octets on a link outside its turn. */
  deliver(link: number, octets: Buffer, now: Instant): void;
  /** A new number for a call leg that is refused. */
  nextCallReference(): number;
}

/** The state of a link that a device is bound to, from its accepted Register to its end. */
export interface BoundLink {
  readonly kind: 'bound';
  readonly registration: Registration;
  readonly record: DeviceRecord;
  /** Whether the time was sent to the phone: the last step of its registration, if it takes that step. */
  timeSent: boolean;
  /** A command that was sent to it and that it has not followed yet. */
  commanded: DeviceCommand | undefined;
  /** The device as its features were shown to the phone last; `undefined`: they were not. */
  shownFeatures: ShownFeatures | undefined;
  /** The line that is off hook, where calls are not served. */
  offHook: OffHookLine | undefined;
}

/** A line that is off hook, and the call leg on it. */
export interface OffHookLine {
  readonly line: number;
  readonly callReference: number;
}

/** The state of a link. */
export type StationState =
  /** No device is bound: the link is new, or the standby link of a phone that is registered elsewhere. */
  | { readonly kind: 'connected'; keepAlives: number }
  | BoundLink
  /** The device has left and the phone must end the link. A new Register makes it `bound` again. */
  | { readonly kind: 'closing'; readonly cause: LinkEnd }
  /** The server has ended it. Nothing is read any more. */
  | { readonly kind: 'ended'; readonly cause: LinkEnd };

/** What a phone announces in its Register and the dialogue depends on (`sccp.md` §3). */
export interface Announced {
  /** Version and feature bytes as one little-endian word, as CUCM prints it. */
  readonly protocolVer: number;
  readonly dynamicMessages: boolean;
  readonly utf8: boolean;
}

/** A link as handlers see it. */
export interface Station extends Encoding {
  readonly service: SccpService;
  readonly link: number;
  readonly remote: Endpoint;
  /** This machine's end of the link. */
  readonly local: Endpoint;
  readonly transport: Transport;
  readonly peer: TlsPeer | undefined;
  readonly state: StationState;
  readonly announced: Announced;
  /** Reports that came on this link before its Register. */
  readonly earlyReports: EarlyReports;
  /** Until when a refused token stays refused on this link. */
  tokenAfter: Instant | undefined;
  /** How events name this link. `device`: the one that the message names, used if none is bound. */
  context(device?: string): StationContext;

  /** Writes a message. */
  send<N extends FromServerName>(name: N, fields: Fields<N>, now: Instant): void;
  /** Writes a message that `PreparedMessages` has made. */
  sendPrepared(prepared: Prepared, now: Instant): void;
  /**
   * Shows a text on the phone, in the form that it takes. `content`: the text that it shows for a label code. `seconds`: how
   * long; 0: until the next.
   */
  prompt(text: string, content: string, offHook: OffHookLine | undefined, now: Instant, seconds?: number): void;
  /** What `messages` sends leaves on this link, whoever's turn it is. */
  speak(messages: () => void, now: Instant): void;
  /** The present message leads to nothing: publishes that, and why. */
  ignore(because: IgnoredBecause, now: Instant): void;

  /** Sets the version and encoding of the messages from now on. */
  negotiate(version: number, announced: Announced): void;
  /** Binds a device to the link, which becomes `bound`. */
  bind(registration: Registration, record: DeviceRecord): void;
  /** Unbinds the device, and expects the phone to end the link, which becomes `closing`. */
  closeAfterPhone(cause: LinkEnd, now: Instant): void;
  /** Ends the link after what was sent; it becomes `ended`. */
  close(cause: LinkEnd, now: Instant): void;
}

/** The configuration of the device of a bound link. */
export const deviceOf = (bound: BoundLink): ConfiguredDevice => bound.record.configured;

/** What a message requires, and the function that handles it: a link alone, or one with a device. */
export type Handler<F> =
  | { readonly requires: 'link'; readonly handle: (station: Station, fields: F, now: Instant) => void }
  | {
      readonly requires: 'device';
      readonly handle: (station: Station, fields: F, now: Instant, bound: BoundLink) => void;
    };

/** A handler for each message that phones send. If one is missing, it does not compile. */
export type Handlers = { readonly [N in FromPhoneName]: Handler<Fields<N>> };
