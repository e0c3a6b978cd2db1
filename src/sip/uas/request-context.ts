import type { Instant } from '../../core/time.js';
import type { DeviceDatabase } from '../../devices/index.js';
import type { SipCalls } from '../calls/sip-calls.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import { localUri, parseSipUri } from '../message/uri.js';
import type { ObjectRequests } from '../notifier/object-requests.js';
import type { Publications } from '../presence/publications.js';
import type { SubscribeFollowUp, Subscriptions } from '../presence/subscriptions.js';
import type { Authentication } from '../registrar/authentication.js';
import type { RegisteredPhones } from '../registrar/location.js';
import type { RegisterFollowUp } from '../registrar/register-responses.js';
import type { Registrar } from '../registrar/registrar.js';
import type { SipResponse } from '../response/response.js';
import type { ServerRequest } from '../response/server-request.js';
import type { SettingsRef } from '../settings.js';
import { type Flow, localAddress } from '../transport/flow.js';
import type { SipTrunks } from '../trunks/sip-trunks.js';
import type { StrangerLimit } from './stranger-limit.js';
import type { TokenLimit } from './token-limit.js';

/** A request that the server sends after a response, over the same flow. */
export type FollowUp = RegisterFollowUp | SubscribeFollowUp;

/** The response of a method, with what follows it. */
export type MethodResponse = SipResponse<FollowUp>;

/** What the methods use of the rest of the service. */
export interface MethodDependencies {
  readonly settingsRef: SettingsRef;
  readonly database: DeviceDatabase;
  readonly phones: RegisteredPhones;
  readonly registrar: Registrar;
  readonly authentication: Authentication;
  readonly subscriptions: Subscriptions;
  readonly publications: Publications;
  readonly tokenLimit: TokenLimit;
  /** `undefined`: no calls are served. */
  readonly calls: SipCalls | undefined;
  readonly objectRequests: ObjectRequests;
  /** `undefined`: no calls are served. */
  readonly trunks: SipTrunks | undefined;
  readonly strangers: StrangerLimit;
  publish(event: SipEvent): void;
  /** Reports a message that the server cannot act on, unless it has reported too many lately. */
  reportMalformed(reason: string, message: SipMessage, flow: Flow, answered: number, now: Instant): void;
  /** Whether the server knows the transaction that this CANCEL is for. */
  mayCancel(message: SipMessage, flow: Flow): boolean;
  /** Another node of the cluster says that a device has registered there. */
  onRegisteredElsewhere(device: string, now: Instant): void;
}

/** A request on its way to its method. */
export interface SipRequestContext {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  /** The To tag that the answer will have. */
  readonly tag: string;
  /** By which a method of calls answers, at any time and more than once; `undefined`: no calls are served. */
  readonly pending?: ServerRequest | undefined;
}

/** The fields with which each event about a request begins. */
export const flowFields = ({ flow, now }: SipRequestContext) => ({
  at: now,
  transport: flow.transport,
  address: flow.remote.address,
  port: flow.remote.port,
  link: flow.link,
});

/** The server's Contact, as a header line. */
export const contactLine = (flow: Flow, message: SipMessage): string => {
  const host = localAddress(flow, hostOf(message));
  return `Contact: <${localUri(`${host}:${flow.local.port}`, flow.transport, message.uri)}>\r\n`;
};

const hostOf = (message: SipMessage): string => {
  const uri = parseSipUri(message.uri);
  return typeof uri === 'string' ? 'localhost' : uri.host;
};
