// One request on its way to its method, and what the method may use.

import type { Instant } from '../core/time.js';
import type { DeviceDatabase, DeviceRecord, Transport } from '../devices/index.js';
import type { Authentication } from './authentication.js';
import type { SipEvent } from './events.js';
import { type Flow, ownAddress } from './flow.js';
import type { SipMessage } from './message.js';
import type { Publications } from './publications.js';
import type { Registrar } from './registrar.js';
import type { Settled } from './settings.js';
import type { Stations } from './stations.js';
import type { Subscriptions } from './subscriptions.js';
import { canonicalText, parseSipUri } from './uri.js';
import type { Valve } from './valve.js';

/** What a method may use. */
export interface MethodParts {
  readonly settled: Settled;
  readonly database: DeviceDatabase;
  readonly stations: Stations;
  readonly registrar: Registrar;
  readonly authentication: Authentication;
  readonly subscriptions: Subscriptions;
  readonly publications: Publications;
  readonly valve: Valve;
  tell(event: SipEvent): void;
  /** Tells of a message that nobody could act on, unless too many did lately. */
  complain(reason: string, message: SipMessage, flow: Flow, answered: number, now: Instant): void;
  /** Whether a transaction is known that this CANCEL means. */
  cancels(message: SipMessage, flow: Flow): boolean;
  /** Another node of the cluster says that a device has registered there. */
  registeredElsewhere(device: string, flow: Flow, now: Instant): boolean;
  /** What a phone says of itself has changed, and those who watch its numbers are to hear. */
  spoke(record: DeviceRecord, now: Instant): void;
}

export interface Request {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  /** The To tag that the answer will have. */
  readonly tag: string;
}

/** The user of a URI, unescaped; empty: none. */
export const userOf = (uri: string | undefined): string => {
  const parsed = parseSipUri(uri ?? '');
  return typeof parsed === 'string' ? '' : canonicalText(parsed.user ?? '');
};

/** What every fact about a request begins with. */
export const about = ({ flow, now }: Request) => ({
  at: now,
  transport: flow.transport,
  address: flow.remote.address,
  port: flow.remote.port,
  link: flow.link,
});

/** Our Contact, as a header line. */
export const contactLine = (flow: Flow, message: SipMessage): string => {
  const host = ownAddress(flow, hostOf(message));
  return `Contact: <${ownUri(`${host}:${flow.local.port}`, flow.transport, message.uri)}>\r\n`;
};

/**
 * Our URI in a dialog: of the scheme that it was asked for by (RFC 3261 §12.1.1). `sips:` says by itself that TLS is meant
 * (RFC 5630 §3.1.4).
 */
export const ownUri = (place: string, transport: Transport, asked: string): string => {
  if (/^sips:/i.test(asked)) return `sips:${place}`;
  return `sip:${place}${transport === 'udp' ? '' : `;transport=${transport}`}`;
};

const hostOf = (message: SipMessage): string => {
  const uri = parseSipUri(message.uri);
  return typeof uri === 'string' ? 'localhost' : uri.host;
};
