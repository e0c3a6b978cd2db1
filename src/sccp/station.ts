// What a behaviour row sees of a link and of the service around it, and what a row is. Types alone: `session.ts` keeps
// a link, `conversations/` say what each message leads to.

import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget, TokenBucket } from '../core/rate-limit.js';
import type { Instant, WallClock } from '../core/time.js';
import type {
  ConfiguredDevice,
  DeviceCommand,
  DeviceDatabase,
  DeviceRecord,
  Registration,
  Transport,
} from '../devices/index.js';
import type { Endpoint } from '../net/ports.js';
import type { Calls } from './calls/calls.js';
import type { EarlyReports } from './early-reports.js';
import type { IgnoredBecause, LinkEnd, SccpEvent, StationContext } from './events.js';
import type { Fields, FromPhoneName, FromServerName } from './messages/catalogue.js';
import type { Encoding, Prepared, PreparedMessages } from './prepared-messages.js';
import type { SccpSettings } from './settings.js';

/** What all links of a server share. */
export interface SccpService {
  readonly settings: SccpSettings;
  readonly database: DeviceDatabase;
  readonly clock: WallClock;
  readonly bus: Publisher<SccpEvent>;
  /** Messages of both directions that the event bus may be told of. */
  readonly traceBudget: PerSecondBudget;
  readonly tokens: TokenBucket;
  readonly prepared: PreparedMessages;
  readonly calls: Calls;
  /** A number for a call leg, never used before. */
  nextCallReference(): number;
}

/** A device bound to a link, from its accepted Register to its end. */
export interface BoundLink {
  readonly kind: 'bound';
  readonly registration: Registration;
  readonly record: DeviceRecord;
  /** Whether the phone was told the time: the last step of its registration, where it takes it. */
  timeSent: boolean;
  /** A command it was sent and has not yet followed. */
  commanded: DeviceCommand | undefined;
  /** The line that is off its hook. */
  offHook: OffHookLine | undefined;
}

export interface OffHookLine {
  readonly line: number;
  readonly callReference: number;
}

export type StationState =
  /** No device: new, or standing by for a phone that is registered elsewhere. */
  | { readonly kind: 'connected' }
  | BoundLink
  /** The last word is said and the phone is to end the link; a new Register revives it. */
  | { readonly kind: 'closing'; readonly cause: LinkEnd }
  /** It has been ended from here. Nothing is read any more. */
  | { readonly kind: 'ended'; readonly cause: LinkEnd };

/** What a phone says of itself in its Register, where the dialogue depends on it (`sccp.md` §3). */
export interface Announced {
  /** Version and feature bytes as one little-endian word, as CUCM prints it. */
  readonly protocolVer: number;
  readonly dynamicMessages: boolean;
  readonly utf8: boolean;
}

export interface Station extends Encoding {
  readonly service: SccpService;
  readonly link: number;
  readonly remote: Endpoint;
  readonly transport: Transport;
  readonly certificateNames: readonly string[];
  readonly state: StationState;
  readonly announced: Announced;
  /** What was told on this link before its Register. */
  readonly earlyReports: EarlyReports;
  /** Until when a refused token stays refused on this link. */
  tokenAfter: Instant | undefined;
  /** `device`: the one that the message names, where none is bound. */
  context(device?: string): StationContext;

  send<N extends FromServerName>(name: N, fields: Fields<N>, now: Instant): void;
  sendPrepared(prepared: Prepared, now: Instant): void;
  /** Shows text on the phone in the form that it takes. `words`: what the phone makes of a label. */
  prompt(text: string, content: string, offHook: OffHookLine | undefined, now: Instant): void;
  /** The message in hand leads to nothing. */
  ignore(because: IgnoredBecause, now: Instant): void;

  negotiate(version: number, announced: Announced): void;
  bind(registration: Registration, record: DeviceRecord): void;
  /** No device any more; the phone is to end the link. */
  closeAfterPhone(cause: LinkEnd, now: Instant): void;
  /** Ends the link once what was sent has left. */
  close(cause: LinkEnd, now: Instant): void;
}

/** The device of a bound link, as configured. */
export const deviceOf = (bound: BoundLink): ConfiguredDevice => bound.record.configured;

/** What a message needs before it is taken, and what it leads to. */
export type Handler<F> =
  | { readonly requires: 'link'; readonly handle: (station: Station, fields: F, now: Instant) => void }
  | {
      readonly requires: 'device';
      readonly handle: (station: Station, fields: F, now: Instant, bound: BoundLink) => void;
    };

/** A row for each message that phones send: one that is forgotten does not compile. */
export type Handlers = { readonly [N in FromPhoneName]: Handler<Fields<N>> };
