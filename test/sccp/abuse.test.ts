// Abuse over real sockets, while a hundred registered phones ask their questions over and over: their answers stay the
// same to the octet, their wait stays short, and what the abuse took is given back.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { EventBus } from '../../src/core/event-bus.js';
import { minutes, seconds } from '../../src/core/time.js';
import { LineStateService } from '../../src/daemon/line-states.js';
import { DEFAULT_POLICY, DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { encode, MESSAGES } from '../../src/sccp/messages/catalogue.js';
import { SccpServer } from '../../src/sccp/server.js';
import { DEFAULT_SCCP, type SccpSettings } from '../../src/sccp/settings.js';
import { LINES } from '../../src/trace/lines.js';
import type { Row } from '../../src/trace/row.js';
import { aDevice } from '../support/devices.js';
import { capturedJson } from '../support/fixtures.js';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import { aCapabilitiesRes, aRegister } from '../support/sccp-harness.js';
import { CROWD, crowdDevices, HealthyCrowd, KEEPALIVE, KEEPALIVE_ACK, SccpPhone } from '../support/sccp-phone.js';

/** What no healthy phone may wait, on a machine that is busy with other tests. */
const PATIENCE = 2_000;

/** The facts that these tests ask for; those of single messages are not kept, and so not made. */
const REMEMBERED = [
  'device.unregistered',
  'sccp.failed',
  'sccp.link-closed',
  'sccp.link-refused',
  'sccp.malformed',
  'sccp.throttled',
] as const;

type Remembered = (typeof REMEMBERED)[number];

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Lab {
  readonly bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  #events: LabcmEvent[] = [];
  readonly database: DeviceDatabase;
  readonly server: SccpServer;
  readonly #pump: DeadlineTimer;
  crowd!: HealthyCrowd;

  constructor(settings: Partial<SccpSettings>) {
    for (const type of REMEMBERED) this.bus.on(type, (event) => this.#events.push(event));
    this.database = new DeviceDatabase(this.bus, { policy: DEFAULT_POLICY });
    this.#pump = new DeadlineTimer(this.database, systemClock);
    this.database.onEarlierDeadline(() => this.#pump.rearm());
    const abusers = Array.from({ length: 4 }, (_, index) =>
      aDevice(`abuser${index}`, { lines: [String(9000 + index)] }),
    );
    this.database.configure([...crowdDevices(), ...abusers], systemClock.now());
    this.server = new SccpServer(
      { ...DEFAULT_SCCP, address: '127.0.0.1', port: 0, ...settings },
      {
        network: nodeStreams,
        clock: systemClock,
        random: seededRandom(3),
        database: this.database,
        bus: this.bus,
        lineStates: new LineStateService({ clock: systemClock, database: this.database, bus: this.bus }).states,
      },
    );
  }

  static async open(settings: Partial<SccpSettings> = {}): Promise<Lab> {
    const lab = new Lab(settings);
    await lab.server.open();
    lab.crowd = await HealthyCrowd.gather(lab.port);
    lab.forget();
    return lab;
  }

  of<T extends Remembered>(type: T): Extract<LabcmEvent, { type: T }>[] {
    return this.#events.filter((event): event is Extract<LabcmEvent, { type: T }> => event.type === type);
  }

  forget(): void {
    this.#events = [];
  }

  get port(): number {
    return this.server.listeners[0]?.local.port ?? 0;
  }

  connect(): Promise<SccpPhone> {
    return SccpPhone.connect(this.port);
  }

  /** Until only the crowd is left. */
  async quiet(): Promise<void> {
    while (this.server.links > CROWD) await turn();
  }

  async close(): Promise<void> {
    await this.crowd.leave();
    await this.server.close();
    this.#pump.stop();
  }
}

const withHead = (length: number, rest = Buffer.alloc(8)): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(length);
  return Buffer.concat([head, rest]);
};

const MORNING = Buffer.concat([
  encode('AlarmMessage', { alarmSeverity: 2, text: '25: Name=abuser0', param1: 0, param2: 0 }, 0),
  encode('RegisterReqMessage', aRegister('abuser0', { protocolVer: 20 }), 0),
  encode('IpPortMessage', { rtpMediaPort: 1 }, 0),
  encode('ButtonTemplateReqMessage', {}, 20),
  encode('SoftKeyTemplateReqMessage', {}, 20),
  encode('SoftKeySetReqMessage', {}, 20),
  encode('ConfigStatReqMessage', {}, 20),
  encode('CapabilitiesResMessage', aCapabilitiesRes(), 20),
  encode('LineStatReqMessage', { lineNumber: 1 }, 20),
  KEEPALIVE,
]);
const ANSWERS = [0x81, 0x9b, 0x97, 0x108, 0x109, 0x110, 0x93, 0x145, 0x147, 0x100];

const idsOf = (frames: readonly Buffer[]): number[] => frames.map((frame) => frame.readUInt32LE(8));

const descriptors = (): number => readdirSync('/proc/self/fd').length;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets in use, on the heap and beside it, once the collector has had its several turns to give them back. */
const memory = async (): Promise<number> => {
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** What the runtime may keep of its own; a leak of every link of these tests is more. */
const SLACK = 16 * 1024 * 1024;

/** How many descriptors this process may have. */
const descriptorLimit = (): number =>
  Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);

describe('a hundred healthy phones notice nothing of', () => {
  let lab: Lab;
  beforeAll(async () => {
    // A busy machine may take longer to open ten thousand connections than a silent one is given.
    lab = await Lab.open({ muteWithin: minutes(10) });
  });
  afterEach(async () => {
    await lab.quiet();
    expect(lab.database.registered.SCCP).toBe(CROWD);
    expect(lab.of('sccp.failed')).toEqual([]);
    await lab.crowd.ask();
    lab.forget();
  });
  afterAll(() => lab.close());

  const unnoticed = async (work: () => Promise<void>): Promise<void> => {
    const { slowest } = await lab.crowd.askDuring(work);
    expect(slowest).toBeLessThan(PATIENCE);
  };

  test('a phone that sends one octet at a time', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      for (const octet of MORNING) {
        phone.write(Buffer.from([octet]));
        await turn();
      }
      expect(idsOf(await phone.until(0x100))).toEqual(ANSWERS);
      await phone.close();
    }));

  test('a phone that sends ten messages in one segment', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      phone.write(MORNING);
      expect(idsOf(await phone.until(0x100))).toEqual(ANSWERS);
      await phone.close();
    }));

  test.each([0, 3, 2 ** 31, 2 ** 32 - 1, 4097])('a length of %i', (length) =>
    unnoticed(async () => {
      const phone = await lab.connect();
      await phone.comeUp('abuser1');
      phone.write(Buffer.concat([KEEPALIVE, withHead(length)]));
      expect(await phone.read(12)).toEqual(KEEPALIVE_ACK);
      await phone.ended;
      expect(lab.of('sccp.malformed')).toMatchObject([{ code: 'LENGTH', fatal: true }]);
      expect(lab.of('device.unregistered')).toMatchObject([{ device: 'abuser1', reason: 'connection-lost' }]);
    }),
  );

  test('a TLS client on the port of SCCP', () =>
    unnoticed(async () => {
      const socket = tls.connect({ host: '127.0.0.1', port: lab.port, rejectUnauthorized: false });
      await new Promise<void>((resolve) => socket.on('error', () => resolve()).on('close', () => resolve()));
      socket.destroy();
      expect(lab.of('sccp.malformed')).toMatchObject([{ bytes: expect.stringMatching(/^1603/) }]);
    }));

  test('a web client on the port of SCCP', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      phone.write(Buffer.from('GET / HTTP/1.1\r\nHost: labcm\r\n\r\n'));
      await phone.ended;
      expect(lab.of('sccp.malformed')).toMatchObject([{ fatal: true }]);
    }));

  test('questions before Register', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      const questions = MESSAGES.filter(({ name }) => /ReqMessage$/.test(name) && !/regist|KeepAlive/i.test(name));
      for (const { id } of questions) {
        const frame = withHead(8, Buffer.alloc(12));
        frame.writeUInt32LE(id, 8);
        phone.write(frame);
      }
      phone.write(KEEPALIVE);
      expect((await phone.until(0x100)).length).toBe(1);
      await phone.close();
    }));

  test('a phone that registers twice on one link', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      await phone.comeUp('abuser1');
      await phone.comeUp('abuser1');
      phone.write(KEEPALIVE);
      expect(await phone.read(12)).toEqual(KEEPALIVE_ACK);
      await phone.close();
    }));

  test('one device on two links', () =>
    unnoticed(async () => {
      const first = await lab.connect();
      await first.comeUp('abuser1');
      const second = await lab.connect();
      await second.comeUp('abuser1');
      expect(await first.ended).toBe('fin');
      second.write(KEEPALIVE);
      expect(await second.read(12)).toEqual(KEEPALIVE_ACK);
      await second.close();
    }));

  test('a storm of five hundred registrations of one device', () =>
    unnoticed(async () => {
      const storm = Array.from({ length: 50 }, async () => {
        for (let count = 0; count < 10; count += 1) {
          const phone = await lab.connect();
          phone.write(encode('RegisterReqMessage', aRegister('abuser2', { protocolVer: 20 }), 0));
          await phone.frame();
          await phone.close();
        }
      });
      await Promise.all(storm);
    }));

  test('a phone that sends two thousand messages a second, which CUCM’s own throttle ends', () =>
    unnoticed(async () => {
      const phone = await lab.connect();
      await phone.comeUp('abuser3');
      const flood = Buffer.concat(Array<Buffer>(200).fill(KEEPALIVE));
      for (let count = 0; count < 11; count += 1) phone.write(flood);
      await phone.ended;
      expect(lab.of('device.unregistered')).toMatchObject([{ device: 'abuser3', reason: 'throttled' }]);
      expect(lab.of('sccp.throttled')).toHaveLength(1);
    }));

  test(`${MUTATED} mutated frames`, { timeout: 180_000 }, async () => {
    const memoryBefore = await memory();
    const bases = basesOfMutation();
    const batch = 20;
    let sent = 0;
    const worker = async (name: string, index: number): Promise<void> => {
      const random = seededRandom(20_110_114 + index);
      while (sent < MUTATIONS) {
        sent += batch;
        const phone = await lab.connect();
        if (random.below(4) > 0) phone.write(encode('RegisterReqMessage', aRegister(name, { protocolVer: 20 }), 0));
        // All but the last keep a true length, so that what follows them is read too.
        const frames = Array.from({ length: batch }, (_, place) => {
          const frame = mutated(bases[random.below(bases.length)] as Buffer, random);
          return place === batch - 1 ? frame : trueLength(frame);
        });
        phone.write(Buffer.concat(frames));
        await phone.close();
      }
    };
    // Whatever is in them, it can also be told.
    const tail = (): string => '';
    const stop = lab.bus.subscribe((event) => (LINES[event.type] as Row<LabcmEvent>).text(event, tail));
    await unnoticed(async () => {
      await Promise.all(['abuser0', 'abuser1', 'abuser2', 'abuser3'].map(worker));
    }).finally(stop);
    await lab.quiet();
    const taken = lab.of('sccp.link-closed').reduce((sum, { messages }) => sum + messages, 0);
    expect(taken).toBeGreaterThan(MUTATIONS / 2);
    lab.forget();
    expect(await memory()).toBeLessThan(memoryBefore + SLACK);
  });

  test('as many silent connections as descriptors allow, up to ten thousand', { timeout: 180_000 }, async () => {
    const before = descriptors();
    const memoryBefore = await memory();
    // The far ends have a process of their own, with as many descriptors again.
    const count = Math.min(10_000, descriptorLimit() - before - 500);
    const callers = spawn(process.execPath, ['-e', SILENT_CALLERS, String(lab.port), String(count)], {
      stdio: 'ignore',
    });
    const gone = once(callers, 'exit');
    await unnoticed(async () => {
      while (lab.server.links < CROWD + count && callers.exitCode === null) await turn();
      expect(lab.server.links).toBe(CROWD + count);
      await lab.crowd.ask();
    }).finally(() => callers.kill('SIGKILL'));
    await gone;
    await lab.quiet();
    expect(descriptors()).toBeLessThan(before + 10);
    lab.forget();
    expect(await memory()).toBeLessThan(memoryBefore + SLACK);
    if (count < 10_000)
      process.stdout.write(`silent connections: ${count}, as ${descriptorLimit()} descriptors allow\n`);
  });
});

/** Opens so many connections, two hundred at a time, and says nothing on any of them. */
const SILENT_CALLERS = `
const [port, count] = process.argv.slice(1).map(Number);
let opened = 0;
const open = () => {
  if (opened >= count) return;
  opened += 1;
  require('node:net').connect(port, '127.0.0.1').once('connect', open).on('error', () => process.exit(1));
};
for (let started = 0; started < 200; started += 1) open();
`;

/** At least a head, whose length word is true. */
const trueLength = (frame: Buffer): Buffer => {
  const whole = Buffer.concat([frame], Math.max(12, frame.length));
  whole.writeUInt32LE(whole.length - 8, 0);
  return whole;
};

/** Every message that phones send, as we would write it and, where they are at hand, as they were captured. */
const basesOfMutation = (): Buffer[] => {
  const frame = (id: number, body: Buffer): Buffer => {
    const whole = withHead(body.length + 4, Buffer.concat([Buffer.alloc(8), body]));
    whole.writeUInt32LE(id, 8);
    return whole;
  };
  const blank = MESSAGES.map(({ id, layoutAt }) =>
    frame(id, Buffer.alloc(Math.min(layoutAt(20).parts.room, 600), 0x41)),
  );
  const written = [MORNING, KEEPALIVE, encode('OffHookMessage', { lineInstance: 1, callReference: 0 }, 20)];
  const captured =
    process.env.LABCM_FIXTURES === undefined
      ? []
      : ['phone-dumps', 'callmanager2', 'cucm-v20-call'].flatMap((file) =>
          capturedJson<{ readonly frames: readonly { readonly hex: string }[] }>(`sccp/${file}.json`).frames.map(
            ({ hex }) => Buffer.from(hex, 'hex'),
          ),
        );
  return [...blank, ...written, ...captured.filter(({ length }) => length < 700)];
};

test('a phone that does not read is dropped before it costs more than its share, and nobody else waits', async () => {
  const lab = await Lab.open({ throttle: { messages: 1_000_000, within: seconds(5) } });
  const phone = await lab.connect();
  await phone.comeUp('abuser0');
  phone.socket.pause();
  const { slowest } = await lab.crowd.askDuring(async () => {
    const questions = Buffer.concat(Array<Buffer>(500).fill(encode('SoftKeySetReqMessage', {}, 20)));
    while (lab.of('sccp.link-closed').length === 0) {
      phone.write(questions);
      await turn();
    }
  });
  expect(slowest).toBeLessThan(PATIENCE);
  expect(lab.of('sccp.link-closed')).toMatchObject([{ cause: 'not-reading' }]);
  expect(lab.of('device.unregistered')).toMatchObject([{ device: 'abuser0', reason: 'connection-lost' }]);
  phone.socket.destroy();
  await lab.close();
});

describe('connections over a bound', () => {
  test.each([
    ['links', { links: CROWD + 20, linksPerSource: 100_000 }],
    ['links-per-source', { links: 100_000, linksPerSource: CROWD + 20 }],
  ] as const)('on %s are refused at once and told once a second; those within it are served', async (limit, bounds) => {
    const lab = await Lab.open({ limits: { ...DEFAULT_SCCP.limits, ...bounds } });
    const phones = await Promise.all(Array.from({ length: 20 }, () => lab.connect()));
    const { slowest } = await lab.crowd.askDuring(async () => {
      for (let count = 0; count < 50; count += 1) {
        // The RST may come before the connection is told.
        const end = await lab.connect().then(
          ({ ended }) => ended,
          () => 'reset',
        );
        expect(end).toBe('reset');
      }
    });
    expect(slowest).toBeLessThan(PATIENCE);
    expect(lab.server.links).toBe(CROWD + 20);
    expect(lab.of('sccp.link-refused')[0]).toMatchObject({ limit, address: '127.0.0.1', count: 1 });
    expect(lab.of('sccp.link-refused').length).toBeLessThan(10);
    for (const phone of phones) {
      phone.write(KEEPALIVE);
      expect(await phone.read(12)).toEqual(KEEPALIVE_ACK);
    }
    await phones[0]?.close();
    await turn();
    const next = await lab.connect();
    next.write(KEEPALIVE);
    expect(await next.read(12)).toEqual(KEEPALIVE_ACK);
    await lab.close();
  });
});
