// On which ports labcm listens only to tell who tries them.

import type { Config } from '../config/index.js';
import type { Knock } from '../core/host-facts.js';
import type { ServiceListener } from './service.js';

/** A port to listen on, and whose usual port it is. */
export interface KnockPort extends Pick<Knock, 'service' | 'transport' | 'port'> {
  readonly address: string;
}

/**
 * The ports that phones try without being told another. Not 6970: a phone must be refused there quickly, since it waits
 * for an answer before it asks by TFTP (`docs/protocols/provisioning.md` §3.8).
 */
const USUAL: readonly Omit<KnockPort, 'address'>[] = [
  { service: 'SCCP', transport: 'tcp', port: 2000 },
  { service: 'SCCP', transport: 'tls', port: 2443 },
  { service: 'SIP', transport: 'udp', port: 5060 },
  { service: 'SIP', transport: 'tcp', port: 5060 },
  { service: 'SIP', transport: 'tls', port: 5061 },
];

/** A daemon that has none of these serves no real phone: it is one of a test. */
const FOUND_BY_PHONES: ReadonlySet<number> = new Set([67, 69, 6970, ...USUAL.map(({ port }) => port)]);

/** `lo` is that of a DHCP listener. */
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === 'lo';

/**
 * The usual ports that no listener has, if phones on a network find this daemon at all. A protocol that is off and that
 * no device has is left alone, since another call manager of this machine may want its ports.
 */
export const knockPorts = (
  { knocks, sccp, sip, devices }: Pick<Config, 'knocks' | 'sccp' | 'sip' | 'devices'>,
  listeners: readonly ServiceListener[],
): readonly KnockPort[] => {
  const isFound = listeners.some(({ address, port }) => FOUND_BY_PHONES.has(port) && !isLoopback(address));
  if (!knocks || !isFound) return [];
  const services = { SCCP: sccp, SIP: sip };
  return USUAL.flatMap((usual) => {
    const { enabled, address } = services[usual.service];
    const isWanted = enabled || devices.some(({ protocol }) => protocol === usual.service);
    const isServed = listeners.some(
      ({ transport, port }) => port === usual.port && (transport === 'udp') === (usual.transport === 'udp'),
    );
    return isWanted && !isServed && !isLoopback(address) ? [{ ...usual, address }] : [];
  });
};
