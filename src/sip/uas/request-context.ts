// One request on its way to its method, and what the method may use.

import type { Instant } from '../../core/time.js';
import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { localUri, parseSipUri } from '../message/uri.js';
import type { Publications } from '../presence/publications.js';
import type { Subscriptions } from '../presence/subscriptions.js';
import type { Authentication } from '../registrar/authentication.js';
import type { RegisteredPhones } from '../registrar/location.js';
import type { Registrar } from '../registrar/registrar.js';
import type { SettingsRef } from '../settings.js';
import { type Flow, localAddress } from '../transport/flow.js';
import type { Valve } from '../valve.js';

/** What a method may use. */
export interface MethodDependencies {
  readonly settingsRef: SettingsRef;
  readonly database: DeviceDatabase;
  readonly phones: RegisteredPhones;
  readonly registrar: Registrar;
  readonly authentication: Authentication;
  readonly subscriptions: Subscriptions;
  readonly publications: Publications;
  readonly valve: Valve;
  publish(event: SipEvent): void;
  /** Tells of a message that nobody could act on, unless too many did lately. */
  reportMalformed(reason: string, message: SipMessage, flow: Flow, answered: number, now: Instant): void;
  /** Whether a transaction is known that this CANCEL means. */
  mayCancel(message: SipMessage, flow: Flow): boolean;
  /** Another node of the cluster says that a device has registered there. */
  onRegisteredElsewhere(device: string, now: Instant): void;
  /** What a phone says of itself has changed, and those who watch its numbers are to hear. */
  onDoNotDisturbChanged(record: DeviceRecord, now: Instant): void;
}

export interface SipRequestContext {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  /** The To tag that the answer will have. */
  readonly tag: string;
}

/** What every fact about a request begins with. */
export const flowFields = ({ flow, now }: SipRequestContext) => ({
  at: now,
  transport: flow.transport,
  address: flow.remote.address,
  port: flow.remote.port,
  link: flow.link,
});

/** Our Contact, as a header line. */
export const contactLine = (flow: Flow, message: SipMessage): string => {
  const host = localAddress(flow, hostOf(message));
  return `Contact: <${localUri(`${host}:${flow.local.port}`, flow.transport, message.uri)}>\r\n`;
};

const hostOf = (message: SipMessage): string => {
  const uri = parseSipUri(message.uri);
  return typeof uri === 'string' ? 'localhost' : uri.host;
};
