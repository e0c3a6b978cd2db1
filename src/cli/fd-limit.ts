// Compares the limit of open files with the number of phones and with the allowed connections of one address: each SCCP
// phone, and each SIP phone over TCP or TLS, holds a descriptor.

import type { Config } from '../config/index.js';
import { KEPT_FOR_FILES, KEPT_FOR_OTHERS, placesOf } from '../net/sockets/connection-places.js';
import type { CliEnvironment } from './environment.js';

/** Notes for `check`: about the configured phones, and about the connections that one address is allowed. */
export const descriptorNotes = (environment: CliEnvironment, config: Config): readonly string[] => {
  const limit = environment.descriptorLimit();
  if (limit === undefined) return [];
  const phones = phonesWithConnections(config);
  return limit < phones + KEPT_FOR_FILES ? [phoneNote(limit, phones)] : shareNotes(limit, config);
};

/** Notes for `run`: only if the configured phones could not all connect from one address. */
export const pressingDescriptorNotes = (environment: CliEnvironment, config: Config): readonly string[] => {
  const limit = environment.descriptorLimit() ?? Number.MAX_SAFE_INTEGER;
  const enough = Math.min(limit - KEPT_FOR_FILES, placesOf(limit).perSource);
  return phonesWithConnections(config) > enough ? descriptorNotes(environment, config) : [];
};

const phonesWithConnections = ({ devices, sip, policy }: Config): number => {
  const streams = hasStreams(sip);
  return Math.min(devices.filter(({ protocol }) => protocol === 'SCCP' || streams).length, policy.maxDevices);
};

const hasStreams = ({ enabled, tcp, tls }: Config['sip']): boolean =>
  enabled && (tcp !== undefined || tls !== undefined);

const phoneNote = (limit: number, phones: number): string =>
  `descriptors: found a limit of ${limit}, wanted ${phones + KEPT_FOR_FILES} for ${phones} phones that hold a connection; raise it by \`ulimit -n ${phones + KEPT_FOR_FILES}\` or LimitNOFILE`;

/** With too few descriptors one address gets fewer connections than `connectionsPerSource`: what `placesOf` leaves. */
const shareNotes = (limit: number, { sccp, sip }: Config): readonly string[] => {
  const share = placesOf(limit).perSource;
  const exceeding = [
    { key: 'sccp', on: sccp.enabled, wanted: sccp.limits.linksPerSource },
    { key: 'sip', on: hasStreams(sip), wanted: sip.limits.linksPerSource },
  ].filter(({ on, wanted }) => on && wanted > share);
  if (exceeding.length === 0) return [];
  const allowed = exceeding
    .map(({ key, wanted }) => `${key}.limits.connectionsPerSource allows ${wanted}`)
    .join(', and ');
  const needed = Math.max(...exceeding.map(({ wanted }) => wanted)) + KEPT_FOR_FILES + KEPT_FOR_OTHERS;
  return [
    `descriptors: found a limit of ${limit}, of which one address may hold ${share} connections, and ${allowed}; raise it by \`ulimit -n ${needed}\` or LimitNOFILE where so many phones come from behind one address`,
  ];
};
