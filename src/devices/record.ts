// The database's writable side of records and registrations, and a registration request with its result.

import { NOT_QUEUED, type Queued } from '../core/deadline-queue.js';
import type { DeviceName, DirectoryNumber, MacAddress } from '../core/identifiers.js';
import { type Duration, type Instant, NEVER } from '../core/time.js';
import type { TlsPeer } from '../core/tls-peer.js';
import {
  type Capability,
  type ConfiguredDevice,
  type DeviceOrigin,
  type DeviceRecord,
  FILES_REMEMBERED,
  type FileFact,
  type LastReason,
  type LeaseFact,
  type Protocol,
  type Registration,
  type Transport,
} from './device.js';
import { type DhcpFacts, type GivenFile, type PastRegistration, REGISTRATIONS_REMEMBERED } from './facts.js';
import type { OutOfServiceFact } from './out-of-service.js';
import type { LoadDownload } from './phone-alarms.js';
import type { EndReason, RefusalReason } from './reasons.js';
import type { RegistrationState } from './registration.js';
import type { MutableReport } from './reports.js';
import type { MutableSharedName } from './shared-name.js';

/** A `DeviceRecord` as the database writes it. */
export interface MutableRecord extends DeviceRecord {
  configured: ConfiguredDevice;
  origin: DeviceOrigin;
  state: RegistrationState;
  registration: MutableRegistration | undefined;
  reason: LastReason | undefined;
  sharedName: MutableSharedName | undefined;
  lease: LeaseFact | undefined;
  reports: MutableReport | undefined;
  address: string | undefined;
  namedAt: Instant | undefined;
  files: readonly FileFact[];
  given: GivenFile | undefined;
  dhcp: MutableDhcpFacts | undefined;
  outOfService: OutOfServiceFact | undefined;
  loadDownload: LoadDownload | undefined;
  registrations: readonly PastRegistration[];
}

/** `DhcpFacts` as the database writes them. */
export type MutableDhcpFacts = { -readonly [K in keyof DhcpFacts]: DhcpFacts[K] };

/** A `Registration` as the database writes it. */
export interface MutableRegistration extends Registration, Queued {
  readonly record: MutableRecord;
  transport: Transport;
  address: string;
  port: number;
  link: number;
  /** The silence that ends it. */
  patience: Duration;
  /** Its flow has gone. The registration is kept for a moment in case the phone comes back. */
  held: boolean;
  registeredAt: Instant | undefined;
  lastSeenAt: Instant;
  /** The time of the Register until the first keepalive. */
  lastKeepAliveAt: Instant;
  lastInterval: number;
  keepAlives: number;
  jitter: number;
  load: string;
  capabilities: readonly Capability[];
  lines: readonly DirectoryNumber[];
  heard: string | undefined;
  said: string | undefined;
  clockSkew: number | 'none' | undefined;
  moves: number;
  contactChange: Registration['contactChange'];
}

/** A phone's request to be registered, of either protocol. */
export interface RegistrationRequest {
  /** As the phone spelled it. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  readonly link: number;
  /** Absent: the phone does not say (third-party SIP phones); then no model is compared. */
  readonly typeId: number | undefined;
  readonly mac: MacAddress | undefined;
  /** SCCP: what the link will speak. */
  readonly protocolVersion: number | undefined;
  readonly load: string;
  /** The IPv4 address that the phone says it has; absent: it does not say. */
  readonly ownAddress?: string | undefined;
  /** SIP: the line that is requested; it must be one of the device's. */
  readonly dn: DirectoryNumber | undefined;
  /** What the TLS handshake showed of the phone; `undefined`: it came without TLS. */
  readonly peer: TlsPeer | undefined;
  /** Silence that ends the registration; absent: the protocol's own. */
  readonly patience?: Duration;
}

/** The request was accepted. */
export interface Accepted {
  readonly accepted: true;
  readonly registration: Registration;
  readonly device: DeviceRecord;
  /** The same link had registered before: this is a repeated registration. */
  readonly again: boolean;
}

/** The request was refused. */
export interface Refused {
  readonly accepted: false;
  readonly reason: RefusalReason;
  readonly device: DeviceRecord | undefined;
}

/** The decision of the database on a request. */
export type RegistrationResult = Accepted | Refused;

/** Shared by all records that have none. */
const NONE: readonly never[] = [];

export const mutableRecord = (configured: ConfiguredDevice, origin: DeviceRecord['origin']): MutableRecord => ({
  configured,
  origin,
  state: 'unknown',
  registration: undefined,
  reason: undefined,
  sharedName: undefined,
  lease: undefined,
  reports: undefined,
  address: undefined,
  namedAt: undefined,
  files: NONE,
  given: undefined,
  dhcp: undefined,
  outOfService: undefined,
  loadDownload: undefined,
  registrations: NONE,
});

export const mutableRegistration = (
  record: MutableRecord,
  attempt: RegistrationRequest,
  { generation, patience, now }: { readonly generation: number; readonly patience: Duration; readonly now: Instant },
): MutableRegistration => ({
  generation,
  record,
  device: record.configured.name as DeviceName,
  protocol: attempt.protocol,
  transport: attempt.transport,
  address: attempt.address,
  port: attempt.port,
  link: attempt.link,
  typeId: attempt.typeId ?? record.configured.model.id,
  protocolVersion: attempt.protocolVersion,
  load: attempt.load,
  startedAt: now,
  registeredAt: undefined,
  lastSeenAt: now,
  lastKeepAliveAt: now,
  lastInterval: 0,
  keepAlives: 0,
  jitter: 0,
  capabilities: NONE,
  lines: NONE,
  heard: undefined,
  said: undefined,
  clockSkew: undefined,
  ownAddress: attempt.ownAddress,
  moves: 0,
  contactChange: undefined,
  patience,
  held: false,
  dueAt: NEVER,
  heapIndex: NOT_QUEUED,
});

/** Keeps the last `FILES_REMEMBERED` files. What becomes of a file takes the place of its request. */
export const rememberFile = (record: MutableRecord, fact: FileFact): void => {
  const others = record.files.filter(
    ({ outcome, file, transport }) => outcome !== 'asked' || file !== fact.file || transport !== fact.transport,
  );
  record.files = [...others.slice(1 - FILES_REMEMBERED), fact];
};

/** Keeps the last `REGISTRATIONS_REMEMBERED` registrations that have ended. */
export const rememberRegistration = (registration: MutableRegistration, reason: EndReason, now: Instant): void => {
  const { record, startedAt, lastSeenAt, address, port, keepAlives, heard, said } = registration;
  const past = {
    began: startedAt,
    ended: now,
    reason,
    address,
    port,
    lasted: now - startedAt,
    silence: now - lastSeenAt,
    keepAlives,
    heard,
    said,
  };
  record.registrations = [...record.registrations.slice(1 - REGISTRATIONS_REMEMBERED), past];
};
