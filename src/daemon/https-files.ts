// Files over HTTPS (`secure.md` §10). On 6971 newer phones whose list names the certificate ask for their signed configuration, and take
// the plain text of it; everything else they get from the usual port, signed. On 6972 clients without lists get the files as they are.

import type { Config } from '../config/index.js';
import type { FileSource } from '../core/files.js';
import { openFileServer } from '../http/index.js';
import { injectedListeners } from '../injection/seams/handshakes.js';
import { tlsFailureReporter } from '../net/sockets/tls-failures.js';
import { unprovenHandshakes } from '../net/sockets/unproven-handshakes.js';
import type { DaemonEnvironment } from './environment.js';
import { handshakeFaults } from './injected-services.js';
import type { DaemonService } from './service.js';
import { generatedIdentity } from './tls-identity.js';

const SIGNED_CONFIGURATION = /^(.+\.cnf\.xml)\.sgn$/i;

/** The same source; of it, the configurations alone, by their signed names and as plain text. */
export const plainConfigurations = (source: FileSource): FileSource => ({
  open: (name, context) => {
    const plain = SIGNED_CONFIGURATION.exec(name)?.[1];
    return plain === undefined ? { found: false, file: name, harmless: true } : source.open(plain, context);
  },
});

/** Opens the port for clients without trust lists. Rejects with a `BindError`. */
export const openHttpsForClients = async (config: Config, environment: DaemonEnvironment): Promise<DaemonService> => {
  const { catalogue, clock, trust } = environment;
  const { https: port } = config.http.provisioning;
  if (port === undefined) throw new Error('files over HTTPS are off');
  const identity = trust?.identities.callmanager ?? generatedIdentity(config, clock.wallTime(clock.now()));
  return served(config, environment, { port, source: catalogue, identity });
};

/** Opens the port for phones. Rejects with a `BindError`. */
export const openHttpsFiles = async (config: Config, environment: DaemonEnvironment): Promise<DaemonService> => {
  const { https: port } = config.secureMode;
  const identity = environment.trust?.identities['callmanager-ec'];
  if (port === undefined || identity === undefined) throw new Error('configuration over HTTPS is off');
  return served(config, environment, { port, source: plainConfigurations(environment.catalogue), identity });
};

interface HttpsListener {
  readonly port: number;
  readonly source: FileSource;
  readonly identity: { readonly key: string; readonly certificate: string };
}

const served = async (
  { http, secureMode }: Config,
  environment: DaemonEnvironment,
  { port, source, identity: { key, certificate } }: HttpsListener,
): Promise<DaemonService> => {
  const { address, limits, tracedPerSecond } = http.provisioning;
  const { clock, bus, requests } = environment;
  const server = await openFileServer({
    ...{ address, port, clock, bus, limits, tracedPerSecond, requests, source },
    tls: { key, certificate },
    handshakes: unprovenHandshakes(clock, secureMode.unproven),
    onTlsFailed: tlsFailureReporter('HTTPS', clock, bus),
  });
  injectedListeners(handshakeFaults(environment))(server, { key, certificate });
  return {
    listeners: [{ service: 'HTTPS', transport: 'tls', ...server.local }],
    apply: () => {},
    close: () => server.close(),
  };
};
