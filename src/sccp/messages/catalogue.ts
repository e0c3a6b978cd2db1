// Every SCCP message, from the declarations in `messages/`: encodes and decodes them for sessions, simulated phones,
// traces and commands.
//
//   decode(frame.id, frame.body, version, texts)
//     { type: 'RegisterReqMessage', fields: { deviceName: 'ipctest2', … } }   fields that the body lacks are absent
//     { type: 'Unknown', id, body }                                           an id that no declaration has
//     { type: 'Short', name, id, missing, fields }        a known id whose body ends before what it cannot do without
//   encode('RegisterAckMessage', { keepAliveInterval: 30, … }, version, texts)            a whole frame
//   append(writer, 'LineStatMessage', { … }, version, texts)         many, to be written at once: `writer.take()`
//
// `version` is the negotiated one, 0 before the negotiation; the header word follows from it (`sccp.md` §2). A body
// ends after the last field that is given: tails that are left out are not sent, and fields that are left out before it
// are zeros. `form` chooses another layout than the usual one, such as `trimmed` capabilities. `Fields<N>` is the type
// of a message's fields, `FromPhoneName` and `FromServerName` are the names of the messages of one direction.

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

/** By purpose, in the order in which a reader would meet them. */
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

/** The name of any message. */
export type MessageName = Spec['name'];
/** The name of a message that phones send. */
export type FromPhoneName = SpecOf<'phone→server' | 'both'>['name'];
/** The name of a message that call managers send. */
export type FromServerName = SpecOf<'server→phone' | 'both'>['name'];

/** The fields of a message as values. */
export type Fields<N extends MessageName> = FieldsOf<Extract<Spec, { readonly name: N }>>;

/** Any declared message, discriminated by `type`. */
export type Message = { [N in MessageName]: { readonly type: N; readonly fields: Fields<N> } }[MessageName];
/** A decoded message of those that servers send. */
export type FromServer = Extract<Message, { readonly type: FromServerName }>;

/** A message with an id that is not declared. */
export interface Unknown {
  readonly type: 'Unknown';
  readonly id: number;
  readonly body: Buffer;
}

/** A message whose body ends before a required field. */
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

/** The message of this id; `undefined`: none is declared. */
export const messageById = (id: number): MessageSpec | undefined => BY_ID.get(id);

/** The message of this name. */
export const messageNamed = (name: MessageName): MessageSpec => BY_NAME.get(name) as MessageSpec;

/**
 * Decodes the body of a frame. Never throws. The values are copies; the body of an `Unknown` is the caller's buffer.
 */
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

/** Encodes one frame, header and body. */
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

/** The length word that a complete body has at `version`; CUCM's trace shows it beside the received one. */
export const definedLength = (name: MessageName, version: number): number => {
  const spec = messageNamed(name);
  return 4 + (spec.defined ?? spec.layoutAt(version).parts.room);
};
