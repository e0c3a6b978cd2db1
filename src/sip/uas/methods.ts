// What each method leads to: one row each. Registering and referring have files of their own; calls are refused politely,
// since nobody here carries one.

import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/index.js';
import { findNode, readXml } from '../cisco/xml-reader.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts, mediaType } from '../message/multipart.js';
import { userOf } from '../message/uri.js';
import { CLUSTER_EVENT } from '../notifier/request-writer.js';
import { featureWish } from '../presence/as-feature-event.js';
import { ALLOW_EVENTS } from '../presence/event-packages.js';
import { reply, type SipResponse, warningLine } from '../response/response.js';
import { refer } from './refer.js';
import { about, contactLine, type MethodParts, type Request } from './request-context.js';
import { FORBIDDEN, type Speaker, speakerOf } from './sender.js';

export interface MethodRow {
  /** Whether a 100 goes before the final answer. */
  readonly trying?: 'as-register' | 'always';
  /** The extensions that a request may require. */
  readonly extensions: readonly string[];
  /** Left out of Allow: known only to be refused in its own words, whatever else is in the request (RFC 3261 §8.2.1). */
  readonly unadvertised?: true;
  readonly act: (request: Request, parts: MethodParts) => SipResponse;
}

const NO_DIALOG = reply(481, 'Call/Transaction Does Not Exist');
const noDialog = { extensions: [], act: () => NO_DIALOG } as const satisfies MethodRow;

export const METHODS: Readonly<Record<string, MethodRow>> = {
  REGISTER: {
    trying: 'as-register',
    extensions: [],
    act: ({ message, flow, now }, { registrar }) => registrar.register(message, flow, now),
  },
  OPTIONS: { extensions: [], act: () => reply(200, 'OK', { server: true, headers: CAPABILITIES }) },
  INVITE: {
    trying: 'always',
    extensions: ['100rel', 'timer', 'replaces', 'join'],
    act: (request, parts) => invite(request, parts),
  },
  CANCEL: {
    extensions: [],
    act: ({ message, flow }, { cancels }) => (cancels(message, flow) ? reply(200, 'OK') : NO_DIALOG),
  },
  SUBSCRIBE: { extensions: [], act: (request, parts) => subscribe(request, parts) },
  NOTIFY: { extensions: [], act: (request, parts) => notify(request, parts) },
  PUBLISH: { extensions: [], act: (request, parts) => publish(request, parts) },
  REFER: { extensions: ['norefersub', 'extended-refer'], act: (request, parts) => refer(request, parts) },
  BYE: noDialog,
  UPDATE: noDialog,
  INFO: noDialog,
  PRACK: noDialog,
  MESSAGE: { extensions: [], unadvertised: true, act: () => NOT_ALLOWED },
};

const advertised = Object.keys(METHODS).filter((name) => METHODS[name]?.unadvertised === undefined);
export const ALLOW = `Allow: ${advertised.join(', ')}, ACK\r\n`;
const NOT_ALLOWED = reply(405, 'Method Not Allowed', { headers: ALLOW });
const CAPABILITIES = `${ALLOW}Accept: application/sdp\r\n${ALLOW_EVENTS}Supported: replaces, norefersub, X-cisco-service-control\r\n`;

export const methodRow = (method: string): MethodRow | undefined =>
  Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;

export const unknownMethod = (): SipResponse => reply(501, 'Not Implemented', { headers: ALLOW });

/** RFC 3261 §8.2.2.3: what is required and not known. */
export const unsupportedOf = (message: SipMessage, extensions: readonly string[]): readonly string[] =>
  message.count(ID.Require) === 0
    ? []
    : message
        .all(ID.Require)
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
        .filter((tag) => tag !== '' && !extensions.includes(tag.toLowerCase()));

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

const SESSION = 'application/sdp';

/** Which numbers there are is told to phones that are registered here, and to nobody else. */
const invite = (request: Request, parts: MethodParts): SipResponse => {
  const { message } = request;
  const { settled, database } = parts;
  const type = mediaType(message.text(ID['Content-Type']) ?? '');
  if (message.bodyEnd > message.bodyStart && type !== SESSION && !type.startsWith('multipart/'))
    return reply(415, 'Unsupported Media Type', { headers: `Accept: ${SESSION}\r\n` });
  const accept = message.all(ID.Accept).join(',').toLowerCase();
  if (accept !== '' && !/application\/(sdp|\*)|\*\/\*/.test(accept)) return reply(406, 'Not Acceptable');
  const dn = userOf(message.uri) as DirectoryNumber;
  if (database.byDirectoryNumber(dn).length === 0 && speakerOf(request, parts).is === 'device')
    return reply(404, 'Not Found', { server: true });
  return reply(480, 'Temporarily Unavailable', {
    server: true,
    headers: warningLine(settled.settings.node, 'Calls are not served here'),
  });
};

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────

const subscribe = (request: Request, parts: MethodParts): SipResponse => {
  const { message, flow, now, tag } = request;
  const speaker = speakerOf(request, parts);
  const record = speaker.is === 'device' ? speaker.record : undefined;
  const device: DeviceName | undefined =
    record !== undefined && parts.stations.of(record.configured.name) !== undefined
      ? record.configured.name
      : undefined;
  const event = (message.text(ID.Event) ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const wish = event === 'as-feature-event' ? featureWish(message) : undefined;
  // Whoever knows the tags of a dialog has begun it. Outside one, a number that has a password is asked for it.
  if (message.toTag === undefined && speaker.is === 'unproven' && speaker.refusal.status === 401)
    return refused(speaker, request, parts);
  if (wish !== undefined && record === undefined) return refused(speaker, request, parts);
  const answer = parts.subscriptions.subscribe(message, flow, tag, device, contactLine(flow, message), wish, now);
  if (wish !== undefined && record !== undefined && answer.status === 200) tellOfItself(parts, record, wish.facts, now);
  return answer;
};

const DIALOG_TYPE = 'application/dialog-info+xml';

const notify = (request: Request, parts: MethodParts): SipResponse => {
  const { message, flow, now } = request;
  const event = (message.text(ID.Event) ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (event === CLUSTER_EVENT) {
    if (!parts.settled.settings.peers.some(({ address }) => address === flow.remote.address)) return NO_DIALOG;
    const challenge = parts.authentication.addressChallenge(message, flow, now);
    if (challenge !== undefined) return challenge;
    parts.registeredElsewhere(message.body.toString('latin1').trim(), now);
    return reply(200, 'OK');
  }
  if (event !== 'dialog') return NO_DIALOG;
  const body = bodyParts(message).find(({ type }) => type === DIALOG_TYPE);
  const root = body === undefined ? undefined : readXml(body.bytes.toString('utf8'));
  const state = root === undefined ? undefined : findNode(root, 'state')?.text.toLowerCase();
  if (root === undefined || state === undefined) return NO_DIALOG;
  const speaker = speakerOf(request, parts);
  if (speaker.is !== 'device') return refused(speaker, request, parts);
  // Some models spoil a character of the line in the URI; `entity` has it right (`sip.md` §10.5).
  const line = userOf(root.attributes.get('entity'));
  parts.database.recordReport(
    speaker.record.configured.name,
    { hook: state === 'terminated' ? 'on-hook' : 'off-hook', ...(line === '' ? {} : { hookLine: line }) },
    now,
  );
  return reply(200, 'OK');
};

const publish = (request: Request, parts: MethodParts): SipResponse => {
  const { message, now } = request;
  const refusal = parts.publications.refusalOf(message);
  if (refusal !== undefined) return refusal;
  const speaker = speakerOf(request, parts);
  if (speaker.is === 'unproven' && speaker.refusal !== FORBIDDEN) return refused(speaker, request, parts);
  const answer = parts.publications.publish(message, speaker.is === 'device', now);
  if (speaker.is !== 'device') return unheeded(speaker, request, parts, answer);
  if (answer.status !== 200 || message.bodyEnd === message.bodyStart) return answer;
  const root = readXml(message.body.toString('utf8'));
  if (root !== undefined)
    tellOfItself(parts, speaker.record, { doNotDisturb: findNode(root, 'dnd') !== undefined }, now);
  return answer;
};

/** Who is not believed is asked for proof, or hears that it may not. */
const refused = (speaker: Speaker, request: Request, parts: MethodParts): SipResponse =>
  unheeded(speaker, request, parts, speaker.is === 'unproven' ? speaker.refusal : FORBIDDEN);

/** Nothing of it is believed: it is told whom it would have spoken for. */
const unheeded = (speaker: Speaker, request: Request, { tell }: MethodParts, answer: SipResponse): SipResponse => {
  tell({
    type: 'sip.unproven',
    ...about(request),
    method: request.message.method,
    device: speaker.is === 'unknown' ? '' : speaker.record.configured.name,
    answered: answer.status,
  });
  return answer;
};

const tellOfItself = (
  { database, subscriptions, spoke }: MethodParts,
  record: DeviceRecord,
  facts: Readonly<Record<string, string | boolean>>,
  now: Instant,
): void => {
  const declines = (): boolean => record.configured.lines.some(({ dn }) => subscriptions.declines(dn));
  const before = declines();
  database.recordReport(record.configured.name, facts, now);
  if (declines() !== before) spoke(record, now);
};
