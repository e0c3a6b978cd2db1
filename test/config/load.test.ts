// What a configuration becomes: typed, whole, frozen, and of the shape that each service asks for.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Form } from '../../src/config/forms.js';
import { type Config, loadConfig, withBoundPorts } from '../../src/config/index.js';
import { configurationJsonSchema } from '../../src/config/json-schema.js';
import { minutes, seconds } from '../../src/core/time.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { DEFAULT_SUBNET, type DhcpSettings } from '../../src/dhcp/settings.js';
import type { FileServerLimits, HttpLimits } from '../../src/http/index.js';
import type { ProvisioningSettings } from '../../src/provisioning/settings.js';
import type { SccpSettings } from '../../src/sccp/settings.js';
import type { SipSettings } from '../../src/sip/settings.js';
import type { TftpSettings } from '../../src/tftp/settings.js';
import type { TraceSettings } from '../../src/trace/trace.js';
import { folderWith, load } from './harness.js';

type Identified<T> = Omit<T, 'tls'>;

// The compiler's part of the test: the configuration fits what each service asks for.
const fits = ({ tftp, sccp, sip, dhcp, provisioning, trace, http }: Config) => ({
  tftp: tftp satisfies TftpSettings,
  sccp: sccp satisfies Identified<SccpSettings>,
  sip: sip satisfies Identified<SipSettings>,
  dhcp: dhcp satisfies DhcpSettings,
  provisioning: provisioning satisfies ProvisioningSettings,
  trace: trace satisfies TraceSettings,
  files: http.provisioning.limits satisfies FileServerLimits,
  api: http.api.limits satisfies HttpLimits,
});

describe('an empty configuration', () => {
  it('is a call manager on loopback, without DHCP, whose phones show a 12-hour clock', async () => {
    const { sccp, dhcp } = fits(await load(''));
    const group = { name: 'CM1', address: '127.0.0.1', port: 2000 };
    expect(sccp).toMatchObject({ groups: new Map([['Default', [group]]]), dateTemplate: 'M/D/YA' });
    expect(dhcp).toMatchObject({ enabled: false, subnets: [] });
  });

  it('has in its schema the defaults of the services, as a person writes them', () => {
    const { properties = {} } = configurationJsonSchema();
    const shown = (section: string, key: string) => (properties[section] as Form).properties?.[key];
    expect(shown('sip', 'grace')).toMatchObject({ default: '15s' });
    expect(shown('sccp', 'standbyPatience')).toMatchObject({ default: '3m' });
    expect(shown('dhcp', 'offerDelay')).toMatchObject({ default: '0s' });
    expect(shown('sip', 'udp')).toMatchObject({ default: 5060 });
  });

  it('has the defaults of a subnet, too', async () => {
    const { dhcp } = await load('dhcp: { subnets: [{ subnet: 10.1.0.0/24, pools: [10.1.0.9] }] }');
    const { pools: _, ...rest } = DEFAULT_SUBNET;
    expect(dhcp.subnets).toEqual([
      { ...rest, network: '10.1.0.0', prefix: 24, pools: [{ first: '10.1.0.9', last: '10.1.0.9' }] },
    ]);
  });

  it('refuses nobody by policy but strangers', async () => {
    expect((await load('')).policy).toEqual({
      duplicate: 'newest',
      model: 'match',
      maxDevices: 60_000,
      autoRegistration: undefined,
      patience: { SCCP: seconds(90), SIP: seconds(135) },
      capabilitiesWithin: seconds(30),
      hold: { SCCP: seconds(0), SIP: seconds(5) },
      security: { cluster: 'nonsecure', accept: ['lsc', 'mic'], tlsOnPlainDevice: 'refuse' },
    });
  });
});

describe('the configurations that labcm ships', () => {
  it('quickstart.yaml: loopback, no port below 1024, and the two phones of the story', async () => {
    const config = await readConfig('config/quickstart.yaml');
    const { tftp, sccp, sip, http, dhcp, devices } = config;
    for (const { address } of [tftp, sccp, sip, http.provisioning, http.api, config.self])
      expect(address).toBe('127.0.0.1');
    for (const port of [tftp.port, sccp.port, sip.udp, sip.tcp, http.provisioning.port, http.api.port, dhcp.port])
      expect(port).toBeGreaterThanOrEqual(1024);
    expect(dhcp.interfaces).toEqual(['lo']);
    expect(devices.map(({ name, model, protocol, mac }) => [name, model.id, protocol, mac])).toEqual([
      ['ipctest2', 30016, 'SCCP', '005056A1033D'],
      ['SEP005056A1033D', 30016, 'SIP', '005056A1033D'],
    ]);
    expect(devices.map(({ lines }) => lines[0]?.dn)).toEqual(['5002', '5005']);
    const root = dirname(dirname(config.file));
    expect([tftp.root, config.state.directory, config.trace.directory]).toEqual(
      ['tftp-root', 'state', 'logs'].map((folder) => join(root, folder)),
    );
  });

  it('lab.yaml: the usual ports, DHCP prepared and off, options and reservations read', async () => {
    const {
      tftp,
      sccp,
      sip,
      dhcp,
      sccp: { groups },
    } = await readConfig('config/lab.yaml');
    expect([tftp.port, sccp.port, sip.udp, sip.tls?.port]).toEqual([69, 2000, 5060, 5061]);
    expect(dhcp.enabled).toBe(false);
    expect(dhcp.subnets[0]).toMatchObject({
      options: [{ code: 43, bytes: Buffer.from('01040a0ad20a', 'hex') }],
      reservations: [{ client: { mac: '005056A1033D' } }, { client: { device: 'SEP001122334455' } }],
    });
    expect(groups.get('Branch')?.map(({ name }) => name)).toEqual(['CM2', 'CM1']);
    expect(sip.peers).toEqual([{ address: '10.10.210.11', port: 5060 }]);
  });

  it('lab.yaml: what it marks as a default may be left out, line by line', async () => {
    const lines = readFileSync('config/lab.yaml', 'utf8').split('\n');
    const folder = folderWith({ 'lab.yaml': lines.join('\n') });
    const whole = await readConfig(join(folder, 'lab.yaml'));
    const marked = lines.flatMap((line, index) => (/^\s*\w.*# \(default\)/.test(line) ? [index] : []));
    expect(marked.length).toBeGreaterThan(30);
    for (const index of marked) {
      writeFileSync(join(folder, 'lab.yaml'), lines.toSpliced(index, 1, '').join('\n'));
      expect(await readConfig(join(folder, 'lab.yaml')), lines[index]).toEqual(whole);
    }
  });
});

describe('what is written', () => {
  it.each(['7000', '"7000"', '7000-7000'])('takes one number for auto-registration: %s', async (range) => {
    const { policy } = await load(`autoRegistration: { enabled: true, range: ${range} }`);
    expect(policy.autoRegistration).toEqual({ first: 7000, last: 7000 });
  });

  it('is read as people mean it: numbers with leading zeros and plus signs are text', async () => {
    const { devices } = await load('devices:\n  - { name: A, model: 30016, lines: [0017, +4930123, { dn: 1e3 }] }');
    expect(devices[0]?.lines.map(({ dn }) => dn)).toEqual(['0017', '+4930123', '1e3']);
  });

  it('keeps any label that a person may type', async () => {
    const label = `Zoë & "Müller" &amp; ]]> <b> 😀`;
    const { devices } = await load(`devices:\n  - name: A\n    model: CIPC\n    lines: [{ dn: 1, label: '${label}' }]`);
    expect(devices[0]?.lines[0]).toMatchObject({ label, displayName: label });
  });

  it.each([
    ['1500ms', 1500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ])('%s is %d milliseconds', async (text, length) => {
    expect((await load(`sccp: { muteWithin: ${text} }`)).sccp.muteWithin).toBe(length);
  });

  it.each([
    ['2MB', 2_000_000],
    ['2MiB', 2_097_152],
    ['64 KiB', 65_536],
    ['128kb', 128_000],
  ])('%s is %d octets', async (text, octets) => {
    expect((await load(`trace: { rotate: { size: ${text} } }`)).trace.rotate.size).toBe(octets);
  });

  it('says when wrong digest answers lock out, and for how long, or that they never do', async () => {
    const lockout = async (yaml: string) => (await load(`sip: { lockout: ${yaml} }`)).sip.lockout;
    expect(await lockout('{ failures: 3, for: 2m }')).toEqual({ failures: 3, for: minutes(2) });
    expect(await lockout('{ failures: 3 }')).toEqual({ failures: 3, for: seconds(30) });
    expect([await lockout('off'), await lockout('false'), await lockout('{ failures: 0 }')]).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('off closes a listener; a port opens one', async () => {
    const { sip } = await load('sip: { udp: off, tcp: false, tls: 5061 }');
    expect([sip.udp, sip.tcp, sip.tls]).toEqual([
      undefined,
      undefined,
      { port: 5061, minVersion: 'TLSv1', certificate: undefined, key: undefined },
    ]);
  });

  it('fills in a device: hardware address from its name, protocol from its model, labels from numbers', async () => {
    const { devices } = await load(
      'devices:\n  - { name: SEP0011223344AA, model: 8851, lines: [{ dn: 7, label: Desk }, 8] }',
    );
    expect(devices[0]).toMatchObject({
      mac: '0011223344AA',
      protocol: 'SIP',
      group: 'Default',
      lines: [
        { dn: '7', label: 'Desk', displayName: 'Desk', maxCalls: 4, busyTrigger: 2 },
        { dn: '8', label: '8', displayName: '8' },
      ],
    });
  });

  it('relative paths start where the file lies', async () => {
    const folder = folderWith({
      'lab.yaml': 'state: { directory: ../s }\nsip: { tls: 5061, certificate: c.pem, key: /k.pem }',
    });
    const { state, sip } = await loadConfig(join(folder, 'lab.yaml'));
    expect(state.directory).toBe(join(dirname(folder), 's'));
    expect(sip.tls).toEqual({ port: 5061, minVersion: 'TLSv1', certificate: join(folder, 'c.pem'), key: '/k.pem' });
  });

  it('without a root of the owner’s, phones get the files that labcm ships', async () => {
    expect((await load('')).tftp.root).toBe(join(process.cwd(), 'tftp-root'));
  });

  it('templates may be shared by anchors and merged', async () => {
    const { devices } = await load(
      'devices:\n  - &desk { name: A, model: 7962, vendorConfig: { webAccess: 0 } }\n  - { <<: *desk, name: B }',
    );
    expect(devices.map(({ name, vendorConfig }) => [name, vendorConfig.webAccess])).toEqual([
      ['A', '0'],
      ['B', '0'],
    ]);
  });

  it('follows the cluster: this node’s ports are its own, others have the usual ones', async () => {
    const { nodes, provisioning } = await load(
      'self: B\nnodes: [{ name: A, address: 10.0.0.1 }, { name: B, address: 10.0.0.2 }]\nsccp: { port: 2001 }\nsip: { tcp: 5070, udp: off, tls: 5071 }',
    );
    expect(nodes.map(({ name, sccpPort, sipPort, sipTlsPort }) => [name, sccpPort, sipPort, sipTlsPort])).toEqual([
      ['A', 2000, 5060, 5061],
      ['B', 2001, 5070, 5071],
    ]);
    expect(provisioning.groups.get('Default')?.members.map(({ name }) => name)).toEqual(['B', 'A']);
  });

  it('cannot be changed afterwards', async () => {
    const config = await load('devices: [{ name: A, model: CIPC, lines: [1] }]');
    expect(() => Object.assign(config.sccp, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.devices[0]?.lines[0] ?? {}, { dn: '2' })).toThrow(TypeError);
    expect(() => (config.devices as unknown[]).push(1)).toThrow(TypeError);
  });
});

describe('--set', () => {
  it('goes before the file, reaches into what is not there, and takes lists as YAML has them', async () => {
    const config = await load('sccp: { port: 2000, tokens: { burst: 9 } }\ndevices: [{ name: A, model: CIPC }]', {}, [
      'sccp.port=0',
      'sccp.tokens.perSecond=5',
      'trace.console=off',
      'nodes=[{ name: X, address: 10.0.0.9 }]',
      'devices.0.lines=[0017]',
      'devices.1.name=B',
      'devices.1.model=7962',
      'devices.0.description="a: b = c"',
    ]);
    expect(config.sccp).toMatchObject({ port: 0, tokens: { perSecond: 5, burst: 9 } });
    expect(config.trace.console).toBe('off');
    expect(config.self).toMatchObject({ name: 'X', address: '10.0.0.9' });
    expect(config.devices.map(({ name, lines, description }) => [name, lines[0]?.dn, description])).toEqual([
      ['A', '0017', 'a: b = c'],
      ['B', undefined, ''],
    ]);
  });

  it('cannot reach a prototype', async () => {
    await expect(load('', {}, ['__proto__.polluted=yes'])).rejects.toThrow('wanted KEY=VALUE');
    await expect(load('', {}, ['constructor.prototype.polluted=yes'])).rejects.toThrow('constructor');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('ports that were left to the machine', () => {
  it('are told to phones once they are known, and others are left alone', async () => {
    const config = await load(
      'self: A\nnodes: [{ name: A, address: 10.0.0.1 }, { name: B, address: 10.0.0.2, sccpPort: 2009 }]\nsccp: { port: 0 }\nsip: { tcp: 0 }',
    );
    const bound = withBoundPorts(config, { sccp: 40_001, sip: 40_002 });
    expect(bound.sccp.groups.get('Default')).toEqual([
      { name: 'A', address: '10.0.0.1', port: 40_001 },
      { name: 'B', address: '10.0.0.2', port: 2009 },
    ]);
    const [own, other] = bound.provisioning.groups.get('Default')?.members ?? [];
    expect(own).toMatchObject({ sccpPort: 40_001, sipPort: 40_002, sipTlsPort: 5061 });
    expect(other).toMatchObject({ sccpPort: 2009, sipPort: 5060 });
    expect(config.self.sccpPort).toBe(0);
  });

  it('SIP connections may rest three times as long as a registration lasts', async () => {
    expect((await load('sip: { expires: { granted: 1h } }')).sip.idle).toBe(minutes(180));
  });
});
