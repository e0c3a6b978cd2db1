// What a changed configuration changes: which of it at once, which at the next start.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeReload } from '../../src/config/index.js';
import { writtenKeys } from '../../src/config/written-keys.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { folderWith } from './harness.js';

const BEFORE = 'self: A\nnodes: [{ name: A, address: 10.0.0.1 }]\ndevices: [{ name: P, model: CIPC, lines: [1] }]';

const FROM_NOW_ON: readonly (readonly [
  change: string,
  set: readonly string[],
  live: readonly string[],
  restart: readonly string[],
])[] = [
  ['nothing', [], [], []],
  ['a line’s label', ['devices.0.lines.0={ dn: 1, label: x }'], ['devices'], []],
  ['a new device', ['devices.1={ name: Q, model: 7962 }'], ['devices'], []],
  ['a keepalive', ['sccp.keepAlive=20s'], ['sccp.keepAlive'], []],
  ['a policy', ['policy.duplicate=refuse'], ['policy.duplicate'], []],
  ['what SIP grants', ['sip.expires.granted=200s', 'sip.grace=15s'], ['policy.patience', 'sip.expires'], []],
  ['a new node', ['nodes.1={ name: B, address: 10.0.0.2 }'], ['nodes', 'provisioning.groups'], []],
  ['a date form', ['phones.dateTime.template=D.M.Y'], ['provisioning.dateTime'], []],
  ['a pool', ['dhcp.subnets=[{ subnet: 10.1.0.0/24, pools: [10.1.0.9] }]'], ['dhcp.subnets'], []],
  ['whether knocks are told', ['knocks=false'], ['knocks'], []],
  ['a port', ['tftp.port=6969'], [], ['tftp.port']],
  ['a listener’s address', ['sip.listen=127.0.0.1'], [], ['sip.address']],
  ['a new listener', ['sip.tls=5061'], [], ['sip.tls']],
  ['where the trace goes', ['trace.directory=./elsewhere'], [], ['trace.directory']],
  [
    'the cluster’s security mode',
    ['security={ mode: mixed, itl: on }'],
    [],
    [
      ...['policy.security', 'sccp.tls', 'sip.tls', 'security.itl'],
      ...['secureMode.mode', 'secureMode.capf', 'secureMode.tvs', 'provisioning.security'],
    ],
  ],
  ['the cluster’s name', ['cluster=Other'], [], ['cluster', 'trace.cluster']],
  [
    'a limit and a port',
    ['sccp.port=2001', 'sccp.limits.backlog=1MiB'],
    ['sccp.limits'],
    ['self.sccpPort', 'sccp.port'],
  ],
];

describe('keys as their owner writes them', () => {
  it.each([
    [['self.sccpPort', 'sccp.port'], ['sccp.port']],
    [['sip.address'], ['sip.listen']],
    [['self.sipPort', 'sip.udp'], ['sip.udp']],
    [['self.sipTlsPort', 'sip.tls'], ['sip.tls']],
    [['dhcp.interfaces'], ['dhcp.interface']],
    [['cluster', 'trace.cluster'], ['cluster']],
    [['self.name', 'sccp.node', 'sip.node'], ['self']],
    [['self.address', 'trace.node'], ['nodes']],
    [['nodes', 'provisioning.groups'], ['nodes']],
    [['provisioning.groups'], ['groups']],
    [['policy.patience', 'sip.expires'], ['sip.expires']],
    [['policy.patience'], ['sccp.patience']],
    [['policy.hold'], ['sip.hold']],
    [['policy.autoRegistration'], ['autoRegistration']],
    [
      ['policy.security', 'secureMode.mode', 'secureMode.cutsOffUntrusted'],
      ['security.mode', 'security.unknownIssuer'],
    ],
    [['policy.security'], ['security']],
    [['provisioning.encryptedModels'], ['phones.encryptedConfig']],
    [
      ['provisioning.dateTime', 'sccp.keepAlive'],
      ['phones.dateTime', 'sccp.keepAlive'],
    ],
    [
      ['provisioning.cacheOctets', 'provisioning.sshUser'],
      ['phones.cache', 'phones.ssh'],
    ],
  ])('%j are %j', (within, written) => {
    expect(writtenKeys(within)).toEqual(written);
  });
});

describe('a reload', () => {
  const folder = () => join(folderWith({ 'labcm.yaml': BEFORE }), 'labcm.yaml');

  it.each(FROM_NOW_ON)('of %s', async (_, set, live, restart) => {
    const file = folder();
    const { effective: inForce, ...plan } = describeReload(await readConfig(file), await readConfig(file, set));
    expect(plan).toEqual({ live, restart });
    expect(inForce.devices).toHaveLength(set.some((one) => one.startsWith('devices.1')) ? 2 : 1);
  });

  it('does not send phones to a port that is not open yet', async () => {
    const file = folder();
    const old = await readConfig(file);
    const { effective: inForce } = describeReload(
      old,
      await readConfig(file, ['sccp.port=2001', 'sccp.keepAlive=20s']),
    );
    expect(inForce.sccp).toMatchObject({ port: 2000, keepAlive: 20_000 });
    expect(inForce.sccp.groups).toEqual(old.sccp.groups);
    expect(inForce.provisioning.groups).toEqual(old.provisioning.groups);
  });
});
