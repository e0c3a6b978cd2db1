// `labcm wait` and `labcm assert` as a pipeline uses them: against a real daemon with a phone in front of it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { nodeDatagrams, nodeRandom } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { bootPhone, PhoneEnvironment, type PhoneStep } from '../../src/phone/index.js';
import { TestDaemon } from '../support/daemon.js';
import { labcm, start } from './harness.js';

const EXPECTATIONS = `
devices:
  ipctest2: { status: Registered, protocol: SCCP, transport: tcp, lines: [5002], address: 127.0.0.0/8, files: [ipctest2.cnf.xml, "*/ipc-sccp.jar"] }
  SEP005056A1033D: { status: Unknown, reason: none }
counts: { devices: 2, registered: 1, sccp: 1, sip: 0 }
`;

let daemon: TestDaemon;
let world: PhoneEnvironment;

beforeEach(async () => {
  daemon = new TestDaemon();
  daemon.configure();
  await daemon.start();
  world = new PhoneEnvironment({
    clock: systemClock,
    datagrams: nodeDatagrams,
    streams: nodeStreams,
    random: nodeRandom,
    bus: new EventBus<PhoneStep>(() => {}),
  });
});
afterEach(async () => {
  await world.close();
  await daemon.remove();
});

const asking = () => ({ fetch: globalThis.fetch, directory: daemon.folder });

describe('a pipeline', () => {
  it('waits for a phone, checks what came of it, and hears when it has gone', async () => {
    const at = ['--api', daemon.url('')];
    writeFileSync(join(daemon.folder, 'expectations.yaml'), EXPECTATIONS);
    expect(await labcm(['assert', 'expectations.yaml', ...at], asking())).toMatchObject({ code: 1 });

    const waiting = start(['wait', 'ipctest2', 'registered', '--within', '30s', ...at], asking());
    const phone = await bootPhone(world, {
      name: 'ipctest2',
      mac: '005056A1033D',
      protocol: 'SCCP',
      ports: { tftp: daemon.endpoint('TFTP').port, http: daemon.endpoint('HTTP').port },
    });
    expect(await waiting.ended).toBe(0);
    expect(waiting.out()).toBe('ipctest2: Registered on SCCP from 127.0.0.1, lines 5002\n');

    const words = ['assert', 'expectations.yaml', '--within', '10s', '--junit', 'junit.xml', ...at];
    const { code, out, err } = await labcm(words, asking());
    expect({ code, err, failed: out.match(/^FAILED.*/gm) }).toEqual({
      code: 0,
      err: '12 of 12 expectations hold\n',
      failed: null,
    });
    expect(readFileSync(join(daemon.folder, 'junit.xml'), 'utf8')).toContain('tests="12" failures="0" errors="0"');

    await phone.stop();
    expect((await labcm(['wait', 'ipctest2', 'unregistered', '--within', '10s', ...at], asking())).code).toBe(0);
    const after = await labcm(['assert', 'expectations.yaml', ...at], asking());
    expect(after.code).toBe(1);
    expect(after.out).toContain(
      'FAILED  ipctest2: status: found UnRegistered (10 DeviceUnregistered: the phone unregistered), expected Registered',
    );
  });
});
