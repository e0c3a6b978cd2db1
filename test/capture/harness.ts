// A capture with a device database, whose taps a test tells what sockets would.

import { Capture } from '../../src/capture/capture.js';
import { CaptureWriter } from '../../src/capture/capture-writer.js';
import { type RecordedPacket, SERVICES } from '../../src/capture/record.js';
import { type CaptureSettings, DEFAULT_CAPTURE } from '../../src/capture/settings.js';
import { EventBus } from '../../src/core/event-bus.js';
import { instant } from '../../src/core/time.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import type { Endpoint, TapPoint, TappedEnd, TappedStream } from '../../src/net/ports.js';
import { aDevice } from '../support/devices.js';

export const SERVER: Endpoint = { address: '10.0.0.1', port: 5060 };
export const PHONE = '10.0.0.2';

export const captureHarness = (
  settings: Partial<CaptureSettings> = {},
  names: readonly string[] = ['SEP0011223344A1', 'SEP0011223344A2', 'OTHER'],
) => {
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const database = new DeviceDatabase(bus);
  let now = 1_000_000;
  database.configure(
    names.map((name) => aDevice(name)),
    instant(now),
  );
  const capture = new Capture({ ...DEFAULT_CAPTURE, ...settings }, { bus, devices: database, now: () => now });
  const taps = {
    dhcp: capture.datagramTaps('dhcp'),
    tftp: capture.datagramTaps('tftp'),
    sip: capture.datagramTaps('sip'),
    http: capture.streamTaps('http', false),
    sccp: capture.streamTaps('sccp', false),
    sccps: capture.streamTaps('sccp', true),
    sips: capture.streamTaps('sip', false),
  };
  type Datagrams = 'dhcp' | 'tftp' | 'sip';
  type Streams = 'http' | 'sccp' | 'sccps' | 'sips';
  const of = <T>(point: TapPoint<T>): T | undefined => point.tap;
  const phone = (port: number, address = PHONE): Endpoint => ({ address, port });
  return {
    capture,
    bus,
    database,
    taps,
    at: () => instant(Math.floor(now)),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    get isOn() {
      return Object.values(taps).some((point) => point.tap !== undefined);
    },
    hear: (service: Datagrams, text: string | Buffer, port: number, address = PHONE) =>
      of(taps[service])?.onReceived(Buffer.from(text as string, 'latin1'), phone(port, address), SERVER),
    say: (service: Datagrams, text: string | Buffer, port: number, address = PHONE) => {
      const bytes = Buffer.from(text as string, 'latin1');
      of(taps[service])?.onSent(bytes, 0, bytes.length, phone(port, address), SERVER);
    },
    /** A connection of a phone. `joins`: it was open before. */
    connect: (
      service: Streams,
      port: number,
      { address = PHONE, joins = false, cipher = undefined as string | undefined } = {},
    ) => {
      const stream: TappedStream = { remote: phone(port, address), local: { ...SERVER, port: 2000 }, cipher };
      if (!joins) of(taps[service])?.onOpened(stream);
      return {
        hear: (text: string) => of(taps[service])?.onReceived(stream, Buffer.from(text, 'latin1')),
        say: (text: string | Buffer) => of(taps[service])?.onSent(stream, text),
        close: (end: TappedEnd = 'ended-by-peer') => of(taps[service])?.onClosed(stream, end),
      };
    },
    registering: (
      device: string,
      port: number,
      more: {
        readonly transport?: string;
        readonly protocol?: string;
        readonly type?: string;
        readonly address?: string;
      } = {},
    ) =>
      bus.publish({
        ...{ type: 'device.registering', at: instant(Math.floor(now)), device, protocol: 'SCCP', transport: 'tcp' },
        ...{ address: PHONE, port, link: 1, generation: 1, typeId: 1, protocolVersion: undefined, lines: [] },
        ...more,
      } as unknown as LabcmEvent),
    injected: (where: string, device: string, port: number, address = PHONE) =>
      bus.publish({
        ...{ type: 'fault.injected', at: instant(Math.floor(now)), rule: 'r', where, fault: 'drop', device },
        ...{ address, port, direction: 'received', message: 'REGISTER', detail: '' },
      }),
    fileAsked: (service: 'tftp' | 'http', file: string, port: number, address = PHONE) =>
      bus.publish({
        ...{ type: `${service}.request`, at: instant(Math.floor(now)), file, opcode: 1, mode: 'octet', octets: 1 },
        ...{ serving: 0, sockets: 1, method: 'GET', context: { connection: 1, sequence: 1, address, port } },
      } as unknown as LabcmEvent),
    fileEnded: (service: 'tftp' | 'http', port: number, address = PHONE) =>
      bus.publish({
        ...{ type: service === 'tftp' ? 'tftp.completed' : 'http.file', at: instant(Math.floor(now)), file: 'x' },
        context: { connection: 1, sequence: 1, address, port },
      } as unknown as LabcmEvent),
    packetsOf: (who: string, since = Number.NEGATIVE_INFINITY): readonly RecordedPacket[] =>
      capture.read(capture.subject(who), since).packets,
    /** What the packets of somebody hold, `<` before what was received, `>` before what was sent. */
    textsOf: (who: string): readonly string[] =>
      capture
        .read(capture.subject(who), Number.NEGATIVE_INFINITY)
        .packets.map(({ kind, outgoing, payload }) =>
          kind === 'data' || kind === 'datagram' ? `${outgoing ? '>' : '<'}${payload.toString('latin1')}` : kind,
        ),
  };
};

export type CaptureHarness = ReturnType<typeof captureHarness>;

/** A writer for everything. */
export const aWriter = (
  choice: Partial<ConstructorParameters<typeof CaptureWriter>[0]['choice']> = {},
): CaptureWriter =>
  new CaptureWriter({
    choice: { services: SERVICES, secrets: 'decrypted', redact: false, ...choice },
    mac: '0011223344A1',
    ownAddress: 0x0a00_0001,
    wallTime: (at) => at,
  });
