// `GET /api/devices/{name}/changes`: everything about one phone, anew after each change of it. The event bus is listened to
// only while somebody reads.

import { seconds } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import type { ApiPhoneEverywhere } from './cluster-ports.js';
import { deviceViewJson, unknownViewJson } from './device-view-json.js';
import type { DeviceViewJson } from './device-view-shapes.js';
import type { ApiSources } from './ports.js';
import { BATCH_LIMITS, type BatchLimits, type StreamReader, StreamReaders, streamJson } from './stream-readers.js';
import { StreamTimer } from './stream-timer.js';

/** Silence changes what is concluded and is no event: so often the phones are looked at anyway. */
const LOOK_EVERY = seconds(2);

/** What a reader wants, and what it has got. */
interface Wanted {
  readonly who: string;
  /** The data of the last event; empty: none yet. */
  sent: string;
  mustLook: boolean;
}

/** Sends each reader its phone as it is: 250 ms after a change at the latest, and nothing if nothing is different. */
export class DeviceChanges {
  readonly #sources: ApiSources;
  readonly #readers: StreamReaders<Wanted>;
  readonly #look: StreamTimer;
  /** What all nodes know of the phones that are looked at, by name. */
  readonly #everywhere = new Map<string, ApiPhoneEverywhere>();
  readonly #asked = new Set<string>();

  constructor(sources: ApiSources, limits: BatchLimits = BATCH_LIMITS) {
    this.#sources = sources;
    this.#readers = new StreamReaders(
      sources.clock,
      { begin: () => this.#listen(), flush: () => this.#flush() },
      limits,
    );
    this.#look = new StreamTimer(sources.clock, LOOK_EVERY, () => {
      this.#mark();
      this.#look.start();
    });
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Opens a stream about a device or unknown phone of this name. `undefined`: there are too many readers. */
  open(who: string, source: string): ReadableStream<Uint8Array> | undefined {
    const stream = this.#readers.open({ who, sent: '', mustLook: true }, source);
    if (stream !== undefined) void this.#ask(who);
    this.#flush(); // the first event comes at once
    return stream;
  }

  /** Ends every stream. */
  close(): void {
    this.#readers.close();
  }

  #listen(): () => void {
    const { bus, eventOwners } = this.#sources;
    const owners = eventOwners.watch();
    const unsubscribe = bus.subscribe((event) => {
      const owner = namedIn(event) ?? owners.subjectOf(event).owner;
      if (owner !== undefined) this.#mark(owner.toUpperCase());
    });
    this.#look.start();
    return () => {
      unsubscribe();
      owners.close();
      this.#look.stop();
      this.#everywhere.clear();
    };
  }

  /** Readers of that phone look again; without a name, all. */
  #mark(owner?: string): void {
    for (const { wants } of this.#readers) {
      if (owner !== undefined && wants.who.toUpperCase() !== owner) continue;
      wants.mustLook = true;
      this.#readers.wake();
      void this.#ask(wants.who);
    }
  }

  /** Asks all nodes, where a bus connects them. Readers look again if something else is known than before. */
  async #ask(who: string): Promise<void> {
    const { devices, cluster } = this.#sources;
    const record = cluster.shared === undefined ? undefined : devices.byName(who);
    if (cluster.shared === undefined || record === undefined || this.#asked.has(who)) return;
    this.#asked.add(who);
    const known = await cluster.shared.phone(record.configured.name);
    this.#asked.delete(who);
    const before = this.#everywhere.get(who);
    if (this.#readers.size === 0 || (before !== undefined && isSame(before, known))) return;
    this.#everywhere.set(who, known);
    for (const { wants } of this.#readers)
      if (wants.who === who) {
        wants.mustLook = true;
        this.#readers.wake();
      }
  }

  #flush(): boolean {
    /** By name: several may look at the same. */
    const made = new Map<string, string>();
    for (const reader of this.#readers) {
      const { wants } = reader;
      if (!wants.mustLook) continue;
      const data = made.get(wants.who) ?? JSON.stringify(this.#viewOf(wants.who) ?? null);
      made.set(wants.who, data);
      wants.mustLook = data !== wants.sent && !this.#send(reader, data);
    }
    return false;
  }

  /** `false`: there was no room; it is tried again when the phones are looked at. */
  #send(reader: StreamReader<Wanted>, data: string): boolean {
    this.#readers.send(reader, streamJson('device', data));
    if (!reader.hasMissed) reader.wants.sent = data;
    return !reader.hasMissed;
  }

  #viewOf(who: string): DeviceViewJson | undefined {
    const { devices, timelines } = this.#sources;
    const record = devices.byName(who);
    if (record !== undefined) return deviceViewJson(this.#sources, record, this.#everywhere.get(who));
    const phone = timelines.unknownPhone(who);
    return phone === undefined ? undefined : unknownViewJson(this.#sources, phone);
  }
}

/** Whether the same is known. The times of other nodes differ a little each time, since they come as "how long ago". */
const isSame = (one: ApiPhoneEverywhere, other: ApiPhoneEverywhere): boolean => timeless(one) === timeless(other);

const timeless = ({ steps, speaker: { node, waitsFor, verdict }, silent }: ApiPhoneEverywhere): string =>
  JSON.stringify([
    steps.map((step) => [step.node, step.type, step.text, step.times]),
    ...[node, waitsFor, verdict?.isRegistered, verdict?.boot.stage, verdict?.isSlow, verdict?.verdict?.sentence],
    ...[verdict?.mended?.sentence, verdict?.others.length, silent],
  ]);

/** @hot The name in an event, which most have: to find out whose another one is costs much more. */
const namedIn = (event: LabcmEvent): string | undefined => {
  const { device, station } = event as { readonly device?: string; readonly station?: { readonly device?: string } };
  return device ?? station?.device;
};
