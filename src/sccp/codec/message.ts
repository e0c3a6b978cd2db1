// One message declared once: its name, id, direction, answer and layouts. From the declaration come its TypeScript type,
// decoder and encoder, its rows in tables and traces.

import {
  compile,
  type FieldKinds,
  MAX_VERSION,
  type Part,
  type Parts,
  readParts,
  type Values,
  type ValuesOf,
  writeParts,
} from './layout.js';
import { Reader } from './reader.js';
import type { TextEncoding, Writer } from './writer.js';

/** Who sends it. `both`: either side; `server↔resource`: between the server and a media resource. */
export type Direction = 'phone→server' | 'server→phone' | 'both' | 'server↔resource';

export type Phase =
  | 'keepalive'
  | 'registration'
  | 'config query'
  | 'display'
  | 'call control'
  | 'media'
  | 'conference/resource'
  | 'misc';

/** A layout beside the usual one, which some phones or servers send at versions that have another. */
export interface MessageForm<F extends FieldKinds = FieldKinds> {
  readonly fields: F;
  /** Whether a body has this form. */
  when(body: Buffer, version: number): boolean;
  /** Whether a capture backs it. */
  readonly captured: boolean;
}

export type Forms = Readonly<Record<string, MessageForm>>;

export interface Declaration<Name extends string, D extends Direction, F extends FieldKinds, Fs extends Forms> {
  readonly id: number;
  /** The canonical name, Cisco's. */
  readonly name: Name;
  /** Other names that it goes by, tshark's among them. */
  readonly aliases?: readonly string[];
  readonly direction: D;
  readonly phase: Phase;
  /** What its receiver must or should answer with. */
  readonly answer?: string;
  readonly doc: string;
  /** Protocol versions of captures or dumps that back its layout; layouts of other versions are unverified. */
  readonly captured: readonly number[];
  /** The header word is 0 whatever was negotiated (`sccp.md` §2). */
  readonly unversioned?: true;
  /** Octets of the body in CUCM's own structure, where it has not the newest fields. */
  readonly defined?: number;
  readonly fields: F;
  readonly forms?: Fs;
}

/** One layout, for the versions `from` to `to`. */
export interface Layout {
  readonly from: number;
  readonly to: number;
  readonly form: string | undefined;
  readonly verified: boolean;
  readonly parts: Parts;
}

/** A declaration with its layouts compiled. */
export interface MessageSpec<
  Name extends string = string,
  D extends Direction = Direction,
  F extends FieldKinds = FieldKinds,
  Fs extends Forms = Forms,
> extends Declaration<Name, D, F, Fs> {
  /** By rising version, the other forms last. */
  readonly layouts: readonly Layout[];
  /** Every field that any layout has, in declared order. */
  readonly parts: readonly Part[];
  /** The layout that bodies of this version are sent in. */
  layoutAt(version: number, form?: string): Layout;
  /** The layout that a body was written in: by its form, then by its length, then by version (`sccp.md` §2). */
  layoutOf(body: Buffer, version: number): Layout;
}

type FormFields<Fs extends Forms> = Fs[keyof Fs]['fields'];
type KeysOfAny<T> = T extends unknown ? keyof T : never;
type AnyValue<T, K extends PropertyKey> = T extends unknown
  ? K extends keyof ValuesOf<T>
    ? ValuesOf<T>[K]
    : never
  : never;

/** The fields of a message as values; one that only some of its forms have may be absent. */
export type FieldsOf<S> =
  S extends MessageSpec<string, Direction, infer F, infer Fs>
    ? [FormFields<Fs>] extends [never]
      ? ValuesOf<F>
      : ValuesOf<F, keyof FormFields<Fs>> & {
          readonly [K in Exclude<KeysOfAny<FormFields<Fs>>, keyof F>]?: AnyValue<FormFields<Fs>, K>;
        }
    : never;

/** Declares a message and compiles its layouts. */
export const message = <
  const Name extends string,
  const D extends Direction,
  const F extends FieldKinds,
  const Fs extends Forms = Readonly<Record<never, MessageForm>>,
>(
  declaration: Declaration<Name, D, F, Fs>,
): MessageSpec<Name, D, F, Fs> => {
  const ranges = rangesOf(declaration.fields, declaration.captured);
  const forms = Object.entries(declaration.forms ?? {}).map(([form, { fields, captured, when }]) => ({
    when,
    // A form is compiled for the newest version: it is told apart by its bytes.
    layout: { from: 0, to: MAX_VERSION, form, verified: captured, parts: compile(fields, MAX_VERSION) },
  }));
  const byVersion = Array.from({ length: MAX_VERSION + 1 }, (_, version) =>
    ranges.find(({ from, to }) => version >= from && version <= to),
  ) as readonly Layout[];
  const layoutAt = (version: number, form?: string): Layout =>
    (form === undefined ? undefined : forms.find(({ layout }) => layout.form === form)?.layout) ??
    (byVersion[Math.min(version, MAX_VERSION)] as Layout);
  const byLength = layoutsByLength(ranges);
  const layoutOf = (body: Buffer, version: number): Layout => {
    for (const { when, layout } of forms) if (when(body, version)) return layout;
    const usual = layoutAt(version);
    if (ranges.length === 1 || usual.parts.ends.has(body.length)) return usual;
    return byLength.get(body.length) ?? usual;
  };
  const layouts = [...ranges, ...forms.map(({ layout }) => layout)];
  return { ...declaration, layouts, parts: partsOf(layouts), layoutAt, layoutOf };
};

/** The newest layout has every field of the older ones; a form may have others. */
const partsOf = (layouts: readonly Layout[]): readonly Part[] => {
  const byName = new Map<string, Part>();
  const newestFirst = [...layouts].sort(
    (a, b) => Number(a.form !== undefined) - Number(b.form !== undefined) || b.from - a.from,
  );
  for (const { parts } of newestFirst)
    for (const part of parts.list) if (!byName.has(part.name)) byName.set(part.name, part);
  return [...byName.values()];
};

const rangesOf = (fields: FieldKinds, captured: readonly number[]): readonly Layout[] => {
  const starts = [...new Set([0, ...Object.values(fields).flatMap(({ breaks }) => breaks)])].sort((a, b) => a - b);
  return starts.map((from, index) => {
    const to = (starts[index + 1] ?? MAX_VERSION + 1) - 1;
    const verified = captured.some((version) => version >= from && version <= to);
    return { from, to, form: undefined, verified, parts: compile(fields, from) };
  });
};

/** Body lengths that only one of the layouts has. */
const layoutsByLength = (ranges: readonly Layout[]): ReadonlyMap<number, Layout> => {
  const found = new Map<number, Layout | undefined>();
  for (const range of ranges) for (const end of range.parts.ends) found.set(end, found.has(end) ? undefined : range);
  return new Map([...found].filter((entry): entry is [number, Layout] => entry[1] !== undefined));
};

/** What a body holds, and the first field that the message cannot do without and that is not there. */
export const readBody = (
  { parts }: Layout,
  body: Buffer,
  texts: TextEncoding,
): { readonly fields: Values; readonly missing: string | undefined } => {
  const reader = new Reader(body, texts);
  const fields = parts.blank();
  readParts(parts, reader, fields);
  return { fields, missing: reader.missing };
};

/** The id's octets and a frame's head come before the body. */
export const HEAD_BYTES = 12;

/** Appends a whole frame to `to`, its body padded to a multiple of 4 (`sccp.md` §1.1 rule 7). */
export const writeFrame = (id: number, { parts }: Layout, headerVersion: number, values: Values, to: Writer): void => {
  to.reserve(HEAD_BYTES + parts.room + 3);
  const start = to.at;
  to.at = start + 4;
  to.u32(headerVersion);
  to.u32(id);
  writeParts(parts, to, values, false);
  const odd = (to.at - start) & 3;
  if (odd !== 0) to.zeros(4 - odd);
  to.patch32(start, to.at - start - 8);
};
