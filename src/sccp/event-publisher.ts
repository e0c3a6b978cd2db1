// Publishes the events of links. An event is built only if there is a listener.

import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { Frame } from './codec/framer.js';
import type {
  IgnoredBecause,
  LinkEnd,
  MessageFields,
  SccpEvent,
  SccpReceived,
  SccpSent,
  StationContext,
} from './events.js';
import { definedLength, type MessageName, messageNamed, type Short } from './messages/catalogue.js';
import type { SccpSettings } from './settings.js';
import type { OffHookLine, Station } from './station.js';

type SccpPublisher = Publisher<SccpEvent>;

/** Where the events of messages go, and how many of them may in one second. */
interface EventOutput {
  readonly bus: SccpPublisher;
  readonly traceBudget: PerSecondBudget;
}

/** An event whose optional fields are still to be set. */
type Unfinished<E> = { -readonly [K in keyof E]: E[K] };

/** Takes one of this second's events about steps; `false`: they are used up, or there is no listener (decision 15). */
export const takeTraceBudget = ({ bus, traceBudget }: EventOutput, type: SccpEvent['type'], at: Instant): boolean =>
  bus.hasListener(type) && traceBudget.take(at);

const SHOWN_BYTES = 64;
const ID_BYTES = 4;

/**
 * Publishes a received message.
 *
 * @hot Positional parameters, and an event whose optional fields are set later, so that a message costs no object
 * besides its event (`src/README.md` decision 15).
 */
export const publishReceived = (
  output: EventOutput,
  station: StationContext,
  name: MessageName,
  frame: Frame,
  fields: object,
  version: number,
  at: Instant,
): void => {
  if (!takeTraceBudget(output, 'sccp.received', at)) return;
  const octets = frame.body.length + ID_BYTES;
  const defined = definedLength(name, version);
  const event: Unfinished<SccpReceived> = {
    type: 'sccp.received',
    at,
    station,
    name,
    octets,
    fields: fields as MessageFields,
  };
  if (defined !== octets) event.defined = defined;
  const names = namesIn(name, version, event.fields);
  if (names !== undefined) event.names = names;
  output.bus.publish(event);
};

/**
 * Publishes a sent message. `octets`: of the whole frame.
 *
 * @hot As `publishReceived`.
 */
export const publishSent = (
  output: EventOutput,
  station: StationContext,
  name: MessageName,
  octets: number,
  fields: object,
  version: number,
  at: Instant,
): void => {
  if (!takeTraceBudget(output, 'sccp.sent', at)) return;
  const event: Unfinished<SccpSent> = {
    type: 'sccp.sent',
    at,
    station,
    name,
    octets: octets - 2 * ID_BYTES,
    fields: fields as MessageFields,
  };
  const names = namesIn(name, version, event.fields);
  if (names !== undefined) event.names = names;
  output.bus.publish(event);
};

/**
 * Publishes a prompt. `status`: the text as sent; `content`: as the phone shows it.
 *
 * @hot As `publishReceived`.
 */
export const publishPrompted = (
  output: EventOutput,
  station: StationContext,
  status: string,
  content: string,
  offHook: OffHookLine | undefined,
  timeOut: number,
  protocolVer: number,
  at: Instant,
): void => {
  if (!takeTraceBudget(output, 'sccp.prompted', at)) return;
  const { line = 0, callReference = 0 } = offHook ?? {};
  output.bus.publish({
    type: 'sccp.prompted',
    at,
    station,
    timeOut,
    status,
    content,
    line,
    callReference,
    protocolVer,
  });
};

/** Publishes a message of an unknown id. */
export const publishUnknown = (bus: SccpPublisher, station: StationContext, { id, body }: Frame, at: Instant): void => {
  if (!bus.hasListener('sccp.unknown-message')) return;
  const bytes = body.toString('hex', 0, SHOWN_BYTES);
  bus.publish({ type: 'sccp.unknown-message', at, station, id, octets: body.length + ID_BYTES, bytes });
};

/** Publishes octets that are no frame, for which the link ends. `rest`: those octets. */
export const publishMalformed = (
  bus: SccpPublisher,
  station: StationContext,
  { code, reason, rest }: { readonly code: string; readonly reason: string; readonly rest: Buffer },
  at: Instant,
): void => {
  if (!bus.hasListener('sccp.malformed')) return;
  const bytes = rest.toString('hex', 0, SHOWN_BYTES);
  bus.publish({ type: 'sccp.malformed', at, station, code, reason, fatal: true, bytes });
};

/** Publishes a message whose body ends before a required field. */
export const publishShort = (
  bus: SccpPublisher,
  station: StationContext,
  { name, missing }: Short,
  body: Buffer,
  at: Instant,
): void => {
  if (!bus.hasListener('sccp.malformed')) return;
  const bytes = body.toString('hex', 0, SHOWN_BYTES);
  const reason = `${name} ends before ${missing}`;
  bus.publish({ type: 'sccp.malformed', at, station, code: 'SHORT_MESSAGE', reason, fatal: false, bytes });
};

/** Publishes that a link was opened; a step like any other. */
export const publishLinkOpened = (output: EventOutput, link: Station, at: Instant): void => {
  if (!takeTraceBudget(output, 'sccp.link-opened', at)) return;
  const { remote, transport } = link;
  output.bus.publish({ type: 'sccp.link-opened', at, station: link.context(), port: remote.port, transport });
};

/**
 * Publishes that a link has ended. If the phone has unregistered, that is a step like any other; else it is always
 * published.
 */
export const publishLinkClosed = (
  output: EventOutput,
  station: StationContext,
  { cause, messages, bytes }: { readonly cause: LinkEnd; readonly messages: number; readonly bytes: string },
  at: Instant,
): void => {
  const { bus } = output;
  const first = bytes === '' ? {} : { bytes };
  if (cause === 'unregistered' ? takeTraceBudget(output, 'sccp.link-closed', at) : bus.hasListener('sccp.link-closed'))
    bus.publish({ type: 'sccp.link-closed', at, station, cause, messages, ...first });
};

/** Publishes that a link stands by for a phone that is registered elsewhere. */
export const publishStandby = (bus: SccpPublisher, station: StationContext, at: Instant): void => {
  if (bus.hasListener('sccp.standby')) bus.publish({ type: 'sccp.standby', at, station });
};

/** Publishes that a message led to nothing. */
export const publishIgnored = (
  bus: SccpPublisher,
  station: StationContext,
  { name, because }: { readonly name: MessageName; readonly because: IgnoredBecause },
  at: Instant,
): void => {
  if (bus.hasListener('sccp.ignored')) bus.publish({ type: 'sccp.ignored', at, station, name, because });
};

/** Publishes that a phone sent more messages than the settings allow. */
export const publishThrottled = (
  bus: SccpPublisher,
  station: StationContext,
  { messages, within }: SccpSettings['throttle'],
  at: Instant,
): void => {
  if (bus.hasListener('sccp.throttled'))
    bus.publish({ type: 'sccp.throttled', at, station, messages, seconds: within / 1000 });
};

/** By field, the names of the numbers of a message, if they have names. */
const namesIn = (
  message: MessageName,
  version: number,
  fields: MessageFields,
): Readonly<Record<string, string>> | undefined => {
  let names: Record<string, string> | undefined;
  for (const { name, codec } of messageNamed(message).layoutAt(version).parts.list) {
    if (codec.names === undefined) continue;
    const value = fields[name];
    const valueName = typeof value === 'number' ? codec.names.nameOf(value) : undefined;
    if (valueName === undefined) continue;
    names ??= {};
    names[name] = valueName;
  }
  return names;
};
