// What the server says to a registered phone of itself: its status, its commands, its subscriptions' news. Each goes over
// the flow that the phone registered on, to the address that it advertises (`sip.md` §10.2, RFC 5626 §5.3).

import type { DeviceName, DirectoryNumber } from '../core/identity.js';
import type { Instant } from '../core/time.js';
import { type DeviceCommand, reportOf } from '../devices/index.js';
import type { Endpoint, Random } from '../net/ports.js';
import { EVENTS } from './event-packages.js';
import { type Flow, ownAddress } from './flow.js';
import type { Outgoing } from './outgoing.js';
import { REQUEST_TYPE, STATUS_TYPE, statusBody, statusLine } from './remotecc.js';
import { ownUri } from './request.js';
import {
  CLUSTER_EVENT,
  newBranch,
  newCallId,
  newTag,
  notifyHeaders,
  type RequestParts,
  referHeaders,
  writeRequest,
} from './requests.js';
import { checkVersionBody, type DeviceStamps, serviceControlBody } from './service-control.js';
import type { Settled } from './settings.js';
import { type Binding, leadOf, type Station, uriOf } from './stations.js';
import type { Subscription, Subscriptions } from './subscriptions.js';
import { parseSipUri } from './uri.js';
import { DEFAULT_PORT, isUnicast } from './via.js';

export interface PhoneRequestParts {
  readonly settled: Settled;
  readonly random: Random;
  readonly outgoing: Outgoing;
  readonly subscriptions: Subscriptions;
  /** Of the files that the device is served; absent where there are none. */
  stampsOf(device: DeviceName): DeviceStamps | undefined;
  date(now: Instant): string;
}

type Body = RequestParts['body'];

interface Message {
  readonly method: RequestParts['method'];
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly contactUser: string;
  readonly headers: string;
  readonly body: Body;
  readonly callId?: string;
  readonly cseq?: number;
}

const FIRST_CSEQ = 101;
/** 7960 and 7940: whatever they are to do, they are told to look at their configuration (`sip.md` §10.3). */
const CHECK_SYNC: ReadonlySet<number> = new Set([7, 8]);
const NO_STAMPS: DeviceStamps = { config: '', dialplan: '', softkey: '', featureControl: '' };

export class PhoneRequests {
  readonly #parts: PhoneRequestParts;

  constructor(parts: PhoneRequestParts) {
    this.#parts = parts;
  }

  /** The lamps of its lines, then the stamps of its files. */
  status(station: Station, now: Instant): void {
    const binding = leadOf(station);
    if (binding === undefined) return;
    const stamps = this.#parts.stampsOf(station.record.configured.name);
    const host = this.#host(station.flow, station.serverHost);
    const from = `sip:${binding.dn}@${host}`;
    const versions = stamps === undefined ? undefined : checkVersionBody(binding.callId, stamps);
    this.#toPhone(station, now, {
      method: 'REFER',
      uri: uriOf(binding),
      from,
      to: phoneUri(binding, binding.dn),
      contactUser: `${binding.dn}@`,
      headers: referHeaders(from, host, 0),
      body: { type: STATUS_TYPE, text: statusBody(versions) },
    });
  }

  /** Why a phone was rejected, on its screen: about the device, not a line. */
  statusLine(flow: Flow, contact: string, serverHost: string, label: number, now: Instant): void {
    const host = this.#host(flow, serverHost);
    const from = `sip:${host}`;
    this.#send(flow, contact, now, () => {}, serverHost, {
      method: 'REFER',
      uri: withoutUser(contact),
      from,
      to: withoutUser(contact),
      contactUser: '',
      headers: referHeaders(from, host, 0),
      body: { type: REQUEST_TYPE, text: statusLine(label) },
    });
  }

  messagesWaiting(station: Station, now: Instant): void {
    const binding = leadOf(station);
    if (binding === undefined) return;
    this.#toPhone(station, now, {
      method: 'NOTIFY',
      uri: uriOf(binding),
      from: `sip:${binding.dn}@${this.#host(station.flow, station.serverHost)}`,
      to: phoneUri(binding, binding.dn),
      contactUser: `${binding.dn}@`,
      headers: notifyHeaders('message-summary', 'active'),
      body: { type: 'application/simple-message-summary', text: 'Messages-Waiting: no\r\n' },
    });
  }

  /** `onFinal` hears the phone's status, 0 where it did not answer. */
  command(
    station: Station,
    command: DeviceCommand,
    now: Instant,
    onFinal: (status: number, now: Instant) => void = () => {},
  ): void {
    const binding = leadOf(station);
    if (binding === undefined) return;
    const { typeId } = station.registration;
    const told = CHECK_SYNC.has(typeId)
      ? { headers: notifyHeaders('check-sync', 'terminated'), body: undefined }
      : {
          headers: notifyHeaders('service-control', 'active'),
          body: { type: 'text/plain', text: this.#serviceControl(station, binding, command) },
        };
    this.#toPhone(
      station,
      now,
      {
        method: 'NOTIFY',
        uri: phoneUri(binding, binding.dn, true),
        from: `sip:${this.#host(station.flow, station.serverHost)}`,
        to: phoneUri(binding, binding.dn),
        contactUser: '',
        ...told,
      },
      onFinal,
    );
  }

  #serviceControl({ record, registration }: Station, { callId }: Binding, command: DeviceCommand): string {
    const { configured } = record;
    return serviceControlBody(command, {
      callId,
      stamps: this.#parts.stampsOf(configured.name) ?? NO_STAMPS,
      load: configured.load ?? '',
      inactiveLoad: String(reportOf(record, 'inactiveLoad')?.value ?? ''),
      stamped: this.#parts.settled.settings.stampedResets.has(registration.typeId),
    });
  }

  /** The present state of what is watched. */
  news(subscription: Subscription, now: Instant): void {
    const { subscriptions } = this.#parts;
    const { flow, target, local, remote, callId, eventText, host, dn } = subscription;
    const body = subscriptions.nextBody(subscription);
    const onFinal = (status: number): void => {
      if (status === 0 || status === 481) subscriptions.lost(subscription);
    };
    this.#send(flow, target, now, onFinal, host, {
      method: 'NOTIFY',
      uri: target,
      from: local,
      to: remote,
      contactUser: `${dn}@`,
      headers: notifyHeaders(eventText, subscriptions.stateOf(subscription, now)),
      body,
      callId,
      cseq: subscription.cseq,
    });
  }

  /** The lamp of a speed dial, unasked: phones that agreed to `unot` heed nothing else (`sip.md` §10.5). */
  lamp(station: Station, dn: DirectoryNumber, lit: boolean, now: Instant): void {
    const binding = leadOf(station);
    if (binding === undefined) return;
    const host = this.#host(station.flow, station.serverHost);
    const { types, body } = EVENTS.presence;
    const watched = { dn, host, version: 0, ended: undefined, doNotDisturb: this.#parts.subscriptions.declines(dn) };
    this.#toPhone(station, now, {
      method: 'NOTIFY',
      uri: uriOf(binding),
      from: `sip:${dn}@${host}`,
      to: phoneUri(binding, binding.dn),
      contactUser: `${dn}@`,
      headers: notifyHeaders('presence', 'active'),
      body: { type: types[0], text: body(watched, lit) },
    });
  }

  /** Another node is told that a device has registered here. */
  peer(flow: Flow, device: string, now: Instant): void {
    const { address, port } = flow.remote;
    const uri = `sip:${address}:${port}`;
    this.#send(flow, uri, now, () => {}, address, {
      method: 'NOTIFY',
      uri,
      from: `sip:${this.#host(flow, address)}`,
      to: uri,
      contactUser: '',
      headers: notifyHeaders(CLUSTER_EVENT, 'active'),
      body: { type: 'text/plain', text: `${device}\r\n` },
    });
  }

  #toPhone(
    station: Station,
    now: Instant,
    message: Message,
    onFinal: (status: number, now: Instant) => void = () => {},
  ): void {
    const lead = leadOf(station);
    const contact = lead === undefined ? message.uri : uriOf(lead);
    this.#send(station.flow, contact, now, onFinal, station.serverHost, message);
  }

  #send(
    flow: Flow,
    contact: string,
    now: Instant,
    onFinal: (status: number, now: Instant) => void,
    serverHost: string,
    message: Message,
  ): void {
    const { random, settled, outgoing, date } = this.#parts;
    const host = this.#host(flow, serverHost);
    const branch = newBranch(random);
    const sentBy = `${host}:${flow.local.port}`;
    const inDialog = message.callId !== undefined;
    const text = writeRequest({
      method: message.method,
      uri: message.uri,
      transport: flow.transport.toUpperCase(),
      sentBy,
      branch,
      from: inDialog ? message.from : `<${message.from}>;tag=${newTag(random)}`,
      to: inDialog ? message.to : `<${message.to}>`,
      callId: message.callId ?? newCallId(random, host),
      cseq: message.cseq ?? FIRST_CSEQ,
      date: date(now),
      product: settled.settings.product,
      headers: message.headers,
      contact: ownUri(`${message.contactUser}${sentBy}`, flow.transport, message.uri),
      body: message.body,
    });
    outgoing.send(`${branch} ${message.method}`, text, flow, targetOf(flow, contact), now, onFinal);
  }

  #host(flow: Flow, otherwise: string): string {
    return this.#parts.settled.settings.advertised ?? ownAddress(flow, otherwise);
  }
}

/**
 * Over UDP: the Contact, where it is at the address that the phone sends from, since some send from one port and listen
 * on another; else where its packets come from, which is where a NAT lets answers in.
 */
const targetOf = ({ remote, transport }: Flow, contact: string): Endpoint => {
  if (transport !== 'udp') return remote;
  const uri = parseSipUri(contact);
  if (typeof uri === 'string' || uri.host !== remote.address || !isUnicast(uri.host)) return remote;
  return { address: uri.host, port: uri.port ?? DEFAULT_PORT };
};

/** The phone by its number at the address that it advertises. */
const phoneUri = (binding: Binding, dn: DirectoryNumber, withPort = false): string => {
  const uri = uriOf(binding);
  const parsed = parseSipUri(uri);
  if (typeof parsed === 'string') return uri;
  return `${parsed.scheme}:${dn}@${parsed.host}${withPort ? `:${parsed.port ?? DEFAULT_PORT}` : ''}`;
};

const withoutUser = (contact: string): string => {
  const parsed = parseSipUri(contact);
  if (typeof parsed === 'string') return contact;
  return `${parsed.scheme}:${parsed.host}${parsed.port === undefined ? '' : `:${parsed.port}`}`;
};
