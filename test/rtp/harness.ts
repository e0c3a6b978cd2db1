// Services with sound between a real call machine and datagrams in memory, with a clock that is moved by hand.

import type { CallSettings, Leg } from '../../src/calls/index.js';
import type { DatagramSocket, Endpoint } from '../../src/net/ports.js';
import type { RtpEvent, SoundServiceName } from '../../src/rtp/events.js';
import { G711_LAWS, type G711Name } from '../../src/rtp/g711.js';
import { RtpReader, writeRtpHeader } from '../../src/rtp/packet.js';
import { RtpServer } from '../../src/rtp/server.js';
import { DEFAULT_RTP, type RtpSettings } from '../../src/rtp/settings.js';
import { CallLab, type FakePhone, type FakePhoneOptions } from '../calls/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { seededRandom } from '../support/random.js';

export const HERE = '10.0.0.100';
const SERVICES: readonly Exclude<SoundServiceName, 'conference'>[] = [
  ...(['echo', 'tone', 'announcement', 'emergency', 'page', 'page-copy'] as const),
];

/** A packet as it came, and when. */
export interface Received {
  readonly at: number;
  readonly from: Endpoint;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

export const parsed = (bytes: Buffer): Omit<Received, 'at' | 'from'> => {
  const reader = new RtpReader();
  const fault = reader.read(bytes);
  if (fault !== undefined) throw new Error(fault);
  const { payloadType, marker, sequence, timestamp, ssrc, start, end } = reader;
  return { payloadType, marker, sequence, timestamp, ssrc, payload: bytes.subarray(start, end) };
};

export const packetOf = (
  payload: Uint8Array,
  { payloadType = 0, marker = false, sequence = 1, timestamp = 0, ssrc = 0x1234 } = {},
): Buffer => {
  const packet = Buffer.alloc(12 + payload.length);
  writeRtpHeader(packet, { payloadType, marker, sequence, timestamp, ssrc });
  packet.set(payload, 12);
  return packet;
};

/** The RTP end of one phone. */
export class PhoneMedia {
  readonly received: Received[] = [];
  #socket: DatagramSocket | undefined;
  sequence = 100;
  timestamp = 5_000;

  constructor(
    readonly rig: RtpRig,
    readonly local: Endpoint,
  ) {}

  async open(): Promise<this> {
    this.#socket = await this.rig.network.open(this.local, (bytes, from) =>
      this.received.push({ at: this.rig.clock.now(), from, ...parsed(bytes) }),
    );
    return this;
  }

  raw(bytes: Buffer, to: Endpoint): void {
    this.#socket?.send(bytes, 0, bytes.length, to);
  }

  /** Sends the next packet of its stream. */
  send(payload: Uint8Array, to: Endpoint, payloadType = 0): void {
    const { sequence, timestamp } = this;
    this.raw(packetOf(payload, { payloadType, sequence, timestamp }), to);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp += payload.length;
  }

  /** All sound that came, one after the other. */
  get sound(): Buffer {
    return Buffer.concat(this.received.map(({ payload }) => payload));
  }
}

export class RtpRig {
  readonly clock = new ManualClock(1_000_000);
  readonly network = new MemoryDatagrams();
  readonly probe = new EventRecorder<RtpEvent>();
  readonly calls: CallLab;
  readonly server: RtpServer;

  constructor(settings: Partial<RtpSettings> = {}, callSettings: Partial<CallSettings> = {}) {
    this.network.addresses = ['127.0.0.1', HERE];
    this.calls = new CallLab(callSettings);
    this.calls.now = this.clock.now();
    this.server = new RtpServer(
      { ...DEFAULT_RTP, ...settings },
      {
        network: this.network,
        clock: this.clock,
        random: seededRandom(11),
        bus: this.probe.bus,
        control: () => this.calls.control,
        localAddressFor: () => HERE,
        pageAt: (number) => {
          const page = this.calls.control.settings.paging.find(({ dn }) => dn === number);
          return page === undefined ? undefined : { address: page.group, port: page.port };
        },
      },
    );
    this.calls.newRoom = () => this.server.newRoom();
    for (const service of SERVICES)
      this.calls.services.set(service, { portFor: (leg: Leg) => this.server.portFor(service, leg) } as never);
  }

  phone(options: Partial<FakePhoneOptions> = {}): FakePhone {
    return this.calls.phone({ dn: String(5001 + this.calls.phones.length), ...options });
  }

  /** The phone calls the number, and its RTP end is there. */
  async call(phone: FakePhone, number: string): Promise<PhoneMedia> {
    const leg = phone.call(number);
    const media = await new PhoneMedia(this, phone.receiveOf(leg)).open();
    await this.settle();
    return media;
  }

  /** Where the service of the phone's call receives. */
  serviceOf(phone: FakePhone): Endpoint {
    const receive = phone.leg.far?.receive;
    if (receive === undefined) throw new Error('the service has no port');
    return receive;
  }

  /** Ports open and close. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.calls.now = this.clock.now();
  }

  hangUp(phone: FakePhone): void {
    this.calls.now = this.clock.now();
    phone.hangUp();
  }
}

/** How strong a frequency is: the amplitude of its sine (Goertzel's algorithm). */
export const strengthOf = (frequency: number, samples: readonly number[], rate = 8_000): number => {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + coefficient * one - two, one];
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - coefficient * one * two))) / samples.length;
};

export const linear = (codec: G711Name, octets: Uint8Array): number[] => [...octets].map(G711_LAWS[codec].decode);
