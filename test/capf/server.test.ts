// CAPF and TVS over sockets: a phone that behaves is served while others send what they like.

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CAPF_FRAME,
  type CapfCommand,
  type CapfTag,
  capfText,
  octet,
  readCapfMessage,
  writeCapfMessage,
} from '../../src/capf/messages.js';
import { CapfServer } from '../../src/capf/server.js';
import { DEFAULT_CAPF } from '../../src/capf/settings.js';
import { EventBus } from '../../src/core/event-bus.js';
import { FrameSplitter } from '../../src/core/tagged-elements.js';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { StreamNetwork } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { boundHandshakes } from '../../src/net/sockets/unproven-handshakes.js';
import { systemClock } from '../../src/net/system-clock.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import type { TvsEvent } from '../../src/tvs/events.js';
import { readTvsMessage, TVS_FRAME, writeTvsMessage } from '../../src/tvs/messages.js';
import { TvsServer } from '../../src/tvs/server.js';
import { DEFAULT_TVS } from '../../src/tvs/settings.js';
import { ManualClock } from '../support/manual-clock.js';
import { anOperation, capfRig, DEVICE } from './harness.js';

const identity = selfSignedIdentity({
  commonName: 'CM1',
  organization: 'Lab',
  alternatives: ['127.0.0.1'],
  notBefore: parseWallTime('2020-01-01T00:00:00Z') as WallTime,
  notAfter: parseWallTime('2046-01-01T00:00:00Z') as WallTime,
});
const certificate = Buffer.from('3003020101', 'hex');

const closers: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closers.splice(0).map((close) => close())));

const openCapf = async (limits: Partial<typeof DEFAULT_CAPF.limits> = {}, network: StreamNetwork = nodeStreams) => {
  const rig = capfRig();
  const server = new CapfServer(
    { ...DEFAULT_CAPF, address: '127.0.0.1', port: 0, limits: { ...DEFAULT_CAPF.limits, ...limits } },
    {
      network,
      clock: systemClock,
      bus: rig.bus,
      database: rig.database,
      registry: rig.registry,
      identity,
      issuers: [],
      issue: () => certificate,
    },
  );
  await server.open();
  closers.push(() => server.close());
  return { ...rig, server, port: server.local?.port ?? 0 };
};

const connect = async (port: number, localAddress = '127.0.0.1'): Promise<tls.TLSSocket> => {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    localAddress,
    rejectUnauthorized: false,
  } as tls.ConnectionOptions);
  socket.on('error', () => {});
  // `once` rejects for an error: a connection that was refused is no failure of the test.
  await once(socket, 'secureConnect').catch(() => undefined);
  return socket;
};

/** A phone that enrols, as far as the wire goes. Resolves with the reason of EndSession. */
const enrols = async (port: number, key: Buffer, localAddress?: string): Promise<number | undefined> => {
  const socket = await connect(port, localAddress);
  const frames = new FrameSplitter(CAPF_FRAME);
  return new Promise((resolve) => {
    socket.on('close', () => resolve(undefined));
    socket.on('data', (bytes: Buffer) => {
      for (const frame of frames.push(bytes)) {
        const message = readCapfMessage(frame);
        const say = (command: CapfCommand, elements: readonly (readonly [CapfTag, Buffer])[]): void =>
          void socket.write(writeCapfMessage(command, message.session, elements));
        if (message.command === 'AuthReq')
          say('AuthRes', [
            ['reason', octet(1)],
            ['deviceName', capfText(DEVICE)],
          ]);
        if (message.command === 'KeyGenReq') say('KeyGenRes', [['publicKey', key]]);
        if (message.command === 'StoreCertReq') say('StoreCertRes', [['reason', octet(1)]]);
        if (message.command === 'EndSession') resolve(message.elements.get('reason')?.[0]);
      }
    });
  });
};

// An EC key: it costs nothing to make.
const key = await (async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
})();

describe('CAPF over TLS', () => {
  it('speaks first, gives a certificate, and ends the connection', async () => {
    const { registry, port, events } = await openCapf();
    registry.arm(anOperation());
    expect(await enrols(port, key)).toBe(1);
    expect(registry.certificateOf(DEVICE)?.equals(certificate)).toBe(true);
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({ type: 'capf.session-ended', outcome: 'done', device: DEVICE }),
    );
  });

  it('serves a phone while others are mute, cut off, or send what is no message', async () => {
    const { registry, port, events } = await openCapf();
    const junk = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from('5502000000010000', 'hex'),
      Buffer.from('55ff000000010000', 'hex'),
      Buffer.from('550200000001ffff', 'hex'),
      Buffer.from('5502000000010004010002aa', 'hex'),
      Buffer.alloc(64 * 1024, 0x55),
    ];
    const others = await Promise.all(
      [...junk, ...junk].map(async (bytes, index) => {
        const socket = await connect(port, '127.0.0.2');
        if (index % 2 === 0) socket.write(bytes);
        else for (const one of bytes.subarray(0, 40)) socket.write(Buffer.from([one]));
        return socket;
      }),
    );
    const mute = await Promise.all(Array.from({ length: 8 }, () => connect(port, '127.0.0.2')));
    const half = net.connect(port, '127.0.0.2');
    half.on('error', () => {});
    half.write(Buffer.from('160301', 'hex'));
    for (let round = 0; round < 3; round += 1) {
      registry.arm(anOperation());
      expect(await enrols(port, key)).toBe(1);
    }
    for (const socket of [...others, ...mute]) socket.destroy();
    half.destroy();
    await vi.waitFor(() => {
      const outcomes = events.flatMap((event) => (event.type === 'capf.session-ended' ? event.outcome : []));
      expect(outcomes.filter((one) => one === 'done')).toHaveLength(3);
      expect(outcomes.filter((one) => one === 'malformed').length).toBeGreaterThanOrEqual(6);
    });
  });

  it('takes no handshake of a whole site for what it has done', async () => {
    // The clock stands: what is taken comes back by what was done alone.
    const network = boundHandshakes(nodeStreams, new ManualClock(), { perSecond: 1, burst: 2 });
    const { registry, port, events } = await openCapf({}, network);
    for (let count = 0; count < 6; count += 1) {
      registry.arm(anOperation());
      expect(await enrols(port, key)).toBe(1);
    }
    for (let count = 0; count < 2; count += 1) expect(await enrols(port, key)).toBe(0);
    (await connect(port)).destroy();
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ limit: 'handshakes-per-source' }));
  });

  it('bounds the sessions of an address, and the certificates that it is given', async () => {
    const { registry, port, events } = await openCapf({ sessionsPerSource: 3, issuesPerHour: 2 });
    const held = await Promise.all(Array.from({ length: 3 }, () => connect(port, '127.0.0.3')));
    const over = await connect(port, '127.0.0.3');
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({ type: 'capf.link-refused', limit: 'links-per-source' }),
    );
    over.destroy();
    const reasons: (number | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) {
      registry.arm(anOperation());
      reasons.push(await enrols(port, key));
    }
    expect(reasons).toEqual([1, 1, 7]);
    expect(await enrols(port, key, '127.0.0.4')).toBe(1);
    for (const socket of held) socket.destroy();
  });
});

describe('TVS over TLS', () => {
  const open = async () => {
    const events: TvsEvent[] = [];
    const bus = new EventBus<TvsEvent>((error) => {
      throw error;
    });
    for (const type of ['tvs.answered', 'tvs.malformed', 'tvs.link-refused'] as const)
      bus.on(type, (event) => void events.push(event));
    const known = { der: certificate, subject: 'CN=CM1', issuer: 'CN=CM1', serial: Buffer.from([7]), roles: [2] };
    const server = new TvsServer(
      { ...DEFAULT_TVS, address: '127.0.0.1', port: 0, limits: { connections: 100, connectionsPerSource: 4 } },
      { network: nodeStreams, clock: systemClock, bus, identity, vouched: [known] },
    );
    await server.open();
    closers.push(() => server.close());
    return { port: server.local?.port ?? 0, events };
  };

  it('answers several questions of a connection, whatever their segments', async () => {
    const { port, events } = await open();
    const socket = await connect(port);
    const frames = new FrameSplitter(TVS_FRAME);
    const answers: number[] = [];
    socket.on('data', (bytes: Buffer) => {
      for (const frame of frames.push(bytes)) answers.push(readTvsMessage(frame).session);
    });
    const asked = Buffer.concat(
      [1, 2, 3].map((session) => writeTvsMessage('VerifyReq', session, [['certificate', certificate]])),
    );
    for (const one of asked) socket.write(Buffer.from([one]));
    await vi.waitFor(() => expect(answers).toEqual([1, 2, 3]));
    socket.destroy();
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({ known: true, roles: [2], subject: 'CN=CM1' });
  });

  it('ends a connection that sends something else, or asks without end, and answers others', async () => {
    const { port, events } = await open();
    const request = writeTvsMessage('VerifyReq', 1, [['certificate', certificate]]);
    const flood = Buffer.concat(Array.from({ length: 400 }, () => request));
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from('57010200000000010000', 'hex'), flood]) {
      const socket = await connect(port, '127.0.0.5');
      socket.resume();
      socket.write(bytes);
      await once(socket, 'close');
    }
    expect(events.filter(({ type }) => type === 'tvs.malformed')).toHaveLength(3);
    const socket = await connect(port);
    socket.write(request);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(readTvsMessage(answer)).toMatchObject({ type: 'VerifyRes', session: 1 });
    socket.destroy();
  });
});
