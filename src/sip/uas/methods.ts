import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import { findNode, readXml } from '../../core/xml/reader.js';
import type { DeviceRecord } from '../../devices/index.js';
import { readOutsideRequest } from '../calls/outside-requests.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts, mediaType } from '../message/multipart.js';
import { userOf } from '../message/uri.js';
import { CLUSTER_EVENT } from '../notifier/request-writer.js';
import { type FeatureRequest, FORWARDINGS, forwardOfFacts, readFeatureRequest } from '../presence/as-feature-event.js';
import { ALLOW_EVENTS } from '../presence/event-packages.js';
import { type SipResponse, sipResponse, warningLine } from '../response/response.js';
import { sameFlow } from '../transport/flow.js';
import { refer } from './refer.js';
import {
  contactLine,
  flowFields,
  type MethodDependencies,
  type MethodResponse,
  type SipRequestContext,
} from './request-context.js';
import { FORBIDDEN, type Sender, senderOf } from './sender.js';

/** How the server handles requests of one method. */
export interface MethodHandler {
  /** Whether a 100 is sent before the final response: always, or as the setting for REGISTER says. */
  readonly trying?: 'as-register' | 'always';
  /** The extensions that a request may require. */
  readonly extensions: readonly string[];
  /**
   * Left out of Allow: the server knows the method only to refuse it, whatever the request requires (RFC 3261 §8.2.1).
   */
  readonly unadvertised?: true;
  /** Returns `undefined` if the request's own `pending` answers it, now or later. */
  readonly handle: (request: SipRequestContext, dependencies: MethodDependencies) => MethodResponse | undefined;
}

const NO_DIALOG = sipResponse(481, 'Call/Transaction Does Not Exist');

/** A request of a call's dialog; `otherwise`: what it hears that is in none. */
const inCall = (
  { pending, message, now }: SipRequestContext,
  { calls }: MethodDependencies,
  otherwise: MethodResponse,
): MethodResponse | undefined =>
  pending !== undefined && message.toTag !== undefined && calls?.receive(pending, now) === true ? undefined : otherwise;

const onlyInCall = {
  extensions: ['timer', '100rel'],
  handle: (request, dependencies) => inCall(request, dependencies, NO_DIALOG),
} as const satisfies MethodHandler;

/** A handler for each method that the server knows. Calls are refused: nothing here carries one. */
export const METHODS: Readonly<Record<string, MethodHandler>> = {
  REGISTER: {
    trying: 'as-register',
    extensions: [],
    handle: ({ message, flow, now }, { registrar }) => registrar.register(message, flow, now),
  },
  OPTIONS: { extensions: [], handle: (request, dependencies) => inCall(request, dependencies, ABILITIES) },
  INVITE: {
    trying: 'always',
    extensions: ['100rel', 'timer', 'replaces', 'join'],
    handle: (request, dependencies) => invite(request, dependencies),
  },
  CANCEL: {
    extensions: [],
    handle: (request, dependencies) => cancel(request, dependencies),
  },
  SUBSCRIBE: { extensions: [], handle: (request, dependencies) => subscribe(request, dependencies) },
  NOTIFY: { extensions: [], handle: (request, dependencies) => notify(request, dependencies) },
  PUBLISH: { extensions: [], handle: (request, dependencies) => publish(request, dependencies) },
  REFER: {
    extensions: ['norefersub', 'extended-refer', 'replaces', 'tdialog'],
    handle: (request, dependencies) =>
      request.message.toTag === undefined
        ? referOutside(request, dependencies)
        : inCall(request, dependencies, dependencies.calls === undefined ? refer(request, dependencies) : NO_DIALOG),
  },
  BYE: onlyInCall,
  UPDATE: onlyInCall,
  INFO: onlyInCall,
  PRACK: onlyInCall,
  MESSAGE: { extensions: [], unadvertised: true, handle: () => NOT_ALLOWED },
};

const advertised = Object.keys(METHODS).filter((name) => METHODS[name]?.unadvertised === undefined);
/** The Allow header. */
export const ALLOW = `Allow: ${advertised.join(', ')}, ACK\r\n`;
const NOT_ALLOWED = sipResponse(405, 'Method Not Allowed', { headers: ALLOW });
const CAPABILITIES = `${ALLOW}Accept: application/sdp\r\n${ALLOW_EVENTS}Supported: replaces, norefersub, tdialog, X-cisco-service-control\r\n`;

const ABILITIES = sipResponse(200, 'OK', { server: true, headers: CAPABILITIES });

/** The handler of a method; `undefined`: the server does not know it. */
export const methodHandler = (method: string): MethodHandler | undefined =>
  Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;

/** The response to a request of an unknown method. */
export const unknownMethod = (): SipResponse => sipResponse(501, 'Not Implemented', { headers: ALLOW });

/** The extensions that a request requires and the server does not support (RFC 3261 §8.2.2.3). */
export const unsupportedOf = (message: SipMessage, extensions: readonly string[]): readonly string[] =>
  !message.has(ID.Require)
    ? []
    : message
        .all(ID.Require)
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
        .filter((tag) => tag !== '' && !extensions.includes(tag.toLowerCase()));

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

const SESSION = 'application/sdp';

/** Begins a call, or refuses it where no calls are served. Only a registered phone learns whether a number exists. */
const invite = (request: SipRequestContext, dependencies: MethodDependencies): MethodResponse | undefined => {
  const { message, flow, pending, now } = request;
  const { settingsRef, database, calls } = dependencies;
  const type = mediaType(message.text(ID['Content-Type']) ?? '');
  if (message.bodyEnd > message.bodyStart && type !== SESSION && !type.startsWith('multipart/'))
    return sipResponse(415, 'Unsupported Media Type', { headers: `Accept: ${SESSION}\r\n` });
  const accept = message.all(ID.Accept).join(',').toLowerCase();
  if (accept !== '' && !/application\/(sdp|\*)|\*\/\*/.test(accept)) return sipResponse(406, 'Not Acceptable');
  if (calls !== undefined && pending !== undefined) {
    if (message.toTag !== undefined) return inCall(request, dependencies, NO_DIALOG);
    const nodes = message.has(ID['X-Labcm-Node']) ? dependencies.trunks?.nodes : undefined;
    if (nodes !== undefined) {
      nodes.invite(pending, now);
      return undefined;
    }
    const sender = senderOf(request, dependencies);
    const trunk = dependencies.trunks?.of(flow);
    if (trunk !== undefined && !isRegisteredBy(sender, request, dependencies)) {
      dependencies.trunks?.invite(trunk, pending, now);
      return undefined;
    }
    if (sender.kind === 'device') {
      calls.invite(pending, sender.record, now);
      return undefined;
    }
    // A phone with a password answers its challenge; nobody hears of the flood of a stranger.
    const isStranger = sender.kind === 'unknown' || sender.refusal === FORBIDDEN;
    if (isStranger && !dependencies.strangers.admit(flow, now)) return undefined;
    return challengeOrRefuse(sender, request, dependencies);
  }
  const dn = userOf(message.uri) as DirectoryNumber;
  if (database.byDirectoryNumber(dn).length === 0 && senderOf(request, dependencies).kind === 'device')
    return sipResponse(404, 'Not Found', { server: true });
  return sipResponse(480, 'Temporarily Unavailable', {
    server: true,
    headers: warningLine(settingsRef.settings.node, 'Calls are not served here'),
  });
};

/** A phone stands at the address of a trunk: the flow by which it registered tells its calls from those of the trunk. */
const isRegisteredBy = (sender: Sender, { flow }: SipRequestContext, { phones }: MethodDependencies): boolean => {
  const phone = sender.kind === 'device' ? phones.byDevice(sender.record.configured.name) : undefined;
  return phone !== undefined && sameFlow(phone.flow, flow);
};

/** A REFER outside of a dialog may be about a call all the same. */
const referOutside = (request: SipRequestContext, dependencies: MethodDependencies): MethodResponse | undefined => {
  const { message, pending, now } = request;
  const { calls } = dependencies;
  const wanted = calls === undefined || pending === undefined ? undefined : readOutsideRequest(message);
  if (calls === undefined || pending === undefined || wanted === undefined) return refer(request, dependencies);
  const sender = senderOf(request, dependencies);
  if (sender.kind !== 'device') return challengeOrRefuse(sender, request, dependencies);
  calls.refer(pending, sender.record, wanted, now);
  return undefined;
};

const cancel = (
  { message, flow, pending, now }: SipRequestContext,
  { calls, mayCancel }: MethodDependencies,
): MethodResponse | undefined => {
  if (pending !== undefined && calls?.cancel(pending, now) === true) return undefined;
  return mayCancel(message, flow) ? sipResponse(200, 'OK') : NO_DIALOG;
};

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────

const subscribe = (request: SipRequestContext, dependencies: MethodDependencies): MethodResponse => {
  const { message, flow, now, tag } = request;
  const sender = senderOf(request, dependencies);
  const record = sender.kind === 'device' ? sender.record : undefined;
  const device: DeviceName | undefined =
    record !== undefined && dependencies.phones.byDevice(record.configured.name) !== undefined
      ? record.configured.name
      : undefined;
  const feature = message.eventPackage === 'as-feature-event' ? readFeatureRequest(message) : undefined;
  // Only who began a dialog knows its tags. Outside of one, a device with a password must prove itself.
  if (message.toTag === undefined && sender.kind === 'unproven' && sender.refusal.status === 401)
    return challengeOrRefuse(sender, request, dependencies);
  if (feature !== undefined && record === undefined) return challengeOrRefuse(sender, request, dependencies);
  const contact = contactLine(flow, message);
  const response = dependencies.subscriptions.subscribe({ message, flow, tag, device, contact, feature, now });
  if (feature !== undefined && record !== undefined && response.status === 200)
    setFeature(dependencies, record, feature, userOf(message.uri), now);
  return response;
};

const DIALOG_TYPE = 'application/dialog-info+xml';

const notify = (request: SipRequestContext, dependencies: MethodDependencies): MethodResponse | undefined => {
  const { message, flow, now } = request;
  if (message.eventPackage === CLUSTER_EVENT) {
    if (!dependencies.settingsRef.settings.peers.some(({ address }) => address === flow.remote.address))
      return NO_DIALOG;
    const challenge = dependencies.authentication.addressChallenge(message, flow, now);
    if (challenge !== undefined) return challenge;
    dependencies.onRegisteredElsewhere(message.body.toString('latin1').trim(), now);
    return sipResponse(200, 'OK');
  }
  if (message.eventPackage === 'refer' && dependencies.objectRequests.onNotify(message, flow))
    return sipResponse(200, 'OK');
  if (message.eventPackage !== 'dialog') return inCall(request, dependencies, NO_DIALOG);
  const body = bodyParts(message).find(({ type }) => type === DIALOG_TYPE);
  const root = body === undefined ? undefined : readXml(body.bytes.toString('utf8'));
  const state = root === undefined ? undefined : findNode(root, 'state')?.text.toLowerCase();
  if (root === undefined || state === undefined) return NO_DIALOG;
  const sender = senderOf(request, dependencies);
  if (sender.kind !== 'device') return challengeOrRefuse(sender, request, dependencies);
  // Some models write a wrong character into the line of the URI; `entity` is right (`sip.md` §10.5).
  const line = userOf(root.attributes.get('entity'));
  dependencies.database.recordReport(
    sender.record.configured.name,
    { hook: state === 'terminated' ? 'on-hook' : 'off-hook', ...(line === '' ? {} : { hookLine: line }) },
    now,
  );
  return sipResponse(200, 'OK');
};

const publish = (request: SipRequestContext, dependencies: MethodDependencies): SipResponse => {
  const { message, now } = request;
  const refusal = dependencies.publications.refusalOf(message);
  if (refusal !== undefined) return refusal;
  const sender = senderOf(request, dependencies);
  if (sender.kind === 'unproven' && sender.refusal !== FORBIDDEN)
    return challengeOrRefuse(sender, request, dependencies);
  const response = dependencies.publications.publish(message, sender.kind === 'device', now);
  if (sender.kind !== 'device') return notBelieved(sender, request, dependencies, response);
  if (response.status !== 200 || message.bodyEnd === message.bodyStart) return response;
  const root = readXml(message.body.toString('utf8'));
  if (root !== undefined) setDoNotDisturb(dependencies, sender.record, findNode(root, 'dnd') !== undefined, now);
  return response;
};

/** Asks a sender for its credentials, or refuses it. */
const challengeOrRefuse = (sender: Sender, request: SipRequestContext, dependencies: MethodDependencies): SipResponse =>
  notBelieved(sender, request, dependencies, sender.kind === 'unproven' ? sender.refusal : FORBIDDEN);

/** Publishes that the sender has not proved which device it is, and returns the response. */
const notBelieved = (
  sender: Sender,
  request: SipRequestContext,
  { publish }: MethodDependencies,
  response: SipResponse,
): SipResponse => {
  publish({
    type: 'sip.unproven',
    ...flowFields(request),
    method: request.message.method,
    device: sender.kind === 'unknown' ? '' : sender.record.configured.name,
    answered: response.status,
  });
  return response;
};

/** Does what the body of a SUBSCRIBE asks for: for the line that it names, or the first one. */
const setFeature = (
  dependencies: MethodDependencies,
  record: DeviceRecord,
  feature: FeatureRequest,
  user: string,
  now: Instant,
): void => {
  const { name, lines } = record.configured;
  const kind = FORWARDINGS[feature.forwarding];
  if (kind === undefined) {
    setDoNotDisturb(dependencies, record, feature.facts.doNotDisturb === true, now);
    return;
  }
  dependencies.database.recordReport(name, feature.facts, now);
  const dn = (lines.find((line) => line.dn === user) ?? lines[0])?.dn;
  const to = forwardOfFacts(feature);
  const features = dependencies.calls?.features;
  if (dn === undefined || features?.canSet !== true || features.forwardOf(dn)[kind] === to) return;
  features.setForward(name, dn, kind, to, now);
};

/** What the user set is kept with the device before the report of it is published: who watches sees it as it is. */
const setDoNotDisturb = (
  { calls, database }: MethodDependencies,
  record: DeviceRecord,
  isOn: boolean,
  now: Instant,
): void => {
  const { name, doNotDisturb } = record.configured;
  if (calls?.features.canSet === true && isOn !== (doNotDisturb !== undefined))
    calls.features.setDoNotDisturb(name, isOn ? 'ringer-off' : undefined, now);
  database.recordReport(name, { doNotDisturb: isOn }, now);
};
