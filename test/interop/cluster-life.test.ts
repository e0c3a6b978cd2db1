// Members of a cluster as processes, with a NATS server of apt: two meet, a third of a name that is taken ends, one dies, and the
// server dies and comes back.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLab } from '../../src/lab.js';
import { ProgramProcess } from '../support/program.js';
import { NatsServer } from './support/nats-server.js';

describe('members as processes', () => {
  let server: NatsServer;
  let folder: string;
  const running: ProgramProcess[] = [];

  beforeEach(async () => {
    server = await NatsServer.start();
    folder = mkdtempSync(join(tmpdir(), 'labcm-members-'));
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.kill();
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  let started = 0;
  const member = (self: string, ...words: readonly string[]): ProgramProcess => {
    started += 1;
    const home = join(folder, String(started));
    mkdirSync(home);
    writeFileSync(
      join(home, 'lab.yaml'),
      `
cluster: { name: Lab, bus: ${server.address} }
nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.2 }]
self: ${self}
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: ${self === 'CM1' ? '127.0.0.1' : '127.0.0.2'}, port: 0 }
sip: { enabled: false }
trace: { directory: logs, console: cucm }
state: { directory: state }
`,
    );
    const one = new ProgramProcess(['run', '-c', join(home, 'lab.yaml'), ...words]);
    running.push(one);
    return one;
  };

  it('meet; a second one of a name ends and names the first; a death and a stop are told once', async () => {
    const [a, b] = [member('CM1'), member('CM2')];
    await a.waitForText('Cluster node CM2 is alive: 127.0.0.2, version ');
    await b.waitForText('Cluster node CM1 is alive: 127.0.0.1, version ');
    const second = member('CM1');
    expect(await second.ended).toEqual({ code: 3, signal: null });
    expect(second.err).toMatch(
      /labcm: self: found CM1, which another daemon of the cluster is already, at 127\.0\.0\.1, /,
    );
    b.signal('SIGKILL');
    await a.waitForText('Cluster node CM2 (127.0.0.2) is dead: it has not been heard for 6 s');
    const again = member('CM2');
    await a.waitForText(/is dead[\s\S]*Cluster node CM2 is alive/);
    again.signal('SIGTERM');
    await a.waitForText('Cluster node CM2 (127.0.0.2) has stopped');
    expect(await again.ended).toEqual({ code: 0, signal: null });
    expect(a.out.match(/Cluster node CM2 .*(is dead|has stopped)/g)).toHaveLength(2);
    expect(a.out.match(/Cluster node CM2 is alive/g)).toHaveLength(2);
  });

  it('go on without the server, and find each other again when it is back, without a death', async () => {
    const [a, b] = [member('CM1'), member('CM2')];
    for (const one of [a, b]) await one.waitForText(/Cluster node CM. is alive/);
    await server.stop();
    for (const one of [a, b]) await one.waitForText(`labcm: degraded: the cluster bus: ${server.address}: `);
    await server.begin();
    for (const one of [a, b]) await one.waitForText(/labcm: .*the cluster bus works again|recovered/);
    // Whoever is killed now is told: so the others were heard again.
    b.signal('SIGKILL');
    await a.waitForText('is dead: it has not been heard for 6 s');
    expect(a.out.match(/Cluster node CM2 is alive/g)).toHaveLength(1);
    expect(a.err.match(/degraded/g)).toHaveLength(1);
  });

  it('one that finds no server serves its phones and goes on trying', async () => {
    await server.stop();
    const a = member('CM1');
    await a.waitForText('labcm is ready');
    await a.waitForText(
      `labcm: degraded: the cluster bus: ${server.address}: connection refused; start the NATS server there, or correct cluster.bus`,
    );
    await server.begin();
    const b = member('CM2');
    await b.waitForText('Cluster node CM1 is alive');
    a.signal('SIGTERM');
    expect(await a.ended).toEqual({ code: 0, signal: null });
  });

  it('one that must have the server ends without it, and names its address', async () => {
    await server.stop();
    const a = member('CM1', '--require-bus');
    expect(await a.ended).toEqual({ code: 4, signal: null });
    expect(a.err).toContain(`labcm: cluster.bus: found nothing usable at ${server.address} within 15 s, wanted `);
    expect(a.out).not.toContain('ready');
  });

  it('a lab of the library ends with the reason, too', async () => {
    const config = {
      cluster: { name: 'Lab', bus: [server.address] },
      nodes: [{ name: 'CM1', address: '127.0.0.1' }],
    };
    const first = await startLab(config);
    const second = await startLab(config);
    await vi.waitFor(
      () => expect(() => second.phone({ name: 'SEP000000000001' })).toThrow('the lab has been stopped'),
      {
        timeout: 15_000,
        interval: 50,
      },
    );
    await expect(second.stop()).rejects.toThrow('self: found CM1, which another daemon of the cluster is already');
    await first.stop();
  });
});
