// Whether as many phones as are configured can be connected at once: each SCCP phone, and each SIP phone over TCP or
// TLS, holds a descriptor.

import type { Config } from '../config/index.js';
import type { World } from './world.js';

/** Listeners, files of the trace, transfers and requests in progress. */
const RESERVE = 512;

export const descriptorNotes = (world: World, { devices, sip, policy }: Config): readonly string[] => {
  const limit = world.descriptorLimit();
  const streams = sip.enabled && (sip.tcp !== undefined || sip.tls !== undefined);
  const phones = devices.filter(({ protocol }) => protocol === 'SCCP' || streams).length;
  const needed = Math.min(phones, policy.maxDevices) + RESERVE;
  if (limit === undefined || limit >= needed) return [];
  return [
    `descriptors: found a limit of ${limit}, wanted ${needed} for ${phones} phones that hold a connection; raise it by \`ulimit -n ${needed}\` or LimitNOFILE`,
  ];
};
