// What befell each device, from its lease to its registration, in one list over all protocols: its last facts. They are
// kept as they were published and put in words when somebody asks. Of those that nobody configured a bounded number is
// kept, too, since a wrong letter in a name is the most frequent trouble of all.

import type { EventBus } from '../core/event-bus.js';
import { type DeviceKey, deviceKey, type MacAddress, parseMacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { type DeviceRecord, deviceOfFile, namedInFile, type RequestOrigin } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { LINES, type Row } from '../trace/index.js';
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
import { type UnknownIdentity, UnknownPhones } from './unknown-phones.js';

/** Facts of one device that are kept: two boots with DHCP, the first and the last, and what goes wrong between them. */
export const FACTS_REMEMBERED = 32;

export interface TimelineStep {
  readonly at: Instant;
  readonly step: Step;
  /** The fact's type: stable. */
  readonly type: LabcmEvent['type'];
  /** For people. */
  readonly text: string;
  /** For programs: what the fact says, those of its parts that are one value. */
  readonly facts: Readonly<Record<string, Value>>;
  /** It came so often since then, `at` for the last time; absent: once. */
  readonly times?: number;
  readonly since?: Instant;
}

export interface Timeline {
  /** The oldest first. */
  readonly steps: readonly TimelineStep[];
  /** What is to happen next; `undefined` where the device is registered and nothing is outstanding. */
  readonly waitsFor: string | undefined;
}

type Value = string | number | boolean;

/** The device database, to ask who is meant. */
export interface TimelineDevices extends KnownNames {
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** Where devices are told to register; of use to say where one is waited for. */
export interface TimelineOptions {
  readonly registersAt?: RegistersAt;
}

export class Timelines {
  readonly #devices: TimelineDevices;
  readonly #registersAt: RegistersAt;
  readonly #facts = new Map<DeviceKey, KeptFact[]>();
  readonly #unknown = new UnknownPhones(isRepeat);
  readonly #listening: readonly (() => void)[];

  constructor(bus: EventBus<LabcmEvent>, devices: TimelineDevices, { registersAt = () => [] }: TimelineOptions = {}) {
    this.#devices = devices;
    this.#registersAt = registersAt;
    this.#listening = [
      ...(Object.keys(TIMELINE_ROWS) as TimelineEventType[]).map((type) => {
        const { when, subject = named } = rowOf(type);
        return bus.on(type, (event) => {
          if (when === undefined || when(event)) this.#keep(event, subject(event));
        });
      }),
      bus.on('device.added', ({ device }) => this.#added(device)),
      bus.on('device.removed', ({ device }) => this.#facts.delete(deviceKey(device))),
    ];
  }

  /** Of a device, case-blind. `undefined`: there is no such device. */
  of(name: string): Timeline | undefined {
    const record = this.#devices.byName(name);
    if (record === undefined) return undefined;
    const facts = this.#facts.get(deviceKey(record.configured.name)) ?? [];
    return { steps: facts.flatMap(stepOf), waitsFor: this.waitsFor(record) };
  }

  /** What a device waits for; `undefined` where it is registered and nothing is outstanding. */
  waitsFor(record: DeviceRecord): string | undefined {
    const last = this.#facts.get(deviceKey(record.configured.name))?.at(-1);
    return waitsFor(record, last === undefined ? undefined : eventOf(last), this.#registersAt);
  }

  /** How many are heard of whom nobody configured; at most `UNKNOWN_PHONES.most`. */
  get unknown(): number {
    return this.#unknown.size;
  }

  /** Those of them that were heard last, the newest first. */
  newestUnknown(most: number): readonly UnknownPhoneAdvice[] {
    return this.#unknown.newest(most).map((phone) => adviceOn(phone, this.#devices, phone.facts.flatMap(stepOf)));
  }

  /** One of them, by name in any case, hardware address in any spelling, or address. */
  unknownPhone(who: string): UnknownPhoneAdvice | undefined {
    const phone = this.#unknown.find(who);
    return phone === undefined ? undefined : adviceOn(phone, this.#devices, phone.facts.flatMap(stepOf));
  }

  /** Hears no more. */
  close(): void {
    for (const stop of this.#listening) stop();
  }

  #keep(event: LabcmEvent, subject: EventSubject): void {
    const owner = this.#ownerOf(subject, event.at);
    const { ofUnknown, foreign } = rowOf(event.type);
    if (owner === undefined) return;
    if (!('configured' in owner)) {
      if (ofUnknown === true) this.#unknown.keep(event, owner);
      return;
    }
    const key = deviceKey(owner.configured.name);
    const kept = foreign === true ? detached(event) : event;
    const facts = this.#facts.get(key);
    if (facts === undefined) this.#facts.set(key, [kept]);
    else keepFact(facts, kept, FACTS_REMEMBERED, isRepeat);
  }

  /**
   * The name that the message gives, the one in a file's name, the hardware address, the port that a file was asked for
   * from, the address: whichever comes first. An address that several devices have makes it nobody's.
   */
  #ownerOf(
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
    // Of two that share an address, the one that named itself last.
    if (holder !== undefined && (unknown?.lastSeenAt ?? Number.NEGATIVE_INFINITY) <= (holder.namedAt ?? at))
      return holder;
    return unknown ?? { address };
  }

  /** What was heard before it was configured belongs to its story. */
  #added(device: string): void {
    if (this.#unknown.size === 0) return;
    const mac = this.#devices.byName(device)?.configured.mac;
    const facts = this.#unknown.take({ name: device, mac });
    if (facts.length > 0) this.#facts.set(deviceKey(device), [...facts]);
  }
}

/** Most events say whom they are about by these names. */
const named = (event: LabcmEvent): EventSubject => ({
  device: 'device' in event ? event.device : undefined,
  address: 'address' in event ? event.address : undefined,
});

/** None where the trace has no words for it either, e.g. for a HEAD. */
const stepOf = (fact: KeptFact): TimelineStep[] => {
  const event = eventOf(fact);
  const { type, at } = event;
  const { step, text } = rowOf(type);
  const described = text?.(event) ?? (LINES[type] as unknown as Row<LabcmEvent>).summary?.(event)?.text;
  if (described === undefined) return [];
  const again = fact instanceof RepeatedFact && fact.times > 1 ? { times: fact.times, since: fact.since } : {};
  return [{ at, step, type, text: described, facts: factsOf(event), ...again }];
};

/** What every step says of itself, and what is no news of a device. */
const SAID_ALREADY: ReadonlySet<string> = new Set(['type', 'at', 'device']);

/** One level: what a part of the event says stands among the rest, the event's own words first. */
const factsOf = (event: object): Readonly<Record<string, Value>> => {
  const facts: Record<string, Value> = {};
  for (const [name, value] of Object.entries(event)) {
    if (SAID_ALREADY.has(name)) continue;
    if (isValue(value)) facts[name] = value;
    else if (Array.isArray(value)) facts[name] = value.filter(isValue).join(',');
    else if (typeof value === 'object' && value !== null)
      for (const [inner, own] of Object.entries(value))
        if (isValue(own) && !SAID_ALREADY.has(inner) && !(inner in event)) facts[inner] = own;
  }
  return facts;
};

const isValue = (value: unknown): value is Value =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
