// What a NATS server may do to a node: fall silent, refuse it, lack JetStream, lose a bucket, want TLS; and three servers of which
// any one may die.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeys } from '@nats-io/transport-node';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { NatsBus } from '../../src/cluster/nats-bus.js';
import { BusUnavailable } from '../../src/cluster/ports.js';
import type { BusFiles, BusSettings } from '../../src/cluster/settings.js';
import { wallTime } from '../../src/core/time.js';
import { busProbe } from '../../src/daemon/bus-probe.js';
import { freePort } from '../../src/lab/free-port.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { BusRecorder } from '../support/bus-recorder.js';
import { NatsServer } from './support/nats-server.js';
import { TcpGate } from './support/tcp-gate.js';

const NO_FILES: BusFiles = { credentials: undefined, ca: undefined, certificate: undefined, key: undefined };
const NO_TLS = { ca: undefined, certificate: undefined, key: undefined };

const until = (check: () => void): Promise<void> => vi.waitFor(check, { interval: 10, timeout: 30_000 });

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const server = async (options: readonly string[] = []): Promise<NatsServer> => {
  const started = await NatsServer.start(options);
  onTestFinished(() => started.remove());
  return started;
};

const bus = (ports: readonly number[], settings: Partial<BusSettings> = {}, files: Partial<BusFiles> = {}): NatsBus => {
  const made = new NatsBus({
    ...{ clock: systemClock, cluster: 'Lab', node: 'CM1', files: { ...NO_FILES, ...files } },
    settings: {
      ...{ servers: ports.map((port) => `nats://127.0.0.1:${port}`), replicas: 1, credentials: undefined },
      ...{ user: undefined, password: undefined, token: undefined, tls: undefined },
      ...settings,
    },
    greets: busProbe(nodeStreams, systemClock),
    failed: (error) => {
      throw error;
    },
  });
  opened.push(made);
  return made;
};

const connected = async (...buses: readonly NatsBus[]): Promise<void> => {
  for (const one of buses) one.start();
  await until(() => expect(buses.every(({ state }) => state.isConnected)).toBe(true));
};

/** Why a bus cannot be used, once it has tried. */
const refusal = async (refused: NatsBus): Promise<string> => {
  const reasons: string[] = [];
  refused.onState((state) => reasons.push(state.isConnected ? 'connected' : state.reason));
  refused.start();
  await until(() => expect(reasons).not.toEqual([]));
  return reasons[0] ?? '';
};

describe('a server that is in doubt', () => {
  it('a connection that carries nothing any more is left, and another one made', async () => {
    const engine = await server();
    const gate = await TcpGate.open(engine.port);
    opened.push(gate);
    const [node, recorder] = [bus([gate.port]), new BusRecorder()];
    node.watch('nodes', recorder);
    await connected(node);
    gate.freeze(true);
    const write = node.bucket('nodes').put('k', 'v');
    await expect(write).rejects.toThrow();
    await until(() => expect(node.state.isConnected).toBe(false));
    gate.freeze(false);
    await until(() => expect(recorder.wholes).toBe(2));
    expect(await node.bucket('nodes').put('k', 'w')).toBeGreaterThan(0);
  });

  it('a bucket that somebody deletes is made again, and the watcher told', async () => {
    const engine = await server();
    const [node, recorder] = [bus([engine.port]), new BusRecorder()];
    node.watch('lines', recorder);
    await connected(node);
    await node.bucket('lines').put('k', 'v');
    await until(() => expect(recorder.held.size).toBe(1));
    const other = await connect({ servers: `127.0.0.1:${engine.port}` });
    await (await jetstreamManager(other)).streams.delete('KV_labcm_Lab_lines');
    await other.close();
    await until(() => expect([recorder.wholes, recorder.held.size]).toEqual([2, 0]));
    await node.bucket('lines').put('k', 'w');
    await until(() => expect(recorder.held.get('k')).toBe('w'));
  });

  it.each<[string, string]>([
    ['no JSON', 'INFO x\r\n'],
    ['nothing more', 'INFO {"server_id":"x","version":"2.9.10","headers":true,"max_payload":1048576}\r\n'],
    ['garbage', `INFO {"server_id":"x","headers":true}\r\n${'\0\xff'.repeat(1_000)}`],
    ['an error', `INFO {"server_id":"x","headers":true}\r\n-ERR 'Unknown Protocol Operation'\r\n`],
    ['messages that nobody asked for', `INFO {"headers":true}\r\nPONG\r\nMSG a 1 2\r\nxx\r\nHMSG b 9 0 9999999999\r\n`],
  ])('one that greets and then sends %s is a reason, and tried again', async (_, text) => {
    const fake = net.createServer((socket) => void socket.on('error', () => {}).write(text, 'latin1'));
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void fake.close());
    const { port } = fake.address() as net.AddressInfo;
    const node = bus([port]);
    expect(await refusal(node)).not.toBe('connected');
    await expect(node.bucket('nodes').put('k', 'v')).rejects.toThrow(BusUnavailable);
  });

  it('without JetStream it is told so, with the remedy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'labcm-nats-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'a.conf'), 'accounts { A { users: [{ user: a, password: b }] } }\n');
    const engine = await server(['-c', join(folder, 'a.conf')]);
    const reason = await refusal(bus([engine.port], { user: 'a', password: 'b' }));
    expect(reason).toMatch(/jetstream.*; start the NATS server with JetStream \(nats-server -js\)$/i);
  });

  it.each<[string, readonly string[], Partial<BusSettings>, Partial<BusSettings>]>([
    [
      'a user',
      ['--user', 'lab', '--pass', 'secret'],
      { user: 'lab', password: 'secret' },
      { user: 'lab', password: 'x' },
    ],
    ['a token', ['--auth', 'secret'], { token: 'secret' }, {}],
  ])('lets %s in, and says of another what to do', async (_, options, right, wrong) => {
    const engine = await server(options);
    await connected(bus([engine.port], right));
    expect(await refusal(bus([engine.port], wrong))).toMatch(/authori[sz]ation.*; correct cluster\.credentials, /i);
  });
});

/** What a file of credentials is made of: an operator who signs an account, and the account its user. */
const signedAccount = () => {
  const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (by: nkeys.KeyPair, about: nkeys.KeyPair, claims: object): string => {
    const subject = about.getPublicKey();
    const body = { jti: subject, iat: 1_700_000_000, iss: by.getPublicKey(), name: subject, sub: subject };
    const signed = `${text({ typ: 'JWT', alg: 'ed25519-nkey' })}.${text({ ...body, nats: { ...claims, version: 2 } })}`;
    return `${signed}.${Buffer.from(by.sign(Buffer.from(signed))).toString('base64url')}`;
  };
  const [operator, account, system, user] = [
    ...[nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount(), nkeys.createUser()],
  ] as const;
  const counts = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const stores = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountToken = token(operator, account, { type: 'account', limits: { ...counts, ...stores } });
  const systemToken = token(operator, system, { type: 'account', limits: counts });
  return {
    configuration: [
      ...[`operator: ${token(operator, operator, { type: 'operator' })}`, `system_account: ${system.getPublicKey()}`],
      ...['resolver: MEMORY', 'resolver_preload: {'],
      ...[`  ${account.getPublicKey()}: ${accountToken}`, `  ${system.getPublicKey()}: ${systemToken}`, '}', ''],
    ].join('\n'),
    credentials: [
      ...['-----BEGIN NATS USER JWT-----', token(account, user, { type: 'user', ...counts })],
      ...['------END NATS USER JWT------', '', '-----BEGIN USER NKEY SEED-----'],
      ...[Buffer.from(user.getSeed()).toString(), '------END USER NKEY SEED------', ''],
    ].join('\n'),
  };
};

describe('a file of credentials', () => {
  it('lets its node in, and nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'labcm-nats-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { configuration, credentials } = signedAccount();
    writeFileSync(join(folder, 'a.conf'), configuration);
    const engine = await server(['-c', join(folder, 'a.conf')]);
    const node = bus([engine.port], {}, { credentials: Buffer.from(credentials) });
    await connected(node);
    expect(await node.bucket('leases').create('k', 'v')).toBe(1);
    expect(await refusal(bus([engine.port]))).toMatch(/; correct cluster\.credentials, /);
    const other = Buffer.from(signedAccount().credentials);
    expect(await refusal(bus([engine.port], {}, { credentials: other }))).toMatch(/; correct cluster\.credentials, /);
  });
});

describe('TLS', () => {
  const identity = (commonName: string, address = '127.0.0.1') =>
    selfSignedIdentity({
      ...{ commonName, organization: 'Lab', alternatives: [address] },
      ...{ notBefore: wallTime(Date.now() - 86_400_000), notAfter: wallTime(Date.now() + 86_400_000) },
    });

  it('with certificates of both sides; a node without one, or that does not know the server, is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'labcm-nats-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [engineIdentity, own] = [identity('nats'), identity('CM1')];
    const path = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const engine = await server([
      ...[
        '--tls',
        '--tlscert',
        path('c.pem', engineIdentity.certificate),
        '--tlskey',
        path('k.pem', engineIdentity.key),
      ],
      ...['--tlsverify', '--tlscacert', path('ca.pem', own.certificate)],
    ]);
    const ca = engineIdentity.certificate;
    const node = bus([engine.port], { tls: NO_TLS }, { ca, certificate: own.certificate, key: own.key });
    await connected(node);
    expect(await node.bucket('nodes').put('k', 'v')).toBeGreaterThan(0);
    expect(await refusal(bus([engine.port], { tls: NO_TLS }, { ca }))).toMatch(/; .*correct cluster\.tls$/);
    expect(await refusal(bus([engine.port]))).toMatch(/; .*correct cluster\.tls$/);
    const plain = await server();
    expect(await refusal(bus([plain.port], { tls: NO_TLS }, { ca }))).not.toBe('connected');
  });
});

describe('three servers', () => {
  const trio = async () => {
    const [routes, ports] = [
      await Promise.all([freePort(), freePort(), freePort()]),
      await Promise.all([freePort(), freePort(), freePort()]),
    ];
    const links = routes.map((port) => `nats://127.0.0.1:${port}`);
    const servers = await Promise.all(
      ports.map((port, index) =>
        NatsServer.start(
          ['-n', `n${index}`, '--cluster_name', 'Lab', '--cluster', links[index] ?? '', '--routes', links.join(',')],
          port,
        ),
      ),
    );
    return { servers, ports };
  };

  it('any one of which may die: nothing that was written is lost, and what is written goes on', async () => {
    const { servers, ports } = await trio();
    onTestFinished(async () => void (await Promise.all(servers.map((one) => one.remove()))));
    const [a, b, recorder] = [bus(ports, { replicas: 3 }), bus(ports, { replicas: 3 }), new BusRecorder()];
    b.watch('numbers', recorder);
    await connected(a, b);
    const written: Record<string, string> = {};
    /** Writes until it is taken. */
    const write = async (key: string, value: string): Promise<void> => {
      written[key] = value;
      await vi.waitFor(() => a.bucket('numbers').put(key, value), { timeout: 60_000, interval: 50 });
    };
    for (const [round, one] of servers.entries()) {
      for (let index = 0; index < 20; index++) await write(`k${round}-${index}`, 'before');
      await one.stop();
      for (let index = 0; index < 20; index++) await write(`k${round}-${index}`, 'after');
      await one.begin();
      await until(() => expect(Object.fromEntries(recorder.held)).toEqual(written));
    }
  }, 240_000);
});
