// What the API needs from the daemon. The daemon's own objects fit these interfaces; the API imports none of them.

import type { CapturedService } from '../../capture/record.js';
import type { Degradation } from '../../core/degradations.js';
import type { EventBus } from '../../core/event-bus.js';
import type { DeviceName, MacAddress } from '../../core/identifiers.js';
import type { Clock, Duration, Instant } from '../../core/time.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceCommand, DeviceRejected } from '../../devices/events.js';
import type { Model } from '../../devices/models.js';
import type { RegistrationState } from '../../devices/registration.js';
import type { LabcmEvent } from '../../events.js';
import type { PageFiles } from '../web/page.js';
import type { Metric } from './metrics.js';
import type { DeviceWriter } from './write-ports.js';

/** The device database, read only. */
export interface DevicesView {
  readonly size: number;
  /** How many are registered or partially registered. */
  readonly registered: Readonly<Record<Protocol, number>>;
  /** How many are in each state. */
  readonly states: Readonly<Record<RegistrationState, number>>;
  /** In the order of configuration. */
  devices(): Iterable<DeviceRecord>;
  /** The name in any case. */
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  /** The device that was last seen at this address. */
  byAddress(address: string): DeviceRecord | undefined;
}

/** The result of a command. `unsupported`: the device's protocol has no such command. */
export type CommandOutcome = 'sent' | 'not-registered' | 'unsupported';

/** A socket that the daemon listens on. */
export interface ListenerView {
  readonly service: string;
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** A DHCP lease. */
export interface ApiLease {
  readonly address: string;
  readonly mac: string;
  /** The client identifier (option 61) in hexadecimal, where the client sent one. */
  readonly clientId: string | undefined;
  readonly device: string | undefined;
  readonly state: string;
  /** Why the address is free again: `released`, `expired`, `other-server`. */
  readonly ended?: string | undefined;
  readonly startedAt: Instant;
  readonly until: Instant;
}

/** One end of a call that stands. */
export interface ApiCallLeg {
  /** The call identifier. */
  readonly ci: number;
  readonly role: 'caller' | 'called';
  /** `undefined`: a service of labcm's own. */
  readonly device: string | undefined;
  readonly dn: string;
  /** The state of the leg: `off-hook`, `dialing`, `proceeding`, `ring-out`, `ring-in`, `connected`, `hold`, `busy`, `reorder`. */
  readonly state: string;
  /** `address:port` where it receives speech. */
  readonly receive: string | undefined;
}

/** A call that stands. */
export interface ApiStandingCall {
  readonly id: number;
  readonly dialled: string;
  readonly startedAt: Instant;
  readonly answeredAt: Instant | undefined;
  readonly codec: string | undefined;
  readonly legs: readonly ApiCallLeg[];
}

/** What a number would do. */
export interface ApiDialling {
  /** `none`: nothing begins so. `incomplete`: more digits are needed. */
  readonly result: 'line' | 'service' | 'emergency' | 'incomplete' | 'none';
  /** One sentence. */
  readonly text: string;
  /** Where it leads: the directory number, or the service's. */
  readonly number: string | undefined;
  /** Another number is longer and begins so: labcm waits for the next digit. */
  readonly canGrow: boolean;
  /** The rules that led there, the first one first. */
  readonly steps: readonly { readonly rule: string; readonly pattern: string; readonly to?: string }[];
  /** The phones that would ring, or why one would not. */
  readonly phones: readonly { readonly device: string; readonly outcome: string }[];
}

/** The calls, read only. */
export interface CallsView {
  /** The oldest first. */
  calls(): readonly ApiStandingCall[];
  /** `from`: the device that would dial, for its lines; `undefined`: none. */
  dial(number: string, from: string | undefined): ApiDialling;
}

/** One step of a device's boot. `facts` are for programs. */
export interface ApiTimelineStep {
  readonly at: Instant;
  /** The part of the boot: `dhcp`, `tftp`, `registration`… */
  readonly step: string;
  /** The type of the event, as `GET /api/events` gives it. */
  readonly type: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** How often it has happened since `since`, the last time at `at`; absent: once. */
  readonly times?: number;
  readonly since?: Instant;
}

/** A phone that labcm has seen and that nobody configured. */
export interface ApiUnknownPhone {
  /** The name that it gave, else its hardware address, else its IP address. */
  readonly name: string;
  readonly mac: string | undefined;
  readonly address: string | undefined;
  /** When it was seen first and last. */
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  /** Why it was refused last; absent: it did not ask to be registered. */
  readonly refusal: DeviceRejected | undefined;
  readonly model: Model | undefined;
  readonly protocol: Protocol | undefined;
  /** The configured device that is probably meant. */
  readonly nearest: string | undefined;
  /** One sentence: what to do; and the same as YAML, where it gave a name that a device may have. */
  readonly advice: string;
  readonly snippet: string | undefined;
  readonly steps: readonly ApiTimelineStep[];
}

/** The timelines of devices and of unknown phones. */
export interface TimelinesView {
  /** The timeline of a device. `undefined`: there is no such device. */
  of(device: DeviceName): TimelineView | undefined;
  /** What the device waits for now; `undefined`: nothing. */
  waitsFor(record: DeviceRecord): string | undefined;
  /** How many unknown phones are kept. */
  readonly unknown: number;
  /** At most so many unknown phones, the most recently seen first. */
  newestUnknown(most: number): readonly ApiUnknownPhone[];
  /** An unknown phone by its name, hardware address or IP address. */
  unknownPhone(who: string): ApiUnknownPhone | undefined;
}

/** The steps of a device, the oldest first, and what it waits for now. */
export interface TimelineView {
  readonly steps: readonly ApiTimelineStep[];
  readonly waitsFor: string | undefined;
}

/** One step of a remedy. */
export interface ApiRemedyStep {
  /** `config`, `command`, `signal`, `phone`, `network` or `look`. */
  readonly do: string;
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** A cause that fits a phone. */
export interface ApiFinding {
  readonly code: string;
  readonly severity: string;
  readonly confidence: string;
  readonly since: Instant;
  readonly sentence: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly evidence: readonly { readonly at: Instant; readonly type: string; readonly text: string }[];
  readonly remedy: readonly ApiRemedyStep[];
}

/** What is concluded about a phone. */
export interface ApiVerdict {
  readonly name: string;
  readonly boot: { readonly began: Instant | undefined; readonly stage: string; readonly furthest: string };
  /** What it waits for now; `undefined`: nothing. */
  readonly waitsFor: string | undefined;
  /** Milliseconds within which that usually comes. `undefined`: not known, or over. */
  readonly usualTime: number | undefined;
  /** Whether nobody configured it. */
  readonly isUnknown: boolean;
  readonly isRegistered: boolean;
  readonly verdict: ApiFinding | undefined;
  /** How many other devices have the same verdict. */
  readonly alike: number;
  readonly others: readonly ApiFinding[];
  readonly harmless: readonly { readonly code: string; readonly sentence: string; readonly count: number }[];
}

/** The devices with one verdict. */
export interface ApiVerdictGroup {
  readonly code: string;
  /** The verdict of the first of them. */
  readonly finding: ApiFinding;
  readonly devices: readonly string[];
  readonly since: Instant;
  /** One sentence about all of them. */
  readonly sentence: string;
  /** What all of them have in common. */
  readonly common: readonly string[];
}

/** An event in the words of the trace's summary. */
export interface ApiLogLine {
  readonly tone: 'good' | 'bad' | 'plain' | 'quiet';
  /** The device or address that it is about; empty: the daemon. */
  readonly about: string;
  readonly text: string;
}

/** The verdicts. */
export interface VerdictsView {
  /** Of a device or unknown phone, by name, hardware address or IP address. `undefined`: nobody of that name was heard. */
  of(who: string): ApiVerdict | undefined;
  /** The verdict of a device; `undefined`: it has none. */
  verdictOf(record: DeviceRecord): ApiFinding | undefined;
  /** What holds for the daemon itself, the best first. */
  daemon(): readonly ApiFinding[];
  /** The devices with each verdict, the most frequent one first. */
  groups(): readonly ApiVerdictGroup[];
  /** The verdict of a device as it was worked out last. */
  standing(record: DeviceRecord): ApiFinding | undefined;
}

/** What `labcm doctor` asks of the daemon. */
export interface ApiDoctor {
  /** The process, and the configuration that is in force. */
  facts(): ApiDoctorFacts;
  /** Has DHCP send one DISCOVER on an interface and collect what other servers offer. */
  discover(interfaceName: string | undefined): Promise<ApiDiscovery>;
}

/** What the daemon says of itself. */
export interface ApiDoctorFacts {
  readonly pid: number;
  readonly file: string;
  readonly readAt: Instant;
  /** The reload that was refused last, if none was accepted since. */
  readonly refused: { readonly at: Instant; readonly faults: readonly string[] } | undefined;
  /** The digest realm in force. */
  readonly realm: string;
  /** The relays that a DHCP message came from. */
  readonly relays: readonly string[];
  /** The kernel's counters of lost packets when the daemon started, by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The answer to `POST /api/doctor/discover`. */
export type ApiDiscovery =
  | {
      readonly kind: 'heard';
      readonly interface: string;
      readonly giaddr?: string;
      readonly offers: readonly {
        readonly server: string;
        readonly from: string;
        readonly yiaddr: string;
        readonly siaddr: string;
        readonly options: Readonly<Record<string, string>>;
      }[];
    }
  | { readonly kind: 'refused'; readonly why: string };

/** Whose packets are wanted, and which. */
export interface ApiCaptureRequest {
  /** A name, a hardware address or an IPv4 address. */
  readonly who: string;
  /** How far back. `undefined`: as far as there are packets. */
  readonly since: Duration | undefined;
  readonly services: readonly CapturedService[];
  /** `none`: without what came through TLS. */
  readonly secrets: 'decrypted' | 'none';
  /** Whether passwords and digest responses are replaced by `x`. */
  readonly redact: boolean;
}

/**
 * A capture as a file. `off`: nothing of it is kept, and `file` is the configuration that says so. `unknown`: nobody is
 * called so, and nothing was received from such a one.
 */
export type ApiCaptureFile =
  | { readonly outcome: 'made'; readonly name: string; readonly packets: number; readonly octets: Buffer }
  | { readonly outcome: 'off'; readonly file: string }
  | { readonly outcome: 'unknown' };

/** A capture that goes on. */
export interface CaptureFollowing {
  readonly name: string;
  /** The head of the file, and the packets that there are already. */
  readonly head: Buffer;
  /** Blocks that say how many packets were written. */
  statistics(): Buffer;
  stop(): void;
}

/** The captures of devices and of phones that nobody configured. */
export interface CapturesView {
  file(request: ApiCaptureRequest): ApiCaptureFile;
  /** Calls `write` with each packet as it happens, unless there is no room for it. */
  follow(request: ApiCaptureRequest, hasRoom: () => boolean, write: (octets: Buffer) => void): CaptureFollowing;
}

/** Whose an event is. */
export interface ApiEventSubject {
  /** A device; else the name of an unknown phone, else its hardware address, else its address. `undefined`: not known. */
  readonly owner: string | undefined;
  /** The step of a timeline that it belongs to. `undefined`: it is about no phone. */
  readonly step: string | undefined;
}

/** Says whose events are, until it is closed. */
export interface ApiOwnerWatch {
  /** Ask it when the event is published: later the phone may have another address. */
  subjectOf(event: LabcmEvent): ApiEventSubject;
  close(): void;
}

/** Whose events are. */
export interface EventOwnersView {
  /** Every step that events may belong to. */
  readonly steps: readonly string[];
  watch(): ApiOwnerWatch;
}

/** Everything that the API reads or calls. */
export interface ApiSources {
  readonly version: string;
  readonly startedAt: Instant;
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  /** `undefined`: the event does not matter to people. */
  lineOf(event: LabcmEvent): ApiLogLine | undefined;
  /** The built files of the page; empty: they are not built. */
  readonly page: PageFiles;
  readonly devices: DevicesView;
  /** Sends a phone the command of its protocol. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome;
  leases(): Iterable<ApiLease>;
  readonly calls: CallsView;
  listeners(): readonly ListenerView[];
  /** Parts of the daemon that do not work at present, the oldest first. */
  degradations(): readonly Degradation[];
  /** Metrics of the daemon's parts, besides those of the API. */
  metrics(): Iterable<Metric>;
  readonly timelines: TimelinesView;
  readonly verdicts: VerdictsView;
  readonly doctor: ApiDoctor;
  readonly captures: CapturesView;
  readonly writer: DeviceWriter;
  readonly eventOwners: EventOwnersView;
}
