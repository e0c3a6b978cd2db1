// The fleet as it is now: read once, then kept by the stream of row changes; read anew after a gap.

import type { FleetBatch, FleetJson } from '../http/api/fleet-shapes.js';
import type { HistoryEvent, HistorySample } from '../http/api/history-shapes.js';
import { read } from './api.js';
import { openStream, type StreamState } from './event-stream.js';
import { COLUMNS, type FleetDevice, fleetDevice } from './fleet-rows.js';

const QUERY = `?columns=${COLUMNS.join(',')}`;
const RATE_OVER = 2_000; // milliseconds
const TRY_AGAIN = 2_000; // milliseconds

/** The fleet. Listeners are called after each change of it. */
export class FleetStore {
  readonly devices = new Map<string, FleetDevice>();
  state: StreamState = 'connecting';
  /** How often the stream was opened: what came before each time was missed. */
  openings = 0;
  /** Whether the fleet was read. */
  isLoaded = false;
  readonly #listeners = new Set<() => void>();
  readonly #sampleListeners = new Set<(sample: HistorySample) => void>();
  /** What came while the fleet was being read. */
  #waiting: FleetBatch[] | undefined;
  #mustReadAgain = false;
  #order = 0;
  #changes: { readonly at: number; readonly count: number }[] = [];

  /** Begins to read. Returns the function that ends it. */
  start(): () => void {
    return openStream(`/api/fleet/changes${QUERY}`, {
      opened: () => {
        this.openings += 1;
        void this.#read();
        this.#tell();
      },
      state: (state) => {
        this.state = state;
        this.#tell();
      },
      events: {
        rows: (batch) => this.#apply(batch as FleetBatch),
        missed: () => void this.#read(),
        sample: (event) => {
          for (const listener of this.#sampleListeners) listener((event as HistoryEvent).sample);
        },
      },
    });
  }

  /** Calls `listener` after each change. Returns the function that ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with each new sample of the history. Returns the function that ends it. */
  listenToSamples(listener: (sample: HistorySample) => void): () => void {
    this.#sampleListeners.add(listener);
    return () => this.#sampleListeners.delete(listener);
  }

  /** Changed rows in a second, lately. */
  rate(now: number): number {
    this.#changes = this.#changes.filter(({ at }) => now - at < RATE_OVER);
    const count = this.#changes.reduce((sum, change) => sum + change.count, 0);
    return Math.round((count * 1000) / RATE_OVER);
  }

  /** Reads the fleet. What is missed while it is being read makes it be read once more. */
  async #read(): Promise<void> {
    if (this.#waiting !== undefined) {
      this.#mustReadAgain = true;
      return;
    }
    this.#waiting = [];
    this.#mustReadAgain = false;
    try {
      const { rows } = await read<FleetJson>(`/api/fleet${QUERY}`);
      this.devices.clear();
      this.#order = 0;
      this.#put(rows);
      for (const batch of this.#waiting) this.#put(batch.rows, batch.gone);
      this.isLoaded = true;
    } catch {
      setTimeout(() => {
        if (this.state === 'live') void this.#read();
      }, TRY_AGAIN);
    }
    this.#waiting = undefined;
    this.#tell();
    if (this.#mustReadAgain) void this.#read();
  }

  #apply(batch: FleetBatch): void {
    this.#changes.push({ at: performance.now(), count: batch.rows.length + batch.gone.length });
    if (this.#waiting !== undefined) {
      this.#waiting.push(batch);
      return;
    }
    this.#put(batch.rows, batch.gone);
    this.#tell();
  }

  #put(rows: FleetBatch['rows'], gone: FleetBatch['gone'] = []): void {
    for (const cells of rows) {
      const name = String(cells[0]);
      const order = this.devices.get(name)?.order ?? this.#order++;
      this.devices.set(name, fleetDevice(cells, order));
    }
    for (const name of gone) this.devices.delete(name);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
