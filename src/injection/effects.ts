// What each fault does to a message that passes: one function for each row of the table.

import type { ActiveFaultRule } from './active-rule.js';
import { nakFor, withTextOption150, withTftpServers } from './protocols/dhcp.js';
import { DEFAULT_FAULT_RULE, type FaultName } from './settings.js';
import type { FieldChange, WireProtocol } from './wire-protocol.js';

/** A message on its way. Effects change it. */
export interface Passage {
  /** `undefined`: it is lost. */
  bytes: Buffer | undefined;
  copies: number;
  /** In milliseconds. */
  delay: number;
  /** It waits for the next one. */
  isHeld: boolean;
  /** Octets a second. */
  rate: number | undefined;
  /** What becomes of the connection behind it: `end` lets its octets leave first. */
  ending: 'end' | 'reset' | undefined;
  /** What its sender gets at once. */
  reply: Buffer | undefined;
}

/** What an effect knows besides the message. */
export interface EffectContext {
  readonly rule: ActiveFaultRule;
  readonly protocol: WireProtocol;
  /** Messages follow each other on a connection. */
  readonly isStream: boolean;
  /** The addresses of this server, for DHCP, first the one that the message came to; else none. */
  readonly servers: readonly number[];
}

/** Does the fault. Returns what was done, empty if its name says it all; `undefined`: it cannot be done to this message. */
export type Effect = (passage: Passage & { bytes: Buffer }, context: EffectContext) => string | undefined;

/** An address of nobody (RFC 5737). */
export const NOBODY = '192.0.2.1';

const lose: Effect = (passage) => {
  (passage as Passage).bytes = undefined;
  return '';
};

const replaced = (passage: Passage, bytes: Buffer | undefined, detail: string): string | undefined => {
  if (bytes === undefined) return undefined;
  passage.bytes = bytes;
  return detail;
};

const changing =
  (changeOf: (context: EffectContext) => FieldChange): Effect =>
  (passage, context) => {
    const { field = '' } = context.rule.rule;
    const change = changeOf(context);
    const bytes = context.protocol.change(passage.bytes, field, change);
    return replaced(passage, bytes, change.kind === 'set' ? `${field} = ${String(change.value)}` : field);
  };

const refusing =
  (make: (bytes: Buffer, context: EffectContext) => Buffer | undefined): Effect =>
  (passage, context) => {
    const reply = make(passage.bytes, context);
    if (reply === undefined) return undefined;
    passage.reply = reply;
    (passage as Passage).bytes = undefined;
    return String(context.rule.rule.reason ?? '');
  };

const listOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [String(value ?? NOBODY)];

/** The effects on messages. Files, handshakes and calls have their own places. */
export const EFFECTS: Readonly<Partial<Record<FaultName, Effect>>> = {
  drop: lose,
  silence: lose,
  delay: (passage, { rule }) => {
    if (rule.rule.delay === undefined) return undefined;
    const delay = rule.random.delay(rule.rule.delay);
    passage.delay += delay;
    return `after ${delay} ms`;
  },
  double: (passage) => {
    passage.copies += 1;
    return '';
  },
  reorder: (passage) => {
    passage.isHeld = true;
    return '';
  },
  cut: (passage, { rule, isStream }) => {
    const { length } = passage.bytes;
    const left = Math.min(length, rule.rule.octets ?? Math.floor(length / 2));
    passage.bytes = passage.bytes.subarray(0, left);
    if (isStream) passage.ending = 'end';
    return `${left} of ${length} octets`;
  },
  close: (passage, { isStream }) => {
    if (!isStream) return undefined;
    (passage as Passage).bytes = undefined;
    passage.ending = 'reset';
    return '';
  },
  slow: (passage, { rule, isStream }) => {
    if (!isStream) return undefined;
    passage.rate = rule.rule.rate ?? DEFAULT_FAULT_RULE.rate;
    return `${passage.rate} octets a second`;
  },
  garble: changing(({ rule }) => ({ kind: 'garble', random: rule.random })),
  set: changing(({ rule }) => ({ kind: 'set', value: rule.rule.value ?? '' })),
  refuse: refusing((bytes, { protocol, rule, servers }) =>
    servers.length === 0 ? protocol.refuse(bytes, rule.rule.reason) : nakFor(bytes, servers, rule.rule.reason),
  ),
  nak: refusing((bytes, { rule, servers }) => nakFor(bytes, servers, rule.rule.reason)),
  'wrong-option-150': (passage, { rule }) => {
    const named = listOf(rule.rule.value);
    return replaced(passage, withTftpServers(passage.bytes, named), named.join(', '));
  },
  'text-option-150': (passage) => replaced(passage, withTextOption150(passage.bytes), ''),
};

/** The faults of messages. */
export const MESSAGE_FAULTS: ReadonlySet<FaultName> = new Set(Object.keys(EFFECTS) as FaultName[]);
