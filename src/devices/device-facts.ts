import { ownText, StringPool } from '../core/string-pool.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord, Registration } from './device.js';
import type { DeviceEventPublisher } from './event-publisher.js';
import type { GivenFile } from './facts.js';
import { afterReport, type OutOfServiceReport } from './out-of-service.js';
import type { LoadReport, PhoneAlarmFact } from './phone-alarms.js';
import type { MutableDhcpFacts, MutableRecord, MutableRegistration } from './record.js';

/** What a DHCP message of a device says. Empty texts: it does not say. */
export interface DhcpRequestFact {
  readonly kind: 'DISCOVER' | 'REQUEST' | 'other';
  /** The address that it requests or renews. */
  readonly address: string | undefined;
  readonly relay: string | undefined;
  readonly hostName: string;
  readonly vendorClass: string;
  /** Option 55: numbers with commas. */
  readonly requestedOptions: string;
  /** Why it is not answered; `undefined`: it is, or needs no answer. */
  readonly silentReason: string | undefined;
}

/** What a DHCP message to a device says. */
export interface DhcpReplyFact {
  readonly kind: 'OFFER' | 'ACK' | 'NAK';
  readonly address: string | undefined;
  readonly reason: string;
}

const LONGEST = 256;

const NO_DHCP: MutableDhcpFacts = {
  discoverAt: undefined,
  offerAt: undefined,
  offered: undefined,
  requestAt: undefined,
  requested: undefined,
  ackAt: undefined,
  acknowledged: undefined,
  nakAt: undefined,
  nakReason: undefined,
  silentAt: undefined,
  silentReason: undefined,
  relay: undefined,
  hostName: '',
  vendorClass: '',
  requestedOptions: '',
};

/**
 * The database's side of what is learnt about devices while they boot and after they were away. Texts of phones are
 * copied, and those that many phones write are held once.
 */
export class DeviceFacts {
  readonly #find: (name: string) => MutableRecord | undefined;
  readonly #events: DeviceEventPublisher;
  readonly #texts = new StringPool();

  constructor(find: (name: string) => MutableRecord | undefined, events: DeviceEventPublisher) {
    this.#find = find;
    this.#events = events;
  }

  /** Notes what an alarm says about the last time out of service, or about a load. */
  recordAlarm(name: string, fact: PhoneAlarmFact, now: Instant): void {
    if (fact.kind === 'out-of-service') this.recordOutOfService(name, fact.report, now);
    else this.#recordLoad(name, fact.report, now);
  }

  /** Notes why the device was out of service, as it says itself. */
  recordOutOfService(name: string, report: OutOfServiceReport, now: Instant): void {
    const record = this.#find(name);
    if (record === undefined) return;
    const kept = this.#kept(report);
    record.outOfService = afterReport(record.outOfService, kept, now);
    this.#events.publishOutOfService(record.configured.name, kept, now);
  }

  #recordLoad(name: string, report: LoadReport, now: Instant): void {
    const record = this.#find(name);
    if (record === undefined) return;
    const kept = this.#kept(report);
    record.loadDownload = { at: now, ...kept };
    this.#events.publishLoad(record.configured.name, kept, now);
  }

  /** Notes that the device received its configuration file. */
  recordGiven(name: string, file: string, given: GivenFile): void {
    const record = this.#find(name);
    if (record === undefined) return;
    record.given = given;
    this.#events.publishGiven(record.configured.name, file, given);
  }

  /** Notes a DHCP message from the device. */
  recordDhcpRequest(record: DeviceRecord, message: DhcpRequestFact, now: Instant): void {
    const dhcp = dhcpOf(record);
    if (message.kind === 'DISCOVER') dhcp.discoverAt = now;
    else if (message.kind === 'REQUEST') {
      dhcp.requestAt = now;
      dhcp.requested = message.address;
    }
    if (message.silentReason !== undefined) {
      dhcp.silentAt = now;
      dhcp.silentReason = message.silentReason;
    }
    dhcp.relay = message.relay;
    if (message.hostName !== '' && message.hostName !== dhcp.hostName)
      dhcp.hostName = ownText(message.hostName, LONGEST);
    if (message.vendorClass !== '') dhcp.vendorClass = this.#held(message.vendorClass, dhcp.vendorClass);
    if (message.requestedOptions !== '')
      dhcp.requestedOptions = this.#held(message.requestedOptions, dhcp.requestedOptions);
  }

  /** Notes a DHCP message to the device. */
  recordDhcpReply(record: DeviceRecord, { kind, address, reason }: DhcpReplyFact, now: Instant): void {
    const dhcp = dhcpOf(record);
    if (kind === 'OFFER') {
      dhcp.offerAt = now;
      dhcp.offered = address;
    } else if (kind === 'ACK') {
      dhcp.ackAt = now;
      dhcp.acknowledged = address;
    } else {
      dhcp.nakAt = now;
      dhcp.nakReason = reason;
    }
  }

  /**
   * Notes the name of the last message from the phone.
   *
   * @hot Each message costs this assignment: `name` is a text that is there already.
   */
  heard(registration: Registration, name: string): void {
    (registration as MutableRegistration).heard = name;
  }

  /** Notes the name of the last message to the phone. */
  said(registration: Registration, name: string): void {
    (registration as MutableRegistration).said = name;
  }

  /** Notes what the phone's own clock shows: see `Registration.clockSkew`. */
  recordClock(registration: Registration, skew: number | 'none' | undefined): void {
    if (skew !== undefined) (registration as MutableRegistration).clockSkew = skew;
  }

  /** Notes that the phone names another address for itself than before, in one dialogue. */
  recordContactChange(registration: Registration, before: string, address: string, at: Instant): void {
    (registration as MutableRegistration).contactChange = { at, before, now: address };
  }

  /** The text that is held, if `text` is the same; else a copy of it, the same for all devices. */
  #held(text: string, before: string): string {
    return text === before ? before : this.#texts.intern(ownText(text, LONGEST));
  }

  /** A copy of a report, with copies of its texts. */
  #kept<T extends object>(report: T): T {
    const copy = { ...report } as Record<string, unknown>;
    for (const [name, value] of Object.entries(copy))
      if (typeof value === 'string') copy[name] = this.#texts.intern(ownText(value, LONGEST));
    return copy as T;
  }
}

const dhcpOf = (record: DeviceRecord): MutableDhcpFacts => {
  const mutable = record as MutableRecord;
  mutable.dhcp ??= { ...NO_DHCP };
  return mutable.dhcp;
};
