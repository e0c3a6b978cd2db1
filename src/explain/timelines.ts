// The timelines of devices.

import type { EventBus } from '../core/event-bus.js';
import { type DeviceKey, deviceKey, type MacAddress, parseMacAddress } from '../core/identifiers.js';
import { type Instant, instant } from '../core/time.js';
import { type DeviceRecord, deviceOfFile, namedInFile, type RequestOrigin } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { type EventOf, LINES, type Row } from '../trace/index.js';
import { adviceOn, type KnownNames, type UnknownPhoneAdvice } from './advice.js';
import { detached } from './detached.js';
import { eventOf, type KeptFact, keepFact, RepeatedFact } from './fact-list.js';
import { type RegistersAt, waitsFor } from './next-step.js';
import {
  type EventSubject,
  isRepeat,
  rowOf,
  type Step,
  TIMELINE_ROWS,
  type TimelineEventType,
} from './timeline-events.js';
import { type UnknownIdentity, type UnknownPhone, UnknownPhones } from './unknown-phones.js';
import { type BootProgress, bootBegins, newProgress, progressed } from './verdicts/boot.js';

/** Events that are kept per device: two boots with DHCP, the first and the last, and what goes wrong between them. */
export const FACTS_REMEMBERED = 32;

/** One event of a timeline, formatted. */
export interface TimelineStep {
  readonly at: Instant;
  readonly step: Step;
  /** The type of the event. Stable. */
  readonly type: LabcmEvent['type'];
  /** For people. */
  readonly text: string;
  /** For programs: the fields of the event that are one value. */
  readonly facts: Readonly<Record<string, Value>>;
  /** How often it came since `since`; `at` is the last time. Absent: once. */
  readonly times?: number;
  readonly since?: Instant;
}

/** The timeline of one device. */
export interface Timeline {
  /** The oldest first. */
  readonly steps: readonly TimelineStep[];
  /** What must happen next. `undefined`: the device is registered and nothing is outstanding. */
  readonly waitsFor: string | undefined;
}

type Value = string | number | boolean;

type DhcpReceived = EventOf<'dhcp.received'>;

/** The part of the device database that says whom an event is about. */
export interface TimelineDevices extends KnownNames {
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** What is kept of one device. */
export interface PhoneStory {
  /** The oldest first. */
  readonly facts: KeptFact[];
  readonly progress: BootProgress;
}

/** Called with an event that was kept of a device. */
export type FactListener = (record: DeviceRecord, event: LabcmEvent, story: PhoneStory) => void;

const NOTHING_HEARD: PhoneStory = { facts: [], progress: newProgress(instant(Number.NEGATIVE_INFINITY)) };

/** A client that has no address yet, or asks whether it may keep the old one (RFC 2131 §4.4). */
const beginsBoot = (kind: string, state: string | undefined): boolean =>
  kind === 'DISCOVER' || (kind === 'REQUEST' && state === 'INIT-REBOOT');

/** A client that has got an address, or may keep the one that it had. Renewals are no part of a boot. */
const isLeaseOfBoot = ({ decision, state }: DhcpReceived): boolean =>
  decision === 'ACK' && (state === 'SELECTING' || state === 'INIT-REBOOT');

/** `registersAt`: where devices register, for the text of what a device waits for. */
export interface TimelineOptions {
  readonly registersAt?: RegistersAt;
}

/**
 * The last events of each device across DHCP, TFTP, HTTP, SCCP and SIP. Events are kept as they were published and
 * formatted on request. A bounded number of phones that nobody configured is kept, too, since a misspelled name is
 * the most frequent trouble of all.
 */
export class Timelines {
  readonly #devices: TimelineDevices;
  readonly #registersAt: RegistersAt;
  readonly #stories = new Map<DeviceKey, PhoneStory>();
  readonly #unknown = new UnknownPhones(isRepeat);
  #onFact: FactListener | undefined;
  #onUnknown: ((phone: UnknownPhone) => void) | undefined;
  readonly #listening: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, devices: TimelineDevices, { registersAt = () => [] }: TimelineOptions = {}) {
    this.#devices = devices;
    this.#registersAt = registersAt;
    this.#listening = [
      // Before what the message leads to.
      bus.on('dhcp.received', ({ at, device, kind, state }) => {
        if (device !== undefined && beginsBoot(kind, state)) this.#bootBegins(device, at);
      }),
      ...(Object.keys(TIMELINE_ROWS) as TimelineEventType[]).map((type) => {
        const { when, subject = named } = rowOf(type);
        return bus.on(type, (event) => {
          if (when === undefined || when(event)) this.#keep(event, subject(event));
        });
      }),
      bus.on('device.added', ({ device }) => this.#added(device)),
      bus.on('device.removed', ({ device }) => this.#stories.delete(deviceKey(device))),
      bus.on('dhcp.received', (event) => {
        if (event.device !== undefined && isLeaseOfBoot(event)) this.#hasAddressAgain(event.device, event);
      }),
    ];
  }

  /** The timeline of a device. The case of its name does not matter. `undefined`: there is no such device. */
  of(name: string): Timeline | undefined {
    const record = this.#devices.byName(name);
    if (record === undefined) return undefined;
    return { steps: this.storyOf(record).facts.flatMap(stepOf), waitsFor: this.waitsFor(record) };
  }

  /** What is kept of a device. */
  storyOf({ configured }: DeviceRecord): PhoneStory {
    return this.#stories.get(deviceKey(configured.name)) ?? NOTHING_HEARD;
  }

  /** Whether something was heard of the device since the daemon started. */
  wasHeard({ configured }: DeviceRecord): boolean {
    return this.#stories.has(deviceKey(configured.name));
  }

  /** How many devices were heard of. */
  get heard(): number {
    return this.#stories.size;
  }

  /** Calls `listener` for each event that is kept of a device. Only one listens. */
  onFact(listener: FactListener): void {
    this.#onFact = listener;
  }

  /** Calls `listener` for each event that is kept of a phone that nobody configured. Only one listens. */
  onUnknown(listener: (phone: UnknownPhone) => void): void {
    this.#onUnknown = listener;
  }

  /** What a device waits for. `undefined`: it is registered and nothing is outstanding. */
  waitsFor(record: DeviceRecord): string | undefined {
    const last = this.storyOf(record).facts.at(-1);
    return waitsFor(record, last === undefined ? undefined : eventOf(last), this.#registersAt);
  }

  /** The number of unknown phones; at most `UNKNOWN_PHONES.most`. */
  get unknown(): number {
    return this.#unknown.size;
  }

  /** The unknown phones that were seen last, the newest first. */
  newestUnknown(most: number): readonly UnknownPhoneAdvice[] {
    return this.#unknown.newest(most).map((phone) => adviceOn(phone, this.#devices, phone.facts.flatMap(stepOf)));
  }

  /** An unknown phone by name in any case, hardware address in any spelling, or address. */
  unknownPhone(who: string): UnknownPhoneAdvice | undefined {
    const phone = this.#unknown.find(who);
    return phone === undefined ? undefined : adviceOn(phone, this.#devices, phone.facts.flatMap(stepOf));
  }

  /** The same without advice. */
  findUnknown(who: string): UnknownPhone | undefined {
    return this.#unknown.find(who);
  }

  /** The same, the newest first. */
  unknownPhones(most: number): readonly UnknownPhone[] {
    return this.#unknown.newest(most);
  }

  /**
   * The device or unknown phone that an event is about, by the first of these that is known: the name in the message,
   * the name in a file name, the hardware address, the port of a file request, the address. `undefined`: several
   * devices have the address.
   */
  ownerOf(
    { device, file, mac: written, address, port }: EventSubject,
    at: Instant,
  ): DeviceRecord | UnknownIdentity | undefined {
    if (device !== undefined && device !== '') return this.#devices.byName(device) ?? { name: device, address };
    const inFile = file === undefined ? undefined : namedInFile(file);
    if (inFile !== undefined) return deviceOfFile(this.#devices, inFile) ?? { ...inFile, address };
    const mac = written === undefined ? undefined : parseMacAddress(written);
    if (mac !== undefined) return this.#devices.byMac(mac) ?? { mac, address };
    if (address === undefined) return {};
    const asker = port === undefined ? undefined : this.#devices.fileRequesterAt({ address, port }, at);
    if (asker !== undefined) return asker;
    const holder = this.#devices.holderOf(address, at);
    if (holder === 'several') return undefined;
    const unknown = this.#unknown.atAddress(address, at);
    // If both have the address, the one that gave its name last.
    if (holder !== undefined && (unknown?.lastSeenAt ?? Number.NEGATIVE_INFINITY) <= (holder.namedAt ?? at))
      return holder;
    return unknown ?? { address };
  }

  /** Stops listening. */
  close(): void {
    for (const stop of this.#listening) stop();
  }

  #keep(event: LabcmEvent, subject: EventSubject): void {
    const owner = this.ownerOf(subject, event.at);
    const { ofUnknown, foreign } = rowOf(event.type);
    if (owner === undefined) return;
    if (!('configured' in owner)) {
      const phone = ofUnknown === true ? this.#unknown.keep(event, owner) : undefined;
      if (phone !== undefined) this.#onUnknown?.(phone);
      return;
    }
    const kept = foreign === true ? detached(event) : event;
    const story = this.#storyFor(deviceKey(owner.configured.name), event.at);
    progressed(story.progress, event);
    keepFact(story.facts, kept, FACTS_REMEMBERED, isRepeat, story.progress.began);
    this.#onFact?.(owner, kept, story);
  }

  #storyFor(key: DeviceKey, at: Instant): PhoneStory {
    let story = this.#stories.get(key);
    if (story === undefined) {
      story = { facts: [], progress: newProgress(at) };
      this.#stories.set(key, story);
    }
    return story;
  }

  /** A phone that begins anew by DHCP. Of the messages that go well there is no other fact. */
  #bootBegins(device: string, at: Instant): void {
    bootBegins(this.#storyFor(deviceKey(device), at).progress, at);
  }

  /** A phone that begins anew with the address that it had: a new one is a fact already (`device.leased`). */
  #hasAddressAgain(device: string, event: DhcpReceived): void {
    const { facts, progress } = this.#storyFor(deviceKey(device), event.at);
    const isNew = facts.some((fact) => eventOf(fact).type === 'device.leased' && eventOf(fact).at >= progress.began);
    if (!isNew) this.#keep(event, { device });
  }

  /** Events from before the configuration of the device belong to its timeline. */
  #added(device: string): void {
    if (this.#unknown.size === 0) return;
    const mac = this.#devices.byName(device)?.configured.mac;
    const facts = this.#unknown.take({ name: device, mac });
    const [first] = facts;
    if (first === undefined) return;
    const story: PhoneStory = { facts: [...facts], progress: newProgress(eventOf(first).at) };
    for (const fact of facts) progressed(story.progress, eventOf(fact));
    this.#stories.set(deviceKey(device), story);
  }
}

/** The subject of most events. */
const named = (event: LabcmEvent): EventSubject => ({
  device: 'device' in event ? event.device : undefined,
  address: 'address' in event ? event.address : undefined,
});

/** No step if the trace has no text either, e.g. for a HEAD request. */
export const stepOf = (fact: KeptFact): TimelineStep[] => {
  const event = eventOf(fact);
  const { type, at } = event;
  const { step, text } = rowOf(type);
  const described = text?.(event) ?? (LINES[type] as unknown as Row<LabcmEvent>).summary?.(event)?.text;
  if (described === undefined) return [];
  const again = fact instanceof RepeatedFact && fact.times > 1 ? { times: fact.times, since: fact.since } : {};
  return [{ at, step, type, text: described, facts: factsOf(event), ...again }];
};

/** Fields that every step has already. */
const FIELDS_OF_STEP: ReadonlySet<string> = new Set(['type', 'at', 'device']);

/** The fields of an event as one level. On equal names the event's fields win over those of its nested objects. */
const factsOf = (event: object): Readonly<Record<string, Value>> => {
  const facts: Record<string, Value> = {};
  for (const [name, value] of Object.entries(event)) {
    if (FIELDS_OF_STEP.has(name)) continue;
    if (isValue(value)) facts[name] = value;
    else if (Array.isArray(value)) facts[name] = value.filter(isValue).join(',');
    else if (typeof value === 'object' && value !== null)
      for (const [inner, nested] of Object.entries(value))
        if (isValue(nested) && !FIELDS_OF_STEP.has(inner) && !(inner in event)) facts[inner] = nested;
  }
  return facts;
};

const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
