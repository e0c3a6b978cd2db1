// Opens CAPF and TVS, which phones of a cluster with trust lists get certificates from and ask about certificates.

import { CapfRegistry } from '../capf/registry.js';
import { CapfServer } from '../capf/server.js';
import type { Config } from '../config/index.js';
import { OLDEST_TLS } from '../core/tls-versions.js';
import { injectedHandshakes } from '../injection/seams/handshakes.js';
import type { StreamNetwork } from '../net/ports.js';
import { reportTlsFailures } from '../net/sockets/tls-failures.js';
import { boundHandshakes } from '../net/sockets/unproven-handshakes.js';
import { nameText } from '../security/distinguished-name.js';
import { type Identity, issueLsc } from '../security/identity.js';
import type { ReadCertificate } from '../security/read-certificate.js';
import { TvsServer } from '../tvs/server.js';
import type { VouchedCertificate } from '../tvs/verification.js';
import { capfOperationFile, factoryCertificateFiles, phoneCertificateFiles } from './capf-files.js';
import type { DaemonEnvironment } from './environment.js';
import { handshakeFaults } from './injected-services.js';
import { ownedVouchings } from './named-certificates.js';
import type { SecureCluster } from './phone-issuers.js';
import { type DaemonService, openListener } from './service.js';

/** The functions of trust lists (`secure.md` §1.1). */
const FUNCTIONS = { listSigner: 0, callManagerTftp: 2, tftp: 3, capf: 4, tvs: 21 } as const;

/** What CAPF knows of devices. `undefined`: there are no trust lists, or CAPF is off. */
export const capfRegistry = (
  config: Config,
  { clock, bus, database }: Pick<DaemonEnvironment, 'clock' | 'bus' | 'database'>,
): CapfRegistry | undefined => {
  const { capf } = config.secureMode;
  if (capf === undefined) return undefined;
  const registry = new CapfRegistry({
    operations: capfOperationFile(config.state.directory),
    certificates: phoneCertificateFiles(config.state.directory),
    factoryCertificates: factoryCertificateFiles(config.state.directory),
    ...{ clock, bus, devices: database },
    key: () => capf.keySize,
  });
  bus.on('device.removed', ({ device }) => registry.factory.forget(device));
  return registry;
};

/** Opens CAPF. Rejects with a `BindError`. */
export const openCapf = async (config: Config, environment: DaemonEnvironment): Promise<DaemonService> => {
  const { clock, bus, database, trust, capf: registry } = environment;
  const { capf: settings } = config.secureMode;
  const { identities, phoneIssuers } = needed(trust);
  if (settings === undefined || registry === undefined) throw new Error('CAPF is off');
  const { capf } = identities;
  // Those that were removed while nothing ran.
  registry.factory.retain((key) => database.byName(key) !== undefined);
  const server = new CapfServer(settings, {
    network: listening('CAPF', config, environment),
    ...{ clock, bus, database, registry },
    identity: listenerOf(capf),
    issuers: phoneIssuers,
    issue: (device, publicKey) =>
      issueLsc(capf, {
        ...{ device, publicKey, now: clock.wallTime(clock.now()), years: settings.validity },
        hash: config.security.certificateHash,
      }),
  });
  await openListener(`CAPF on ${settings.address}:${settings.port}/tcp`, () => server.open());
  return {
    listeners: server.local === undefined ? [] : [{ service: 'CAPF', transport: 'tls', ...server.local }],
    apply: () => registry.expire(),
    close: async () => {
      await server.close();
      await registry.factory.written();
    },
  };
};

/** Opens TVS. Rejects with a `BindError`, and with a `ConfigError` if a certificate of the owner cannot be used. */
export const openTvs = async (config: Config, environment: DaemonEnvironment): Promise<DaemonService> => {
  const { clock, bus, trust } = environment;
  const { tvs: settings } = config.secureMode;
  const { identities } = needed(trust);
  if (settings === undefined) throw new Error('TVS is off');
  const server = new TvsServer(settings, {
    network: listening('TVS', config, environment),
    ...{ clock, bus },
    identity: listenerOf(identities.tvs),
    vouched: [...ofCluster(identities), ...ofOwner(config)],
  });
  await openListener(`TVS on ${settings.address}:${settings.port}/tcp`, () => server.open());
  return {
    listeners: server.local === undefined ? [] : [{ service: 'TVS', transport: 'tls', ...server.local }],
    apply: () => {},
    close: () => server.close(),
  };
};

/** The network of a listener: failed handshakes are told, those of strangers are bounded, and rules may make faults of them. */
const listening = (service: 'CAPF' | 'TVS', config: Config, environment: DaemonEnvironment): StreamNetwork => {
  const { streams, clock, bus } = environment;
  const bounded = boundHandshakes(reportTlsFailures(streams, service, clock, bus), clock, config.secureMode.unproven);
  return injectedHandshakes(bounded, handshakeFaults(environment));
};

const needed = (trust: SecureCluster | undefined): SecureCluster => {
  if (trust === undefined) throw new Error('there are no keys of the cluster');
  return trust;
};

/** Old phones speak TLS 1.0 alone. */
const listenerOf = ({ key, certificate }: Identity) => ({ key, certificate, minVersion: OLDEST_TLS });

const ofCluster = ({
  itlrecovery,
  callmanager,
  capf,
  tvs,
  'callmanager-ec': https,
}: SecureCluster['identities']): readonly VouchedCertificate[] => [
  vouched(itlrecovery.read, [FUNCTIONS.listSigner]),
  vouched(callmanager.read, [FUNCTIONS.listSigner, FUNCTIONS.callManagerTftp]),
  vouched(capf.read, [FUNCTIONS.capf]),
  vouched(tvs.read, [FUNCTIONS.tvs]),
  ...(https === undefined ? [] : [vouched(https.read, [FUNCTIONS.tftp])]),
];

const ofOwner = (config: Config): readonly VouchedCertificate[] =>
  ownedVouchings(config).map(({ read, roles }) => vouched(read, roles));

const vouched = (read: ReadCertificate, roles: readonly number[]): VouchedCertificate => ({
  der: read.der,
  subject: nameText(read.subjectDer),
  issuer: nameText(read.issuerDer),
  serial: read.serial,
  roles,
});
