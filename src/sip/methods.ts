// What each method leads to: one row each. Registering has a file of its own; calls are refused politely, since nobody
// here carries one.

import type { DeviceName, DirectoryNumber } from '../core/identity.js';
import type { Instant } from '../core/time.js';
import type { DeviceDatabase, DeviceRecord } from '../devices/index.js';
import { ALARM_TYPE, readAlarm } from './alarm.js';
import { bodyParts, mediaType } from './bodies.js';
import type { SipEvent } from './events.js';
import { type Flow, ownAddress } from './flow.js';
import { ID } from './headers.js';
import { readClaims } from './identity.js';
import type { SipMessage } from './message.js';
import type { Publications } from './publications.js';
import type { Registrar } from './registrar.js';
import { REQUEST_TYPE, RESPONSE_TYPE } from './remotecc.js';
import { type Reply, reply, warningLine } from './reply.js';
import type { Settled } from './settings.js';
import type { Stations } from './stations.js';
import { ALLOW_EVENTS, type Subscriptions } from './subscriptions.js';
import { canonicalText, parseSipUri } from './uri.js';
import type { Valve } from './valve.js';
import { findNode, readXml } from './xml-reader.js';

/** What a method may use. */
export interface MethodParts {
  readonly settled: Settled;
  readonly database: DeviceDatabase;
  readonly stations: Stations;
  readonly registrar: Registrar;
  readonly subscriptions: Subscriptions;
  readonly publications: Publications;
  readonly valve: Valve;
  tell(event: SipEvent): void;
  /** Whether a transaction is known that this CANCEL means. */
  cancels(message: SipMessage, flow: Flow): boolean;
  /** Another node of the cluster says that a device has registered there. */
  registeredElsewhere(device: string, flow: Flow, now: Instant): boolean;
}

export interface Request {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  /** The To tag that the answer will have. */
  readonly tag: string;
}

export interface MethodRow {
  /** Whether a 100 goes before the final answer. */
  readonly trying?: 'as-register' | 'always';
  /** The extensions that a request may require. */
  readonly extensions: readonly string[];
  /** Left out of Allow: known only to be refused in its own words. */
  readonly unadvertised?: true;
  readonly act: (request: Request, parts: MethodParts) => Reply;
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
  MESSAGE: { extensions: [], unadvertised: true, act: (request) => text(request) },
};

const advertised = Object.keys(METHODS).filter((name) => METHODS[name]?.unadvertised === undefined);
export const ALLOW = `Allow: ${advertised.join(', ')}, ACK\r\n`;
const CAPABILITIES = `${ALLOW}Accept: application/sdp\r\n${ALLOW_EVENTS}Supported: replaces, norefersub, X-cisco-service-control\r\n`;

export const methodRow = (method: string): MethodRow | undefined =>
  Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;

export const unknownMethod = (): Reply => reply(501, 'Not Implemented', { headers: ALLOW });

/** RFC 3261 §8.2.2.3: what is required and not known. */
export const unsupportedOf = (message: SipMessage, extensions: readonly string[]): readonly string[] =>
  message.count(ID.Require) === 0
    ? []
    : message
        .all(ID.Require)
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
        .filter((tag) => tag !== '' && !extensions.includes(tag.toLowerCase()));

const userOf = (uri: string | undefined): string => {
  const parsed = parseSipUri(uri ?? '');
  return typeof parsed === 'string' ? '' : canonicalText(parsed.user ?? '');
};

/** Who speaks, where it is not a REGISTER: the device of the flow, else what the Contact or From names. */
const speaker = ({ message, flow }: Request, { stations, database }: MethodParts): DeviceRecord | undefined => {
  const contact = message.address('Contact');
  const name = contact === undefined ? undefined : readClaims(contact).deviceName;
  const named = name === undefined ? undefined : database.byName(name);
  if (named !== undefined) return named;
  const user = userOf(message.from?.uri);
  // Before its configuration is read a phone gives its hardware address for a user (`sip.md` §10.1).
  const own = /^[0-9a-f]{12}$/i.test(user) ? database.byName(`SEP${user}`) : undefined;
  if (own !== undefined) return own;
  const onFlow = flow.link === 0 ? [] : stations.onLink(flow.link);
  if (onFlow.length === 1) return onFlow[0]?.record;
  return database
    .byDirectoryNumber(user as DirectoryNumber)
    .find(({ registration }) => registration?.address === flow.remote.address);
};

const about = ({ flow, now }: Request) => ({
  at: now,
  transport: flow.transport,
  address: flow.remote.address,
  port: flow.remote.port,
  link: flow.link,
});

export const contactLine = (flow: Flow, message: SipMessage): string => {
  const host = ownAddress(flow, hostOf(message));
  const transport = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
  return `Contact: <sip:${host}:${flow.local.port}${transport}>\r\n`;
};

const hostOf = (message: SipMessage): string => {
  const uri = parseSipUri(message.uri);
  return typeof uri === 'string' ? 'localhost' : uri.host;
};

// ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

const SESSION = 'application/sdp';

const invite = ({ message }: Request, { settled, database }: MethodParts): Reply => {
  const type = mediaType(message.text(ID['Content-Type']) ?? '');
  if (message.bodyEnd > message.bodyStart && type !== SESSION && !type.startsWith('multipart/'))
    return reply(415, 'Unsupported Media Type', { headers: `Accept: ${SESSION}\r\n` });
  const accept = message.all(ID.Accept).join(',').toLowerCase();
  if (accept !== '' && !/application\/(sdp|\*)|\*\/\*/.test(accept)) return reply(406, 'Not Acceptable');
  const dn = userOf(message.uri) as DirectoryNumber;
  if (database.byDirectoryNumber(dn).length === 0) return reply(404, 'Not Found', { server: true });
  return reply(480, 'Temporarily Unavailable', {
    server: true,
    headers: warningLine(settled.settings.node, 'Calls are not served here'),
  });
};

const text = ({ message }: Request): Reply =>
  mediaType(message.text(ID['Content-Type']) ?? '') === 'text/plain'
    ? reply(405, 'Method Not Allowed', { headers: ALLOW })
    : reply(415, 'Unsupported Media Type', { headers: 'Accept: text/plain\r\n' });

// ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────

const subscribe = (request: Request, parts: MethodParts): Reply => {
  const { message, flow, now, tag } = request;
  const record = speaker(request, parts);
  const device: DeviceName | undefined =
    record !== undefined && parts.stations.of(record.configured.name) !== undefined
      ? record.configured.name
      : undefined;
  return parts.subscriptions.subscribe(message, flow, tag, device, contactLine(flow, message), now);
};

const DIALOG_TYPE = 'application/dialog-info+xml';
export const CLUSTER_EVENT = 'x-labcm-registration';

const notify = (request: Request, parts: MethodParts): Reply => {
  const { message, flow, now } = request;
  const event = (message.text(ID.Event) ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (event === CLUSTER_EVENT) {
    const device = message.body.toString('latin1').trim();
    return parts.registeredElsewhere(device, flow, now) ? reply(200, 'OK') : NO_DIALOG;
  }
  if (event !== 'dialog') return NO_DIALOG;
  const body = bodyParts(message).find(({ type }) => type === DIALOG_TYPE);
  const root = body === undefined ? undefined : readXml(body.bytes.toString('utf8'));
  const state = root === undefined ? undefined : findNode(root, 'state')?.text.toLowerCase();
  if (root === undefined || state === undefined) return NO_DIALOG;
  const record = speaker(request, parts);
  if (record !== undefined) {
    // Some models spoil a character of the line in the URI; `entity` has it right (`sip.md` §10.5).
    const line = userOf(root.attributes.get('entity'));
    parts.database.reported(
      record.configured.name,
      { hook: state === 'terminated' ? 'on-hook' : 'off-hook', ...(line === '' ? {} : { hookLine: line }) },
      now,
    );
  }
  return reply(200, 'OK');
};

const publish = (request: Request, parts: MethodParts): Reply => {
  const { message, now } = request;
  const answer = parts.publications.publish(message, now);
  const record = speaker(request, parts);
  if (answer.status !== 200 || record === undefined || message.bodyEnd === message.bodyStart) return answer;
  const root = readXml(message.body.toString('utf8'));
  if (root !== undefined)
    parts.database.reported(record.configured.name, { doNotDisturb: findNode(root, 'dnd') !== undefined }, now);
  return answer;
};

// ── referring ───────────────────────────────────────────────────────────────────────────────────────────────────

const TOKEN = 'urn:x-cisco-remotecc:token-registration';

const refer = (request: Request, parts: MethodParts): Reply => {
  const { message, flow } = request;
  const accepted = (): Reply => reply(202, 'Accepted', { headers: contactLine(flow, message) });
  if ((message.address('Refer-To')?.uri ?? '').toLowerCase() === TOKEN) return token(request, parts, accepted);
  switch (mediaType(message.text(ID['Content-Type']) ?? '')) {
    case ALARM_TYPE:
      alarm(request, parts);
      return accepted();
    case RESPONSE_TYPE:
      return accepted();
    case REQUEST_TYPE:
      return reply(603, 'Decline');
    default:
      return message.count(ID['Refer-To']) === 0 ? reply(400, 'Bad Request - Refer-To missing') : reply(603, 'Decline');
  }
};

const token = (request: Request, { valve, settled, tell }: MethodParts, accepted: () => Reply): Reply => {
  const granted = valve.grant(request.now);
  tell({ type: 'sip.token', ...about(request), granted });
  if (granted) return accepted();
  return reply(503, 'Service Unavailable', {
    server: true,
    headers: `Retry-After: ${Math.ceil(settled.settings.tokens.wait / 1000)}\r\n`,
  });
};

const alarm = (request: Request, parts: MethodParts): void => {
  const { message, now } = request;
  const found = readAlarm(message.body);
  if (found === undefined) {
    parts.tell({
      type: 'sip.malformed',
      ...about(request),
      reason: 'the alarm cannot be read',
      bytes: message.body.toString('hex', 0, 256),
      answered: 202,
      unsaid: 0,
    });
    return;
  }
  const named = found.values.get('DeviceName');
  const record = (named === undefined ? undefined : parts.database.byName(named)) ?? speaker(request, parts);
  const device = record?.configured.name ?? named ?? '';
  parts.tell({
    type: 'sip.alarm',
    ...about(request),
    device,
    alarm: found.name,
    values: Object.fromEntries(found.values),
  });
  if (record === undefined) return;
  parts.database.heardFrom(record.configured.name, request.flow.remote.address);
  parts.database.reported(record.configured.name, { alarmName: found.name, ...Object.fromEntries(found.values) }, now);
};
