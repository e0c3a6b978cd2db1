import type { Instant } from '../../core/time.js';
import type { TlsPeer } from '../../core/tls-peer.js';
import type { Transport } from '../../devices/device.js';
import type { Endpoint } from '../../net/ports.js';
import { isUnicast } from '../message/via.js';

/**
 * A flow (RFC 5626 §1.2): the way by which a message came, and by which everything for its sender goes back. Over UDP
 * it is the socket and the sender's address and port, otherwise a connection.
 */
export interface Flow {
  readonly transport: Transport;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** The number of the connection; 0 over UDP. */
  readonly link: number;
  /** What the TLS handshake showed of the far end; `undefined` without TLS. */
  readonly peer: TlsPeer | undefined;
  /** Whether it can still be used. */
  readonly open: boolean;
  /**
   * Sends latin1 text. Over UDP it goes to `to`; a connection ignores that. `false`: it was not sent, because the far
   * end has proved nothing and so many octets may not be sent to it.
   */
  send(text: string, to: Endpoint, now: Instant): boolean;
  /** Whether so many octets may be sent to the far end now. Over a connection always. */
  maySend(octets: number, now: Instant): boolean;
  /** Whether the far end has proved that it receives what is sent to it. Over a connection it has. */
  isValidated(now: Instant): boolean;
  /** Notes that the far end has just proved it. */
  validate(now: Instant): void;
}

/** Whether two flows are the same connection, or the same two UDP endpoints. */
export const sameFlow = (one: Flow, other: Flow): boolean =>
  one === other ||
  (one.link === 0 &&
    other.link === 0 &&
    one.remote.port === other.remote.port &&
    one.remote.address === other.remote.address &&
    one.local.port === other.local.port &&
    one.local.address === other.local.address);

/** The local address looked at last: nearly all flows of a server have the same one. */
let latest = { address: '', isUnicast: false };

/** The address of this server as the far end sees it: that of the socket, or `otherwise` if the socket has none. */
export const localAddress = ({ local: { address } }: Flow, otherwise: string): string => {
  if (latest.address !== address) latest = { address, isUnicast: isUnicast(address) };
  return latest.isUnicast ? address : otherwise;
};
