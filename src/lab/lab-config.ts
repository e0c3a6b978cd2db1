// Makes the configuration of a lab. A value from a program is laid over defaults that suit a test. Of a file the
// devices and the policy are kept; its listeners and nodes move to loopback.

import { join, resolve } from 'node:path';
import { type Config, type WrittenConfig, withSelf } from '../config/index.js';
import type { DaemonOptions } from '../daemon/daemon-options.js';
import { configOfValue, readConfig } from '../daemon/read-config.js';
import { type TemporaryFolder, temporaryFolder } from '../net/files/temporary-folder.js';
import { LOOPBACK } from './free-port.js';

/** The keys of the configuration file. A key that is left out has the file's default, but listeners get free ports. */
export type LabConfig = Omit<WrittenConfig, 'state' | 'trace'>;

/** What a lab writes and shows, and settings that override its configuration. */
export interface LabOptions {
  /** A folder for `logs/` and `state/`, which stay. Absent: no trace is written, and the state is deleted by `stop`. */
  readonly directory?: string;
  /** Shows the trace on standard error. */
  readonly trace?: 'cucm' | 'summary' | 'json';
  /** Single settings, as `labcm run --set` takes them: `policy.duplicate=refuse`. */
  readonly set?: readonly string[];
}

/** What `Lab.start` needs. */
export interface LabSetting {
  readonly config: Config;
  readonly writesTrace: boolean;
  readonly showsTrace: boolean;
  /** Where the state is written if the caller gave no directory; `stop` removes it. */
  readonly folder: TemporaryFolder | undefined;
  /** The connection to the other nodes of a cluster; absent: the lab is alone. */
  readonly clusterBus?: DaemonOptions['clusterBus'];
}

/** Makes the setting of a lab; SIP listens on `sipPort`. Rejects with a `ConfigError` that lists every fault. */
export const labConfig = async (
  configuration: LabConfig | string,
  { directory, trace, set = [] }: LabOptions,
  sipPort: number,
): Promise<LabSetting> => {
  const config =
    typeof configuration === 'string'
      ? onLoopback(await readConfig(configuration, set), sipPort)
      : await configOfValue(
          layered(forTests(sipPort, isMixed(configuration)), configuration) as WrittenConfig,
          NAME,
          set,
        );
  const folder = directory === undefined ? temporaryFolder('labcm') : undefined;
  const home = folder?.path ?? resolve(directory ?? '.');
  return {
    config: {
      ...config,
      state: { directory: join(home, 'state') },
      trace: { ...config.trace, directory: join(home, 'logs'), console: trace ?? 'off' },
    },
    writesTrace: directory !== undefined,
    showsTrace: trace !== undefined,
    folder,
  };
};

/** The file name in faults of a configuration that has no file. */
const NAME = 'startLab';

const isMixed = ({ security }: LabConfig): boolean => security?.mode === 'mixed';

const forTests = (sipPort: number, hasTls: boolean): LabConfig => ({
  tftp: { listen: LOOPBACK, port: 0 },
  http: { provisioning: { listen: LOOPBACK, port: 0 }, api: { port: 0 } },
  sccp: { listen: LOOPBACK, port: 0, ...(hasTls ? { tls: 0 } : {}) },
  sip: { listen: LOOPBACK, udp: sipPort, tcp: sipPort, ...(hasTls ? { tls: 0 } : {}) },
  security: { capf: { listen: LOOPBACK, port: 0 }, tvs: { listen: LOOPBACK, port: 0 } },
  // Off by default; a test switches it on with `enabled: true`.
  dhcp: {
    interface: 'lo',
    port: 0,
    clientPort: 6868,
    subnets: [{ subnet: '127.0.0.0/8', pools: ['127.0.1.100-127.0.1.199'], option150: [LOOPBACK], leaseTime: '1h' }],
  },
});

/** Lays `over` on `under`, mapping by mapping; lists and plain values are replaced. */
const layered = (under: unknown, over: unknown): unknown => {
  if (over === undefined) return under;
  if (!isMapping(under) || !isMapping(over)) return over;
  const both = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...both].map((key) => [key, layered(under[key], over[key])]));
};

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Moves a configuration to loopback: a test must neither serve nor call the network that its file was written for. */
const onLoopback = (config: Config, sipPort: number): Config => {
  const { tftp, http, sccp, sip, dhcp, provisioning, secureMode } = config;
  const here = { address: LOOPBACK, port: 0 };
  const self = { ...config.self, address: LOOPBACK, sccpPort: 0, sipPort: 0, sipTlsPort: 0 };
  const alone = new Map([...provisioning.groups].map(([name]) => [name, { name, members: [self] }]));
  const moved: Config = {
    ...config,
    nodes: [self],
    dhcp: { ...dhcp, enabled: dhcp.enabled && dhcp.interfaces.every((name) => name === 'lo'), port: 0 },
    tftp: { ...tftp, ...here },
    http: {
      provisioning: {
        ...{ ...http.provisioning, ...here },
        https: http.provisioning.https === undefined ? undefined : 0,
      },
      api: { ...http.api, ...here },
    },
    sccp: { ...sccp, ...here, tls: sccp.tls && { ...sccp.tls, port: 0 } },
    sip: {
      ...sip,
      address: LOOPBACK,
      udp: sip.udp === undefined ? undefined : sipPort,
      tcp: sip.tcp === undefined ? undefined : sipPort,
      tls: sip.tls && { ...sip.tls, port: 0 },
      peers: [],
    },
    secureMode: {
      ...secureMode,
      capf: secureMode.capf && { ...secureMode.capf, ...here },
      tvs: secureMode.tvs && { ...secureMode.tvs, ...here },
      https: secureMode.https === undefined ? undefined : 0,
    },
    provisioning: { ...provisioning, groups: alone },
  };
  return withSelf(moved, self);
};
