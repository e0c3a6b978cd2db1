// Lists phones and numbers in order, and finds them by their UUIDs. Each part is made when a request needs it, in slices, and
// kept until the configuration of a device changes: a request over forty thousand phones sorts none of them.

import { DEVICE_CONFIGURED, type DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { lineUuidOf } from './numbers.js';
import { type AxlSources, viewOf } from './sources.js';

const CHANGES = [
  ...DEVICE_CONFIGURED,
  'device.auto-registered',
  'daemon.devices-written',
] as const satisfies readonly LabcmEvent['type'][];

/** Devices in one turn of the event loop: about a millisecond. */
const SLICE = 250;

/** The order of names: that of their characters, which is the same everywhere. */
const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** What was made of the present configuration, by what it is. */
interface Made {
  phones?: Promise<readonly DeviceRecord[]>;
  numbers?: Promise<readonly string[]>;
  phoneOfUuid?: Promise<ReadonlyMap<string, DeviceRecord>>;
  numberOfUuid?: Promise<ReadonlyMap<string, string>>;
}

/** The index. */
export class ObjectIndex {
  readonly #sources: AxlSources;
  readonly #ends: readonly (() => void)[];
  #made: Made = {};

  constructor(sources: AxlSources) {
    this.#sources = sources;
    this.#ends = CHANGES.map((type) => sources.bus.on(type, () => this.forget()));
  }

  /** What AXL keeps besides devices has changed. */
  forget(): void {
    this.#made = {};
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** All devices, by name. */
  phones(): Promise<readonly DeviceRecord[]> {
    this.#made.phones ??= this.#sortPhones();
    return this.#made.phones;
  }

  /** The patterns of all numbers, in order. */
  numbers(): Promise<readonly string[]> {
    this.#made.numbers ??= this.#sortNumbers();
    return this.#made.numbers;
  }

  async phoneOfUuid(uuid: string): Promise<DeviceRecord | undefined> {
    const { layer } = this.#sources;
    this.#made.phoneOfUuid ??= this.#byUuid(this.phones(), ({ configured }) => layer.uuidOf(configured.name));
    return (await this.#made.phoneOfUuid).get(uuid);
  }

  async numberOfUuid(uuid: string): Promise<string | undefined> {
    const view = viewOf(this.#sources);
    this.#made.numberOfUuid ??= this.#byUuid(this.numbers(), (pattern) => lineUuidOf(view, pattern));
    return (await this.#made.numberOfUuid).get(uuid);
  }

  async #sortPhones(): Promise<readonly DeviceRecord[]> {
    const phones: DeviceRecord[] = [];
    for (const record of this.#sources.devices.devices()) {
      phones.push(record);
      if (phones.length % SLICE === 0) await this.#sources.pause();
    }
    return phones.sort((one, other) => inOrder(one.configured.name, other.configured.name));
  }

  async #sortNumbers(): Promise<readonly string[]> {
    const { devices, kept, pause } = this.#sources;
    const patterns = new Set<string>([...kept.rows('line')].map(({ name }) => name));
    let seen = 0;
    for (const { configured } of devices.devices()) {
      for (const { dn } of configured.lines) patterns.add(dn);
      seen += 1;
      if (seen % SLICE === 0) await pause();
    }
    return [...patterns].sort(inOrder);
  }

  async #byUuid<T>(objects: Promise<readonly T[]>, uuidOf: (object: T) => string): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>();
    for (const object of await objects) {
      found.set(uuidOf(object), object);
      if (found.size % SLICE === 0) await this.#sources.pause();
    }
    return found;
  }
}
