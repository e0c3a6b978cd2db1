// A sound lab in memory: a configuration, a machine and a daemon. A test plants one fault in it and reads what the checks say.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { milliseconds, minutes, seconds, type WallTime, wallTime } from '../../src/core/time.js';
import { readLocatedConfig } from '../../src/daemon/read-config.js';
import type { DoctorCheck } from '../../src/doctor/check.js';
import { type CheckedFinding, examineLab, selectedChecks } from '../../src/doctor/examine-lab.js';
import { DOCTOR_TABLE } from '../../src/doctor/table.js';
import type { AskedDaemon, DoctorView, FetchedFile } from '../../src/doctor/view.js';
import { systemClock } from '../../src/net/system-clock.js';
import { catalogueOf } from '../../src/provisioning/problems.js';
import { folderWith } from '../config/harness.js';
import { type HostSetup, memoryHost } from './memory-host.js';

/** Two devices that are on, on a network of their own. */
export const SOUND = `nodes: [{ name: CM1, address: 10.10.210.10 }]
dhcp:
  enabled: true
  interface: eth1
  subnets:
    - subnet: 10.10.210.0/24
      pools: [10.10.210.100-10.10.210.199]
      routers: [10.10.210.1]
      option150: [10.10.210.10]
tftp: { root: ./files }
devices:
  - { name: SEP001122334455, model: 7962, protocol: SCCP, lines: [{ dn: 5002 }] }
  - { name: SEP0050564F6E88, model: CIPC, protocol: SIP, lines: [{ dn: 5005 }] }
`;

export const STARTED: WallTime = wallTime(Date.UTC(2026, 0, 5, 10, 0, 0));

const NAMES = ['SEP001122334455', 'SEP0050564F6E88'];

const member = (address: string, sccp: number, sip: number): string =>
  `<member><callManager><name>CM1</name><ports><ethernetPhonePort>${sccp}</ethernetPhonePort><sipPort>${sip}</sipPort></ports><processNodeName>${address}</processNodeName></callManager></member>`;

/** The file that the daemon makes for a device, as far as a check reads it. */
export const deviceFile = (name: string, { address = '10.10.210.10', stamp = '1', sccp = 2000 } = {}): Buffer =>
  Buffer.from(
    `<device><deviceProtocol>${name === NAMES[0] ? 'SCCP' : 'SIP'}</deviceProtocol><versionStamp>${stamp}</versionStamp><devicePool><callManagerGroup><members>${member(address, sccp, 5060)}</members></callManagerGroup></devicePool>${name === NAMES[0] ? '' : '<sipProfile><sipLines><line button="1"><featureID>9</featureID><name>5005</name></line></sipLines></sipProfile>'}</device>`,
  );

const fetched = (file: string): FetchedFile => ({ kind: 'fetched', bytes: deviceFile(file.replace('.cnf.xml', '')) });

const LISTENERS = [
  ['DHCP', 'udp', 'eth1', 67],
  ['TFTP', 'udp', '0.0.0.0', 69],
  ['HTTP', 'tcp', '0.0.0.0', 6970],
  ['SCCP', 'tcp', '0.0.0.0', 2000],
  ['SIP', 'udp', '0.0.0.0', 5060],
  ['SIP', 'tcp', '0.0.0.0', 5060],
  ['API', 'tcp', '127.0.0.1', 8088],
] as const;

/** A daemon that runs well on the configuration. */
export const soundDaemon = (file: string): AskedDaemon => ({
  base: 'http://127.0.0.1:8088',
  health: {
    version: '1.2.3',
    startedAt: wallTime(systemClock.wallTime(systemClock.now()) - minutes(60)),
    listeners: LISTENERS.map(([service, transport, address, port]) => ({ service, transport, address, port })),
    degradations: [],
  },
  facts: async () => ({
    pid: 4711,
    file,
    readAt: STARTED,
    refused: undefined,
    realm: 'ccmsipline',
    relays: [],
    counters: { 'Udp.RcvbufErrors': 3, 'Udp.NoPorts': 7, 'TcpExt.ListenOverflows': 0 },
  }),
  devices: async () => NAMES.map((name, at) => ({ name, status: 'Registered', address: `10.10.210.10${at}` })),
  strangers: async () => ({ total: 0, phones: [] }),
  leases: async () => [],
  metrics: async () => new Map(),
  verdicts: async () => ({ groups: [], devices: [] }),
  discover: async (name) => ({ kind: 'heard', interface: name ?? 'eth1', giaddr: '10.10.210.10', offers: [] }),
  events: async (types, _within, { listening } = {}) => {
    listening?.();
    return types.slice(0, 1).map((type) => ({ type }));
  },
});

/** What differs from the sound lab. */
export interface Planted {
  readonly yaml?: string;
  /** Files of the folder of the configuration, such as `files/a.loads`. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly host?: HostSetup | ((file: string) => HostSetup);
  /** `none`: no daemon runs. */
  readonly daemon?: Partial<AskedDaemon> | ((sound: AskedDaemon) => Partial<AskedDaemon>) | 'none';
  readonly view?: Partial<DoctorView>;
  readonly only?: readonly string[];
  readonly options?: readonly NonNullable<DoctorCheck['option']>[];
}

export const labView = async ({ yaml = SOUND, files = {}, host = {}, daemon = {}, view = {} }: Planted = {}) => {
  const folder = folderWith({ 'lab.yaml': yaml });
  mkdirSync(join(folder, 'files'));
  for (const [name, text] of Object.entries({ 'files/readme.txt': 'for phones', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const file = join(folder, 'lab.yaml');
  const located = await readLocatedConfig(file);
  const { config, locate, locateDevice } = located;
  const sound = soundDaemon(file);
  const differs = daemon === 'none' ? undefined : typeof daemon === 'function' ? daemon(sound) : daemon;
  const built: DoctorView = {
    host: memoryHost(typeof host === 'function' ? host(file) : host),
    clock: systemClock,
    located,
    daemon: differs === undefined ? undefined : { ...sound, ...differs },
    interface: undefined,
    listen: seconds(1),
    device: undefined,
    catalogue: () =>
      catalogueOf(config.tftp.root, { devices: config.devices, settings: config.provisioning, locate, locateDevice }),
    tftp: async (name) => fetched(name),
    http: async (name) => fetched(name),
    discover: async (name) => ({ kind: 'heard', interface: name, offers: [] }),
    place: ({ file: path, line }) => `${path.replace(`${folder}/`, '')}${line === undefined ? '' : `:${line}`}`,
    ...view,
  };
  return { view: built, folder };
};

/** What the checks of the whole table say of a lab with one fault. */
export const findingsIn = async (planted: Planted = {}): Promise<readonly CheckedFinding[]> => {
  const { view } = await labView(planted);
  const { only = [], options = [] } = planted;
  return examineLab(selectedChecks(DOCTOR_TABLE, { only, skip: [], options: new Set(options) }), view);
};

/** Those that are not well. */
export const troubles = (findings: readonly CheckedFinding[]): readonly CheckedFinding[] =>
  findings.filter(({ state }) => state !== 'well');

export const SHORT = milliseconds(50);
