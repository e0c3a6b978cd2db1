// What a message's body consists of: kinds of field, records, arrays, tails that may be missing, and fields that come,
// go or widen with the protocol version. A declaration is compiled once per version range into plain closures.

import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

export const MAX_VERSION = 22;

/** A message or record as a value: its fields in their declared order. */
export type Values = Record<string, unknown>;

/** Names for numbers, from a table of `sccp.md` §9. */
export interface Names {
  nameOf(value: number): string | undefined;
}

/** A field's reader and writer for one version. `owner` is the record that the field stands in. */
export interface Codec<T = unknown> {
  /** As the reference writes it: `u32 LE`, `string[16]`. */
  readonly notation: string;
  /** Octets that must be left for it to be there at all. */
  readonly need: number;
  /** Octets when it is always the same size. */
  readonly size: number | undefined;
  /** The most octets that writing can take. */
  readonly room: number;
  read(from: Reader, owner: Values): T;
  /** `whole`: something follows, so nothing may be left off. An absent value is written as zeros. */
  write(to: Writer, value: T | undefined, owner: Values, whole: boolean): void;
  readonly names?: Names;
  /** How a value looks as one text, where it is neither a number nor a string: as the reference's bytes do. */
  format?(value: T): string;
  /** Of a record: its fields. */
  readonly parts?: Parts;
  /** Of an array: what it holds. */
  readonly element?: Codec;
  /** The field that says how much of it is in use. */
  readonly countedBy?: string;
  /** The encoder knows its value from another field where it is left out. */
  readonly derived?: true;
}

/** How far a field may be missing: never, if its sender likes, at the end of a body, or along with the one before. */
type Presence = 'required' | 'zero-default' | 'tail' | 'same-tail';

/** A field as declared: of values `T`; `Optional` fields may be absent from a message. */
export interface Kind<T, Optional extends boolean = false> {
  readonly optional: Optional;
  readonly presence: Presence;
  /** The version from which bodies have it. */
  readonly from: number;
  /** Versions from which it is compiled anew. */
  readonly breaks: readonly number[];
  codec(version: number): Codec<T>;
}

export type FieldKinds = Readonly<Record<string, Kind<unknown, boolean>>>;

type ValueOf<K> = K extends Kind<infer T, boolean> ? T : never;
type RequiredKeys<F> = { [K in keyof F]: F[K] extends Kind<unknown, true> ? never : K }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };

/** The TypeScript type of what `F` declares. `Sure` narrows which of the required fields are always there. */
export type ValuesOf<F, Sure extends PropertyKey = keyof F> = Flat<
  { readonly [K in RequiredKeys<F> & Sure]: ValueOf<F[K]> } & {
    readonly [K in Exclude<keyof F, RequiredKeys<F> & Sure>]?: ValueOf<F[K]>;
  }
>;

export const kind = <T>(codec: (version: number) => Codec<T>, breaks: readonly number[] = []): Kind<T> => ({
  optional: false,
  presence: 'required',
  from: 0,
  breaks,
  codec,
});

/** The body may end before it. */
export const tail = <T>(of: Kind<T, boolean>): Kind<T, true> => ({ ...of, optional: true, presence: 'tail' });

/** Missing only along with the tail before it: where one of them is sent, all are. */
export const sameTail = <T>(of: Kind<T, boolean>): Kind<T, true> => ({ ...of, optional: true, presence: 'same-tail' });

/** Nobody need fill it in; zeros are sent. */
export const zeroDefault = <T>(of: Kind<T, boolean>): Kind<T, true> => ({
  ...of,
  optional: true,
  presence: 'zero-default',
});

/** In bodies of this version and later ones. */
export const since = <T>(version: number, of: Kind<T, boolean>): Kind<T, true> => ({
  ...of,
  optional: true,
  presence: of.presence === 'required' ? 'zero-default' : of.presence,
  from: version,
  breaks: [...of.breaks, version],
});

/** One kind in bodies before `version`, another from there on. */
export const widened = <T, O extends boolean>(before: Kind<T, O>, version: number, after: Kind<T, O>): Kind<T, O> => ({
  ...before,
  breaks: [...before.breaks, ...after.breaks, version],
  codec: (of) => (of < version ? before : after).codec(of),
});

export interface Part {
  readonly name: string;
  readonly presence: Presence;
  readonly codec: Codec;
  readonly need: number;
  /** Name of the first required field from here on. */
  readonly requires: string | undefined;
  /** Index of the last part that is sent where this one is. */
  readonly last: number;
}

export interface Parts {
  readonly list: readonly Part[];
  /** Values to read into. */
  blank(): Values;
  /** Index of the last part that is always sent; -1: none is. */
  readonly least: number;
  readonly size: number | undefined;
  readonly room: number;
  /** Octets at which a body of this layout may end, padded or not. Stops where a field varies in size. */
  readonly ends: ReadonlySet<number>;
}

const sum = (sizes: readonly (number | undefined)[]): number | undefined =>
  sizes.reduce<number | undefined>(
    (total, size) => (total === undefined || size === undefined ? undefined : total + size),
    0,
  );

/** The fields that bodies of this version have, ready to read and write. */
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
 * Plain empty objects from a constructor of their own: the engine learns from it how many properties they get and makes
 * room beforehand, which more than halves the time to read a Register.
 */
const blankMaker = (): (() => Values) => {
  function Blank(): void {}
  Blank.prototype = Object.prototype;
  const Constructor = Blank as unknown as new () => Values;
  return () => new Constructor();
};

/** Where a body may end: before any tail, and at the end; counted within a record that is the last field too. */
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

/** To a multiple of 4, as bodies are sent (`sccp.md` §1.1 rule 7). */
const padded = (size: number): number => (size + 3) & ~3;

/** Reads what the body holds; what it does not is absent from `into`. */
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

/** Writes up to the last field that is there; those missing before it are zeros. */
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
