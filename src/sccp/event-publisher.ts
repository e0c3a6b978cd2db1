// The facts of one link as the event bus hears them. Nothing is built that nobody listens to.

import type { Publisher } from '../core/event-bus.js';
import type { PerSecondBudget } from '../core/rate-limit.js';
import type { Instant } from '../core/time.js';
import type { Frame } from './codec/framer.js';
import type { MessageFields, SccpEvent, SccpReceived, SccpSent, StationContext } from './events.js';
import { definedLength, type MessageName, messageNamed } from './messages/catalogue.js';
import type { LineUse } from './station.js';

type Journal = Publisher<SccpEvent>;

/** What a message that comes or goes is told through. */
interface Telling {
  readonly bus: Journal;
  readonly ration: PerSecondBudget;
}

/** An event whose optional parts are still to come. */
type Building<E> = { -readonly [K in keyof E]: E[K] };

/** Whether a step of the way is told: somebody listens, and the second's ration is not used up. */
export const tells = ({ bus, ration }: Telling, type: SccpEvent['type'], at: Instant): boolean =>
  bus.hasListener(type) && ration.take(at);

const SHOWN_BYTES = 64;
const ID_BYTES = 4;

export const tellReceived = (
  telling: Telling,
  station: StationContext,
  name: MessageName,
  frame: Frame,
  fields: object,
  version: number,
  at: Instant,
): void => {
  if (!tells(telling, 'sccp.received', at)) return;
  const octets = frame.body.length + ID_BYTES;
  const defined = definedLength(name, version);
  const event: Building<SccpReceived> = {
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
  telling.bus.publish(event);
};

/** `octets`: of the whole frame. */
export const tellSent = (
  telling: Telling,
  station: StationContext,
  name: MessageName,
  octets: number,
  fields: object,
  version: number,
  at: Instant,
): void => {
  if (!tells(telling, 'sccp.sent', at)) return;
  const event: Building<SccpSent> = {
    type: 'sccp.sent',
    at,
    station,
    name,
    octets: octets - 2 * ID_BYTES,
    fields: fields as MessageFields,
  };
  const names = namesIn(name, version, event.fields);
  if (names !== undefined) event.names = names;
  telling.bus.publish(event);
};

export const tellPrompted = (
  telling: Telling,
  station: StationContext,
  status: string,
  content: string,
  use: LineUse | undefined,
  protocolVer: number,
  at: Instant,
): void => {
  if (!tells(telling, 'sccp.prompted', at)) return;
  const { line = 0, callReference = 0 } = use ?? {};
  telling.bus.publish({
    type: 'sccp.prompted',
    at,
    station,
    timeOut: 0,
    status,
    content,
    line,
    callReference,
    protocolVer,
  });
};

export const tellUnknown = (bus: Journal, station: StationContext, { id, body }: Frame, at: Instant): void => {
  if (!bus.hasListener('sccp.unknown-message')) return;
  const bytes = body.toString('hex', 0, SHOWN_BYTES);
  bus.publish({ type: 'sccp.unknown-message', at, station, id, octets: body.length + ID_BYTES, bytes });
};

/** `rest`: what stands there instead of a frame. The link ends for it. */
export const tellBroken = (
  bus: Journal,
  station: StationContext,
  { code, reason }: { readonly code: string; readonly reason: string },
  rest: Buffer,
  at: Instant,
): void => {
  if (!bus.hasListener('sccp.malformed')) return;
  const bytes = rest.toString('hex', 0, SHOWN_BYTES);
  bus.publish({ type: 'sccp.malformed', at, station, code, reason, fatal: true, bytes });
};

export const tellShort = (
  bus: Journal,
  station: StationContext,
  name: MessageName,
  missing: string,
  body: Buffer,
  at: Instant,
): void => {
  if (!bus.hasListener('sccp.malformed')) return;
  const bytes = body.toString('hex', 0, SHOWN_BYTES);
  const reason = `${name} ends before ${missing}`;
  bus.publish({ type: 'sccp.malformed', at, station, code: 'SHORT_MESSAGE', reason, fatal: false, bytes });
};

/** What the numbers of a message are called, where they have names. */
const namesIn = (
  message: MessageName,
  version: number,
  fields: MessageFields,
): Readonly<Record<string, string>> | undefined => {
  let names: Record<string, string> | undefined;
  for (const { name, codec } of messageNamed(message).layoutAt(version).parts.list) {
    if (codec.names === undefined) continue;
    const value = fields[name];
    const word = typeof value === 'number' ? codec.names.nameOf(value) : undefined;
    if (word === undefined) continue;
    names ??= {};
    names[name] = word;
  }
  return names;
};
