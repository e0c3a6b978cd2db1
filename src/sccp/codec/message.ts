// Declarations of messages: name, id, direction, answer and fields. A message's TypeScript type, its decoder and
// encoder, and its rows in tables and traces follow from its declaration.

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

/** Which side sends it. `both`: either side; `server↔resource`: between the server and a media resource. */
export type Direction = 'phone→server' | 'server→phone' | 'both' | 'server↔resource';

/** What a message belongs to, for tables of messages. */
export type Phase =
  | 'keepalive'
  | 'registration'
  | 'config query'
  | 'display'
  | 'call control'
  | 'media'
  | 'conference/resource'
  | 'misc';

/** Another layout than the usual one of a version, which some phones or servers send. */
export interface MessageForm<F extends FieldKinds = FieldKinds> {
  readonly fields: F;
  /** Whether a body has this form. */
  when(body: Buffer, version: number): boolean;
  /** Whether a capture backs it. */
  readonly captured: boolean;
}

/** The other layouts of a message, by name. */
export type Forms = Readonly<Record<string, MessageForm>>;

/** A message as it is declared. */
export interface Declaration<Name extends string, D extends Direction, F extends FieldKinds, Fs extends Forms> {
  readonly id: number;
  /** The canonical name, Cisco's. */
  readonly name: Name;
  /** Other names of it, tshark's among them. */
  readonly aliases?: readonly string[];
  readonly direction: D;
  readonly phase: Phase;
  /** The message that its receiver must or should answer with. */
  readonly answer?: string;
  readonly doc: string;
  /** The protocol versions of captures or dumps that confirm its layout; layouts of other versions are unverified. */
  readonly captured: readonly number[];
  /** The header word is 0 whatever was negotiated (`sccp.md` §2). */
  readonly unversioned?: true;
  /** Octets of the body in CUCM's own structure, if that lacks the newest fields. */
  readonly defined?: number;
  readonly fields: F;
  readonly forms?: Fs;
}

/** A layout for the versions `from` to `to`. */
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
  /** In the order of versions, the other forms last. */
  readonly layouts: readonly Layout[];
  /** Every field of any layout, in declared order. */
  readonly parts: readonly Part[];
  /** The layout for sending at this version. */
  layoutAt(version: number, form?: string): Layout;
  /** The layout of a received body: by its form, then by its length, then by the version (`sccp.md` §2). */
  layoutOf(body: Buffer, version: number): Layout;
}

type FormFields<Fs extends Forms> = Fs[keyof Fs]['fields'];
type KeysOfAny<T> = T extends unknown ? keyof T : never;
type AnyValue<T, K extends PropertyKey> = T extends unknown
  ? K extends keyof ValuesOf<T>
    ? ValuesOf<T>[K]
    : never
  : never;

/** The type of a message's values. A field that only some of its forms have may be absent. */
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
    // A form is compiled for the newest version: it is recognised by its octets.
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

/** All fields: the newest layout has those of the older ones, and a form may have others. */
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

/** By body length, the layout that alone has this length. */
const layoutsByLength = (ranges: readonly Layout[]): ReadonlyMap<number, Layout> => {
  const found = new Map<number, Layout | undefined>();
  for (const range of ranges) for (const end of range.parts.ends) found.set(end, found.has(end) ? undefined : range);
  return new Map([...found].filter((entry): entry is [number, Layout] => entry[1] !== undefined));
};

/** Reads a body; `missing` is the first required field that it does not hold. */
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

/** The octets of a frame before its body: length, version and id. */
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
