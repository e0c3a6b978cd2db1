// Whole registrations, captured on the loopback while they happen and read by Wireshark: whatever our service sends at each
// version is dissected to its end, message for message, with nothing malformed.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { EventBus } from '../../src/core/event-bus.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import { findModel, type Model } from '../../src/devices/models.js';
import type { LabcmEvent } from '../../src/events.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { SccpServer } from '../../src/sccp/server.js';
import { DEFAULT_SCCP } from '../../src/sccp/settings.js';
import { aDevice } from '../support/devices.js';
import { seededRandom } from '../support/random.js';
import { aCapabilitiesRes, aRegister, framesOf } from '../support/sccp-harness.js';
import { KEEPALIVE, SccpPhone } from '../support/sccp-phone.js';

const VERSIONS = [3, 11, 15, 17, 20, 22];

const modelNamed = (name: string): Model => {
  const model = findModel(name);
  if (model === undefined) throw new Error(name);
  return model;
};

const DEVICE = aDevice('SEP001122334455', {
  model: '7962',
  lines: ['5001', '5002'],
  speedDials: [
    { number: '5005', label: 'Büro', busyLampField: false },
    { number: '5002', label: 'Lamp', busyLampField: true },
  ],
  serviceUrls: [{ name: 'News', url: 'http://127.0.0.1/news' }],
  modules: [modelNamed('7915-24'), modelNamed('7915-24')],
});

/** Everything that a phone says in a day without calls, and what must have come back before it goes on. */
const day = async (phone: SccpPhone, version: number): Promise<Buffer[]> => {
  const sent: Buffer[] = [];
  const heard: Buffer[] = [];
  const say = async (frame: Buffer, until?: number): Promise<void> => {
    sent.push(frame);
    phone.write(frame);
    if (until !== undefined) heard.push(...(await phone.until(until)));
  };
  const of: typeof encode = (name, fields, _version, texts, form) => encode(name, fields, version, texts, form);
  await say(
    encode(
      'AlarmMessage',
      { alarmSeverity: 2, text: '25: Name=SEP001122334455 Load=9 Last=Initialized', param1: 0, param2: 0 },
      0,
    ),
  );
  await say(encode('RegisterReqMessage', aRegister(DEVICE.name, { deviceType: 404, protocolVer: version }), 0), 0x9b);
  await say(encode('IpPortMessage', { rtpMediaPort: 5001 }, 0));
  await say(of('CapabilitiesResMessage', aCapabilitiesRes(), version), version < 8 ? 0x112 : 0x145);
  await say(of('ButtonTemplateReqMessage', {}, version), 0x97);
  await say(of('SoftKeyTemplateReqMessage', {}, version), 0x108);
  await say(of('SoftKeySetReqMessage', {}, version), 0x110);
  await say(of('ConfigStatReqMessage', {}, version), 0x93);
  await say(of('LineStatReqMessage', { lineNumber: 1 }, version), version < 17 ? 0x92 : 0x147);
  await say(of('ForwardStatReqMessage', { lineNumber: 1 }, version), 0x90);
  await say(of('SpeedDialStatReqMessage', { speedDialNumber: 1 }, version), 0x91);
  await say(of('FeatureStatReqMessage', { featureIndex: 2 }, version), 0x11f);
  await say(
    of('FeatureStatReqMessage', { featureIndex: 2, featureCapabilities: 1 }, version),
    version < 15 ? 0x11f : 0x146,
  );
  await say(of('ServiceURLStatReqMessage', { serviceURLIndex: 1 }, version), version < 7 ? 0x12f : 0x148);
  await say(of('VersionReqMessage', {}, version), 0x98);
  await say(of('ServerReqMessage', {}, version), 0x9e);
  await say(of('RegisterAvailableLinesMessage', { maxNumOfAvailLines: 2 }, version));
  await say(of('TimeDateReqMessage', {}, version), version < 8 ? 0x112 : 0x145);
  await say(of('OffHookMessage', { lineInstance: 1, callReference: 0 }, version), 0x82);
  await say(of('OnHookMessage', { lineInstance: 1, callReference: 0 }, version), version < 8 ? 0x112 : 0x145);
  await say(KEEPALIVE, 0x100);
  await say(of('UnregisterReqMessage', { unRegReasonCode: 0 }, version), 0x118);
  await phone.close();
  return [...sent, ...heard];
};

const tshark = (...args: readonly string[]): string =>
  execFileSync('tshark', args, { encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] });

let folder: string;
let server: SccpServer;
let pump: DeadlineTimer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-sccp-'));
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const database = new DeviceDatabase(bus);
  pump = new DeadlineTimer(database, systemClock);
  database.onEarlierDeadline(() => pump.rearm());
  database.configure([DEVICE], systemClock.now());
  const groups = new Map([['Default', [{ name: 'CM1', address: '127.0.0.1', port: 2000 }]]]);
  const settings = { ...DEFAULT_SCCP, address: '127.0.0.1', port: 0, groups };
  server = new SccpServer(settings, {
    network: nodeStreams,
    clock: systemClock,
    random: seededRandom(1),
    database,
    bus,
    lineStates: new LineStateService({ clock: systemClock, database, bus }).states,
  });
  await server.open();
});
afterAll(async () => {
  await server.close();
  pump.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Captures the loopback while `work` runs. */
const captured = async <T>(file: string, port: number, work: () => Promise<T>): Promise<T> => {
  const capture = spawn('tshark', ['-i', 'lo', '-f', `tcp port ${port}`, '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started = new Promise<void>((resolve) => {
    let said = '';
    capture.stderr.on('data', (text) => {
      said += String(text);
      if (/Capturing on/.test(said)) resolve();
    });
  });
  await started;
  // It says so a moment before it hears: a connection of its own is the first thing that it must have.
  const sizeOf = (): number => Number(tshark('-r', file, '-T', 'fields', '-e', 'frame.number').split('\n').length) - 1;
  const heardProbe = async (): Promise<boolean> => {
    const probe = await SccpPhone.connect(port);
    await probe.close();
    try {
      return sizeOf() > 0;
    } catch {
      return false; // no file yet, or half a packet at its end
    }
  };
  while (!(await heardProbe()));
  const result = await work();
  // The last packets are in the file when a connection that came after them is.
  const end = await SccpPhone.connect(port);
  const { localPort } = end.socket;
  await end.close();
  const isIn = (): boolean => {
    try {
      return (
        tshark(
          '-r',
          file,
          '-Y',
          `tcp.port == ${localPort} && tcp.flags.fin == 1`,
          '-T',
          'fields',
          '-e',
          'frame.number',
        ) !== ''
      );
    } catch {
      return false;
    }
  };
  while (!isIn());
  capture.kill('SIGINT');
  await once(capture, 'exit');
  return result;
};

describe.each(VERSIONS)('at version %i', (version) => {
  test('Wireshark reads every message of a registration to its end', async () => {
    const file = join(folder, `v${version}.pcap`);
    const port = server.listeners[0]?.local.port ?? 0;
    const frames = await captured(file, port, async () => day(await SccpPhone.connect(port), version));
    const decode = ['-r', file, '-d', `tcp.port==${port},skinny`, '-o', 'tcp.desegment_tcp_streams:TRUE'];

    expect(tshark(...decode, '-Y', '_ws.malformed || _ws.expert.severity >= 0x00800000')).toBe('');
    // A busy machine sends a segment twice now and then, and it is dissected twice.
    const ids = tshark(
      ...decode,
      '-Y',
      'skinny && !tcp.analysis.retransmission',
      '-T',
      'fields',
      '-e',
      'skinny.messageId',
    )
      .split(/[\n,]/)
      .filter((id) => id !== '')
      .map(Number);
    const ours = frames.map((frame) => frame.readUInt32LE(8));
    expect(ids.sort((a, b) => a - b)).toEqual(ours.sort((a, b) => a - b));
    for (const frame of frames) expect(framesOf(frame)).toHaveLength(1);
  });
});
