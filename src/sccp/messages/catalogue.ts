// Every SCCP message, gathered from the declarations of `messages/`. What a session, a simulated phone, a trace and a
// command need of the wire:
//
//   decode(frame.id, frame.body, version, texts)
//     { type: 'RegisterReqMessage', fields: { deviceName: 'ipctest2', … } }   fields that the body lacks are absent
//     { type: 'Unknown', id, body }                                           an id that no declaration has
//     { type: 'Short', name, id, missing, fields }        a known id whose body ends before what it cannot do without
//   encode('RegisterAckMessage', { keepAliveInterval: 30, … }, version, texts)            a whole frame
//   append(writer, 'LineStatMessage', { … }, version, texts)         many, to be written at once: `writer.take()`
//
// `version` is the negotiated one, 0 before a negotiation; the header word follows from it (`sccp.md` §2). A body ends
// after the last field that is given: tails that are left out are not sent, what is left out before them is zeros.
// `form` chooses a layout beside the usual one, such as `trimmed` capabilities. `Fields<N>` are a message's fields,
// `FromPhoneName` and `FromServerName` the messages of one direction.

import type { Values } from '../codec/layout.js';
import { type Direction, type FieldsOf, HEAD_BYTES, type MessageSpec, readBody, writeFrame } from '../codec/message.js';
import { type TextEncoding, Writer } from '../codec/writer.js';
import * as announcements from './announcements.js';
import * as applications from './applications.js';
import * as calls from './calls.js';
import * as capabilities from './capabilities.js';
import * as clock from './clock.js';
import * as conferences from './conferences.js';
import * as digits from './digits.js';
import * as display from './display.js';
import * as handset from './handset.js';
import * as keys from './keys.js';
import * as lines from './lines.js';
import * as media from './media.js';
import * as multicast from './multicast.js';
import * as multimedia from './multimedia.js';
import * as ports from './ports.js';
import * as qualityOfService from './quality-of-service.js';
import * as registration from './registration.js';
import * as services from './services.js';
import * as statistics from './statistics.js';
import * as token from './token.js';

/** By conversation, in the order in which a reader would meet them. */
const GROUPS = {
  registration,
  token,
  capabilities,
  keys,
  lines,
  services,
  clock,
  display,
  handset,
  calls,
  media,
  statistics,
  ports,
  multimedia,
  multicast,
  digits,
  qualityOfService,
  conferences,
  announcements,
  applications,
};

type Groups = typeof GROUPS;
type Spec = { [C in keyof Groups]: Groups[C][keyof Groups[C]] }[keyof Groups];
type SpecOf<D extends Direction> = Extract<Spec, { readonly direction: D }>;

export type MessageName = Spec['name'];
export type FromPhoneName = SpecOf<'phone→server' | 'both'>['name'];
export type FromServerName = SpecOf<'server→phone' | 'both'>['name'];

/** The fields of one message, as values. */
export type Fields<N extends MessageName> = FieldsOf<Extract<Spec, { readonly name: N }>>;

/** Any message that a declaration stands for, told apart by `type`. */
export type Message = { [N in MessageName]: { readonly type: N; readonly fields: Fields<N> } }[MessageName];
export type FromServer = Extract<Message, { readonly type: FromServerName }>;

/** A message of an id that no declaration has. */
export interface Unknown {
  readonly type: 'Unknown';
  readonly id: number;
  readonly body: Buffer;
}

/** A message whose body ends before a field that it cannot do without. */
export interface Short {
  readonly type: 'Short';
  readonly name: MessageName;
  readonly id: number;
  /** The first such field. */
  readonly missing: string;
  readonly fields: Readonly<Values>;
}

export type Received = Message | Unknown | Short;

/** In the order of their ids. */
export const MESSAGES: readonly MessageSpec[] = Object.values(GROUPS)
  .flatMap((group): MessageSpec[] => Object.values(group))
  .sort((a, b) => a.id - b.id);

const BY_ID: ReadonlyMap<number, MessageSpec> = new Map(MESSAGES.map((spec) => [spec.id, spec]));
const BY_NAME: ReadonlyMap<string, MessageSpec> = new Map(MESSAGES.map((spec) => [spec.name, spec]));

export const messageById = (id: number): MessageSpec | undefined => BY_ID.get(id);

export const messageNamed = (name: MessageName): MessageSpec => BY_NAME.get(name) as MessageSpec;

/** Never throws. The values are copies; an Unknown's body is the caller's bytes. */
export const decode = (id: number, body: Buffer, version: number, texts: TextEncoding = 'latin1'): Received => {
  const spec = BY_ID.get(id);
  if (spec === undefined) return { type: 'Unknown', id, body };
  const { fields, missing } = readBody(spec.layoutOf(body, version), body, texts);
  if (missing === undefined) return { type: spec.name, fields } as Message;
  return { type: 'Short', name: spec.name as MessageName, id, missing, fields };
};

/** The version from which the header word shows the negotiated one (`sccp.md` §2). */
const VERSIONED_HEADERS = 12;

/** Appends one frame to `to`. */
export const append = <N extends MessageName>(
  to: Writer,
  name: N,
  fields: Fields<N>,
  version: number,
  texts: TextEncoding = 'latin1',
  form?: string,
): void => {
  const spec = messageNamed(name);
  const headerVersion = spec.unversioned === true || version < VERSIONED_HEADERS ? 0 : version;
  to.texts = texts;
  writeFrame(spec.id, spec.layoutAt(version, form), headerVersion, fields as Values, to);
};

/** One frame: head and body. */
export const encode = <N extends MessageName>(
  name: N,
  fields: Fields<N>,
  version: number,
  texts: TextEncoding = 'latin1',
  form?: string,
): Buffer => {
  const writer = new Writer(HEAD_BYTES + messageNamed(name).layoutAt(version, form).parts.room + 3);
  append(writer, name, fields, version, texts, form);
  return writer.take();
};

/** The length word of a whole body in the layout of `version`, as CUCM prints it beside the one that came. */
export const definedLength = (name: MessageName, version: number): number => {
  const spec = messageNamed(name);
  return 4 + (spec.defined ?? spec.layoutAt(version).parts.room);
};
