// Configuration over HTTPS (`secure.md` §10): newer phones whose list names the certificate ask there for their signed
// configuration, and take the plain text of it. Everything else they get from the usual port, signed.

import type { Config } from '../config/index.js';
import type { FileSource } from '../core/files.js';
import { openFileServer } from '../http/index.js';
import { tlsFailureReporter } from '../net/sockets/tls-failures.js';
import { unprovenHandshakes } from '../net/sockets/unproven-handshakes.js';
import type { DaemonEnvironment } from './environment.js';
import type { DaemonService } from './service.js';

const SIGNED_CONFIGURATION = /^(.+\.cnf\.xml)\.sgn$/i;

/** The same source; of it, the configurations alone, by their signed names and as plain text. */
export const plainConfigurations = (source: FileSource): FileSource => ({
  open: (name, context) => {
    const plain = SIGNED_CONFIGURATION.exec(name)?.[1];
    return plain === undefined ? { found: false, file: name, harmless: true } : source.open(plain, context);
  },
});

/** Opens it. Rejects with a `BindError`. */
export const openHttpsFiles = async (
  config: Config,
  { catalogue, clock, bus, requests, trust }: DaemonEnvironment,
): Promise<DaemonService> => {
  const { https: port, unproven } = config.secureMode;
  const identity = trust?.identities['callmanager-ec'];
  if (port === undefined || identity === undefined) throw new Error('configuration over HTTPS is off');
  const { address, limits, tracedPerSecond } = config.http.provisioning;
  const server = await openFileServer({
    ...{ address, port, clock, bus, limits, tracedPerSecond, requests },
    source: plainConfigurations(catalogue),
    tls: { key: identity.key, certificate: identity.certificate },
    handshakes: unprovenHandshakes(clock, unproven),
    onTlsFailed: tlsFailureReporter('HTTPS', clock, bus),
  });
  return {
    listeners: [{ service: 'HTTPS', transport: 'tls', ...server.local }],
    apply: () => {},
    close: () => server.close(),
  };
};
