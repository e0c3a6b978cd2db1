import { type Duration, milliseconds, seconds } from '../../core/time.js';
import { dhcpPacket } from '../../dhcp/client-message.js';
import { CODE } from '../../dhcp/options.js';
import { DhcpMessage, parseMessage, REPLY } from '../../dhcp/packet.js';
import type { DatagramSocket, Endpoint } from '../../net/ports.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import { vendorClassOf } from './dhcp-messages.js';

/** How a phone asks for its address. */
export interface DhcpPlan {
  /** A server's address, or 255.255.255.255. */
  readonly server: Endpoint;
  /** The phone's socket; port 0: any. */
  readonly client: Endpoint;
  readonly tries: number;
}

/** An address that a server has leased to a phone. */
export interface BoundAddress {
  readonly address: string;
  /** From option 150, else 66, else `siaddr`. */
  readonly fileServers: readonly string[];
  readonly leaseSeconds: number;
  /** Who leased it. */
  readonly server: string;
  /** Empty: none was given. */
  readonly subnetMask: string;
  readonly routers: readonly string[];
  readonly dnsServers: readonly string[];
  readonly domainName: string;
}

const FIRST_WAIT = seconds(4); // RFC 2131 §4.1
const LONGEST_WAIT = seconds(64);

const text = (address: Buffer): string => [...address].join('.');

/** One DHCP exchange of a phone: messages in, messages out. */
class DhcpClient {
  readonly #identity: PhoneIdentity;
  readonly #publish: PublishStep;
  readonly #xid: number;
  readonly #vendorClass: string;
  #offer: { readonly address: Buffer; readonly serverId: Buffer } | undefined;
  boundAddress: BoundAddress | undefined;
  readonly #start: number;

  constructor(identity: PhoneIdentity, publish: PublishStep, xid: number, start: number) {
    this.#identity = identity;
    this.#publish = publish;
    this.#xid = xid;
    this.#start = start;
    this.#vendorClass = vendorClassOf(identity.model);
  }

  get vendorClass(): string {
    return this.#vendorClass.replace(/\0$/, '');
  }

  /** The next message to send. `secs`: seconds since the start. */
  packet(secs: number): Buffer {
    const { mac, name } = this.#identity;
    return dhcpPacket({
      type: this.#offer === undefined ? 'DISCOVER' : 'REQUEST',
      xid: this.#xid,
      secs,
      mac,
      hostName: name,
      vendorClass: this.#vendorClass,
      requested: this.#offer?.address,
      serverId: this.#offer?.serverId,
      clientAddress: undefined,
    });
  }

  /** Takes a message. True: send the next one at once. */
  received(bytes: Buffer, now: number): boolean {
    const message = parseMessage(bytes);
    if (!(message instanceof DhcpMessage) || message.op !== REPLY || message.xid !== this.#xid) return false;
    const serverId = message.options.get(CODE.serverId) ?? Buffer.alloc(4);
    if (message.type === 'OFFER' && this.#offer === undefined) {
      this.#offer = { address: Buffer.from(bytes.subarray(16, 20)), serverId: Buffer.from(serverId) };
      this.#publish('phone.address-offered', {
        address: text(this.#offer.address),
        server: text(this.#offer.serverId),
      });
      return true;
    }
    if (message.type === 'ACK' && this.#offer !== undefined) {
      this.boundAddress = {
        address: text(bytes.subarray(16, 20)),
        fileServers: fileServersOf(message, bytes),
        leaseSeconds: message.options.get(CODE.leaseTime)?.readUInt32BE(0) ?? 0,
        server: text(serverId),
        subnetMask: addressesIn(message, CODE.subnetMask)[0] ?? '',
        routers: addressesIn(message, CODE.router),
        dnsServers: addressesIn(message, CODE.dns),
        domainName: message.text(CODE.domainName),
      };
      const { address, server, fileServers, leaseSeconds } = this.boundAddress;
      this.#publish('phone.address-bound', { address, server, fileServers, leaseSeconds, took: now - this.#start });
    }
    if (message.type === 'NAK' && this.#offer !== undefined) {
      this.#offer = undefined;
      this.#publish('phone.address-refused', { why: message.text(CODE.message) || 'NAK' });
      return true;
    }
    return false;
  }
}

/** The addresses of an option, four octets each. */
const addressesIn = (message: DhcpMessage, code: number): readonly string[] => {
  const list = message.options.get(code) ?? Buffer.alloc(0);
  return Array.from({ length: Math.floor(list.length / 4) }, (_, index) =>
    text(list.subarray(4 * index, 4 * index + 4)),
  );
};

/** The TFTP servers of an ACK (`provisioning.md` §2.4). */
const fileServersOf = (message: DhcpMessage, bytes: Buffer): readonly string[] => {
  const list = addressesIn(message, CODE.tftpServerAddress);
  if (list.length > 0) return list;
  const name = message.text(CODE.tftpServerName);
  if (name !== '') return [name];
  return message.siaddr === 0 ? [] : [text(bytes.subarray(20, 24))];
};

/**
 * Gets a phone its address: DISCOVER, OFFER, REQUEST, ACK (RFC 2131 §3.1). Sends again until a server answers;
 * `undefined`: no server has answered after `tries`, or the socket did not open, which is published.
 */
export const obtainAddress = async (
  environment: PhoneEnvironment,
  identity: PhoneIdentity,
  { server, client: listen, tries }: DhcpPlan,
  publish: PublishStep,
): Promise<BoundAddress | undefined> => {
  const start = environment.timers.now();
  const client = new DhcpClient(identity, publish, 1 + environment.random.below(0xffff), start); // small, as captured
  let socket: DatagramSocket | undefined;
  let left = tries;
  let wait: Duration = FIRST_WAIT;
  const outcome = new Promise<BoundAddress | undefined>((resolve) => {
    const send = (): void => {
      const packet = client.packet(Math.floor((environment.timers.now() - start) / 1000));
      socket?.send(packet, 0, packet.length, server);
    };
    const retryTimer = environment.timers.create(() => {
      left -= 1;
      if (left <= 0) {
        resolve(undefined);
        return;
      }
      send();
      wait = milliseconds(Math.min(2 * wait, LONGEST_WAIT));
      retryTimer.startIn(wait);
    });
    const begin = async (): Promise<void> => {
      try {
        socket = await environment.datagrams.open(listen, (bytes) => {
          if (client.received(bytes, environment.timers.now())) send();
          if (client.boundAddress === undefined) return;
          retryTimer.cancel();
          resolve(client.boundAddress);
        });
      } catch (error) {
        publish('phone.address-refused', { why: error instanceof Error ? error.message : String(error) });
        resolve(undefined);
        return;
      }
      publish('phone.address-asked', { server: `${server.address}:${server.port}`, vendorClass: client.vendorClass });
      send();
      retryTimer.startIn(wait);
    };
    void begin();
  });
  const boundAddress = await outcome;
  await socket?.close();
  return boundAddress;
};
