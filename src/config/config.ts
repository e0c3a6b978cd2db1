// The configuration as the rest of labcm uses it: every value is checked, every default is filled in, names are
// resolved and paths are absolute. Each section has the shape of its service's own settings.

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UserPassword } from '../core/credential-check.js';
import { type Duration, milliseconds, seconds } from '../core/time.js';
import type { TlsVersion } from '../core/tls-versions.js';
import { type ConfiguredDevice, DEFAULT_POLICY, findModel, type RegistrationPolicy } from '../devices/index.js';
import type { FaultRule } from '../injection/settings.js';
import { DEFAULT_RTP } from '../rtp/settings.js';
import { DEFAULT_SCCP } from '../sccp/settings.js';
import type { PhoneCredentials } from '../services/settings.js';
import { DEFAULT_SIP } from '../sip/settings.js';
import { callSettings } from './call-settings.js';
import { busSettings } from './cluster-schema.js';
import type { SecretText } from './credentials.js';
import { type DhcpOptionReader, dhcpSettings } from './dhcp-schema.js';
import type { FaultNameReader } from './inject-schema.js';
import { ENGLISH, langCodeOf } from './locales.js';
import { phoneUrls } from './phone-services.js';
import type { Sections } from './schema.js';
import {
  atAddress,
  fileSecurity,
  secureModeSettings,
  securityPolicy,
  tlsPortOf,
  withSecurePorts,
} from './secure-mode-schema.js';
import { securitySettings } from './security-schema.js';
import { machineTimeZone, phoneTimeZone } from './time-zones.js';

/** A node of the cluster with its ports. A port of 0 gets its number when this daemon listens: `withBoundPorts`. */
export interface ConfiguredNode {
  readonly name: string;
  readonly address: string;
  readonly description: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  readonly sipTlsPort: number;
}

/** A TLS listener. Without certificate and key labcm makes a self-signed one. */
export interface TlsConfig {
  readonly port: number;
  readonly minVersion: TlsVersion;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** How to read values that only a service understands. */
export interface ConfigReaders {
  /** By default an option is its number and its octets: `43: { hex: 0104 }`. */
  readonly dhcpOption?: DhcpOptionReader;
  /** The names of messages and fields that `inject` may use. By default it may use any. */
  readonly faultNames?: FaultNameReader;
  /** Says what is wrong with a WAV file; `undefined`: nothing. By default no file is looked at. */
  readonly music?: (file: string) => Promise<string | undefined>;
  /**
   * Reads a small secret file. `found` and `wanted`: why it cannot be read. By default no file is looked at, and nobody may
   * control phones.
   */
  readonly secret?: (file: string) => Promise<SecretText>;
  /** The year whose daylight saving rules are used to name time zones; by default that of the table. */
  readonly year?: number;
}

/** The configuration of the whole daemon. Frozen. */
export type Config = ReturnType<typeof assemble>;
/** Its DHCP part. */
export type DhcpConfig = Config['dhcp'];

/** What is read before the configuration is made. */
interface AssembledValues extends Required<Omit<ConfigReaders, 'faultNames' | 'music' | 'secret'>> {
  /** Who may control phones, with the password from its file. */
  readonly authentication: PhoneCredentials | undefined;
  /** The account of the management interface. */
  readonly management: UserPassword | undefined;
  /** Of the end users of UDS, in their order. */
  readonly passwords: readonly string[];
}

const SHIPPED_FILES = fileURLToPath(new URL('../../tftp-root', import.meta.url));
const MAX_MEMBERS = 3;

/**
 * Makes the configuration from checked sections and devices. `file` is the absolute path of the configuration file;
 * relative paths in it start from its directory.
 */
export const assemble = (
  sections: Sections,
  devices: readonly ConfiguredDevice[],
  file: string,
  { dhcpOption: readOption, year, authentication, management: account, passwords }: AssembledValues,
) => {
  const directory = dirname(file);
  const path = (written: string): string => resolve(directory, written);
  const nodes = nodesOf(sections);
  const self = nodes.find(({ name }) => name === sections.self) ?? first(nodes);
  const groups = groupsOf(sections, nodes);
  const loads = loadsOf(sections);
  const { tftp, http, sccp, sip, dhcp, trace } = sections;
  const { dateTime, ssh, ...phones } = sections.phones;
  const idleTimeout = phones.idleTimeout ?? (phones.pages ? IDLE_TIMEOUT : NEVER_IDLE);
  const olsonTimeZone = dateTime.timeZone ?? machineTimeZone();
  const config = {
    file,
    devicesFile: sections.devicesFile === undefined ? undefined : path(sections.devicesFile),
    cluster: sections.cluster.name,
    clusterBus: busSettings(sections, path),
    self,
    nodes,
    devices,
    policy: policyOf(sections),
    defaultGroup: defaultGroupOf(sections),
    dhcp: { enabled: dhcp.enabled, ...dhcpSettings(dhcp, readOption) },
    tftp: withAddress({ ...tftp, root: tftp.root === undefined ? SHIPPED_FILES : path(tftp.root) }),
    http: { provisioning: withAddress(http.provisioning), api: http.api },
    management: managementOf(sections, { account, passwords }, path),
    sccp: {
      enabled: sccp.enabled,
      address: sccp.listen,
      port: sccp.port,
      tls: tlsOf({ ...sccp, tls: tlsPortOf('sccp', sccp, sections.security) }, path),
      node: self.name,
      groups: sccpGroups(groups),
      loads,
      keepAlive: sccp.keepAlive,
      secondaryKeepAlive: sccp.secondaryKeepAlive,
      dateTemplate: dateTime.template,
      timeZone: dateTime.timeZone,
      maxProtocolVersion: sccp.maxProtocolVersion,
      features: sccp.features.map(({ from, bytes }) => ({ from, bytes: threeBytes(bytes) })),
      muteWithin: sccp.muteWithin,
      standbyPatience: sccp.standbyPatience,
      closeWithin: sccp.closeWithin,
      tokens: sccp.tokens,
      throttle: sccp.throttle,
      tracedPerSecond: sccp.tracedPerSecond,
      limits: linkLimits(sccp.limits),
    },
    sip: {
      enabled: sip.enabled,
      address: sip.listen,
      udp: sip.udp,
      tcp: sip.tcp,
      tls: tlsOf({ ...sip, tls: tlsPortOf('sip', sip, sections.security) }, path),
      node: self.name,
      domains: sip.domains && new Set(sip.domains.map((domain) => domain.toLowerCase())),
      advertised: sip.advertised,
      localAddress: self.address,
      peers: nodes.flatMap(({ name, address, sipPort }) => (name === self.name ? [] : [{ address, port: sipPort }])),
      trying: sip.trying,
      expires: sip.expires,
      grace: sip.grace,
      realm: sip.realm,
      cluster: sections.cluster.name,
      lockout: sip.lockout.failures === 0 ? undefined : sip.lockout,
      challenges: sip.challenges,
      identifyByNumber: sip.identifyByNumber,
      product: sip.product,
      interfaceVersion: sip.interfaceVersion,
      stampedResets: new Set(sip.stampedResets.map(({ id }) => id)),
      tokens: sip.tokens,
      muteWithin: sip.muteWithin,
      messageWithin: sip.messageWithin,
      idle: sip.idle ?? milliseconds(Math.max(DEFAULT_SIP.idle, 3 * sip.expires.granted)),
      tracedPerSecond: sip.tracedPerSecond,
      message: sip.message,
      transactions: sip.transactions,
      limits: linkLimits(sip.limits),
    },
    security: securitySettings(sections, path),
    secureMode: secureModeSettings(sections, path),
    provisioning: {
      cluster: sections.cluster.name,
      groups,
      defaultGroup: defaultGroupOf(sections),
      dateTime: {
        name: dateTime.name,
        template: dateTime.template,
        timeZone: dateTime.windowsTimeZone ?? phoneTimeZone(olsonTimeZone, year).name,
        olsonTimeZone,
        ntp: dateTime.ntp,
      },
      locale: { ...phones.locale, langCode: phones.locale.langCode ?? langCodeOf(phones.locale.user) ?? ENGLISH },
      urls: phones.urls,
      idleTimeoutSeconds: Math.round(idleTimeout / 1000),
      servesUrls: phones.pages,
      srst: phones.srst,
      security: fileSecurity(sections, self.address),
      ...(sections.calls.intercom === undefined ? {} : { intercom: sections.calls.intercom }),
      connectionMonitorSeconds: Math.round(phones.connectionMonitor / 1000),
      loads,
      encryptedModels: new Set(phones.encryptedConfig.map(({ id }) => id)),
      vendorConfig: phones.vendorConfig,
      voicemail: sections.calls.voicemail ?? '',
      commonConfig: phones.commonConfig,
      enterpriseConfig: phones.enterpriseConfig,
      phoneServices: phones.services,
      organizationDomain: phones.organizationDomain,
      rtpPorts: phones.rtpPorts,
      sshUser: ssh.user,
      sshPassword: ssh.password,
      phonePassword: phones.password,
      excludeDigestCredentials: phones.excludeDigestCredentials,
      cacheOctets: phones.cache,
    },
    services: {
      pages: phones.pages,
      authentication,
      webPort: phones.webPort,
      entries: phones.services.filter(({ type, url }) => type === 0 && !url.startsWith('Application:')),
      timeZone: olsonTimeZone,
      cluster: sections.cluster.name,
      /** As the owner wrote them; `provisioning.urls` has labcm's own besides. */
      urls: phones.urls,
      /** The port of the files for phones, where the configuration leaves it to the system; 0: it is not known yet. */
      boundPort: 0 as number,
    },
    calls: callSettings(sections),
    rtp: { ...DEFAULT_RTP, ports: sections.calls.rtp.ports },
    music: sections.calls.music === undefined ? undefined : path(sections.calls.music),
    records: {
      callLogs: trace.callLogs,
      cdr: trace.cdr.enabled ? { every: trace.cdr.every, files: trace.cdr.files } : ('off' as const),
    },
    state: { directory: path(sections.state.directory) },
    knocks: sections.knocks,
    capture: sections.capture,
    inject: sections.inject as readonly FaultRule[],
    trace: {
      directory: path(trace.directory),
      console: trace.console,
      form: trace.form,
      rotate: trace.rotate,
      level: trace.level,
      detailsPerSecond: trace.detailsPerSecond,
      cluster: sections.cluster.name,
      node: self.address,
    },
  } as const;
  return { ...config, provisioning: { ...config.provisioning, urls: urlsOf(config) } };
};

const IDLE_TIMEOUT = seconds(60);
const NEVER_IDLE = seconds(0);

/** The URLs of phones: labcm's own pages have its address and the port of the files for phones. */
const urlsOf = ({
  http: { provisioning },
  services: { urls, pages, authentication, boundPort },
  self,
}: {
  readonly http: { readonly provisioning: { readonly enabled: boolean; readonly port: number } };
  readonly services: {
    readonly urls: Parameters<typeof phoneUrls>[0];
    readonly pages: boolean;
    readonly authentication: PhoneCredentials | undefined;
    readonly boundPort: number;
  };
  readonly self: { readonly address: string };
}) => {
  const port = provisioning.port || boundPort;
  const base = provisioning.enabled && port !== 0 ? `http://${self.address}:${port}` : undefined;
  return phoneUrls(urls, { pages, authenticated: authentication !== undefined, base });
};

/** The ports that listeners got. Absent: there is no such listener. */
export interface BoundPorts {
  readonly sccp?: number;
  readonly sip?: number;
  readonly sipTls?: number;
  /** Of the files for phones. */
  readonly http?: number;
  readonly capf?: number;
  readonly tvs?: number;
}

/** Returns the configuration with the ports that the system gave for ports of 0. */
export const withBoundPorts = (
  config: Config,
  { sccp = 0, sip = 0, sipTls = 0, http = 0, capf = 0, tvs = 0 }: BoundPorts,
): Config => {
  const { sccpPort, sipPort, sipTlsPort } = config.self;
  const services = { ...config.services, boundPort: http };
  const provisioning = {
    ...config.provisioning,
    security: withSecurePorts(config.provisioning.security, { capf, tvs }),
  };
  return withSelf(
    { ...config, services, provisioning },
    {
      ...config.self,
      sccpPort: sccpPort || sccp,
      sipPort: sipPort || sip,
      sipTlsPort: sipTlsPort || sipTls,
    },
  );
};

/** Returns the configuration with `self` in place of the node of that name, everywhere. */
export const withSelf = (config: Config, self: ConfiguredNode): Config => {
  const known = (node: ConfiguredNode): ConfiguredNode => (node.name === self.name ? self : node);
  const groups = new Map(
    [...config.provisioning.groups].map(([name, group]) => [name, { ...group, members: group.members.map(known) }]),
  );
  return {
    ...config,
    self,
    nodes: config.nodes.map(known),
    provisioning: {
      ...config.provisioning,
      groups,
      urls: urlsOf({ ...config, self }),
      security: atAddress(config.provisioning.security, self.address),
    },
    sccp: { ...config.sccp, groups: sccpGroups(groups) },
  };
};

/** The number of this daemon's node in traces and call records: its place among the nodes, the first is 1. */
export const nodeNumber = ({ nodes, self }: Config): number =>
  Math.max(1, nodes.findIndex(({ name }) => name === self.name) + 1);

/** The groups as SCCP's ServerRes sends them. */
const sccpGroups = (groups: ReadonlyMap<string, ConfiguredGroup>) =>
  new Map(
    [...groups].map(([name, { members }]) => [
      name,
      members.map(({ name: member, address, sccpPort: port }) => ({ name: member, address, port })),
    ]),
  );

const nodesOf = ({ nodes, self, sccp, sip, security }: Sections): readonly ConfiguredNode[] => {
  const written = nodes.length > 0 ? nodes : [{ name: 'CM1', address: '127.0.0.1', description: '' }];
  return written.map((node) => {
    const { name, address, description, sccpPort, sipPort, sipTlsPort } = { ...NO_PORTS, ...node };
    const isSelf = written.length === 1 || name === self;
    return {
      name,
      address,
      description: description === '' ? name : description,
      sccpPort: sccpPort ?? (isSelf ? sccp.port : DEFAULT_SCCP.port),
      sipPort: sipPort ?? (isSelf ? (sip.tcp ?? sip.udp) : undefined) ?? 5060,
      sipTlsPort: sipTlsPort ?? (isSelf ? tlsPortOf('sip', sip, security) : undefined) ?? 5061,
    };
  });
};

const NO_PORTS: Partial<Record<'sccpPort' | 'sipPort' | 'sipTlsPort', number>> = {};

interface ConfiguredGroup {
  readonly name: string;
  readonly members: readonly ConfiguredNode[];
}

/** The configured groups; without any, one group of the first nodes, this one first. */
const groupsOf = (
  { groups, self }: Sections,
  nodes: readonly ConfiguredNode[],
): ReadonlyMap<string, ConfiguredGroup> => {
  const names = nodes.map(({ name }) => name).sort((one, other) => Number(other === self) - Number(one === self));
  const written = groups.length > 0 ? groups : [{ name: 'Default', members: names.slice(0, MAX_MEMBERS) }];
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return new Map(
    written.map(({ name, members }) => [
      name,
      { name, members: members.flatMap((member) => byName.get(member) ?? []) },
    ]),
  );
};

/** The group of devices that name none. */
export const defaultGroupOf = ({ phones, groups }: Partial<Sections>): string =>
  phones?.defaultGroup ?? groups?.[0]?.name ?? 'Default';

const loadsOf = ({ phones }: Sections): ReadonlyMap<number, string> =>
  new Map(
    Object.entries(phones.loads).flatMap(([name, load]) => {
      const model = findModel(name);
      return model === undefined ? [] : [[model.id, load]];
    }),
  );

const policyOf = ({ policy, autoRegistration, sccp, sip, security }: Sections): RegistrationPolicy => ({
  duplicate: policy.duplicate,
  model: policy.model,
  maxDevices: policy.maxDevices,
  autoRegistration: autoRegistration.enabled ? autoRegistration.range : undefined,
  patience: { SCCP: sccp.patience, SIP: sum(sip.expires.granted, sip.grace) },
  capabilitiesWithin: policy.capabilitiesWithin,
  // A phone that loses its SCCP connection registers anew on the next one (`sccp.md` §6.2): there is nothing to hold.
  hold: { SCCP: DEFAULT_POLICY.hold.SCCP, SIP: sip.hold },
  security: securityPolicy({ security }),
});

type TlsKey = 'tls' | 'tlsMinVersion' | 'certificate' | 'key';

const sum = (one: Duration, other: Duration): Duration => milliseconds(one + other);

const tlsOf = (
  { tls, tlsMinVersion: minVersion, certificate, key }: Pick<Sections['sccp'], TlsKey>,
  path: (written: string) => string,
): TlsConfig | undefined =>
  tls === undefined
    ? undefined
    : {
        port: tls,
        minVersion,
        certificate: certificate === undefined ? undefined : path(certificate),
        key: key === undefined ? undefined : path(key),
      };

/** On only with an account. */
const managementOf = (
  { management }: Sections,
  { account, passwords }: { readonly account: UserPassword | undefined; readonly passwords: readonly string[] },
  path: (written: string) => string,
) => {
  const { address, port, rates, axl, limits, users } = management;
  return {
    enabled: account !== undefined,
    ...{ address, port, account, axl, limits },
    rates: { ris: rates.ris || undefined, perfmon: rates.perfmon || undefined },
    users: users.map(({ passwordFile: _, ...user }, index) => ({ ...user, password: passwords[index] ?? '' })),
    tls: tlsOf({ ...management, tls: port }, path),
  };
};

/** The configuration says connections, the services say links. */
const linkLimits = <L extends { readonly connections: number; readonly connectionsPerSource: number }>({
  connections: links,
  connectionsPerSource: linksPerSource,
  ...rest
}: L) => ({ links, linksPerSource, ...rest });

const withAddress = <S extends { readonly listen: string }>({ listen: address, ...rest }: S) => ({ address, ...rest });

const threeBytes = (hex: string): readonly [number, number, number] => {
  const [one = 0, two = 0, three = 0] = Buffer.from(hex, 'hex');
  return [one, two, three];
};

const first = <T>(list: readonly T[]): T => {
  const [head] = list;
  if (head === undefined) throw new Error('a configuration has at least one node');
  return head;
};
