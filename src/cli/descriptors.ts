// Whether as many phones as are configured, and as many connections of one address as are allowed, can be there at once:
// each SCCP phone, and each SIP phone over TCP or TLS, holds a descriptor.

import type { Config } from '../config/index.js';
import { OTHERS, OWN, placesOf } from '../net/sockets/connection-places.js';
import type { World } from './world.js';

export const descriptorNotes = (world: World, config: Config): readonly string[] => {
  const { devices, sip, policy } = config;
  const limit = world.descriptorLimit();
  const streams = sip.enabled && (sip.tcp !== undefined || sip.tls !== undefined);
  const phones = devices.filter(({ protocol }) => protocol === 'SCCP' || streams).length;
  const needed = Math.min(phones, policy.maxDevices) + OWN;
  if (limit === undefined) return [];
  if (limit >= needed) return shareNotes(limit, config);
  return [
    `descriptors: found a limit of ${limit}, wanted ${needed} for ${phones} phones that hold a connection; raise it by \`ulimit -n ${needed}\` or LimitNOFILE`,
  ];
};

/** `connectionsPerSource` stays as it is set; with fewer descriptors one address has what `placesOf` leaves it. */
const shareNotes = (limit: number, { sccp, sip }: Config): readonly string[] => {
  const share = placesOf(limit).perSource;
  const wishes = [
    { key: 'sccp', on: sccp.enabled, wanted: sccp.limits.linksPerSource },
    {
      key: 'sip',
      on: sip.enabled && (sip.tcp !== undefined || sip.tls !== undefined),
      wanted: sip.limits.linksPerSource,
    },
  ].filter(({ on, wanted }) => on && wanted > share);
  if (wishes.length === 0) return [];
  const wanted = Math.max(...wishes.map((wish) => wish.wanted));
  const keys = wishes.map(({ key }) => `${key}.limits.connectionsPerSource`).join(' and ');
  const needed = wanted + OWN + OTHERS;
  return [
    `descriptors: found a limit of ${limit}, of which one address may hold ${share} connections, and ${keys} allows ${wanted}; raise it by \`ulimit -n ${needed}\` or LimitNOFILE where so many phones come from behind one address`,
  ];
};
