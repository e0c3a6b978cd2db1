// Layouts of message bodies: kinds of field, records, arrays, tails that may be missing, and fields that are added or
// widened from a protocol version on. A declaration is compiled once for each range of versions, into plain closures.

import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** The highest protocol version. */
export const MAX_VERSION = 22;

/** A message or record as a value: its fields in their declared order. */
export type Values = Record<string, unknown>;

/** The names of numbers, from a table of `sccp.md` §9. */
export interface Names {
  nameOf(value: number): string | undefined;
}

/** Reads and writes a field at one version. `owner` is the record that the field is in. */
export interface Codec<T = unknown> {
  /** In the reference's notation: `u32 LE`, `string[16]`. */
  readonly notation: string;
  /** How many octets the body must still have for the field to be present. */
  readonly need: number;
  /** Its octets; `undefined`: they vary. */
  readonly size: number | undefined;
  /** The most octets that writing can take. */
  readonly room: number;
  read(from: Reader, owner: Values): T;
  /** `whole`: another field follows, so that no tail may be left off. An absent value is written as zeros. */
  write(to: Writer, value: T | undefined, owner: Values, whole: boolean): void;
  readonly names?: Names;
  /** The text of a value that is neither a number nor a string, if it has one. */
  format?(value: T): string;
  /** If it is a record: its fields. */
  readonly parts?: Parts;
  /** If it is an array: its elements. */
  readonly element?: Codec;
  /** The name of the field that says how much of it is in use. */
  readonly countedBy?: string;
  /** If its value is left out, the encoder takes it from another field. */
  readonly derived?: true;
}

/**
 * Whether a field may be left out. `required`: never. `zero-default`: yes, zeros are sent. `tail`: the body may end
 * before it. `same-tail`: only together with the tail before it.
 */
type Presence = 'required' | 'zero-default' | 'tail' | 'same-tail';

/** A declared field with values of `T`. If `Optional` is true, the field may be absent from a message's values. */
export interface Kind<T, Optional extends boolean = false> {
  readonly optional: Optional;
  readonly presence: Presence;
  /** The version from which bodies have the field. */
  readonly from: number;
  /** The versions at which it changes, and is compiled anew. */
  readonly breaks: readonly number[];
  codec(version: number): Codec<T>;
}

/** The declared fields of a message or record, in order. */
export type FieldKinds = Readonly<Record<string, Kind<unknown, boolean>>>;

type ValueOf<K> = K extends Kind<infer T, boolean> ? T : never;
type RequiredKeys<F> = { [K in keyof F]: F[K] extends Kind<unknown, true> ? never : K }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };

/** The TypeScript type of the values of `F`. `Sure`: the required fields that are always present. */
export type ValuesOf<F, Sure extends PropertyKey = keyof F> = Flat<
  { readonly [K in RequiredKeys<F> & Sure]: ValueOf<F[K]> } & {
    readonly [K in Exclude<keyof F, RequiredKeys<F> & Sure>]?: ValueOf<F[K]>;
  }
>;

/** A required field. `breaks`: the versions at which its codec changes. */
export const kind = <T>(codec: (version: number) => Codec<T>, breaks: readonly number[] = []): Kind<T> => ({
  optional: false,
  presence: 'required',
  from: 0,
  breaks,
  codec,
});

/** Makes a field a tail: the body may end before it. */
export const tail = <T>(of: Kind<T, boolean>): Kind<T, true> => ({ ...of, optional: true, presence: 'tail' });

/** Makes a field part of the tail before it: if one of them is sent, all are. */
export const sameTail = <T>(of: Kind<T, boolean>): Kind<T, true> => ({ ...of, optional: true, presence: 'same-tail' });

/** Makes a field optional in the values: zeros are sent if it is left out. */
export const zeroDefault = <T>(of: Kind<T, boolean>): Kind<T, true> => ({
  ...of,
  optional: true,
  presence: 'zero-default',
});

/** Makes a field present only from this version on. */
export const since = <T>(version: number, of: Kind<T, boolean>): Kind<T, true> => ({
  ...of,
  optional: true,
  presence: of.presence === 'required' ? 'zero-default' : of.presence,
  from: version,
  breaks: [...of.breaks, version],
});

/** A field of one kind before `version`, and of another from there on. */
export const widened = <T, O extends boolean>(before: Kind<T, O>, version: number, after: Kind<T, O>): Kind<T, O> => ({
  ...before,
  breaks: [...before.breaks, ...after.breaks, version],
  codec: (of) => (of < version ? before : after).codec(of),
});

/** A compiled field. */
export interface Part {
  readonly name: string;
  readonly presence: Presence;
  readonly codec: Codec;
  readonly need: number;
  /** The name of the first required field from here on. */
  readonly requires: string | undefined;
  /** The index of the last part that is sent if this one is. */
  readonly last: number;
}

/** The compiled fields of a message or record. */
export interface Parts {
  readonly list: readonly Part[];
  /** A new, empty object to read values into. */
  blank(): Values;
  /** The index of the last part that is always sent; -1: none is. */
  readonly least: number;
  readonly size: number | undefined;
  readonly room: number;
  /** The lengths that a body of this layout may have, padded or not, up to the first field of variable size. */
  readonly ends: ReadonlySet<number>;
}

const sum = (sizes: readonly (number | undefined)[]): number | undefined =>
  sizes.reduce<number | undefined>(
    (total, size) => (total === undefined || size === undefined ? undefined : total + size),
    0,
  );

/** Compiles the fields that bodies of this version have. */
export const compile = (fields: FieldKinds, version: number): Parts => {
  const present = Object.entries(fields)
    .filter(([, { from }]) => version >= from)
    .map(([name, declared]) => ({ name, declared, codec: declared.codec(version) }));
  const presences = present.map(({ declared }) => declared.presence);
  const list = present.map(({ name, declared, codec }, index): Part => {
    const from = index + 1;
    const stop = presences.slice(from).findIndex((presence) => presence !== 'same-tail');
    const required = present.slice(index).find((other) => other.declared.presence === 'required');
    return {
      name,
      presence: declared.presence,
      codec,
      need: codec.need,
      requires: required?.name,
      last: stop < 0 ? present.length - 1 : index + stop,
    };
  });
  const sizes = list.map(({ codec }) => codec.size);
  const least = presences.reduce(
    (last, presence, index) => (presence === 'required' || presence === 'zero-default' ? index : last),
    -1,
  );
  return {
    list,
    blank: blankMaker(),
    least,
    size: sum(sizes),
    room: list.reduce((total, { codec }) => total + codec.room, 0),
    ends: endsOf(list, least),
  };
};

/**
 * Makes a function that creates plain empty objects.
 *
 * @hot Each layout has a constructor of its own: V8 learns from it how many properties the objects get and reserves
 * room, which more than halves the time to read a Register.
 */
const blankMaker = (): (() => Values) => {
  function Blank(): void {}
  Blank.prototype = Object.prototype;
  const Constructor = Blank as unknown as new () => Values;
  return () => new Constructor();
};

/** Where a body may end: before each tail, and at the end; also within a record that is the last field. */
const endsOf = (list: readonly Part[], least: number): ReadonlySet<number> => {
  const ends = new Set<number>();
  let at = 0;
  for (const [index, { presence, codec }] of list.entries()) {
    if (presence === 'tail' && index > least) ends.add(at).add(padded(at));
    if (codec.parts !== undefined && index >= least) for (const end of codec.parts.ends) ends.add(at + end);
    if (codec.size === undefined) return ends;
    at += codec.size;
  }
  return ends.add(at).add(padded(at));
};

/** Rounds up to a multiple of 4, to which bodies are padded (`sccp.md` §1.1 rule 7). */
const padded = (size: number): number => (size + 3) & ~3;

/** Reads the fields that the body holds; others stay absent from `into`. */
export const readParts = ({ list }: Parts, from: Reader, into: Values): void => {
  for (let index = 0; index < list.length; index += 1) {
    const part = list[index] as Part;
    if (from.at + part.need > from.end) {
      from.ended = true;
      from.missing = part.requires;
      return;
    }
    into[part.name] = part.codec.read(from, into);
    if (from.ended) {
      if (from.missing !== undefined) from.missing = `${part.name}.${from.missing}`;
      else from.missing = list[index + 1]?.requires;
      return;
    }
  }
};

/** Writes up to the last field that has a value; fields before it without one are written as zeros. */
export const writeParts = ({ list, least }: Parts, to: Writer, values: Values, whole: boolean): void => {
  const end = whole ? list.length - 1 : lastSent(list, least, values);
  for (let index = 0; index <= end; index += 1) {
    const part = list[index] as Part;
    part.codec.write(to, values[part.name], values, whole || index < end);
  }
};

const lastSent = (list: readonly Part[], least: number, values: Values): number => {
  for (let index = list.length - 1; index > least; index -= 1) {
    const part = list[index] as Part;
    if (values[part.name] !== undefined) return part.last;
  }
  return least;
};
