// A flow: the socket and the far end by which a message came, and back over which everything for it goes (RFC 5626 §1.2).

import type { Instant } from '../../core/time.js';
import type { Transport } from '../../devices/device.js';
import type { Endpoint } from '../../net/ports.js';
import { isUnicast } from '../message/via.js';

export interface Flow {
  readonly transport: Transport;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Counts the connections of this server; 0 over UDP, where nothing is kept of a flow. */
  readonly link: number;
  /** The names in the certificate of the far end; empty without one. */
  readonly peerNames: readonly string[];
  /** Whether the far end can still be reached by it. */
  readonly open: boolean;
  /**
   * Sends latin1 text. Over UDP it goes to `to`; a stream knows its far end. `now`: of the turn that it is said in.
   * `false`: it was not sent, since the far end has proved nothing and may not be sent so much.
   */
  send(text: string, to: Endpoint, now: Instant): boolean;
  /** Whether so many octets may be sent to the far end now. */
  maySend(octets: number, now: Instant): boolean;
  /** Whether the far end has proved that it hears what is sent to it, as that of a stream has. */
  isValidated(now: Instant): boolean;
  /** The far end has just proved it. */
  validate(now: Instant): void;
}

/** Whether two flows lead to the same far end by the same way. */
export const sameFlow = (one: Flow, other: Flow): boolean =>
  one === other ||
  (one.link === 0 &&
    other.link === 0 &&
    one.remote.port === other.remote.port &&
    one.remote.address === other.remote.address &&
    one.local.port === other.local.port &&
    one.local.address === other.local.address);

/** Our address as the far end sees it: the socket's own, else `otherwise`. */
export const localAddress = ({ local }: Flow, otherwise: string): string =>
  isUnicast(local.address) ? local.address : otherwise;
