// The faults that labcm can make on purpose, as one table, and the rules that say whom, where and when.

import type { Duration } from '../core/time.js';

/** Where a fault happens. `call`: between a phone and its calls. */
export const FAULT_PLACES = ['dhcp', 'tftp', 'http', 'sccp', 'sip', 'tls', 'call'] as const;
/** Where a fault happens. */
export type FaultPlace = (typeof FAULT_PLACES)[number];

/** The places where messages pass: what `all` stands for. */
export const WIRE_PLACES = ['dhcp', 'tftp', 'http', 'sccp', 'sip'] as const satisfies readonly FaultPlace[];
/** A place where messages pass. */
export type WirePlace = (typeof WIRE_PLACES)[number];

/** Which messages a fault meets: those that labcm sends, those that it receives, or both. */
export type FaultDirection = 'sent' | 'received' | 'both';

/** The arguments that faults have. */
export type FaultArgument = 'delay' | 'octets' | 'rate' | 'field' | 'value' | 'reason' | 'file';

/** One fault that labcm can make. */
export interface FaultRow {
  readonly where: readonly FaultPlace[];
  /** The first one is what holds unless a rule says another. */
  readonly directions: readonly FaultDirection[];
  /** Arguments that a rule must give. */
  readonly needs?: readonly FaultArgument[];
  /** Arguments that it may give. */
  readonly takes?: readonly FaultArgument[];
  /** A rule may name messages. Absent: yes. */
  readonly isWithoutMessages?: true;
  /** What it does, for people. */
  readonly about: string;
}

const EITHER_WAY = ['sent', 'received', 'both'] as const;

/** Every fault. A new one is a row here, an effect in `effects.ts`, and a test. */
export const FAULTS = {
  drop: {
    where: WIRE_PLACES,
    directions: ['both', 'sent', 'received'],
    about: 'The message is lost.',
  },
  delay: {
    where: WIRE_PLACES,
    directions: EITHER_WAY,
    needs: ['delay'],
    about: 'The message comes later. On a connection what follows it waits behind it.',
  },
  double: {
    where: ['dhcp', 'tftp', 'sccp', 'sip'],
    directions: EITHER_WAY,
    about: 'The message comes twice.',
  },
  reorder: {
    where: ['dhcp', 'tftp', 'sccp', 'sip'],
    directions: EITHER_WAY,
    about: 'The message comes after the next one of the same peer, or a second later if none follows.',
  },
  cut: {
    where: WIRE_PLACES,
    directions: ['sent'],
    takes: ['octets'],
    about: 'Only the first octets of the message leave. A connection is closed behind them.',
  },
  close: {
    where: ['http', 'sccp', 'sip', 'tls'],
    directions: EITHER_WAY,
    about: 'The connection is reset in place of the message. With `tls` it is reset before its handshake.',
  },
  silence: {
    where: WIRE_PLACES,
    directions: ['both', 'sent', 'received'],
    about: 'From the first such message on, nothing more of that phone is heard or answered.',
  },
  slow: {
    where: ['http', 'sccp', 'sip'],
    directions: ['sent'],
    takes: ['rate'],
    about: 'The octets of the message trickle.',
  },
  garble: {
    where: WIRE_PLACES,
    directions: ['sent', 'received'],
    needs: ['field'],
    about: 'A field of the message gets a random value of the same length.',
  },
  set: {
    where: WIRE_PLACES,
    directions: ['sent', 'received'],
    needs: ['field', 'value'],
    about: 'A field of the message gets another value.',
  },
  refuse: {
    where: WIRE_PLACES,
    directions: ['received'],
    takes: ['reason'],
    about: 'A request is refused in the words of its protocol; labcm itself does not hear of it.',
  },
  nak: {
    where: ['dhcp'],
    directions: ['received'],
    takes: ['reason'],
    isWithoutMessages: true,
    about: 'A REQUEST of a DHCP client is answered with a NAK.',
  },
  'wrong-option-150': {
    where: ['dhcp'],
    directions: ['sent'],
    takes: ['value'],
    isWithoutMessages: true,
    about:
      'Option 150 names other TFTP servers, 192.0.2.1 unless `value` says which; options 66 and next server do the same.',
  },
  'text-option-150': {
    where: ['dhcp'],
    directions: ['sent'],
    isWithoutMessages: true,
    about: 'Option 150 has its addresses as text, as servers send it that take it for a string.',
  },
  'wrong-file': {
    where: ['tftp', 'http'],
    directions: ['received'],
    needs: ['file'],
    takes: [],
    isWithoutMessages: true,
    about: 'Another file is served in place of the one that was requested.',
  },
  'stale-file': {
    where: ['tftp', 'http'],
    directions: ['received'],
    isWithoutMessages: true,
    about: 'A file is served as it was when it was first requested under the rule.',
  },
  'expired-certificate': {
    where: ['tls'],
    directions: ['sent'],
    isWithoutMessages: true,
    about: 'The certificate that the phone is shown has expired.',
  },
  'no-ringing': {
    where: ['call'],
    directions: ['sent'],
    isWithoutMessages: true,
    about: 'The phone shows a call and does not ring. SCCP only: phones that speak SIP ring by themselves.',
  },
  'one-way-audio': {
    where: ['call'],
    directions: ['sent'],
    isWithoutMessages: true,
    about: 'The phone that is called sends its speech to nobody, so that the caller hears nothing.',
  },
} as const satisfies Readonly<Record<string, FaultRow>>;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS;
/** Every fault in the order of the table. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** The row of a fault. */
export const faultRow = (fault: FaultName): FaultRow => FAULTS[fault];

/** The places of a rule: of `all` those where its fault can happen. */
export const placesOf = ({ where, fault }: Pick<FaultRule, 'where' | 'fault'>): readonly FaultPlace[] =>
  where === 'all' ? WIRE_PLACES.filter((place) => faultRow(fault).where.includes(place)) : [where];

/** How long something waits: always so long, anything between two bounds, or around a mean. */
export type DelaySpread =
  | { readonly from: Duration; readonly to: Duration }
  | { readonly mean: Duration; readonly deviation: Duration };

/** The value that `set` gives a field. */
export type FaultValue = string | number | readonly string[];

/** Whom a fault meets, where, when, how often and for how long. Absent keys restrict nothing. */
export interface FaultRule {
  /** Absent: one is given. */
  readonly id?: string | undefined;
  readonly where: FaultPlace | 'all';
  readonly fault: FaultName;
  /** Names of messages; empty: every one. */
  readonly message: readonly string[];
  readonly direction?: FaultDirection | undefined;
  /** A name or a pattern. */
  readonly device?: string | undefined;
  /** A name or the number of a type. */
  readonly model?: string | undefined;
  /** An IPv4 address, or a network as `10.0.0.0/8`. */
  readonly address?: string | undefined;
  /** One of so many phones. */
  readonly oneIn: number;
  /** Above 0, at most 1. */
  readonly chance: number;
  /** So many messages of each phone pass first. */
  readonly skip: number;
  readonly times?: number | undefined;
  readonly after: Duration;
  readonly for?: Duration | undefined;
  readonly seed: number;
  readonly delay?: DelaySpread | undefined;
  readonly octets?: number | undefined;
  readonly rate?: number | undefined;
  readonly field?: string | undefined;
  readonly value?: FaultValue | undefined;
  readonly reason?: string | number | undefined;
  readonly file?: string | undefined;
}

/** What holds where a rule says nothing. */
export const DEFAULT_FAULT_RULE = { oneIn: 1, chance: 1, skip: 0, seed: 1, rate: 10 } as const;

/** Rules at once. */
export const MOST_FAULT_RULES = 64;
