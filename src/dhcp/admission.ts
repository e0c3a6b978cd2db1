import type { MacAddress } from '../core/identifiers.js';
import type { DeviceRecord } from '../devices/index.js';
import { type Exchange, relaySubOption, SUB_OPTION } from './exchange.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import type { Client } from './lease.js';
import type { Reason } from './reasons.js';
import type { DhcpSettings } from './settings.js';
import { classOf } from './vendor-class.js';

/** Finds devices by their hardware address. */
export interface DevicesByMac {
  byMac(mac: MacAddress): DeviceRecord | undefined;
}

/**
 * Decides which clients are answered, so that labcm does not become a rogue server (`provisioning.md` §2.7). A client
 * that is not admitted gets no answer to any kind of message, not even a NAK.
 */
export class Admission {
  readonly #settings: DhcpSettings;
  /** The hardware addresses, client identifiers, device names and addresses of all reservations. */
  readonly #reserved: ReadonlySet<string>;

  constructor(settings: DhcpSettings) {
    this.#settings = settings;
    this.#reserved = new Set(
      settings.subnets.flatMap(({ reservations }) =>
        reservations.flatMap(({ client, address }) => [
          address,
          'mac' in client
            ? client.mac
            : 'clientId' in client
              ? client.clientId.toLowerCase()
              : client.device.toUpperCase(),
        ]),
      ),
    );
  }

  /** Why the client is not answered; `undefined`: it is. `remembered`: its vendor class in an earlier message. */
  refusal(exchange: Exchange, remembered: string): Reason | undefined {
    const { answer } = this.#settings;
    if (answer === 'all') return undefined;
    const { client, device } = exchange;
    if (device !== undefined || this.#isReserved(client) || this.#isByRule(exchange)) return undefined;
    // A computer with a soft phone may be listed by its address alone.
    if (exchange.kind === 'INFORM' && this.isReservedAddress(exchange.ciaddr)) return undefined;
    if (answer === 'known') return 'not-allowed';
    const kind = classOf(client.vendorClass === '' ? remembered : client.vendorClass);
    return kind === 'phone' ? undefined : kind === 'weak' ? 'weak-class' : 'not-allowed';
  }

  isReservedAddress(address: number): boolean {
    return this.#reserved.has(ipv4Text(address));
  }

  #isReserved({ mac, clientId }: Client): boolean {
    if (this.#reserved.size === 0) return false;
    return (
      this.#reserved.has(mac) ||
      this.#reserved.has(clientId) ||
      (clientId.startsWith('01') && this.#reserved.has(clientId.slice(2).toUpperCase()))
    );
  }

  #isByRule({ message, giaddr }: Exchange): boolean {
    return this.#settings.relayRules.some(
      ({ relay, circuitId, remoteId }) =>
        giaddr === ipv4Number(relay) &&
        (circuitId === undefined ||
          relaySubOption(message, SUB_OPTION.circuitId)?.toString('hex') === circuitId.toLowerCase()) &&
        (remoteId === undefined ||
          relaySubOption(message, SUB_OPTION.remoteId)?.toString('hex') === remoteId.toLowerCase()),
    );
  }
}
