// What of an SCCP message is of one boot alone: the name, addresses, and the references that the server draws.

import { isMaskedButton } from '../../capture/sccp-digits.js';
import { contentOf } from '../decoded-tape.js';
import type { TapeMessage } from '../tape.js';
import type { ReplayAdapter } from './adapter.js';
import { type ReplayIdentity, type ReplayPlaces, readdressed, renamed } from './identity.js';

/** Fields whose values the server chooses, and which the phone gives back (`docs/protocols/sccp.md` §5). */
const REFERENCES = /(?:^|\.)(callReference|passThruPartyId|conferenceId|transactionId)$/i;
const REFERENCE_OCTETS = 4;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (octets: Buffer): Fields => contentOf('sccp', octets).fields;

/** Maps the references of the tape to those of now, and names and addresses. */
export class SccpAdapter implements ReplayAdapter {
  readonly #identity: ReplayIdentity;
  /** By the kind of reference and its number on the tape: the number of now. */
  readonly #references = new Map<string, number>();

  constructor(identity: ReplayIdentity) {
    this.#identity = identity;
  }

  adapt({ octets }: TapeMessage, places: ReplayPlaces): Buffer {
    let frame: Buffer = Buffer.from(octets);
    for (const [field, value] of Object.entries(fieldsOf(octets))) {
      const now = this.#valueOf(field, value, places);
      if (now !== value) frame = withField(frame, field, value, now) ?? frame;
    }
    return frame;
  }

  learn(taped: TapeMessage | undefined, live: Buffer): void {
    if (taped === undefined) return;
    const now = fieldsOf(live);
    for (const [field, value] of Object.entries(fieldsOf(taped.octets))) {
      const key = referenceKey(field, value);
      const number = now[field];
      if (key !== undefined && typeof number === 'number' && number !== 0) this.#references.set(key, number);
    }
  }

  #valueOf(field: string, value: unknown, places: ReplayPlaces): unknown {
    if (field === 'kpButton' && isMaskedButton(value)) return 0;
    const key = referenceKey(field, value);
    if (key !== undefined) return this.#references.get(key) ?? value;
    return typeof value === 'string' ? readdressed(renamed(value, this.#identity), places, false) : value;
  }
}

/** `undefined`: it is no reference, or refers to nothing. */
const referenceKey = (field: string, value: unknown): string | undefined => {
  const [, kind] = REFERENCES.exec(field) ?? [];
  return kind === undefined || typeof value !== 'number' || value === 0 ? undefined : `${kind} ${value}`;
};

/** How a value may stand in a frame. */
const octetsOf = (value: unknown): readonly Buffer[] => {
  if (typeof value === 'number') {
    const number = Buffer.alloc(REFERENCE_OCTETS);
    number.writeUInt32LE(value);
    return [number];
  }
  const text = String(value);
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(text) ? [Buffer.from(text.split('.').map(Number))] : [];
  const digits = /^(?:[0-9a-f]{2})+$/i.test(text) ? [Buffer.from(text, 'hex')] : [];
  return [...address, ...digits, Buffer.from(text, 'latin1')];
};

/**
 * Changes one field of a frame in place, and nothing else of it: the octets of the value are looked for, and what comes out
 * is decoded again. `undefined`: the new value does not fit.
 */
const withField = (frame: Buffer, field: string, value: unknown, now: unknown): Buffer | undefined => {
  const before = fieldsOf(frame);
  const forms = octetsOf(now);
  for (const [index, old] of octetsOf(value).entries()) {
    const next = forms[index];
    if (next === undefined || old.length === 0) continue;
    for (let at = frame.indexOf(old, HEAD_OCTETS); at >= 0; at = frame.indexOf(old, at + 1)) {
      const changed = replaced(frame, at, old, next);
      if (changed !== undefined && differsOnlyIn(fieldsOf(changed), before, field, now)) return changed;
    }
  }
  return undefined;
};

const HEAD_OCTETS = 12;

/** A shorter text is followed by NULs, a longer one takes their place. */
const replaced = (frame: Buffer, at: number, old: Buffer, next: Buffer): Buffer | undefined => {
  const changed = Buffer.from(frame);
  const room = Math.max(old.length, next.length);
  if (at + room > frame.length) return undefined;
  if (frame.subarray(at + old.length, at + room).some((octet) => octet !== 0)) return undefined;
  changed.fill(0, at, at + room);
  next.copy(changed, at);
  return changed;
};

const differsOnlyIn = (fields: Fields, before: Fields, field: string, value: unknown): boolean =>
  fields[field] === value && Object.entries(before).every(([name, old]) => name === field || fields[name] === old);
