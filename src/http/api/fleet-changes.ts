// `GET /api/fleet/changes`: the rows of devices that change. The event bus is listened to only while somebody reads.

import { DEVICE_STATE_EVENTS } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import { fleetRow } from './fleet-rows.js';
import type { FleetBatch, FleetColumn, FleetRow } from './fleet-shapes.js';
import type { HistoryEvent, HistorySample } from './history-shapes.js';
import type { ApiSources } from './ports.js';
import { BATCH_LIMITS, type BatchLimits, StreamReaders, streamEvent } from './stream-readers.js';

/** Rows of one batch. */
export const MOST_ROWS = 2_000;

/** The events that change the row of a device. */
const CHANGES = [
  ...DEVICE_STATE_EVENTS,
  'device.leased',
  'device.lease-ended',
  'device.given',
  'device.verdict',
] as const satisfies readonly LabcmEvent['type'][];

/**
 * Sends each reader the rows that have changed: every 250 ms at most, at most `MOST_ROWS` at once, and of several changes of a
 * device the last. What does not fit into a batch is sent with the next.
 */
export class FleetChanges {
  readonly #sources: ApiSources;
  readonly #readers: StreamReaders<readonly FleetColumn[]>;
  /** Names of devices whose rows have changed. */
  readonly #changed = new Set<string>();

  constructor(sources: ApiSources, limits: BatchLimits = BATCH_LIMITS) {
    this.#sources = sources;
    this.#readers = new StreamReaders(
      sources.clock,
      { begin: () => this.#listen(), flush: () => this.#flush() },
      limits,
    );
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Opens a stream of these columns. `undefined`: there are too many readers. */
  open(columns: readonly FleetColumn[], source: string): ReadableStream<Uint8Array> | undefined {
    return this.#readers.open(columns, source);
  }

  /** Sends every reader a sample of the history. */
  sendSample(sample: HistorySample): void {
    if (this.#readers.size === 0) return;
    const event = streamEvent('sample', { sample } satisfies HistoryEvent);
    for (const reader of this.#readers) this.#readers.send(reader, event);
  }

  /** Ends every stream. */
  close(): void {
    this.#readers.close();
  }

  #listen(): () => void {
    const stops = CHANGES.map((type) =>
      this.#sources.bus.on(
        type,
        ({ device, configured }: { readonly device: string; readonly configured?: unknown }) => {
          if (configured === false) return; // it has no row
          this.#changed.add(device);
          this.#readers.wake();
        },
      ),
    );
    const { shared } = this.#sources.cluster;
    if (shared !== undefined)
      stops.push(
        shared.onChanged((device) => {
          if (this.#sources.devices.byName(device) === undefined) return;
          this.#changed.add(device);
          this.#readers.wake();
        }),
      );
    return () => {
      for (const stop of stops) stop();
      this.#changed.clear();
    };
  }

  #flush(): boolean {
    const names: string[] = [];
    for (const name of this.#changed) {
      if (names.length === MOST_ROWS) break;
      names.push(name);
      this.#changed.delete(name);
    }
    /** By their columns: most readers ask for the same. */
    const made = new Map<string, Buffer>();
    for (const reader of this.#readers) {
      const key = reader.wants.join();
      const event = made.get(key) ?? streamEvent('rows', this.#batch(names, reader.wants));
      made.set(key, event);
      this.#readers.send(reader, event);
    }
    return this.#changed.size > 0;
  }

  #batch(names: readonly string[], columns: readonly FleetColumn[]): FleetBatch {
    const rows: FleetRow[] = [];
    const gone: string[] = [];
    for (const name of names) {
      const record = this.#sources.devices.byName(name);
      if (record === undefined) gone.push(name);
      else rows.push(fleetRow(this.#sources, columns, record));
    }
    return { rows, gone };
  }
}
