// What befell each device, from its lease to its registration, in one list over all protocols: a ring of the last facts
// of each. It keeps the facts as they were published and puts them in words when somebody asks. Of devices that nobody
// configured it keeps nothing, so strangers cannot fill it.

import { type DeviceKey, deviceKey } from '../core/identity.js';
import type { Journal } from '../core/journal.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import { LINES, type Row } from '../trace/index.js';
import { type Step, TOLD, type ToldRow, type ToldType, type Whom } from './told.js';
import { waitsFor } from './waiting.js';

/** Facts of one device that are kept; older ones go. */
export const FACTS_REMEMBERED = 16;

export interface TimelineStep {
  readonly at: Instant;
  readonly step: Step;
  /** The fact's type: stable. */
  readonly type: LabcmEvent['type'];
  /** For people. */
  readonly text: string;
  /** For programs: what the fact says, those of its parts that are one value. */
  readonly facts: Readonly<Record<string, Value>>;
}

export interface Timeline {
  /** The oldest first. */
  readonly steps: readonly TimelineStep[];
  /** What is to happen next; `undefined` where the device is registered and nothing is outstanding. */
  readonly waitsFor: string | undefined;
}

type Value = string | number | boolean;

/** The device database, to ask who is meant. */
export interface KnownDevices {
  byName(name: string): DeviceRecord | undefined;
  byAddress(address: string): DeviceRecord | undefined;
}

export class Timelines {
  readonly #devices: KnownDevices;
  readonly #rings = new Map<DeviceKey, LabcmEvent[]>();
  readonly #listening: readonly (() => void)[];

  constructor(journal: Journal<LabcmEvent>, devices: KnownDevices) {
    this.#devices = devices;
    this.#listening = [
      ...(Object.keys(TOLD) as ToldType[]).map((type) => {
        const { when, whom = named } = rowOf(type);
        return journal.on(type, (event) => {
          if (when === undefined || when(event)) this.#keep(event, whom(event));
        });
      }),
      journal.on('device.removed', ({ device }) => this.#rings.delete(deviceKey(device))),
    ];
  }

  /** Case-blind. `undefined`: there is no such device. */
  of(name: string): Timeline | undefined {
    const record = this.#devices.byName(name);
    if (record === undefined) return undefined;
    const kept = this.#rings.get(deviceKey(record.configured.name)) ?? [];
    return { steps: kept.flatMap(stepOf), waitsFor: waitsFor(record) };
  }

  /** Hears no more. */
  close(): void {
    for (const stop of this.#listening) stop();
  }

  #keep(event: LabcmEvent, { device, address }: Whom): void {
    const name = device || (address === undefined ? '' : (this.#devices.byAddress(address)?.configured.name ?? ''));
    const key = deviceKey(name);
    const ring = this.#rings.get(key);
    if (ring === undefined) {
      // A ring goes with its device: who has one is known.
      if (this.#devices.byName(name) !== undefined) this.#rings.set(key, [event]);
      return;
    }
    if (ring.length >= FACTS_REMEMBERED) ring.shift();
    ring.push(event);
  }
}

const rowOf = (type: LabcmEvent['type']): ToldRow<LabcmEvent> =>
  (TOLD as unknown as Readonly<Record<string, ToldRow<LabcmEvent>>>)[type] ?? { step: 'report' };

/** Most events say whom they are about by these names. */
const named = (event: LabcmEvent): Whom => ({
  device: 'device' in event ? event.device : undefined,
  address: 'address' in event ? event.address : undefined,
});

/** None where the trace has no words for it either, e.g. for a HEAD. */
const stepOf = (event: LabcmEvent): TimelineStep[] => {
  const { type, at } = event;
  const { step, text } = rowOf(type);
  const words = text?.(event) ?? (LINES[type] as unknown as Row<LabcmEvent>).summary?.(event)?.text;
  return words === undefined ? [] : [{ at, step, type, text: words, facts: factsOf(event) }];
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
