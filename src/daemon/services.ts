// Opens the services, each from the configuration and the environment: one function per service. Each rejects with a
// `BindError`.

import { join } from 'node:path';
import type { Config, TlsConfig } from '../config/index.js';
import { DhcpServer } from '../dhcp/server.js';
import { openFileServer } from '../http/index.js';
import { injectedCalls } from '../injection/seams/calls.js';
import { injectedInterfaces } from '../injection/seams/datagrams.js';
import { injectedFiles } from '../injection/seams/files.js';
import { injectedRequests } from '../injection/seams/requests.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import type { TlsIdentity } from '../net/ports.js';
import { tappedDatagrams, tappedInterfaces } from '../net/sockets/tapped-networks.js';
import { SccpServer } from '../sccp/server.js';
import { DEFAULT_SCCP } from '../sccp/settings.js';
import { PhoneServices } from '../services/phone-services.js';
import { SipServer } from '../sip/server.js';
import { TftpServer } from '../tftp/server.js';
import { DEFAULT_TFTP, type TftpSettings } from '../tftp/settings.js';
import { appearanceOf } from './call-phones.js';
import type { DaemonEnvironment } from './environment.js';
import { faultyDatagrams, faultyStreams } from './injected-services.js';
import { securedStreams } from './secured-streams.js';
import { type DaemonService, openListener, reportLater, type ServiceListener } from './service.js';
import { tlsIdentity } from './tls-identity.js';

/** Opens TFTP. */
export const openTftp = async (
  config: Config,
  environment: DaemonEnvironment,
): Promise<DaemonService & { readonly server: TftpServer }> => {
  const { datagrams, clock, random, catalogue, bus, requests, capture, injector } = environment;
  const { address, port } = config.tftp;
  const server = new TftpServer(tftpSettings(config), {
    network: faultyDatagrams(tappedDatagrams(datagrams, capture.datagramTaps('tftp')), environment, 'tftp'),
    clock,
    random,
    source: injectedFiles(catalogue, injector, 'tftp'),
    bus,
    requests,
    onLater: reportLater({ bus, clock }, { service: 'TFTP', transport: 'udp', port }),
  });
  await openListener(`TFTP on ${address}:${port}/udp`, () => server.open());
  return {
    server,
    get listeners() {
      return server.endpoints.map((endpoint): ServiceListener => ({ service: 'TFTP', transport: 'udp', ...endpoint }));
    },
    apply: (fresh) => server.apply(tftpSettings(fresh)),
    close: () => server.close(),
  };
};

const tftpSettings = ({ tftp }: Config): TftpSettings => ({
  ...DEFAULT_TFTP,
  ...tftp,
  limits: { ...DEFAULT_TFTP.limits, ...tftp.limits },
});

/** Opens the file service over HTTP. */
export const openHttp = async (config: Config, environment: DaemonEnvironment): Promise<DaemonService> => {
  const { catalogue, clock, bus, requests, capture, database, injector } = environment;
  const { address, port, limits, tracedPerSecond } = config.http.provisioning;
  const source = injectedFiles(catalogue, injector, 'http');
  const pages = new PhoneServices(config.services, {
    ...{ bus, clock, devices: database },
    ownHost: () => `${config.self.address}:${server.local.port}`,
  });
  const taps = capture.streamTaps('http', false);
  const server = await openFileServer({
    ...{ address, port, source, pages, clock, bus, limits, tracedPerSecond, requests, taps },
    onPort: injectedRequests(injector),
  });
  return {
    listeners: [{ service: 'HTTP', transport: 'tcp', ...server.local }],
    apply: (fresh) => pages.apply(fresh.services),
    close: () => {
      pages.close();
      return server.close();
    },
  };
};

/** Opens SCCP. */
export const openSccp = async (
  config: Config,
  environment: DaemonEnvironment,
): Promise<DaemonService & { readonly server: SccpServer }> => {
  const { clock, random, database, bus, calls, lineStates, injector } = environment;
  const { address, port } = config.sccp;
  const tls = identified('sccp', config.sccp.tls, config, environment);
  const settings = (fresh: Config) => ({ ...DEFAULT_SCCP, ...fresh.sccp, tls });
  const secured = securedStreams('SCCP', config, environment);
  const calling = calls === undefined ? undefined : { control: calls.control, appearanceOf };
  const server = new SccpServer(settings(config), {
    network: faultyStreams(secured.streams, environment, 'sccp'),
    clock,
    random,
    database,
    bus,
    lineStates: lineStates.states,
    calling,
  });
  if (server.legSupplier !== undefined) {
    injectedCalls(injector, server.legSupplier, 'server');
    calls?.serve('SCCP', server.legSupplier);
  }
  await openListener(`SCCP on ${address}:${port}/tcp`, () => server.open());
  return {
    server,
    listeners: server.listeners.map(({ transport, local }) => ({ service: 'SCCP', transport, ...local })),
    apply: (fresh) => {
      secured.apply(fresh);
      server.apply(settings(fresh));
    },
    close: () => server.close(),
  };
};

/** Opens SIP. */
export const openSip = async (
  config: Config,
  environment: DaemonEnvironment,
): Promise<DaemonService & { readonly server: SipServer }> => {
  const { datagrams, clock, random, database, bus, catalogue, calls, capture, lineStates, injector } = environment;
  const { address, udp, tcp } = config.sip;
  const nodes = environment.hasClusterBus === true ? { peers: [] } : {};
  const tls = identified('sip', config.sip.tls, config, environment);
  const settings = (fresh: Config) => ({ ...fresh.sip, ...nodes, tls });
  const stampsOf = (device: string) => {
    const record = database.byName(device);
    return record === undefined ? undefined : catalogue.versionStampsOf(record.configured);
  };
  const secured = securedStreams('SIP', config, environment);
  const networks = {
    datagrams: faultyDatagrams(tappedDatagrams(datagrams, capture.datagramTaps('sip')), environment, 'sip'),
    streams: faultyStreams(secured.streams, environment, 'sip'),
  };
  const server = new SipServer(settings(config), {
    networks,
    clock,
    random,
    database,
    bus,
    versionStampsOf: stampsOf,
    lineStates: lineStates.states,
    calls: calls === undefined ? undefined : { control: calls.control, appearanceOf },
    onLater: reportLater({ bus, clock }, { service: 'SIP', transport: 'udp', port: udp ?? 0 }),
  });
  if (server.legSupplier !== undefined) {
    injectedCalls(injector, server.legSupplier, 'phone');
    calls?.serve('SIP', server.legSupplier);
  }
  if (server.trunks !== undefined) calls?.serveTrunks(server.trunks);
  calls?.describeMessages((event, callId) => server.messageFacts(event, callId));
  await openListener(`SIP on ${address}:${udp ?? tcp}`, () => server.open());
  return {
    server,
    listeners: server.listeners.map(({ transport, local }) => ({ service: 'SIP', transport, ...local })),
    apply: (fresh) => {
      secured.apply(fresh);
      server.apply(settings(fresh));
    },
    close: () => server.close(),
  };
};

const LEASES = 'leases.jsonl';

/** Opens DHCP. */
export const openDhcp = async (
  config: Config,
  environment: DaemonEnvironment,
): Promise<DaemonService & { readonly server: DhcpServer }> => {
  const { interfaces, clock, database, bus, random, capture, leases, injector } = environment;
  const { port } = config.dhcp;
  const server = new DhcpServer({
    settings: config.dhcp,
    network: injectedInterfaces(tappedInterfaces(interfaces, capture.datagramTaps('dhcp')), injector),
    file: new AppendedFile(join(config.state.directory, LEASES)),
    devices: database,
    bus,
    clock,
    random,
    shared: leases,
  });
  await openListener(`DHCP on ${config.dhcp.interfaces.join(', ')} port ${port}/udp`, () => server.open());
  return {
    server,
    listeners: server.servedInterfaces.map(({ name, port: bound }) => ({
      service: 'DHCP',
      transport: 'udp',
      address: name,
      port: bound,
    })),
    apply: (fresh) => server.configure(fresh.dhcp),
    close: () => server.close(),
  };
};

/** The TLS settings with the certificate. It is read once: a new one takes effect with a restart, like the port. */
const identified = (
  service: 'sccp' | 'sip',
  tls: TlsConfig | undefined,
  config: Config,
  { clock, trust }: DaemonEnvironment,
) =>
  tls === undefined
    ? undefined
    : {
        port: tls.port,
        identity: {
          // In mixed mode phones compare what they are shown with the record of the call manager in their list.
          ...(config.secureMode.mode === 'mixed' && trust !== undefined
            ? pemOf(trust.identities.callmanager)
            : tlsIdentity(service, tls, config, clock.wallTime(clock.now()))),
          minVersion: tls.minVersion,
        },
      };

const pemOf = ({ key, certificate }: TlsIdentity): TlsIdentity => ({ key, certificate });
