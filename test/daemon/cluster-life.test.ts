// The life of a member of a cluster, over a bus that the test gives: it comes, serves without the bus, hears of others, and ends.

import { afterEach, describe, expect, it } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { NameTakenError } from '../../src/core/errors.js';
import { readLocatedConfig } from '../../src/daemon/read-config.js';
import { type Daemon, startDaemon } from '../../src/daemon.js';
import type { LabcmEvent } from '../../src/events.js';
import { systemClock } from '../../src/net/system-clock.js';
import { eventually, TestDaemon } from '../support/daemon.js';

const SERVICES = `
cluster: { name: Lab, bus: nats://127.0.0.1:1 }
nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.2 }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
trace: { directory: logs, console: off }
state: { directory: state }
`;

/** A member in this process. */
class Member {
  readonly folder = new TestDaemon();
  readonly events: LabcmEvent[] = [];
  readonly warnings: string[] = [];
  daemon: Daemon | undefined;

  constructor(
    readonly self: string,
    readonly engine: InProcessEngine,
  ) {
    this.folder.configure('', SERVICES);
  }

  async start(): Promise<Daemon> {
    const { config } = await readLocatedConfig(this.folder.configPath, [`self=${this.self}`]);
    const daemon = await startDaemon(config, {
      announce: () => {},
      warn: (line) => this.warnings.push(line),
      clusterBus: this.engine.connection(this.self),
    });
    daemon.bus.subscribe((event) => this.events.push(event));
    this.daemon = daemon;
    return daemon;
  }

  of(type: LabcmEvent['type']): LabcmEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async url(path: string): Promise<Response> {
    const api = this.daemon?.listeners.find(({ service }) => service === 'API');
    return fetch(`http://127.0.0.1:${api?.port}${path}`);
  }
}

describe('a member of a cluster', () => {
  const members: Member[] = [];
  const engine = new InProcessEngine(systemClock);
  const member = (self: string): Member => {
    const made = new Member(self, engine);
    members.push(made);
    return made;
  };

  afterEach(async () => {
    for (const { daemon, folder } of members.splice(0).reverse()) {
      await daemon?.stop();
      await folder.remove();
    }
    engine.restart();
  });

  it('hears of another, and that it has stopped in order', async () => {
    const [a, b] = [member('CM1'), member('CM2')];
    await a.start();
    const other = await b.start();
    await eventually(() =>
      expect(a.of('cluster.node-alive')).toEqual([
        expect.objectContaining({ node: 'CM2', address: '127.0.0.2', version: '0.0.0' }),
      ]),
    );
    await other.stop();
    await eventually(() =>
      expect(a.of('cluster.node-dead')).toEqual([expect.objectContaining({ node: 'CM2', reason: 'stopped' })]),
    );
    expect([a.warnings, b.warnings]).toEqual([[], []]);
  });

  it('serves without the bus, tells that once with the reason, and once when it is back', async () => {
    engine.stop();
    const a = member('CM1');
    const daemon = await a.start();
    await eventually(() => expect(a.warnings).toHaveLength(1));
    expect(a.warnings[0]).toBe('degraded: the cluster bus: this process: the engine does not answer');
    expect((await a.url('/api/devices')).status).toBe(200);
    expect(daemon.listeners.map(({ service }) => service)).toEqual(['SCCP', 'API']);
    engine.restart();
    await eventually(() => expect(a.warnings).toHaveLength(2));
    expect(a.warnings[1]).toMatch(/the cluster bus/);
    engine.stop();
    await eventually(() => expect(a.warnings).toHaveLength(3));
    await daemon.stop();
  });

  it('must end where another daemon has its name, and says which and where', async () => {
    const [a, second] = [member('CM1'), member('CM1')];
    const first = await a.start();
    const failure = await (await second.start()).failure;
    expect(failure).toBeInstanceOf(NameTakenError);
    expect(failure.message).toMatch(
      /^self: found CM1, which another daemon of the cluster is already, at 127\.0\.0\.1, /,
    );
    await second.daemon?.stop();
    const pending = Symbol('pending');
    expect(await Promise.race([first.failure, Promise.resolve(pending)])).toBe(pending);
    expect((await a.url('/api/devices')).status).toBe(200);
  });

  it('is restarted at once after a stop in order', async () => {
    const [a, again] = [member('CM1'), member('CM1')];
    await (await a.start()).stop();
    const daemon = await again.start();
    const b = member('CM2');
    await b.start();
    await eventually(() => expect(b.of('cluster.node-alive')).toHaveLength(1));
    const pending = Symbol('pending');
    expect(await Promise.race([daemon.failure, Promise.resolve(pending)])).toBe(pending);
  });
});
