// What the device database is told of the DHCP messages of a device.

import type { DhcpReplyFact, DhcpRequestFact } from '../devices/index.js';
import { addressOf, type Exchange, type Outcome, type Reply } from './exchange.js';
import { ipv4Text } from './ipv4.js';
import { CODE } from './options.js';

const textOf = (address: number): string | undefined => (address === 0 ? undefined : ipv4Text(address));

/** The facts of a message from a device. */
export const requestFactOf = (exchange: Exchange, { decision, reason }: Outcome): DhcpRequestFact => {
  const { kind, client, giaddr, message } = exchange;
  return {
    kind: kind === 'DISCOVER' || kind === 'REQUEST' ? kind : 'other',
    address: textOf(addressOf(exchange)),
    relay: textOf(giaddr),
    hostName: client.hostName,
    vendorClass: client.vendorClass,
    requestedOptions: message.options.get(CODE.parameterRequestList)?.join(',') ?? '',
    silentReason: decision === 'silent' ? reason : undefined,
  };
};

/** The facts of a message to a device. */
export const replyFactOf = ({ type, outcome }: Reply): DhcpReplyFact => ({
  kind: type,
  address: 'lease' in outcome && outcome.lease !== undefined ? ipv4Text(outcome.lease.address) : undefined,
  reason: outcome.reason,
});
