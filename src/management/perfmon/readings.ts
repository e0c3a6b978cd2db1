// What the counters of PerfMon are read from: the machine, the calls that stand, and what this file counts itself since the
// management interface was opened.

import type { EventBus } from '../../core/event-bus.js';
import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';

/** Milliseconds that a processor, or the process, has worked and could have worked. Both only rise. */
export interface WorkTime {
  readonly busy: number;
  readonly total: number;
}

/** A file system: `Active` has the state, `Common` the traces. */
export interface PartitionSpace {
  readonly name: 'Active' | 'Common';
  readonly sizeOctets: number;
  readonly freeOctets: number;
}

/** The machine at one moment. */
export interface MachineReading {
  readonly processors: readonly WorkTime[];
  readonly memory: { readonly totalKb: number; readonly freeKb: number };
  readonly processes: number;
  readonly threads: number;
  /** This process. */
  readonly self: WorkTime & { readonly rssKb: number };
  readonly partitions: readonly PartitionSpace[];
}

/** The calls that stand. */
export interface CallsReading {
  /** All of them, also those that nobody has answered. */
  readonly inProgress: number;
  /** Those that were answered. */
  readonly active: number;
  readonly conferences: number;
  readonly huntLists: number;
}

/** How many devices are registered, by what they are. */
export interface DeviceTotals {
  hardware: number;
  otherStations: number;
  analog: number;
  partial: number;
  /** Phones that are registered over TLS. */
  authenticated: number;
}

/** Devices that are looked at in one turn of the event loop: about a millisecond. */
const SLICE = 1_000;

/** Counts the registered devices. `pause` resolves in a later turn. */
export const countDevices = async (
  devices: Pick<DeviceDatabase, 'devices'>,
  pause: () => Promise<void>,
): Promise<DeviceTotals> => {
  const totals: DeviceTotals = { hardware: 0, otherStations: 0, analog: 0, partial: 0, authenticated: 0 };
  let looked = 0;
  for (const record of devices.devices()) {
    count(record, totals);
    looked += 1;
    if (looked % SLICE === 0) await pause();
  }
  return totals;
};

const count = ({ state, registration, configured }: DeviceRecord, totals: DeviceTotals): void => {
  const { kind } = configured.model;
  if (state === 'partially-registered') totals.partial += 1;
  if (state !== 'registered') return;
  if (kind === 'phone') totals.hardware += 1;
  else if (kind === 'gateway') totals.analog += 1;
  else totals.otherStations += 1;
  if (registration?.transport === 'tls') totals.authenticated += 1;
};

/** Why a TFTP request was refused: RFC 1350 §5, file not found. */
const NOT_FOUND = 1;
const HTTP_NOT_FOUND = 404;

/** Counts events from its beginning to its end. */
export class Tallies {
  callsAttempted = 0;
  callsCompleted = 0;
  sipAccepted = 0;
  sipRejected = 0;
  tftp = { requests: 0, processed: 0, notFound: 0, aborted: 0, overflow: 0, blocks: 0 };
  http = { requests: 0, processed: 0, notFound: 0, aborted: 0 };
  readonly #attempts = new Map<string, number>();
  readonly #ends: readonly (() => void)[];

  constructor(bus: Pick<EventBus<LabcmEvent>, 'on'>) {
    const { tftp, http } = this;
    this.#ends = [
      bus.on('call.off-hook', ({ device }) => {
        this.callsAttempted += 1;
        if (device !== undefined) this.#attempts.set(device, this.attemptsOf(device) + 1);
      }),
      bus.on('call.ended', ({ answeredAt }) => {
        if (answeredAt !== undefined) this.callsCompleted += 1;
      }),
      bus.on('device.registered', ({ protocol }) => {
        if (protocol === 'SIP') this.sipAccepted += 1;
      }),
      bus.on('device.rejected', ({ protocol }) => {
        if (protocol === 'SIP') this.sipRejected += 1;
      }),
      bus.on('device.removed', ({ device }) => void this.#attempts.delete(device)),
      bus.on('tftp.request', () => {
        tftp.requests += 1;
      }),
      bus.on('tftp.completed', ({ blocks }) => {
        tftp.processed += 1;
        tftp.blocks += blocks;
      }),
      bus.on('tftp.refused', ({ code }) => {
        if (code === NOT_FOUND) tftp.notFound += 1;
        else tftp.aborted += 1;
      }),
      bus.on('tftp.failed', () => {
        tftp.aborted += 1;
      }),
      bus.on('tftp.throttled', ({ count }) => {
        tftp.overflow += count;
      }),
      bus.on('http.request', () => {
        http.requests += 1;
      }),
      bus.on('http.file', ({ outcome, status }) => {
        if (outcome === 'served') http.processed += 1;
        else if (status === HTTP_NOT_FOUND) http.notFound += 1;
        else http.aborted += 1;
      }),
    ];
  }

  /** How often a device has begun a call. */
  attemptsOf(device: string): number {
    return this.#attempts.get(device) ?? 0;
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
