// A phone gets its address: DISCOVER, OFFER, REQUEST, ACK (RFC 2131 §3.1), repeated until a server answers. On loopback
// any port will do; on a network the client's is 68.

import { type Duration, milliseconds, seconds } from '../../core/time.js';
import { CODE } from '../../dhcp/options.js';
import { DhcpMessage, parseMessage, REPLY } from '../../dhcp/packet.js';
import type { DatagramSocket, Endpoint } from '../../net/ports.js';
import type { PhoneIdentity } from '../identity.js';
import type { Tell } from '../steps.js';
import type { PhoneWorld } from '../world.js';
import { dhcpPacket, vendorClassOf } from './dhcp-messages.js';

export interface DhcpPlan {
  /** A server's address, or 255.255.255.255. */
  readonly server: Endpoint;
  /** Where the phone listens; port 0: any. */
  readonly client: Endpoint;
  readonly tries: number;
}

export interface AddressGiven {
  readonly address: string;
  /** By option 150, else 66, else `siaddr`. */
  readonly fileServers: readonly string[];
  readonly leaseSeconds: number;
}

const FIRST_WAIT = seconds(4); // RFC 2131 §4.1
const LONGEST_WAIT = seconds(64);

const text = (address: Buffer): string => [...address].join('.');

class Client {
  readonly #identity: PhoneIdentity;
  readonly #tell: Tell;
  readonly #transaction: number;
  readonly #vendorClass: string;
  #offer: { readonly address: Buffer; readonly serverId: Buffer } | undefined;
  given: AddressGiven | undefined;
  refused = false;
  readonly #start: number;

  constructor(identity: PhoneIdentity, tell: Tell, transaction: number, start: number) {
    this.#identity = identity;
    this.#tell = tell;
    this.#transaction = transaction;
    this.#start = start;
    this.#vendorClass = vendorClassOf(identity.model);
  }

  get vendorClass(): string {
    return this.#vendorClass.replace(/\0$/, '');
  }

  /** What to send now, `secs` seconds after the start. */
  packet(secs: number): Buffer {
    const { mac, name } = this.#identity;
    return dhcpPacket({
      type: this.#offer === undefined ? 'DISCOVER' : 'REQUEST',
      transaction: this.#transaction,
      secs,
      mac,
      hostName: name,
      vendorClass: this.#vendorClass,
      requested: this.#offer?.address,
      serverId: this.#offer?.serverId,
      clientAddress: undefined,
    });
  }

  /** Whether something is to be sent at once. */
  received(bytes: Buffer, now: number): boolean {
    const message = parseMessage(bytes);
    if (!(message instanceof DhcpMessage) || message.op !== REPLY || message.xid !== this.#transaction) return false;
    const serverId = message.options.get(CODE.serverId) ?? Buffer.alloc(4);
    if (message.type === 'OFFER' && this.#offer === undefined) {
      this.#offer = { address: Buffer.from(bytes.subarray(16, 20)), serverId: Buffer.from(serverId) };
      this.#tell('phone.address-offered', { address: text(this.#offer.address), server: text(this.#offer.serverId) });
      return true;
    }
    if (message.type === 'ACK' && this.#offer !== undefined) {
      this.given = {
        address: text(bytes.subarray(16, 20)),
        fileServers: fileServersOf(message, bytes),
        leaseSeconds: message.options.get(CODE.leaseTime)?.readUInt32BE(0) ?? 0,
      };
      this.#tell('phone.address-bound', { ...this.given, server: text(serverId), took: now - this.#start });
    }
    if (message.type === 'NAK' && this.#offer !== undefined) {
      this.#offer = undefined;
      this.#tell('phone.address-refused', { why: message.text(CODE.message) || 'NAK' });
      return true;
    }
    return false;
  }
}

/** `provisioning.md` §2.4. */
const fileServersOf = (message: DhcpMessage, bytes: Buffer): readonly string[] => {
  const list = message.options.get(CODE.tftpServerAddress);
  if (list !== undefined && list.length >= 4)
    return Array.from({ length: Math.floor(list.length / 4) }, (_, index) =>
      text(list.subarray(4 * index, 4 * index + 4)),
    );
  const name = message.text(CODE.tftpServerName);
  if (name !== '') return [name];
  return message.siaddr === 0 ? [] : [text(bytes.subarray(20, 24))];
};

/** `undefined`: no server gave one after so many tries. */
export const askForAddress = async (
  world: PhoneWorld,
  identity: PhoneIdentity,
  { server, client: listen, tries }: DhcpPlan,
  tell: Tell,
): Promise<AddressGiven | undefined> => {
  const start = world.agenda.now();
  const client = new Client(identity, tell, 1 + world.random.below(0xffff), start); // small, as captured
  let socket: DatagramSocket | undefined;
  let left = tries;
  let wait: Duration = FIRST_WAIT;
  const outcome = new Promise<AddressGiven | undefined>((resolve) => {
    const send = (): void => {
      const packet = client.packet(Math.floor((world.agenda.now() - start) / 1000));
      socket?.send(packet, 0, packet.length, server);
    };
    const again = world.agenda.appointment(() => {
      left -= 1;
      if (left <= 0) {
        resolve(undefined);
        return;
      }
      send();
      wait = milliseconds(Math.min(2 * wait, LONGEST_WAIT));
      again.in(wait);
    });
    const begin = async (): Promise<void> => {
      try {
        socket = await world.datagrams.open(listen, (bytes) => {
          if (client.received(bytes, world.agenda.now())) send();
          if (client.given === undefined) return;
          again.cancel();
          resolve(client.given);
        });
      } catch (error) {
        tell('phone.address-refused', { why: error instanceof Error ? error.message : String(error) });
        resolve(undefined);
        return;
      }
      tell('phone.address-asked', { server: `${server.address}:${server.port}`, vendorClass: client.vendorClass });
      send();
      again.in(wait);
    };
    void begin();
  });
  const given = await outcome;
  await socket?.close();
  return given;
};
