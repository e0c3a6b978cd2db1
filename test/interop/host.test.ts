// The built daemon on a machine of its own, a network namespace, with a neighbour on a wire: what it tells of ports that
// are tried, of hardware addresses, of its own addresses, and of its configuration.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LabcmEvent } from '../../src/events.js';
import { ProgramProcess, program } from '../support/program.js';
import { Namespaces } from './support/namespaces.js';

const HERE = '10.88.0.1';
const NEIGHBOUR = '10.88.0.101';
const MAC = '020000008801';
const DEVICE = 'SEP001122334455';

const spaces = new Namespaces();
const folder = mkdtempSync(join(tmpdir(), 'labcm-host-'));
let machine: string;
let neighbour: string;
let daemon: ProgramProcess;

const configure = (sip: string): void =>
  writeFileSync(
    join(folder, 'lab.yaml'),
    `nodes: [{ name: CM1, address: ${HERE} }]
sip: ${sip}
trace: { directory: logs, console: off }
state: { directory: state }
devices: [{ name: ${DEVICE}, model: 7962, lines: [{ dn: "5001" }] }]
`,
  );

beforeAll(async () => {
  machine = spaces.make('machine');
  neighbour = spaces.make('neighbour');
  spaces.wire(
    { namespace: machine, interface: 'eth0', address: `${HERE}/24` },
    { namespace: neighbour, interface: 'eth0', address: `${NEIGHBOUR}/24`, mac: '02:00:00:00:88:01' },
  );
  configure('{ udp: off, tcp: 5070 }');
  daemon = new ProgramProcess(['run', '-c', 'lab.yaml'], {
    directory: folder,
    under: ['ip', 'netns', 'exec', machine],
  });
  await daemon.waitForText(/^labcm is ready/m);
});

afterAll(async () => {
  await daemon?.kill();
  await spaces.close();
  rmSync(folder, { recursive: true, force: true });
});

const told = <T extends LabcmEvent['type']>(type: T): readonly Extract<LabcmEvent, { type: T }>[] =>
  readFileSync(join(folder, 'logs', 'events.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as LabcmEvent)
    .filter((event): event is Extract<LabcmEvent, { type: T }> => event.type === type);

/** The machine is looked at every ten seconds. */
const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 100 });

const fromNeighbour = (line: string) => spaces.run(neighbour, 'bash', '-c', line);

test('ports that are off or elsewhere are told when a neighbour tries them, and connections are reset', async () => {
  for (const port of [2443, 5060, 5061]) {
    const { output } = await fromNeighbour(`exec 3<>/dev/tcp/${HERE}/${port} && cat <&3`);
    expect(output).toContain('Connection reset by peer');
  }
  await fromNeighbour(`echo REGISTER > /dev/udp/${HERE}/5060`);
  expect((await fromNeighbour(`exec 3<>/dev/tcp/${HERE}/5062`)).output).toContain('Connection refused');
  await eventually(() =>
    expect(told('net.knock').map(({ transport, address, port }) => `${transport} ${address} ${port}`)).toEqual([
      `tls ${NEIGHBOUR} 2443`,
      `tcp ${NEIGHBOUR} 5060`,
      `tls ${NEIGHBOUR} 5061`,
      `udp ${NEIGHBOUR} 5060`,
    ]),
  );
});

test('a configuration that wants such a port is not said to lose it to another program', async () => {
  writeFileSync(
    join(folder, 'secure.yaml'),
    readFileSync(join(folder, 'lab.yaml'), 'utf8').concat('sccp: { tls: 2443 }\n'),
  );
  const { code, out, err } = await program(['check', '-c', 'secure.yaml'], {
    directory: folder,
    under: ['ip', 'netns', 'exec', machine],
  });
  expect(`${out}${err}`).toMatch(/a labcm runs here .* holds .*TCP 2443/);
  expect(code).toBe(0);
});

test('a neighbour whose hardware address is not that of its device is told', async () => {
  await fromNeighbour(
    `exec 3<>/dev/tcp/${HERE}/6970; printf 'GET /${DEVICE}.cnf.xml HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3 > /dev/null`,
  );
  await eventually(() =>
    expect(told('net.neighbour')).toMatchObject([
      { address: NEIGHBOUR, mac: MAC, device: DEVICE, own: DEVICE.slice(3) },
    ]),
  );
});

test('an address that the machine gets is told', async () => {
  spaces.ip(machine, 'addr', 'add', '10.88.0.2/24', 'dev', 'eth0');
  await eventually(() => expect(told('host.addresses-changed')).toMatchObject([{ added: ['10.88.0.2'], removed: [] }]));
});

test('a configuration that was changed and not read is told; a reload reads it, and frees ports that it does not want', async () => {
  const file = join(folder, 'lab.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}knocks: false\n`);
  await eventually(() => expect(told('config.changed-on-disk')).toMatchObject([{ file }]));
  daemon.signal('SIGHUP');
  await eventually(async () => {
    const { output } = await fromNeighbour(`exec 3<>/dev/tcp/${HERE}/2443`);
    expect(output).toContain('Connection refused');
  });
  expect(told('config.changed-on-disk')).toHaveLength(1);
});
