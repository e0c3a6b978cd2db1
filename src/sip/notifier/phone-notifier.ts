import type { LineState } from '../../calls/index.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import { type DeviceCommand, type LineMessages, reportOf } from '../../devices/index.js';
import {
  doNotDisturbBody,
  forwardUpdateBody,
  REQUEST_TYPE,
  STATUS_TYPE,
  type StatusFeatures,
  statusBody,
  statusLine,
} from '../cisco/remotecc.js';
import { checkVersionBody, type FileVersionStamps, serviceControlBody } from '../cisco/service-control.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { DEFAULT_PORT } from '../message/via.js';
import { EVENTS } from '../presence/event-packages.js';
import { messageSummary, SUMMARY_TYPE } from '../presence/message-summary.js';
import { parseCredentials } from '../registrar/digest.js';
import { type Binding, contactUriOf, primaryBinding, type RegisteredPhone } from '../registrar/location.js';
import type { SettingsRef } from '../settings.js';
import type { OutgoingMessage } from '../transaction/client-transactions.js';
import { type Flow, sameFlow } from '../transport/flow.js';
import type { RequestContent, RequestSender } from './request-sender.js';
import { CLUSTER_EVENT, notifyHeaders, referHeaders } from './request-writer.js';
import { changedForwards, NOTHING_SET } from './shown-features.js';

/** What the notifier needs of the service around it. */
export interface PhoneNotifierDependencies {
  readonly settingsRef: SettingsRef;
  readonly sender: RequestSender;
  /** The version stamps of the files that a device is served; `undefined`: it is served none. */
  versionStampsOf(device: DeviceName): FileVersionStamps | undefined;
  /** A request of that method is sent to the phone. */
  onSent(phone: RegisteredPhone, method: string): void;
}

/** 7960 and 7940: for every command they get check-sync (`sip.md` §10.3). */
const CHECK_SYNC: ReadonlySet<number> = new Set([7, 8]);
/** The digest response of a node, which has no password. */
const NO_RESPONSE = '0'.repeat(32);
const NO_MESSAGES: LineMessages = { waiting: false, new: 0, old: 0 };
const NO_VERSION_STAMPS: FileVersionStamps = { config: '', dialplan: '', softkey: '', featureControl: '' };

/**
 * The requests that the server sends to a registered phone by itself: its status, its commands and its busy lamp field.
 * Each goes over the flow that the phone registered by, to the address that it advertises (`sip.md` §10.2, RFC 5626
 * §5.3).
 */
export class PhoneNotifier {
  readonly #dependencies: PhoneNotifierDependencies;

  constructor(dependencies: PhoneNotifierDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sends the lamps of its lines, and the version stamps of its files. `waiting`: the numbers of the lines with messages. */
  sendStatus(phone: RegisteredPhone, waiting: readonly number[], now: Instant): void {
    const binding = primaryBinding(phone);
    if (binding === undefined) return;
    const versionStamps = this.#dependencies.versionStampsOf(phone.record.configured.name);
    const versions = versionStamps === undefined ? undefined : checkVersionBody(binding.callId, versionStamps);
    const text = statusBody(waiting, versions, this.#shownBy(phone));
    this.#refer(phone, binding, { type: STATUS_TYPE, text }, now);
  }

  /** What the phone shows of its features from now on, where that is not as usual. */
  #shownBy(phone: RegisteredPhone): StatusFeatures {
    const { configured } = phone.record;
    phone.shownFeatures = configured;
    return { forwards: changedForwards(NOTHING_SET, configured), doNotDisturb: configured.doNotDisturb };
  }

  /** Tells a phone of Cisco's what of its features is other than it shows. */
  sendFeatures(phone: RegisteredPhone, now: Instant): void {
    const before = phone.shownFeatures ?? NOTHING_SET;
    const { configured } = phone.record;
    if (!phone.cisco || before === configured) return;
    phone.shownFeatures = configured;
    const binding = primaryBinding(phone);
    if (binding === undefined) return;
    const updates = changedForwards(before, configured).map(forwardUpdateBody);
    if (before.doNotDisturb !== configured.doNotDisturb) updates.push(doNotDisturbBody(configured.doNotDisturb));
    for (const text of updates) this.#refer(phone, binding, { type: REQUEST_TYPE, text }, now);
  }

  #refer(phone: RegisteredPhone, binding: Binding, body: RequestContent['body'], now: Instant): void {
    const host = this.#dependencies.sender.localHost(phone.flow, phone.serverHost);
    const to = phoneUri(binding, binding.dn);
    this.#send(phone, now, referContent({ uri: contactUriOf(binding), to, user: `${binding.dn}@`, host, body }));
  }

  /** Shows on the screen of a phone why it was rejected. */
  sendStatusLine(flow: Flow, contact: string, serverHost: string, label: number, now: Instant): void {
    const host = this.#dependencies.sender.localHost(flow, serverHost);
    const uri = withoutUser(contact);
    const content = referContent({
      uri,
      to: uri,
      user: '',
      host,
      body: { type: REQUEST_TYPE, text: statusLine(label) },
    });
    this.#dependencies.sender.send(content, { flow, contact, serverHost, toDevice: false }, now);
  }

  /** Tells a phone of the messages of one of its lines, without a subscription. */
  notifyMessages(phone: RegisteredPhone, dn: DirectoryNumber, messages: LineMessages, now: Instant): void {
    const binding = phone.bindings.find(({ lines }) => lines.includes(dn));
    if (binding === undefined) return;
    const host = this.#dependencies.sender.localHost(phone.flow, phone.serverHost);
    this.#send(phone, now, {
      method: 'NOTIFY',
      uri: contactUriOf(binding),
      from: `sip:${dn}@${host}`,
      to: phoneUri(binding, dn),
      contactUser: `${dn}@`,
      headers: notifyHeaders('message-summary', 'active'),
      body: { type: SUMMARY_TYPE, text: messageSummary(messages, dn, host) },
    });
  }

  /** Sends a command. `onFinal` is called with the status of the phone's response, or `UNANSWERED` or `UNSENT`. */
  sendCommand(phone: RegisteredPhone, command: DeviceCommand, now: Instant, onFinal: OutgoingMessage['onFinal']): void {
    const binding = primaryBinding(phone);
    if (binding === undefined) return;
    const { typeId } = phone.registration;
    const event = CHECK_SYNC.has(typeId)
      ? { headers: notifyHeaders('check-sync', 'terminated'), body: undefined }
      : {
          headers: notifyHeaders('service-control', 'active'),
          body: { type: 'text/plain', text: this.#serviceControl(phone, binding, command) },
        };
    this.#send(
      phone,
      now,
      {
        method: 'NOTIFY',
        uri: phoneUri(binding, binding.dn, true),
        from: `sip:${this.#dependencies.sender.localHost(phone.flow, phone.serverHost)}`,
        to: phoneUri(binding, binding.dn),
        contactUser: '',
        ...event,
      },
      onFinal,
    );
  }

  #serviceControl({ record, registration }: RegisteredPhone, { callId }: Binding, command: DeviceCommand): string {
    const { configured } = record;
    return serviceControlBody(command, {
      callId,
      versionStamps: this.#dependencies.versionStampsOf(configured.name) ?? NO_VERSION_STAMPS,
      load: configured.load ?? '',
      inactiveLoad: String(reportOf(record, 'inactiveLoad')?.value ?? ''),
      withVersionStamps: this.#dependencies.settingsRef.settings.stampedResets.has(registration.typeId),
    });
  }

  /**
   * Sends the state of a number on the busy lamp field, without a subscription: phones that agreed to `unot` take no
   * other NOTIFY (`sip.md` §10.5).
   */
  notifyBlf(phone: RegisteredPhone, dn: DirectoryNumber, state: LineState, now: Instant): void {
    const binding = primaryBinding(phone);
    if (binding === undefined) return;
    const host = this.#dependencies.sender.localHost(phone.flow, phone.serverHost);
    const { types, body } = EVENTS.presence;
    const watched = { dn, host, version: 0, ended: undefined, state, calls: [], messages: NO_MESSAGES };
    this.#send(phone, now, {
      method: 'NOTIFY',
      uri: contactUriOf(binding),
      from: `sip:${dn}@${host}`,
      to: phoneUri(binding, binding.dn),
      contactUser: `${dn}@`,
      headers: notifyHeaders('presence', 'active'),
      body: { type: types[0], text: body(watched) },
    });
  }

  /** Tells another node that a device has registered here. If it is challenged, it tells so once more, with `proof`. */
  notifyNode(flow: Flow, device: string, now: Instant, proof = ''): void {
    const { address, port } = flow.remote;
    const uri = `sip:${address}:${port}`;
    const content = {
      method: 'NOTIFY',
      uri,
      from: `sip:${this.#dependencies.sender.localHost(flow, address)}`,
      to: uri,
      contactUser: '',
      headers: `${notifyHeaders(CLUSTER_EVENT, 'active')}${proof}`,
      body: { type: 'text/plain', text: `${device}\r\n` },
    } as const;
    const onFinal: OutgoingMessage['onFinal'] = (_, at, answer) => {
      const proved = proof === '' && answer?.status === 401 ? proofOfAddress(answer, uri) : '';
      if (proved !== '') this.notifyNode(flow, device, at, proved);
    };
    this.#dependencies.sender.send(content, { flow, contact: uri, serverHost: address, toDevice: true, onFinal }, now);
  }

  #send(phone: RegisteredPhone, now: Instant, message: RequestContent, onFinal?: OutgoingMessage['onFinal']): void {
    const primary = primaryBinding(phone);
    const { flow, serverHost } = phone;
    const contact = primary === undefined ? message.uri : contactUriOf(primary);
    // Not if the phone has unregistered meanwhile, or has come back by another flow.
    const isWanted = (): boolean => phone.bindings.length > 0 && sameFlow(phone.flow, flow);
    const final = onFinal === undefined ? {} : { onFinal };
    this.#dependencies.sender.send(message, { flow, contact, serverHost, toDevice: true, isWanted, ...final }, now);
    this.#dependencies.onSent(phone, message.method);
  }
}

/** A REFER whose body is for the phone itself. `user`: what stands before the host of this server, `5001@` or nothing. */
const referContent = (refer: {
  readonly uri: string;
  readonly to: string;
  readonly user: string;
  readonly host: string;
  readonly body: RequestContent['body'];
}): RequestContent => {
  const { uri, to, user, host, body } = refer;
  const from = `sip:${user}${host}`;
  return { method: 'REFER', uri, from, to, contactUser: user, headers: referHeaders(from, host, 0), body };
};

/** The URI of a number at the address that its phone advertises. */
const phoneUri = (binding: Binding, dn: DirectoryNumber, withPort = false): string => {
  const uri = contactUriOf(binding);
  const parsed = parseSipUri(uri);
  if (typeof parsed === 'string') return uri;
  return `${parsed.scheme}:${dn}@${parsed.host}${withPort ? `:${parsed.port ?? DEFAULT_PORT}` : ''}`;
};

const withoutUser = (contact: string): string => {
  const parsed = parseSipUri(contact);
  if (typeof parsed === 'string') return contact;
  return `${parsed.scheme}:${parsed.host}${parsed.port === undefined ? '' : `:${parsed.port}`}`;
};

/**
 * The Authorization header for the challenge of another node; empty: it is no challenge. Nodes share no password: the
 * nonce that is sent back shows that the address is not forged.
 */
const proofOfAddress = (challenge: SipMessage, uri: string): string => {
  const fields = parseCredentials(challenge.text(ID['WWW-Authenticate']) ?? '');
  const [realm, nonce] = [fields?.get('realm'), fields?.get('nonce')];
  if (realm === undefined || nonce === undefined || /["\\\r\n]/.test(realm + nonce)) return '';
  return `Authorization: Digest username="node", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${NO_RESPONSE}"\r\n`;
};
