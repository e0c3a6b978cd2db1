// Finds phones by their UUIDs and lists phones and numbers in order. Made when a request needs it, in slices, and kept until
// the configuration of a device changes: a request over forty thousand phones sorts none of them.

import type { EventBus } from '../../core/event-bus.js';
import { DEVICE_CONFIGURED, type DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { viewOf, type AxlSources } from './sources.js';

/** A phone with its UUID. */
export interface IndexedPhone {
  readonly record: DeviceRecord;
  readonly uuid: string;
}

/** What is known of all devices. */
interface Built {
  /** By name. */
  readonly phones: readonly IndexedPhone[];
  readonly phoneOfUuid: ReadonlyMap<string, IndexedPhone>;
  /** By pattern. */
  readonly numbers: readonly string[];
  readonly numberOfUuid: ReadonlyMap<string, string>;
}

const CHANGES = [
  ...DEVICE_CONFIGURED,
  'device.auto-registered',
  'daemon.devices-written',
] as const satisfies readonly LabcmEvent['type'][];

/** Devices in one turn of the event loop: about a millisecond. */
const SLICE = 500;

/** The order of names: that of their characters, which is the same everywhere. */
const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The index. */
export class ObjectIndex {
  readonly #sources: AxlSources;
  readonly #ends: readonly (() => void)[];
  #changes = 0;
  #built: { readonly at: number; readonly built: Promise<Built> } | undefined;

  constructor(sources: AxlSources) {
    this.#sources = sources;
    const on: Pick<EventBus<LabcmEvent>, 'on'>['on'] = (type, listener) => sources.bus.on(type, listener);
    this.#ends = CHANGES.map((type) => on(type, () => this.forget()));
  }

  /** What AXL keeps besides devices has changed. */
  forget(): void {
    this.#changes += 1;
    this.#built = undefined;
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** The index of the present configuration. */
  get(): Promise<Built> {
    if (this.#built?.at !== this.#changes) this.#built = { at: this.#changes, built: this.#build() };
    return this.#built.built;
  }

  async #build(): Promise<Built> {
    const { devices, layer, kept, pause } = this.#sources;
    const view = viewOf(this.#sources);
    const phones: IndexedPhone[] = [];
    const patterns = new Set<string>([...kept.rows('line')].map(({ name }) => name));
    for (const record of devices.devices()) {
      phones.push({ record, uuid: layer.uuidOf(record.configured.name) });
      for (const { dn } of record.configured.lines) patterns.add(dn);
      if (phones.length % SLICE === 0) await pause();
    }
    phones.sort((one, other) => inOrder(one.record.configured.name, other.record.configured.name));
    await pause();
    const numbers = [...patterns].sort(inOrder);
    const numberOfUuid = new Map<string, string>();
    for (const pattern of numbers) {
      numberOfUuid.set(kept.byName('line', pattern)?.uuid ?? view.rowUuid('line', pattern), pattern);
      if (numberOfUuid.size % SLICE === 0) await pause();
    }
    return { phones, phoneOfUuid: new Map(phones.map((phone) => [phone.uuid, phone])), numbers, numberOfUuid };
  }
}
