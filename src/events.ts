// Every event that the journal may carry. Types only: the one place where brothers are seen together.

import type { JournalEvent } from './core/journal.js';
import type { Instant } from './core/time.js';
import type { DeviceEvent } from './devices/events.js';
import type { DhcpEvent } from './dhcp/events.js';
import type { HttpEvent } from './http/events.js';
import type { ProvisioningEvent } from './provisioning/events.js';
import type { SccpEvent } from './sccp/events.js';
import type { SipEvent } from './sip/events.js';
import type { TftpEvent } from './tftp/events.js';

/** The daemon's own life. */
export interface ListenerChanged {
  readonly type: 'listener.opened' | 'listener.closed';
  readonly at: Instant;
  readonly service: 'TFTP' | 'HTTP' | 'API' | 'SCCP' | 'SIP' | 'DHCP';
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly address: string;
  readonly port: number;
}

export interface DaemonEvent {
  readonly type: 'daemon.started' | 'daemon.reloaded' | 'daemon.stopping' | 'daemon.stopped';
  readonly at: Instant;
  /** What there is to say: the devices configured, the signal, what a reload changed or why it was refused. */
  readonly detail: string;
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
}

export type LabcmEvent = (
  | DaemonEvent
  | DeviceEvent
  | DhcpEvent
  | HttpEvent
  | ListenerChanged
  | ProvisioningEvent
  | SccpEvent
  | SipEvent
  | TftpEvent
  | TraceDropped
) &
  JournalEvent;
