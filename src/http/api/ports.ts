// What the API asks of the daemon. The daemon's parts happen to fit; the API knows none of them.

import type { Degradation } from '../../core/degradations.js';
import type { EventBus } from '../../core/event-bus.js';
import type { DeviceName, MacAddress } from '../../core/identifiers.js';
import type { Clock, Instant } from '../../core/time.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceCommand, DeviceRejected } from '../../devices/events.js';
import type { Model } from '../../devices/models.js';
import type { RegistrationState } from '../../devices/registration.js';
import type { LabcmEvent } from '../../events.js';
import type { Metric } from './metrics.js';

/** The device database, to look at. */
export interface DevicesView {
  readonly size: number;
  /** Registered or partly so. */
  readonly registered: Readonly<Record<Protocol, number>>;
  /** How many are in each state. */
  readonly states: Readonly<Record<RegistrationState, number>>;
  /** In the order of configuration. */
  devices(): Iterable<DeviceRecord>;
  /** Case-blind. */
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  /** The device last heard from there. */
  byAddress(address: string): DeviceRecord | undefined;
}

/** What became of a command: `unsupported` where the device's protocol has no such command. */
export type CommandOutcome = 'sent' | 'not-registered' | 'unsupported';

export interface ListenerView {
  readonly service: string;
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

export interface ApiLease {
  readonly address: string;
  readonly mac: string;
  /** In hexadecimal, where the client sent one. */
  readonly clientId: string | undefined;
  readonly device: string | undefined;
  readonly state: string;
  /** How it came to be free: `released`, `expired`, `other-server`. */
  readonly ended?: string | undefined;
  readonly startedAt: Instant;
  readonly until: Instant;
}

/** One step of a device's boot. `facts` are for programs. */
export interface ApiTimelineStep {
  readonly at: Instant;
  /** The part of the boot: `dhcp`, `tftp`, `registration`… */
  readonly step: string;
  /** Of the fact, as `GET /api/events` gives it. */
  readonly type: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** It came so often since then, `at` for the last time; absent: once. */
  readonly times?: number;
  readonly since?: Instant;
}

/** Somebody who was heard of and whom nobody configured. */
export interface ApiUnknownPhone {
  /** What it calls itself, else its hardware address, else its address. */
  readonly name: string;
  readonly mac: string | undefined;
  readonly address: string | undefined;
  /** Heard for the first and for the last time. */
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  /** Why it was refused last; absent: it did not ask to be registered. */
  readonly refusal: DeviceRejected | undefined;
  readonly model: Model | undefined;
  readonly protocol: Protocol | undefined;
  /** The configured device that is meant perhaps. */
  readonly nearest: string | undefined;
  /** One sentence: what to do; and the same as YAML, where it gave a name that a device may have. */
  readonly advice: string;
  readonly snippet: string | undefined;
  readonly steps: readonly ApiTimelineStep[];
}

/** What befell devices, and those that are none. */
export interface TimelinesView {
  /** The oldest step first, and what the device waits for now. `undefined`: there is no such device. */
  of(device: DeviceName): TimelineView | undefined;
  waitsFor(record: DeviceRecord): string | undefined;
  /** How many are kept that nobody configured. */
  readonly unknown: number;
  /** The most recently heard first. */
  newestUnknown(most: number): readonly ApiUnknownPhone[];
  /** By name, hardware address or address. */
  unknownPhone(who: string): ApiUnknownPhone | undefined;
}

export interface TimelineView {
  readonly steps: readonly ApiTimelineStep[];
  readonly waitsFor: string | undefined;
}

export interface ApiSources {
  readonly version: string;
  readonly startedAt: Instant;
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: DevicesView;
  /** Sends the phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome;
  leases(): Iterable<ApiLease>;
  listeners(): readonly ListenerView[];
  /** What does not work as it should, the oldest first. */
  degradations(): readonly Degradation[];
  /** What the parts count, besides what the API counts itself. */
  metrics(): Iterable<Metric>;
  readonly timelines: TimelinesView;
}
