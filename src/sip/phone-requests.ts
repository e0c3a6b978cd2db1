// What the server says to a registered phone of itself: its status, its commands, its subscriptions' news. Each goes over
// the flow that the phone registered on, to the address that it advertises (`sip.md` §10.2, RFC 5626 §5.3).

import type { DeviceName, DirectoryNumber } from '../core/identity.js';
import type { Instant } from '../core/time.js';
import { type DeviceCommand, reportOf } from '../devices/index.js';
import type { Endpoint, Random } from '../net/ports.js';
import { EVENTS } from './event-packages.js';
import { type Flow, ownAddress, sameFlow } from './flow.js';
import { type Outgoing, type OutgoingMessage, UNANSWERED } from './outgoing.js';
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

/** How a message goes, and who waits for its answer. */
interface Delivery extends Partial<Pick<OutgoingMessage, 'isWanted' | 'onFinal'>> {
  readonly flow: Flow;
  readonly contact: string;
  readonly serverHost: string;
  readonly toDevice: boolean;
}

type Written = Pick<OutgoingMessage, 'key' | 'text'>;

const always = (): boolean => true;
const nothing = (): void => {};
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
    const words = {
      method: 'REFER',
      uri: withoutUser(contact),
      from,
      to: withoutUser(contact),
      contactUser: '',
      headers: referHeaders(from, host, 0),
      body: { type: REQUEST_TYPE, text: statusLine(label) },
    } as const;
    this.#send(words, { flow, contact, serverHost, toDevice: false }, now);
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

  /** `onFinal` hears the phone's status, or that there is none. */
  command(station: Station, command: DeviceCommand, now: Instant, onFinal: OutgoingMessage['onFinal']): void {
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

  /**
   * The present state of what is watched. An address that has proved nothing may be sent too little for it: then the
   * state is pending (RFC 6665 §4.1.3), without a body, and the answer to that brings what it is.
   */
  news(subscription: Subscription, now: Instant): void {
    const { subscriptions } = this.#parts;
    const { flow, device, target, host, ended } = subscription;
    if (!flow.open) return;
    const body = subscriptions.nextBody(subscription);
    const { cseq } = subscription;
    const delivery = {
      flow,
      contact: target,
      serverHost: host,
      toDevice: device !== undefined,
      // What ends with a registration is said once: its flow has gone with it.
      isWanted: () => subscription.cseq === cseq && subscription.ended !== 'deactivated',
      onFinal: (status: number, at: Instant): void => {
        if (status <= UNANSWERED || status === 481) subscriptions.lost(subscription);
        else if (status < 300) this.#heard(subscription, at);
      },
    };
    const whole = this.#write(this.#newsOf(subscription, body, now), delivery, now);
    if (ended !== undefined || flow.affords(whole.text.length, now)) this.#deliver(whole, delivery, now);
    else {
      subscription.told = undefined;
      this.#send(this.#newsOf(subscription, undefined, now), delivery, now);
    }
  }

  #newsOf(subscription: Subscription, body: Body, now: Instant): Message {
    const { target, local, remote, callId, eventText, dn, cseq, told } = subscription;
    const state = this.#parts.subscriptions.stateText(subscription, told === undefined, now);
    return {
      method: 'NOTIFY',
      uri: target,
      from: local,
      to: remote,
      contactUser: `${dn}@`,
      headers: notifyHeaders(eventText, state),
      body,
      callId,
      cseq,
    };
  }

  #heard(subscription: Subscription, now: Instant): void {
    this.#parts.subscriptions.answered(subscription);
    if (subscription.told === undefined && subscription.ended === undefined) this.news(subscription, now);
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
    const words = {
      method: 'NOTIFY',
      uri,
      from: `sip:${this.#host(flow, address)}`,
      to: uri,
      contactUser: '',
      headers: notifyHeaders(CLUSTER_EVENT, 'active'),
      body: { type: 'text/plain', text: `${device}\r\n` },
    } as const;
    this.#send(words, { flow, contact: uri, serverHost: address, toDevice: true }, now);
  }

  #toPhone(station: Station, now: Instant, message: Message, onFinal?: OutgoingMessage['onFinal']): void {
    const lead = leadOf(station);
    const { flow, serverHost } = station;
    const contact = lead === undefined ? message.uri : uriOf(lead);
    // Not to where it no longer is: it has unregistered, or has come back by another way.
    const isWanted = (): boolean => station.bindings.length > 0 && sameFlow(station.flow, flow);
    const heard = onFinal === undefined ? {} : { onFinal };
    this.#send(message, { flow, contact, serverHost, toDevice: true, isWanted, ...heard }, now);
  }

  #send(message: Message, delivery: Delivery, now: Instant): void {
    this.#deliver(this.#write(message, delivery, now), delivery, now);
  }

  #write(message: Message, { flow, serverHost }: Delivery, now: Instant): Written {
    const { random, settled, date } = this.#parts;
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
    return { key: `${branch} ${message.method}`, text };
  }

  #deliver(written: Written, { flow, contact, toDevice, isWanted, onFinal }: Delivery, now: Instant): void {
    const to = targetOf(flow, contact);
    const { outgoing } = this.#parts;
    outgoing.send({ ...written, flow, to, toDevice, isWanted: isWanted ?? always, onFinal: onFinal ?? nothing }, now);
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
