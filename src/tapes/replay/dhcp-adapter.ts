// What of a DHCP message is of one exchange alone: transaction, hardware address, names, leased addresses (RFC 2131 §2).

import { CODE, END, PAD } from '../../dhcp/options.js';
import { DhcpMessage, OPTIONS_AT, parseMessage } from '../../dhcp/packet.js';
import type { Random } from '../../net/ports.js';
import type { TapeMessage } from '../tape.js';
import type { ReplayAdapter } from './adapter.js';
import { type ReplayIdentity, renamed } from './identity.js';

const XID_AT = 4;
const CIADDR_AT = 12;
const YIADDR_AT = 16;
const CHADDR_AT = 28;
const ADDRESS = 4;
const XIDS = 0xffff_fffe;

/** Gives each exchange a transaction of its own, and asks for the addresses that are offered now. */
export class DhcpAdapter implements ReplayAdapter {
  readonly #identity: ReplayIdentity;
  readonly #random: Random;
  /** By the transaction on the tape: that of now. */
  readonly #transactions = new Map<number, number>();
  /** By the address on the tape, as hexadecimal digits: that of now. */
  readonly #addresses = new Map<string, Buffer>();

  constructor(identity: ReplayIdentity, random: Random) {
    this.#identity = identity;
    this.#random = random;
  }

  adapt({ octets }: TapeMessage): Buffer | undefined {
    if (octets.length < OPTIONS_AT) return Buffer.from(octets);
    const head = Buffer.from(octets.subarray(0, OPTIONS_AT));
    const taped = head.readUInt32BE(XID_AT);
    const xid = this.#transactions.get(taped) ?? 1 + this.#random.below(XIDS);
    this.#transactions.set(taped, xid);
    head.writeUInt32BE(xid, XID_AT);
    this.#now(head.subarray(CIADDR_AT, CIADDR_AT + ADDRESS)).copy(head, CIADDR_AT);
    this.#withHardware(head.subarray(CHADDR_AT, CHADDR_AT + 16)).copy(head, CHADDR_AT);
    const options = this.#options(octets.subarray(OPTIONS_AT));
    const packet = Buffer.concat([head, options]);
    return packet.length >= octets.length
      ? packet
      : Buffer.concat([packet, Buffer.alloc(octets.length - packet.length)]);
  }

  learn(taped: TapeMessage | undefined, live: Buffer): void {
    if (taped === undefined) return;
    const [before, now] = [parseMessage(taped.octets), parseMessage(live)];
    if (!(before instanceof DhcpMessage) || !(now instanceof DhcpMessage)) return;
    this.#stands(taped.octets.subarray(YIADDR_AT, YIADDR_AT + ADDRESS), live.subarray(YIADDR_AT, YIADDR_AT + ADDRESS));
    const [server, serverNow] = [before.options.get(CODE.serverId), now.options.get(CODE.serverId)];
    if (server !== undefined && serverNow !== undefined) this.#stands(server, serverNow);
  }

  #stands(taped: Buffer, now: Buffer): void {
    this.#addresses.set(taped.toString('hex'), Buffer.from(now));
  }

  #now(address: Buffer): Buffer {
    return this.#addresses.get(address.toString('hex')) ?? address;
  }

  #withHardware(octets: Buffer): Buffer {
    const { taped, mac } = this.#identity;
    if (mac === undefined || taped.mac === undefined) return octets;
    const at = octets.indexOf(Buffer.from(taped.mac, 'hex'));
    if (at < 0) return octets;
    const changed = Buffer.from(octets);
    changed.set(Buffer.from(mac, 'hex'), at);
    return changed;
  }

  #options(octets: Buffer): Buffer {
    const parts: Buffer[] = [];
    let at = 0;
    while (at < octets.length) {
      const code = octets[at] ?? END;
      if (code === END) break;
      if (code === PAD) {
        parts.push(octets.subarray(at, at + 1));
        at += 1;
        continue;
      }
      const end = Math.min(octets.length, at + 2 + (octets[at + 1] ?? 0));
      const value = this.#value(code, octets.subarray(at + 2, end));
      parts.push(Buffer.from([code, value.length]), value);
      at = end;
    }
    return Buffer.concat([...parts, Buffer.from([END])]);
  }

  #value(code: number, value: Buffer): Buffer {
    switch (code) {
      case CODE.requestedAddress:
      case CODE.serverId:
        return this.#now(value);
      case CODE.clientId:
        return this.#withHardware(value);
      case CODE.hostName:
        return Buffer.from(renamed(value.toString('latin1'), this.#identity), 'latin1');
      default:
        return value;
    }
  }
}
