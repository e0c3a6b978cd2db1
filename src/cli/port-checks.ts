// Checks which ports the daemon could not open on this machine. Ports of a labcm that runs already are not a fault: its
// API lists them.

import type { LocatedConfig } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import { type WantedListener, wantedListeners } from '../doctor/wanted-listeners.js';
import type { HealthJson } from '../http/api/shapes.js';
import { ApiClient, apiAddress } from './api-client.js';
import { answerOf, listOf, number, record, text } from './api-schemas.js';
import type { CliEnvironment } from './environment.js';

/** The result of the check. */
export interface PortFindings {
  readonly faults: readonly ConfigurationProblem[];
  /** What cannot be checked while another labcm runs here. */
  readonly notes: readonly string[];
}

/** Tries to bind each port, and closes it again. */
export const portFindings = async (
  environment: CliEnvironment,
  { config, locate }: LocatedConfig,
): Promise<PortFindings> => {
  const refused: { readonly listener: WantedListener; readonly code: string }[] = [];
  for (const listener of wantedListeners(environment, config)) {
    const code = await environment.whyUnbindable(listener.transport, listener.address, listener.port);
    if (code !== undefined) refused.push({ listener, code });
  }
  const api = apiAddress(config.http.api);
  const held = refused.some(({ code }) => code === IN_USE) ? await portsOfRunning(environment, api) : new Set<string>();
  const ours = refused.filter(({ listener, code }) => code === IN_USE && held.has(nameOf(listener)));
  return {
    faults: once(refused.flatMap((one) => (ours.includes(one) ? [] : [faultOf(one.listener, one.code, locate)]))),
    notes:
      ours.length === 0
        ? []
        : [
            `a labcm runs here (${api}) and holds ${ours.map(({ listener }) => nameOf(listener)).join(', ')}: whether another program wants them too cannot be seen until it stops`,
          ],
  };
};

/** Removes repetitions: an address that is missing is a fault of each port of a service. */
const once = (faults: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] => [
  ...new Map(faults.map((fault) => [`${fault.key} ${fault.found}`, fault])).values(),
];

const IN_USE = 'EADDRINUSE';

const nameOf = ({ transport, port }: Pick<WantedListener, 'transport' | 'port'>): string =>
  `${transport.toUpperCase()} ${port}`;

const faultOf = (listener: WantedListener, code: string, locate: LocatedConfig['locate']): ConfigurationProblem => {
  const { path, address, port } = listener;
  const key = path.join('.');
  if (code === 'EADDRNOTAVAIL') {
    const named = ADDRESS_KEYS[key] ?? key;
    const found = `${address}, which this machine does not have`;
    return {
      ...locate(named.split('.')),
      key: named,
      found,
      wanted: 'one of its addresses, or 0.0.0.0 for all of them',
    };
  }
  const { found, wanted } = REFUSALS[code] ?? { found: `which the system refuses (${code})`, wanted: () => 'another' };
  return { ...locate(path), key, found: `${nameOf(listener)} on ${address}, ${found}`, wanted: wanted(port) };
};

const REFUSALS: Readonly<Record<string, { readonly found: string; readonly wanted: (port: number) => string }>> = {
  [IN_USE]: {
    found: 'which another program holds',
    wanted: () => 'a port that is free; stop that program, or set another port',
  },
  EACCES: {
    found: 'which this user may not open',
    wanted: (port) =>
      `the right to open it: run as root, or \`setcap cap_net_bind_service+ep\` for node, or \`sysctl net.ipv4.ip_unprivileged_port_start=${port}\`; or a higher port`,
  },
};

/** The key of the address that goes with each port. */
const ADDRESS_KEYS: Readonly<Record<string, string>> = {
  'dhcp.port': 'dhcp.interface',
  'tftp.port': 'tftp.listen',
  'http.provisioning.port': 'http.provisioning.listen',
  'http.api.port': 'http.api.address',
  'sccp.port': 'sccp.listen',
  'sccp.tls': 'sccp.listen',
  'sip.udp': 'sip.listen',
  'sip.tcp': 'sip.listen',
  'sip.tls': 'sip.listen',
};

const ANSWER_WITHIN_MS = 2_000;
const running = answerOf<HealthJson>()(record({ listeners: listOf(record({ transport: text, port: number })) }));

/** The ports of a running labcm, from its API. Empty: none answers. */
const portsOfRunning = async (environment: CliEnvironment, api: string): Promise<ReadonlySet<string>> => {
  try {
    const client = new ApiClient(environment, api, undefined, ANSWER_WITHIN_MS);
    const { listeners } = await client.ask(running, '/healthz');
    return new Set(
      listeners.map(({ transport, port }) => nameOf({ transport: transport === 'udp' ? 'udp' : 'tcp', port })),
    );
  } catch {
    return new Set();
  }
};
