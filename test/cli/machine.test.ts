// What `labcm check` sees of the machine before `labcm run` meets it: ports, privileges, interfaces, addresses.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/harness.js';
import { type CommandSetup, labcm, start } from './harness.js';

const fileWith = (yaml: string): string => join(folderWith({ 'lab.yaml': yaml }), 'lab.yaml');

const check = async (yaml: string, surroundings: CommandSetup = {}) => {
  const file = fileWith(yaml);
  const { code, out, err } = await labcm(['check', '-c', file], surroundings);
  const short = (text: string): string[] => text.replaceAll(file, 'lab.yaml').trimEnd().split('\n');
  return { code, out: short(out), err: short(err) };
};

const PORTS = `tftp: { listen: 127.0.0.1, port: 69 }
http:
  api: { port: 8088 }
sccp:
  port: 2000
sip: { udp: 5060, tcp: off }`;

describe('ports that cannot be had', () => {
  it('below 1024 without the right to them: the line, and what gives it', async () => {
    const { code, out } = await check(PORTS, { unbindable: { 'udp 69': 'EACCES' } });
    expect(code).toBe(2);
    expect(out).toEqual([
      'lab.yaml:1: tftp.port: found UDP 69 on 127.0.0.1, which this user may not open, wanted the right to open it: run as root, or `setcap cap_net_bind_service+ep` for node, or `sysctl net.ipv4.ip_unprivileged_port_start=69`; or a higher port',
    ]);
  });

  it('held by another program', async () => {
    const { code, out } = await check(PORTS, { unbindable: { 'tcp 2000': 'EADDRINUSE', 'udp 5060': 'EADDRINUSE' } });
    expect(code).toBe(2);
    expect(out).toEqual([
      'lab.yaml:5: sccp.port: found TCP 2000 on 0.0.0.0, which another program holds, wanted a port that is free; stop that program, or set another port',
      'lab.yaml:6: sip.udp: found UDP 5060 on 0.0.0.0, which another program holds, wanted a port that is free; stop that program, or set another port',
    ]);
  });

  it('held by a labcm that runs here: no fault, and said so', async () => {
    const listeners = [
      { service: 'SCCP', transport: 'tcp', address: '0.0.0.0', port: 2000 },
      { service: 'API', transport: 'tcp', address: '127.0.0.1', port: 8088 },
    ];
    const { code, out, err } = await check(PORTS, {
      unbindable: { 'tcp 2000': 'EADDRINUSE', 'tcp 8088': 'EADDRINUSE', 'udp 5060': 'EADDRINUSE' },
      api: ({ url }) => ({ body: url === 'http://127.0.0.1:8088/healthz' ? { status: 'ok', listeners } : {} }),
    });
    expect(code).toBe(2);
    expect(out).toEqual([expect.stringContaining('sip.udp: found UDP 5060 on 0.0.0.0, which another program holds')]);
    expect(err[0]).toBe(
      'a labcm runs here (http://127.0.0.1:8088) and holds TCP 8088, TCP 2000: whether another program wants them too cannot be seen until it stops',
    );
  });

  it('is another program where something else answers there', async () => {
    const { code } = await check(PORTS, {
      unbindable: { 'tcp 8088': 'EADDRINUSE' },
      api: () => ({ body: { listeners: 'none' } }),
    });
    expect(code).toBe(2);
  });

  it('on an address that this machine lacks: once, at the key of the address', async () => {
    const { out } = await check('sip: { listen: 10.9.9.9, tls: 5061 }', {
      unbindable: {
        'udp 10.9.9.9:5060': 'EADDRNOTAVAIL',
        'tcp 10.9.9.9:5060': 'EADDRNOTAVAIL',
        'tcp 10.9.9.9:5061': 'EADDRNOTAVAIL',
      },
    });
    expect(out).toEqual([
      'lab.yaml:1: sip.listen: found 10.9.9.9, which this machine does not have, wanted one of its addresses, or 0.0.0.0 for all of them',
    ]);
  });

  it('of a service that is off, or any free one, is not tried', async () => {
    const every = Object.fromEntries(
      ['udp 69', 'tcp 6970', 'tcp 8088', 'tcp 2000', 'udp 5060', 'tcp 5060'].map((port) => [port, 'EACCES']),
    );
    const off = `tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { port: 0 }
sip: { udp: off, tcp: 0 }`;
    expect(await check(off, { unbindable: every })).toMatchObject({ code: 0, out: [''] });
  });
});

describe('an interface that cannot be served alone', () => {
  const DHCP = `dhcp:
  enabled: true
  interface: eth1
  subnets: [{ subnet: 10.10.210.0/24, pools: [10.10.210.100-10.10.210.110] }]
nodes: [{ name: CM1, address: 10.10.210.10 }]`;

  it('is a fault with its line and what it takes', async () => {
    const { code, out } = await check(DHCP, { shared: ['eth1'] });
    expect(code).toBe(2);
    expect(out).toEqual([
      expect.stringMatching(
        /^lab\.yaml:3: dhcp\.interface: found eth1, which labcm cannot make sure to answer alone, wanted .*install the optional package koffi/,
      ),
    ]);
    const run = await labcm(['run', '-c', fileWith(DHCP)], { shared: ['eth1'] });
    expect([run.code, run.err]).toEqual([2, expect.stringContaining('lab.yaml:3: dhcp.interface: found eth1')]);
  });

  it('is none where the means are there', async () => {
    expect(await check(DHCP)).toMatchObject({ code: 0, out: [''] });
  });
});

describe('places that phones are sent to and this machine is not', () => {
  const warnings = async (yaml: string, surroundings: CommandSetup = {}): Promise<readonly string[]> => {
    const { code, out } = await check(yaml, surroundings);
    expect(code).toBe(0);
    return out.filter((line) => line !== '');
  };

  it('its own node’s address', async () => {
    expect(
      await warnings(
        'cluster: Lab\nnodes:\n  - { name: CM2, address: 10.8.8.8 }\n  - { name: CM1, address: 10.9.9.9 }\nself: CM1\nsip: { listen: 127.0.0.1 }',
      ),
    ).toEqual([
      'lab.yaml:4: warning: nodes.1.address: found 10.9.9.9, which this machine does not have, for CM1, which is this machine, wanted one of its addresses, 127.0.0.1 (lo), 10.10.210.10 (eth1): phones are sent there to register; as it stands it is right only behind a translated address',
    ]);
  });

  it('not those of other nodes, which are other machines', async () => {
    expect(
      await warnings('nodes: [{ name: CM1, address: 10.10.210.10 }, { name: CM2, address: 10.9.9.9 }]\nself: CM1'),
    ).toEqual([]);
  });

  it('every address of loopback is its own', async () => {
    expect(await warnings('nodes: [{ name: CM1, address: 127.0.0.77 }]\ntftp: { listen: 127.0.0.77 }')).toEqual([]);
  });

  it('option 150, of a subnet and of a reservation, unless a node is there', async () => {
    const yaml = (
      option150: string,
    ): string => `nodes: [{ name: CM1, address: 10.10.210.10 }, { name: CM2, address: 10.10.210.11 }]
self: CM1
dhcp:
  enabled: true
  interface: eth1
  subnets:
    - subnet: 10.10.210.0/24
      pools: [10.10.210.100-10.10.210.110]
      option150: ${option150}
      reservations:
        - { mac: 00:50:56:A1:03:3D, address: 10.10.210.50, option150: 10.7.7.7 }`;
    const reserved = expect.stringMatching(
      /^lab\.yaml:11: warning: dhcp\.subnets\.0\.reservations\.0\.option150: found 10\.7\.7\.7, neither /,
    );
    expect(await warnings(yaml('[10.9.9.9, 10.9.9.8]'))).toEqual([
      expect.stringMatching(
        /^lab\.yaml:9: warning: dhcp\.subnets\.0\.option150: found 10\.9\.9\.9, 10\.9\.9\.8, neither an address of this machine nor of a node, wanted one of /,
      ),
      reserved,
    ]);
    expect(await warnings(yaml('[10.9.9.9, 10.10.210.11]'))).toEqual([reserved]);
  });

  it('loopback for phones that get their address on a network', async () => {
    const yaml =
      'dhcp:\n  enabled: true\n  interface: eth1\n  subnets: [{ subnet: 10.10.210.0/24, pools: [10.10.210.100] }]';
    expect(await warnings(yaml)).toEqual([
      expect.stringContaining(
        'nodes.0.address: found 127.0.0.1, while phones get their address on eth1, wanted 10.10.210.10',
      ),
    ]);
  });

  it('a port of its own that it does not listen on, and an address that it does not hear', async () => {
    const yaml = 'nodes: [{ name: CM1, address: 10.10.210.10, sccpPort: 2001 }]\nsip: { listen: 127.0.0.1 }';
    expect(await warnings(yaml)).toEqual([
      expect.stringMatching(
        /^lab\.yaml:2: warning: sip\.listen: found 127\.0\.0\.1, while phones are sent to 10\.10\.210\.10, wanted 0\.0\.0\.0/,
      ),
      expect.stringMatching(/^lab\.yaml:1: warning: nodes\.0\.sccpPort: found 2001, while sccp\.port is 2000, wanted /),
    ]);
  });

  it('are told by run as well, which starts all the same', async () => {
    const running = start(['run', '-c', fileWith('nodes: [{ name: CM1, address: 10.9.9.9 }]')], {
      startDaemon: async () => ({
        listeners: [],
        failure: new Promise<Error>(() => {}),
        stop: async () => {},
        reload: () => Promise.reject(new Error('not asked')),
      }),
    });
    while (!running.out().includes('ready')) await new Promise((resolve) => setImmediate(resolve));
    running.signal('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(running.err()).toContain(
      'lab.yaml:1: warning: nodes.0.address: found 10.9.9.9, which this machine does not have',
    );
  });
});

it('warnings are told apart from faults to programs', async () => {
  const { out } = await labcm(['check', '--json', '-c', fileWith('nodes: [{ name: CM1, address: 10.9.9.9 }]')], {
    unbindable: { 'udp 69': 'EACCES' },
  });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    expect.objectContaining({ severity: 'fault', key: 'tftp.port' }),
    expect.objectContaining({ severity: 'warning', key: 'nodes.0.address', line: 1 }),
  ]);
});
