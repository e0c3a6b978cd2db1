// The SCCP service with a clock that the test advances, recorded events, and phones in memory. A test phone uses the
// catalogue of messages and a stream in memory; it does not use the service's sessions.

import type { LineStates } from '../../src/calls/index.js';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import type { BusEvent } from '../../src/core/event-bus.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { DEFAULT_POLICY, type RegistrationPolicy } from '../../src/devices/policy.js';
import type { LabcmEvent } from '../../src/events.js';
import type { Endpoint, StreamHandler, StreamLink, StreamNetwork } from '../../src/net/ports.js';
import type { Calling } from '../../src/sccp/calls/station-calls.js';
import {
  decode,
  encode,
  type Fields,
  type FromPhoneName,
  type MessageName,
} from '../../src/sccp/messages/catalogue.js';
import { SccpServer } from '../../src/sccp/server.js';
import { DEFAULT_SCCP, type SccpSettings } from '../../src/sccp/settings.js';
import { seedDevices } from './devices.js';
import { EventRecorder } from './event-recorder.js';
import { ManualClock } from './manual-clock.js';
import { MemoryLink } from './memory-streams.js';
import { seededRandom } from './random.js';

/** A message as it was heard: its name and what it says. */
export interface ReceivedMessage {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly frame: Buffer;
}

const HEAD = 12;

/** Cuts whole frames; a rest that is no whole frame fails the test. */
export const framesOf = (bytes: Buffer): Buffer[] => {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + bytes.readUInt32LE(at) + 8;
    if (end > bytes.length) throw new Error(`a frame is cut off: ${bytes.subarray(at).toString('hex')}`);
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
};

export const readFrame = (frame: Buffer, version: number): ReceivedMessage => {
  const message = decode(frame.readUInt32LE(8), frame.subarray(HEAD), version, 'utf8');
  if (message.type === 'Unknown' || message.type === 'Short') throw new Error(`unreadable: ${frame.toString('hex')}`);
  return { name: message.type, fields: message.fields as ReceivedMessage['fields'], frame };
};

/** A Register with everything in it. */
export const aRegister = (
  deviceName: string,
  changes: Partial<Fields<'RegisterReqMessage'>> = {},
): Fields<'RegisterReqMessage'> => ({
  deviceName,
  stationUserId: 0,
  stationInstance: 1,
  stationIpAddr: '10.10.210.200',
  deviceType: 30016,
  maxStreams: 0,
  activeStreams: 0,
  protocolVer: 15,
  features1: 0,
  features2: 0x70,
  features3: 0x85,
  maxConferences: 0,
  activeConferences: 0,
  macAddress: '005056a1033d000000000000',
  ...changes,
});

/** The seed's codecs: payload and milliseconds. */
export const SEED_CODECS = [
  [4, 60],
  [2, 60],
  [86, 60],
  [7, 20],
  [6, 20],
  [11, 60],
  [12, 60],
  [15, 60],
  [16, 60],
  [257, 1],
] as const;

export const aCapabilitiesRes = (codecs: readonly (readonly [number, number])[] = SEED_CODECS) => ({
  capCount: codecs.length,
  caps: codecs.map(([payloadCapability, maxFramesPerPacket]) => ({ payloadCapability, maxFramesPerPacket })),
});

/** The far end of one link. */
export class SccpTestPhone {
  readonly link: MemoryLink;
  version = 0;

  constructor(accept: (link: StreamLink) => StreamHandler, remote?: Endpoint) {
    this.link = new MemoryLink(remote);
    this.link.serve(accept(this.link));
  }

  /** Sends one message and returns what came back. */
  say<N extends FromPhoneName>(name: N, fields: Fields<N>, form?: string): ReceivedMessage[] {
    this.link.deliver(encode(name, fields, this.version, 'utf8', form));
    return this.hear();
  }

  /** What has come since the last time. */
  hear(): ReceivedMessage[] {
    return framesOf(this.link.take()).map((frame) => {
      const received = readFrame(frame, this.version);
      if (received.name === 'RegisterAckMessage') this.version = Number(received.fields.maxProtocolVer ?? 3);
      return received;
    });
  }

  register(deviceName: string, changes: Partial<Fields<'RegisterReqMessage'>> = {}): ReceivedMessage[] {
    return this.say('RegisterReqMessage', aRegister(deviceName, changes));
  }

  /** Register and capabilities: registered. */
  comeUp(deviceName: string, changes: Partial<Fields<'RegisterReqMessage'>> = {}): ReceivedMessage[] {
    return [
      ...this.register(deviceName, changes),
      ...this.say('CapabilitiesResMessage', aCapabilitiesRes(), 'trimmed'),
    ];
  }
}

interface HarnessOptions {
  readonly devices?: readonly ConfiguredDevice[];
  readonly settings?: Partial<SccpSettings>;
  readonly policy?: Partial<RegistrationPolicy>;
  /** Calls are served with what it makes. */
  readonly calling?: (harness: Pick<SccpHarness, 'database' | 'clock' | 'probe'>) => Calling;
  readonly clock?: ManualClock;
}

export class SccpHarness {
  readonly clock: ManualClock;
  readonly probe = new EventRecorder<LabcmEvent & BusEvent>();
  readonly database: DeviceDatabase;
  readonly lineStates: LineStates;
  readonly server: SccpServer;
  readonly #accepting: ((link: StreamLink) => StreamHandler)[] = [];
  readonly #links: MemoryLink[] = [];

  constructor({
    devices = seedDevices(),
    settings = {},
    policy = {},
    calling,
    clock = new ManualClock(),
  }: HarnessOptions) {
    this.clock = clock;
    this.database = new DeviceDatabase(this.probe.bus, { policy: { ...DEFAULT_POLICY, ...policy } });
    const pump = new DeadlineTimer(this.database, this.clock);
    this.database.onEarlierDeadline(() => pump.rearm());
    this.database.configure(devices, this.clock.now());
    const network: StreamNetwork = {
      listen: async (_options, accept) => {
        this.#accepting.push(accept);
        return {
          local: { address: '10.10.210.10', port: 2000 },
          links: 0,
          close: async () => {
            for (const link of this.#links) link.destroy();
          },
        };
      },
      connect: () => Promise.reject(new Error('phones connect, servers never do')),
    };
    const lineStates = new LineStateService({ clock: this.clock, database: this.database, bus: this.probe.bus });
    const made = calling?.(this);
    if (made !== undefined) lineStates.serve(made.control);
    this.lineStates = lineStates.states;
    this.server = new SccpServer(
      { ...DEFAULT_SCCP, ...settings },
      {
        network,
        clock: this.clock,
        random: seededRandom(7),
        database: this.database,
        bus: this.probe.bus,
        lineStates: this.lineStates,
        calling: made,
      },
    );
  }

  phone(remote?: Endpoint): SccpTestPhone {
    const accept = this.#accepting[0];
    if (accept === undefined) throw new Error('the service is not open');
    const phone = new SccpTestPhone(accept, remote);
    this.#links.push(phone.link);
    return phone;
  }

  /** The device as the database has it. */
  record(name: string) {
    const record = this.database.byName(name);
    if (record === undefined) throw new Error(`no device ${name}`);
    return record;
  }
}

export const sccpHarness = async (changes: HarnessOptions = {}): Promise<SccpHarness> => {
  const rig = new SccpHarness(changes);
  await rig.server.open();
  rig.probe.clear();
  return rig;
};

export const names = (received: readonly ReceivedMessage[]): string[] => received.map(({ name }) => name);

/** The one message of that name. */
export const only = (received: readonly ReceivedMessage[], name: MessageName): ReceivedMessage => {
  const found = received.filter((message) => message.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${name} among ${names(received).join(', ')}`);
  return found[0];
};
