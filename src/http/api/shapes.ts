// The JSON of the HTTP API, one interface for each object. Field names and meanings are stable: programs depend on
// them. A time is ISO 8601 in UTC, and what is not known is `null`; a key that may be missing is marked with `?`.

import type { DeviceRecord, FileFact, LeaseFact, Line, Protocol, SpeedDial, Transport } from '../../devices/device.js';
import type { DeviceCommand } from '../../devices/events.js';
import type { RegistrationState, RisStatus } from '../../devices/registration.js';
import type {
  DhcpJson,
  GivenJson,
  LoadsJson,
  OutOfServiceJson,
  PastRegistrationJson,
  ShownJson,
} from './fact-shapes.js';
import type { CommandOutcome } from './ports.js';
import type { FindingJson } from './verdict-shapes.js';
import type { WriteFault, WriteOutcome } from './write-ports.js';

/** A point in time: ISO 8601 in UTC with milliseconds, by the wall clock as it is set when the answer is made. */
export type IsoTime = string;

/** The answer to a request that failed, with its status. `code` is stable, `message` is for people. */
export interface ErrorJson {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** Every fault of a body that was checked. */
    readonly faults?: readonly WriteFault[];
  };
}

/** What became of the devices of a request, in its order: `POST`, `PUT`, `PATCH` and `DELETE` of devices. */
export interface DeviceWritesJson {
  readonly devices: readonly { readonly name: string; readonly uuid: string; readonly outcome: WriteOutcome }[];
}

/** Why a device was refused or why its registration ended. */
export interface ReasonJson {
  /** CUCM's number of the reason. */
  readonly number: number;
  /** CUCM's name of the reason. */
  readonly name: string;
  /** One sentence. */
  readonly text: string;
  readonly at: IsoTime;
  /** What the phone sent, where the reason compares it with the configuration. */
  readonly given: string | number | null;
  /** What is configured. */
  readonly configured: string | number | null;
}

/** Two phones that use the name of one device and end each other's registration. */
export interface SharedNameJson {
  /** One sentence. */
  readonly text: string;
  /** `address:port` of the phone before the present one. */
  readonly first: string;
  /** `address:port` of the present one. */
  readonly second: string;
  /** How often the name has changed hands since then. */
  readonly changes: number;
  readonly since: IsoTime;
  /** Of the last change. */
  readonly at: IsoTime;
}

/** The phone model that is configured. */
export interface ModelJson {
  /** Cisco's type id. */
  readonly id: number;
  readonly name: string;
}

/** A device in `GET /api/devices`. */
export interface DeviceSummary {
  readonly name: string;
  /** As Cisco's RIS names it. */
  readonly status: RisStatus;
  /** The state of the registration machine. */
  readonly state: RegistrationState;
  readonly reason: ReasonJson | null;
  /** The same as `reason` while a registration is there: why the device was not registered before. */
  readonly lastTrouble: ReasonJson | null;
  /** One sentence: the verdict, else what it waits for; `null`: it is registered and nothing is wrong. */
  readonly whyNot: string | null;
  readonly sharedName: SharedNameJson | null;
  readonly protocol: Protocol;
  readonly model: ModelJson;
  readonly description: string;
  /** Its IPv4 address: of its registration, else the last one that it was seen at. */
  readonly address: string | null;
  /** The firmware load that it reported. */
  readonly load: string | null;
  readonly lines: readonly Pick<Line, 'dn' | 'label'>[];
  readonly registeredAt: IsoTime | null;
  readonly lastKeepAlive: IsoTime | null;
}

/** The registration that a device has now. */
export interface RegistrationJson {
  /** Rises by one with each accepted registration attempt, over all devices. */
  readonly generation: number;
  readonly protocol: Protocol;
  /** The negotiated SCCP version. */
  readonly protocolVersion: number | null;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** The type id that the phone reported. */
  readonly model: number;
  readonly load: string;
  readonly startedAt: IsoTime;
  readonly registeredAt: IsoTime | null;
  readonly lastHeardAt: IsoTime;
  /** Keepalives or refreshes so far. */
  readonly keepAlives: number;
  /** How unevenly they come, in milliseconds (RFC 3550 §6.4.1). */
  readonly jitter: number;
  /** The directory numbers that are bound. */
  readonly lines: readonly string[];
  /** The name of the last message from the phone, and of the last one to it; `null`: none yet. */
  readonly heard: string | null;
  readonly said: string | null;
  /** SIP: milliseconds by which the phone's clock is ahead; `none`: it has no time; `null`: it does not say. */
  readonly clockSkew: number | 'none' | null;
  readonly capabilities: readonly { readonly payload: number; readonly maxFrames: number }[];
}

/** A file that a device asked for. */
export type FileJson = Omit<FileFact, 'at'> & { readonly at: IsoTime };

/** Everything that is known of a device, except its passwords: `GET /api/devices/{name}`. */
export interface DeviceDetail extends DeviceSummary {
  readonly mac: string | null;
  /** Its call manager group. */
  readonly group: string;
  readonly origin: DeviceRecord['origin'];
  /** The place in a file of a device that was changed at runtime: that entry does not hold. */
  readonly overrides: { readonly file: string; readonly line: number | null } | null;
  readonly suspended: boolean;
  readonly speedDials: readonly SpeedDial[];
  readonly digestUser: string | null;
  readonly registration: RegistrationJson | null;
  readonly lease: (Omit<LeaseFact, 'at' | 'until'> & { readonly at: IsoTime; readonly until: IsoTime }) | null;
  /** The last files that it asked for. */
  readonly files: readonly FileJson[];
  readonly given: GivenJson | null;
  readonly dhcp: DhcpJson | null;
  readonly outOfService: OutOfServiceJson | null;
  readonly loads: LoadsJson;
  /** The last registrations that have ended, the oldest first. */
  readonly registrations: readonly PastRegistrationJson[];
  readonly shown: ShownJson | null;
  /** What the phone reported, by name: `alarm`, `location`, … */
  readonly reports: Readonly<Record<string, { readonly value: string | number | boolean; readonly at: IsoTime }>>;
  /** Why it is not registered, or what is wrong; `null`: nothing, or it is still within its time. */
  readonly verdict: FindingJson | null;
}

/** What to do about a phone that nobody configured. */
export interface AdviceJson {
  /** When it was seen first and last. */
  readonly since: IsoTime;
  readonly heardAt: IsoTime;
  /** The configured device that is probably meant. */
  readonly nearest: string | null;
  /** One sentence. */
  readonly advice: string;
  /** The same as YAML for the configuration. */
  readonly snippet: string | null;
}

/** A phone that nobody configured, in the shape of a device, in `GET /api/unknown-phones`. */
export interface UnknownSummary extends Omit<DeviceSummary, 'protocol' | 'model' | 'lines'> {
  readonly protocol: Protocol | null;
  readonly model: ModelJson | null;
  readonly lines: readonly never[];
  readonly mac: string | null;
  readonly unknown: AdviceJson;
}

/**
 * Everything that is known of a phone that nobody configured: `GET /api/devices/{name}` where there is no such device.
 */
export interface UnknownDetail
  extends UnknownSummary,
    Omit<
      DeviceDetail,
      | keyof UnknownSummary
      | 'group'
      | 'origin'
      | 'overrides'
      | 'files'
      | 'given'
      | 'dhcp'
      | 'outOfService'
      | 'loads'
      | 'registrations'
      | 'shown'
    > {
  readonly group: null;
  readonly origin: 'unknown';
  readonly files: readonly UnknownFileJson[];
}

/** A file that a phone asked for that nobody configured. Its values are those of the timeline's steps. */
export interface UnknownFileJson {
  readonly at: IsoTime;
  readonly file: string | number | boolean;
  readonly transport: string;
  readonly outcome: string | number | boolean;
  readonly octets: string | number | boolean;
}

/** A lease in `GET /api/leases`. */
export interface LeaseJson {
  readonly address: string;
  readonly mac: string;
  /** The client identifier (option 61) in hexadecimal. */
  readonly clientId: string | null;
  /** The configured device that holds it. */
  readonly device: string | null;
  readonly state: string;
  /** Why the address is free again; missing while it is held. */
  readonly ended?: string | undefined;
  readonly startedAt: IsoTime;
  readonly until: IsoTime;
}

/** A step of a timeline. */
export interface StepJson {
  readonly at: IsoTime;
  /** The part of the boot: `dhcp`, `tftp`, `registration`… */
  readonly step: string;
  /** The type of the event, as `GET /api/events` gives it. */
  readonly type: string;
  /** One sentence. */
  readonly text: string;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** How often it happened; missing: once. `since` is the first time, `at` the last. */
  readonly times?: number;
  readonly since?: IsoTime;
}

/** `GET /api/devices/{name}/timeline`. */
export interface TimelineJson {
  readonly device: string;
  /** The oldest first. */
  readonly steps: readonly StepJson[];
  /** What it waits for now; `null`: nothing. */
  readonly waitsFor: string | null;
  /** Why it is not registered; `null`: nothing is wrong, or it is still within its time. */
  readonly verdict: FindingJson | null;
  /** Only of a phone that nobody configured. */
  readonly unknown?: AdviceJson;
}

/**
 * The part of a long list that `offset` and `limit` select, and how many items there are in all, of those that the filters
 * leave. With `fields` an item has only the keys that it names.
 */
export interface PageJson {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}

/** `GET /api/devices`. */
export interface DevicePage extends PageJson {
  readonly devices: readonly DeviceSummary[];
}

/** `GET /api/leases`. */
export interface LeasePage extends PageJson {
  readonly leases: readonly LeaseJson[];
}

/** `GET /api/unknown-phones`, the most recently seen first. */
export interface UnknownPhonesJson extends PageJson {
  readonly phones: readonly UnknownSummary[];
}

/** The answer to a command that was sent. */
export interface CommandJson {
  readonly device: string;
  readonly command: DeviceCommand;
  readonly outcome: CommandOutcome;
}
