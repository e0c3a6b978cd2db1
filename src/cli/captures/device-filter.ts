import { type MacAddress, macOfName, parseIpv4Address, parseMacAddress } from '../../core/identifiers.js';
import type { CapturedMessage } from '../../decoding/captured-message.js';
import { deviceNamesIn, isFromDevice, mentionOf } from './device-names.js';

/** The most conversations and addresses of which it is kept whose they are. */
const MOST_KEPT = 262_144;
const NO_ADDRESS = '0.0.0.0';
/** DHCP's number of Ethernet in `htype`. */
const ETHERNET = 1;

/** Whose a conversation or an address is. */
interface Ownership {
  wanted: boolean;
  others: boolean;
}

/**
 * Decides which messages of a capture are of one device. It learns in a first reading of the capture, and is asked in a
 * second one. A name in the message or elsewhere in its conversation decides before a hardware address, and that before
 * an IP address; an IP address from which several devices spoke decides nothing.
 */
export class DeviceFilter {
  /** The wanted device is given by its address: that decides alone. */
  readonly #address: string | undefined;
  readonly #names = new Set<string>();
  /** Its own: what such a sender sends is of the device. */
  readonly #hardware = new Set<MacAddress>();
  /** Of the link that its messages came over, perhaps a router's: good for DHCP alone, since no router is a client there. */
  readonly #links = new Set<MacAddress>();
  readonly #addresses = new Set<string>();
  readonly #mentions: (message: CapturedMessage) => boolean;
  readonly #conversations = new Map<string, Ownership>();
  readonly #owners = new Map<string, Ownership>();
  #undecided = 0;

  /** `wanted` is a name, a hardware address in any form, or an IPv4 address. */
  constructor(wanted: string) {
    const hardware = parseMacAddress(wanted) ?? macOfName(wanted);
    this.#address = parseIpv4Address(wanted);
    if (this.#address !== undefined) this.#addresses.add(this.#address);
    else if (parseMacAddress(wanted) === undefined) this.#names.add(wanted.toUpperCase());
    if (hardware !== undefined) {
      this.#hardware.add(hardware);
      for (const prefix of ['SEP', 'ATA']) this.#names.add(prefix + hardware);
    }
    this.#mentions = mentionOf(this.#names);
  }

  /** Messages of shared addresses that name no device, and were left out. */
  get undecided(): number {
    return this.#undecided;
  }

  /** The sender of a packet, in the first reading. */
  learnSender(hardwareAddress: MacAddress, address: string): void {
    if (this.#address !== undefined || address === NO_ADDRESS || this.#addresses.size >= MOST_KEPT) return;
    if (this.#hardware.has(hardwareAddress)) this.#addresses.add(address);
  }

  /** A message, in the first reading. */
  learn(message: CapturedMessage): void {
    if (message.protocol === 'dhcp') {
      this.#learnLease(message);
      return;
    }
    if (this.#address !== undefined) return;
    if (!isFromDevice(message)) return;
    const wanted = this.#mentions(message);
    const others = !wanted && deviceNamesIn(message).length > 0;
    if (!wanted && !others) return;
    note(this.#conversations, message.conversation, { wanted, others });
    note(this.#owners, message.source.address, { wanted, others });
    if (!wanted) return;
    this.#addresses.add(message.source.address);
    if (message.hardwareAddress !== undefined) this.#links.add(message.hardwareAddress);
  }

  /** Whether a message is of the device, in the second reading. */
  accepts(message: CapturedMessage): boolean {
    if (message.protocol === 'dhcp') return this.#acceptsLease(message);
    const { source, destination } = message;
    if (this.#address !== undefined) return source.address === this.#address || destination.address === this.#address;
    if (this.#mentions(message)) return true;
    if (isFromDevice(message) && deviceNamesIn(message).length > 0) return false;
    const conversation = this.#conversations.get(message.conversation);
    if (conversation !== undefined) return conversation.wanted;
    const candidates = [source.address, destination.address].filter((address) => this.#addresses.has(address));
    if (candidates.length === 0) return false;
    if (candidates.some((address) => this.#owners.get(address)?.others !== true)) return true;
    this.#undecided += 1;
    return false;
  }

  #learnLease(message: CapturedMessage): void {
    const { hardware, given, used } = leaseOf(message);
    if (hardware === undefined) return;
    if (this.#address !== undefined) {
      if (given === this.#address || used === this.#address) this.#hardware.add(hardware);
      return;
    }
    if (this.#mentions(message)) this.#hardware.add(hardware);
    if (!this.#hardware.has(hardware)) return;
    for (const address of [given, used]) if (address !== undefined) this.#addresses.add(address);
  }

  #acceptsLease(message: CapturedMessage): boolean {
    const { hardware } = leaseOf(message);
    const isKnown = hardware !== undefined && (this.#hardware.has(hardware) || this.#links.has(hardware));
    return isKnown || this.#mentions(message);
  }
}

/** Whose lease a DHCP message is about: the address that the server gives, and the one that the client uses. */
const leaseOf = ({ decoded: { name, fields = {} } }: CapturedMessage) => {
  const { htype, chaddr, yiaddr, ciaddr } = fields;
  const usable = (address: unknown): string | undefined =>
    typeof address === 'string' && address !== NO_ADDRESS ? address : undefined;
  return {
    hardware: htype === ETHERNET && typeof chaddr === 'string' ? parseMacAddress(chaddr.slice(0, 12)) : undefined,
    given: name === 'ACK' ? usable(yiaddr) : undefined,
    used: usable(ciaddr),
  };
};

const note = (owners: Map<string, Ownership>, key: string, { wanted, others }: Ownership): void => {
  const known = owners.get(key);
  if (known !== undefined) {
    known.wanted ||= wanted;
    known.others ||= others;
  } else if (owners.size < MOST_KEPT) owners.set(key, { wanted, others });
};
