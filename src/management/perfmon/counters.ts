// The objects of PerfMon and their counters, a row each: the name that tools ask for, what it says, and where the number comes
// from (`docs/protocols/apis.md` §7). What labcm has not is there and 0, since dashboards ask for it by name.

import type { Load } from './load-meter.js';
import type { CallsReading, DeviceTotals, MachineReading, PartitionSpace, Tallies } from './readings.js';

/** What the counters of one request are read from. */
export interface PerfReading {
  readonly devices: DeviceTotals;
  readonly calls: CallsReading;
  readonly tallies: Tallies;
  readonly machine: MachineReading;
  readonly load: Load;
  /** Seconds since the management interface was opened. */
  readonly uptime: number;
  /** The names of the phones that are registered. */
  phones(): readonly string[];
}

/** A counter. `value` may have decimals; `undefined`: there is no such instance any more. */
export interface PerfCounter {
  readonly name: string;
  readonly about: string;
  value(reading: PerfReading, instance: string): number | undefined;
}

/** An object. */
export interface PerfObject {
  readonly name: string;
  /** Its instances now; absent: it is there once. */
  readonly instances?: (reading: PerfReading) => readonly string[];
  readonly counters: readonly PerfCounter[];
}

const counter = (name: string, about: string, value: PerfCounter['value']): PerfCounter => ({ name, about, value });

const absent = (about: string, ...names: readonly string[]): readonly PerfCounter[] =>
  names.map((name) => counter(name, `${about}. Always 0: labcm has none.`, () => 0));

const resources = (what: string, ...names: readonly string[]): readonly PerfCounter[] =>
  absent(`Resources of the kind ${what}`, ...names);

const pool = (prefix: string): readonly string[] => [
  `${prefix}OutOfResources`,
  `${prefix}ResourceActive`,
  `${prefix}ResourceAvailable`,
  `${prefix}ResourceTotal`,
];

/** The object that needs the devices to be counted. */
export const CALL_MANAGER = 'Cisco CallManager';

const callManager: PerfObject = {
  name: CALL_MANAGER,
  counters: [
    counter('AuthenticatedRegisteredPhones', 'Devices registered over TLS.', ({ devices }) => devices.authenticated),
    counter('CallManagerHeartBeat', 'Seconds since the start: it rises while labcm works.', ({ uptime }) => uptime),
    counter('CallsActive', 'Calls that were answered and last.', ({ calls }) => calls.active),
    counter('CallsAttempted', 'Calls that phones have begun since the start.', ({ tallies }) => tallies.callsAttempted),
    counter('CallsCompleted', 'Calls that were answered and have ended.', ({ tallies }) => tallies.callsCompleted),
    counter('CallsInProgress', 'Calls that stand, answered or not.', ({ calls }) => calls.inProgress),
    counter('HuntListsInService', 'Hunt lists.', ({ calls }) => calls.huntLists),
    counter('InitializationState', 'How far the start has come, in percent.', () => 100),
    counter('PartiallyRegisteredPhone', 'Phones with some of their lines.', ({ devices }) => devices.partial),
    counter('RegisteredAnalogAccess', 'Registered ports of gateways.', ({ devices }) => devices.analog),
    counter('RegisteredHardwarePhones', 'Registered phones of hardware.', ({ devices }) => devices.hardware),
    counter(
      'RegisteredOtherStationDevices',
      'Registered devices that are no phone of hardware, as soft phones.',
      ({ devices }) => devices.otherStations,
    ),
    counter('SWConferenceActive', 'Conferences that stand.', ({ calls }) => calls.conferences),
    ...absent('Registered devices', 'EncryptedRegisteredPhones', 'RegisteredMGCPGateway'),
    ...absent(
      'Calls',
      'AuthenticatedCallsActive',
      'AuthenticatedCallsCompleted',
      'EncryptedCallsActive',
      'EncryptedCallsCompleted',
      'VideoCallsActive',
      'VideoCallsCompleted',
      'VideoOutOfResources',
    ),
    ...absent(
      'Channels and ports of gateways',
      'BRIChannelsActive',
      'BRISpansInService',
      'FXOPortsActive',
      'FXOPortsInService',
      'FXSPortsActive',
      'FXSPortsInService',
      'PRIChannelsActive',
      'PRISpansInService',
      'T1ChannelsActive',
      'T1SpansInService',
    ),
    ...resources('annunciator', ...pool('Annunciator')),
    ...resources('media termination point', ...pool('MTP')),
    ...resources('transcoder', ...pool('Transcoder')),
    ...resources('conference in hardware', 'HWConferenceActive', 'HWConferenceCompleted', ...pool('HWConference')),
    ...resources('conference bridge', ...pool('SWConference')),
    ...resources(
      'music on hold server',
      'MOHMulticastResourceActive',
      'MOHMulticastResourceAvailable',
      'MOHOutOfResources',
      'MOHTotalMulticastResources',
      'MOHTotalUnicastResources',
      'MOHUnicastResourceActive',
      'MOHUnicastResourceAvailable',
    ),
  ],
};

const phones: PerfObject = {
  name: 'Cisco Phones',
  instances: (reading) => reading.phones(),
  counters: [
    counter('CallsAttempted', 'Calls that this phone has begun since the start.', ({ tallies }, phone) =>
      tallies.attemptsOf(phone),
    ),
  ],
};

const sipStation: PerfObject = {
  name: 'Cisco SIP Station',
  counters: [
    counter('NewRegAccepted', 'Registrations of SIP that were accepted.', ({ tallies }) => tallies.sipAccepted),
    counter('NewRegRejected', 'Registrations of SIP that were refused.', ({ tallies }) => tallies.sipRejected),
    ...absent('Registrations that wait or did not fit', 'ConfigMismatchesPersistent', 'ConfigMismatchesTemporary'),
    ...absent('Registrations that wait', 'DBTimeouts', 'NewRegQueueSize'),
    ...absent('Tokens of phones that move', 'TokensAccepted', 'TokensOutstanding', 'TokensRejected'),
  ],
};

const tftp: PerfObject = {
  name: 'Cisco TFTP',
  counters: [
    counter('HeartBeat', 'Seconds since the start: it rises while labcm works.', ({ uptime }) => uptime),
    counter('HttpRequests', 'Files asked for over HTTP.', ({ tallies }) => tallies.http.requests),
    counter('HttpRequestsAborted', 'Of them, broken off or refused.', ({ tallies }) => tallies.http.aborted),
    counter('HttpRequestsNotFound', 'Of them, not there.', ({ tallies }) => tallies.http.notFound),
    counter('HttpRequestsProcessed', 'Of them, sent.', ({ tallies }) => tallies.http.processed),
    counter('Requests', 'Files asked for over TFTP.', ({ tallies }) => tallies.tftp.requests),
    counter('RequestsAborted', 'Of them, broken off or refused.', ({ tallies }) => tallies.tftp.aborted),
    counter('RequestsInProgress', 'Of them, being sent now.', ({ tallies: { tftp: counted } }) =>
      Math.max(0, counted.requests - counted.processed - counted.notFound - counted.aborted),
    ),
    counter('RequestsNotFound', 'Of them, not there.', ({ tallies }) => tallies.tftp.notFound),
    counter('RequestsOverflow', 'Requests beyond a limit.', ({ tallies }) => tallies.tftp.overflow),
    counter('RequestsProcessed', 'Of them, sent to their end.', ({ tallies }) => tallies.tftp.processed),
    counter('SegmentsSent', 'Blocks of files that were sent to their end.', ({ tallies }) => tallies.tftp.blocks),
  ],
};

const ALL_PROCESSORS = '_Total';

const loadOf = ({ load }: PerfReading, instance: string): number | undefined =>
  instance === ALL_PROCESSORS ? load.total : load.processors[Number(instance)];

const processor: PerfObject = {
  name: 'Processor',
  instances: ({ load }) => [ALL_PROCESSORS, ...load.processors.keys()].map(String),
  counters: [
    counter('% CPU Time', 'The part of the time that it worked.', loadOf),
    counter('% Idle Percentage', 'The part of the time that it did nothing.', (reading, instance) => {
      const busy = loadOf(reading, instance);
      return busy === undefined ? undefined : 100 - busy;
    }),
  ],
};

const usedKb = ({ machine: { memory } }: PerfReading): number => memory.totalKb - memory.freeKb;

const memory: PerfObject = {
  name: 'Memory',
  counters: [
    counter('% Mem Used', 'The part of the memory that is used.', (reading) =>
      share(usedKb(reading), reading.machine.memory.totalKb),
    ),
    counter('Free KBytes', 'Memory that a program could have.', ({ machine }) => machine.memory.freeKb),
    counter('Total KBytes', 'The memory of the machine.', ({ machine }) => machine.memory.totalKb),
    counter('Used KBytes', 'Memory that is used.', usedKb),
  ],
};

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (part / whole) * 100);
const MEGABYTE = 1_048_576;

const partitionOf = ({ machine }: PerfReading, instance: string): PartitionSpace | undefined =>
  machine.partitions.find(({ name }) => name === instance);

const ofPartition =
  (value: (sizeOctets: number, usedOctets: number) => number): PerfCounter['value'] =>
  (reading, instance) => {
    const found = partitionOf(reading, instance);
    return found === undefined ? undefined : value(found.sizeOctets, found.sizeOctets - found.freeOctets);
  };

const partition: PerfObject = {
  name: 'Partition',
  instances: ({ machine }) => machine.partitions.map(({ name }) => name),
  counters: [
    counter(
      '% Used',
      'The part of the file system that is used.',
      ofPartition((size, used) => share(used, size)),
    ),
    counter(
      'Total Mbytes',
      'The size of the file system.',
      ofPartition((size) => size / MEGABYTE),
    ),
    counter(
      'Used Mbytes',
      'What of it is used.',
      ofPartition((_, used) => used / MEGABYTE),
    ),
  ],
};

const system: PerfObject = {
  name: 'System',
  counters: [
    counter('Total Processes', 'Processes of the machine.', ({ machine }) => machine.processes),
    counter('Total Threads', 'Threads of the machine.', ({ machine }) => machine.threads),
  ],
};

/** The name of this program among processes. */
const SELF = 'node';
const ofSelf =
  (value: (reading: PerfReading) => number): PerfCounter['value'] =>
  (reading, instance) =>
    instance === SELF ? value(reading) : undefined;

const processes: PerfObject = {
  name: 'Process',
  instances: () => [SELF],
  counters: [
    counter(
      '% CPU Time',
      'The part of one processor that labcm has.',
      ofSelf(({ load }) => load.self),
    ),
    counter(
      'VmRSS',
      'The memory that labcm has, in kilobytes.',
      ofSelf(({ machine }) => machine.self.rssKb),
    ),
  ],
};

const REPLICATION = 'ReplicateCount';
/** As CUCM numbers it: replication works. Dashboards alarm on anything else. */
const REPLICATION_GOOD = 2;

const replication: PerfObject = {
  name: 'Number of Replicates Created and State of Replication',
  instances: () => [REPLICATION],
  counters: [
    counter('Number of Replicates Created', 'Copies of the database. Always 0: labcm has none.', (_, instance) =>
      instance === REPLICATION ? 0 : undefined,
    ),
    counter('Replicate_State', 'Always 2, which says that nothing is wrong.', (_, instance) =>
      instance === REPLICATION ? REPLICATION_GOOD : undefined,
    ),
  ],
};

/** Every object. */
export const OBJECTS: readonly PerfObject[] = [
  callManager,
  phones,
  sipStation,
  tftp,
  processor,
  memory,
  partition,
  system,
  processes,
  replication,
];
