// The union of all events that the event bus carries. Types only: the one file that imports the events of every
// folder.

import type { CallEvent } from './calls/events.js';
import type { CapfEvent } from './capf/events.js';
import type { ClusterEvent } from './cluster/events.js';
import type { DegradationEvent } from './core/degradations.js';
import type { BusEvent } from './core/event-bus.js';
import type { Instant, WallTime } from './core/time.js';
import type { DeviceEvent } from './devices/events.js';
import type { DhcpEvent } from './dhcp/events.js';
import type { ExplainEvent } from './explain/events.js';
import type { HttpEvent } from './http/events.js';
import type { InjectionEvent } from './injection/events.js';
import type { ManagementEvent } from './management/events.js';
import type { NetEvent } from './net/events.js';
import type { ProvisioningEvent } from './provisioning/events.js';
import type { RtpEvent } from './rtp/events.js';
import type { SccpEvent } from './sccp/events.js';
import type { ServiceEvent } from './services/events.js';
import type { SipEvent } from './sip/events.js';
import type { TftpEvent } from './tftp/events.js';
import type { TvsEvent } from './tvs/events.js';

/** A service listens, or no longer listens, on an address and port. */
export interface ListenerChanged {
  readonly type: 'listener.opened' | 'listener.closed';
  readonly at: Instant;
  readonly service: 'TFTP' | 'HTTP' | 'HTTPS' | 'API' | 'Management' | 'SCCP' | 'SIP' | 'DHCP' | 'CAPF' | 'TVS';
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly address: string;
  readonly port: number;
}

/**
 * An address that this machine got later cannot be listened on: the port is taken there, or forbidden. It is tried again
 * every few seconds; `listener.opened` ends it.
 */
export interface ListenerFailed {
  readonly type: 'listener.failed';
  readonly at: Instant;
  readonly service: ListenerChanged['service'];
  readonly transport: ListenerChanged['transport'];
  readonly address: string;
  readonly port: number;
  /** Of the system: `EADDRINUSE`, `EACCES`. */
  readonly code: string;
}

/** The configuration was read and every service is ready. */
export interface DaemonStarted {
  readonly type: 'daemon.started';
  readonly at: Instant;
  readonly devices: number;
  /** The configuration's path. */
  readonly file: string;
}

/** The configuration was read again. */
export interface DaemonReloaded {
  readonly type: 'daemon.reloaded';
  readonly at: Instant;
  readonly devices: Readonly<Record<'added' | 'changed' | 'removed' | 'unchanged', number>>;
  /** The first few of each. */
  readonly names: Readonly<Record<'added' | 'changed' | 'removed', readonly string[]>>;
  /** The settings that changed, by the keys that their owner writes; and those that wait for a restart. */
  readonly settings: readonly string[];
  readonly afterRestart: readonly string[];
}

/** The configuration that was read again has faults: everything stays as it was. */
export interface DaemonReloadRefused {
  readonly type: 'daemon.reload-refused';
  readonly at: Instant;
  /** A line for each. */
  readonly faults: readonly string[];
}

/** Somebody added, changed or removed devices while the daemon runs. It is kept in `state/devices.jsonl`. */
export interface DevicesWritten {
  readonly type: 'daemon.devices-written';
  readonly at: Instant;
  /** `restored`: what the files say of them holds again. */
  readonly devices: Readonly<Record<'added' | 'changed' | 'removed' | 'restored', number>>;
  /** The first few. */
  readonly names: readonly string[];
  /** The first few keys that were written. */
  readonly keys: readonly string[];
  /**
   * `cli`: a command of labcm. `axl`: a client of AXL. `api`: any other client of the API. The name of a device: a key of that
   * phone. `cluster`: another node was asked.
   */
  readonly by: string;
  readonly address: string;
  /** Whether the request had the token of the API. */
  readonly token: boolean;
  /** The other node that was asked; absent: this one. */
  readonly node?: string;
}

/** The devices of `state/devices.jsonl` were laid over those of the files, at the start or at a reload. */
export interface DevicesLaid {
  readonly type: 'daemon.devices-laid';
  readonly at: Instant;
  readonly file: string;
  /** How many it adds or changes, and how many of the files it removes. */
  readonly put: number;
  readonly dropped: number;
  /** Names of which it says nothing any more, since the files say the same by now or something else. The first few. */
  readonly ended: readonly string[];
  /** The number of a last line without an end, which was left out: the daemon was killed while it wrote it. */
  readonly cut: number | undefined;
}

/** A file of the configuration was changed after it was read: what it says now is not in force. */
export interface ConfigChangedOnDisk {
  readonly type: 'config.changed-on-disk';
  readonly at: Instant;
  /** The configuration, or the file of devices that it names. */
  readonly file: string;
  /** Its modification time: milliseconds since the Unix epoch. */
  readonly changedAt: WallTime;
}

/** A drill set the clock that people read. What is measured does not know of it. */
export interface DaemonClockSet {
  readonly type: 'daemon.clock-set';
  readonly at: Instant;
  /** Milliseconds by which it is ahead of the clock of the machine; below 0: behind. */
  readonly ahead: number;
  /** The address that asked. */
  readonly address: string;
}

/** A drill ended every registration of this node. */
export interface DaemonRegistrationsExpired {
  readonly type: 'daemon.registrations-expired';
  readonly at: Instant;
  readonly registrations: number;
  /** The address that asked. */
  readonly address: string;
}

/** The process was stopped or frozen, or the machine stalled: peers have so much longer to send something. */
export interface DaemonStoodStill {
  readonly type: 'daemon.stood-still';
  readonly at: Instant;
  readonly milliseconds: number;
}

/** A signal or a fault ends the daemon: services close in the reverse order of their start. */
export interface DaemonStopping {
  readonly type: 'daemon.stopping';
  readonly at: Instant;
}

/** Every service has closed. */
export interface DaemonStopped {
  readonly type: 'daemon.stopped';
  readonly at: Instant;
  /** Since it started, in milliseconds. */
  readonly lasted: number;
}

/** What happens to the daemon as a whole. */
export type DaemonEvent =
  | DaemonStarted
  | DaemonReloaded
  | DaemonReloadRefused
  | DaemonClockSet
  | DaemonRegistrationsExpired
  | DevicesLaid
  | DevicesWritten
  | DaemonStoodStill
  | DaemonStopping
  | DaemonStopped;

/** More events with details about devices came in a second than are traced. */
export interface TraceUntraced {
  readonly type: 'trace.untraced';
  readonly at: Instant;
  readonly facts: number;
}

/** The trace could not keep up: lines were dropped rather than a phone slowed. */
export interface TraceDropped {
  readonly type: 'trace.dropped';
  readonly at: Instant;
  /** The file or stream that fell behind. */
  readonly sink: string;
  readonly lines: number;
  /** `the queue is full`, or what the file system said. */
  readonly reason: string;
  /** The trace files cannot be written at all, which `daemon.degraded` reports. */
  readonly degraded: boolean;
}

/** Somebody had moved or removed a trace file: another one has been begun under its name. */
export interface TraceRenewed {
  readonly type: 'trace.renewed';
  readonly at: Instant;
  readonly sink: string;
}

/** Every event of labcm. */
export type LabcmEvent = (
  | CallEvent
  | CapfEvent
  | ClusterEvent
  | ConfigChangedOnDisk
  | DaemonEvent
  | DegradationEvent
  | DeviceEvent
  | DhcpEvent
  | ExplainEvent
  | HttpEvent
  | InjectionEvent
  | ManagementEvent
  | ListenerChanged
  | ListenerFailed
  | NetEvent
  | ProvisioningEvent
  | RtpEvent
  | SccpEvent
  | ServiceEvent
  | SipEvent
  | TftpEvent
  | TraceDropped
  | TraceRenewed
  | TraceUntraced
  | TvsEvent
) &
  BusEvent;
