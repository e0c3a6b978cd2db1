// What the API needs from the daemon. The daemon's own objects fit these interfaces; the API imports none of them.

import type { CapturedService } from '../../capture/record.js';
import type { Degradation } from '../../core/degradations.js';
import type { EventBus } from '../../core/event-bus.js';
import type { DeviceName, DirectoryNumber, MacAddress } from '../../core/identifiers.js';
import type { Clock, Duration, Instant } from '../../core/time.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceCommand } from '../../devices/events.js';
import type { LineMessages, MessagesOutcome } from '../../devices/messages-waiting.js';
import type { RegistrationState } from '../../devices/registration.js';
import type { LabcmEvent } from '../../events.js';
import type { PageFiles } from '../web/page.js';
import type { CapfView } from './capf-ports.js';
import type { SharedView } from './cluster-ports.js';
import type { DeviceInsight } from './device-view-ports.js';
import type { EventOwnersView, TimelinesView, VerdictsView } from './explain-ports.js';
import type { FaultsView } from './fault-ports.js';
import type { MessagesView } from './message-ports.js';
import type { Metric } from './metrics.js';
import type { GroupJson, NodeJson, PoolJson, SeenHereJson } from './node-shapes.js';
import type { PushToPhone } from './push-ports.js';
import type { DialJson, DiscoveryJson, ListenerJson } from './shapes.js';
import type { DeviceWriter } from './write-ports.js';

/** The device database, read only. */
export interface DevicesView {
  readonly size: number;
  /** How many are registered or partially registered. */
  readonly registered: Readonly<Record<Protocol, number>>;
  /** Keepalives and refreshes since the start, by protocol. */
  readonly keepAlives: Readonly<Record<Protocol, number>>;
  /** How many are in each state. */
  readonly states: Readonly<Record<RegistrationState, number>>;
  /** In the order of configuration. */
  devices(): Iterable<DeviceRecord>;
  /** The name in any case. */
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  /** Every device with such a line. */
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[];
  /** The device that was last seen at this address. */
  byAddress(address: string): DeviceRecord | undefined;
}

/** The result of a command. `unsupported`: the device's protocol has no such command. */
export type CommandOutcome = 'sent' | 'not-registered' | 'unsupported';

/** The result of a command that went to another node. `silent`: that node, which did not answer. */
export type CommandAnswer = CommandOutcome | { readonly silent: string };

/** A node of the cluster, as it is configured. */
export type ApiNode = Omit<NodeJson, 'isSelf' | 'groups' | 'state' | 'since' | 'version' | 'registered'>;

/** The nodes, and what this one sees of phones. */
export interface ClusterView {
  /** As it is configured now. `self`: the name of this node. Members of groups are names of nodes, the first one first. */
  configured(): {
    readonly name: string;
    readonly self: string;
    readonly nodes: readonly ApiNode[];
    readonly groups: readonly Pick<GroupJson, 'name' | 'members'>[];
  };
  connections(): Pick<SeenHereJson, 'connections' | 'standbyConnections'>;
  /** `undefined`: no bus is configured, and this node knows nothing of the others. */
  readonly shared?: SharedView | undefined;
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
  /** The conference that it is a part of. */
  readonly conference: string | undefined;
  readonly legs: readonly ApiCallLeg[];
}

/** What a number would do. */
export interface ApiDialling {
  /** `none`: nothing begins so. `incomplete`: more digits are needed. */
  readonly result: DialJson['result'];
  /** One sentence. */
  readonly text: string;
  /** Where it leads: the directory number, or the service's. */
  readonly number: string | undefined;
  /** Another number is longer and begins so: labcm waits for the next digit. */
  readonly canGrow: boolean;
  /** The rules that led there, the first one first. */
  readonly steps: DialJson['steps'];
  /** The phones that would ring, or why one would not. */
  readonly phones: DialJson['phones'];
}

/** The calls, read only. */
export interface CallsView {
  /** The oldest first. */
  calls(): readonly ApiStandingCall[];
  /** Those that a device takes part in, without a look at the others. */
  callsOf(device: DeviceName): readonly ApiStandingCall[];
  /** `from`: the device that would dial, for its lines; `undefined`: none. */
  dial(number: string, from: string | undefined): ApiDialling;
}

/** The messages that wait for the users of lines. */
export interface LineMessagesView {
  /** `undefined`: no device has the line. */
  of(dn: string): LineMessages | undefined;
  set(dn: string, messages: LineMessages, by: 'api' | 'cli'): MessagesOutcome;
}

/** Another PBX, at the end of a trunk. */
export interface ApiTrunk {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** `unknown`: it was asked whether it is there and has not answered yet. */
  readonly state: 'unknown' | 'up' | 'down';
  readonly since: Instant | undefined;
  /** One sentence, which begins with its verb. */
  readonly text: string;
  /** How many calls stand on it. */
  readonly calls: number;
  /** Of labcm with the other PBX; `undefined`: none is configured. */
  readonly registration:
    | {
        readonly user: string;
        readonly registered: boolean;
        /** Of the last answer to REGISTER; 0: none came; `undefined`: not yet. */
        readonly status: number | undefined;
        readonly since: Instant | undefined;
        readonly text: string;
      }
    | undefined;
}

/** An event in the words of the trace's summary. */
export interface ApiLogLine {
  readonly tone: 'good' | 'bad' | 'plain' | 'quiet';
  /** The device or address that it is about; empty: the daemon. */
  readonly about: string;
  readonly text: string;
}

/** What `labcm doctor` asks of the daemon. */
export interface ApiDoctor {
  /** The process, and the configuration that is in force. */
  facts(): ApiDoctorFacts;
  /** Has DHCP send one DISCOVER on an interface and collect what other servers offer. */
  discover(interfaceName: string | undefined): Promise<DiscoveryJson>;
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
  /** Whether packets of somebody are kept now, and the configuration that says so. */
  kept(who: string): { readonly isKept: boolean; readonly file: string };
  file(request: ApiCaptureRequest): ApiCaptureFile;
  /** Calls `write` with each packet as it happens, unless there is no room for it. */
  follow(request: ApiCaptureRequest, hasRoom: () => boolean, write: (octets: Buffer) => void): CaptureFollowing;
}

/** What drills do to a daemon. `from`: the address that asks. */
export interface DrillControl {
  /** Ends every registration of this node as if its phone had fallen silent. Returns how many there were. */
  expireAll(from: string): number;
  /** How far what people read is ahead of the clock of the machine; below 0: behind. */
  ahead(): Duration;
  setAhead(ahead: Duration, from: string): void;
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
  /** Sends a phone the command of its protocol, from the node that holds it. Never rejects. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome | Promise<CommandAnswer>;
  readonly push: PushToPhone;
  leases(): Iterable<ApiLease>;
  /** The address pools; none: DHCP is off. */
  pools(): readonly PoolJson[];
  readonly cluster: ClusterView;
  readonly calls: CallsView;
  readonly lineMessages: LineMessagesView;
  /** In the order of the configuration. */
  trunks(): readonly ApiTrunk[];
  listeners(): readonly ListenerJson[];
  /** Parts of the daemon that do not work at present, the oldest first. */
  degradations(): readonly Degradation[];
  /** Metrics of the daemon's parts, besides those of the API. */
  metrics(): Iterable<Metric>;
  readonly timelines: TimelinesView;
  readonly verdicts: VerdictsView;
  readonly doctor: ApiDoctor;
  readonly drills: DrillControl;
  readonly captures: CapturesView;
  readonly faults: FaultsView;
  readonly messages: MessagesView;
  readonly insight: DeviceInsight;
  readonly writer: DeviceWriter;
  /** Certificates of phones; absent: CAPF is off. */
  readonly capf?: CapfView | undefined;
  readonly eventOwners: EventOwnersView;
  /** The JSON Schema of a device in the configuration. */
  deviceSchema(): Promise<Readonly<Record<string, unknown>>>;
}
