// Which end of a captured message is the phone.

import type { CapturedMessage } from '../decoding/captured-message.js';
import type { Endpoint } from '../net/ports.js';
import { MESSAGES } from '../sccp/messages/catalogue.js';
import type { TapeSide } from './tape.js';

type Place = Pick<CapturedMessage, 'source' | 'destination' | 'protocol' | 'conversation' | 'mark'>;

/** The directions of SCCP messages that say who sent them, by name. */
const SCCP_SENDERS: ReadonlyMap<string, TapeSide> = new Map(
  MESSAGES.flatMap(({ name, direction }): readonly (readonly [string, TapeSide])[] => {
    if (direction === 'phone→server') return [[name, 'phone']];
    return direction === 'server→phone' ? [[name, 'server']] : [];
  }),
);

const NO_ADDRESS = '0.0.0.0';
const BOOTREPLY = 2;
/** The most conversations and addresses of which the phone is remembered. */
const MOST_KEPT = 16_384;

const keyOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** Finds out which side of each message is the phone: by what the message is, then by its conversation, then by addresses. */
export class PhoneSide {
  /** The phone's end, by conversation. */
  readonly #ends = new Map<string, string>();
  readonly #addresses = new Set<string>();

  /** Who sent a message. */
  senderOf(message: CapturedMessage): TapeSide {
    const side = saidBy(message) ?? this.#known(message);
    this.#learn(message, side);
    return side;
  }

  /** Who sent the body of a message that was seen before. */
  senderOfBody(body: Place): TapeSide {
    return this.#known(body);
  }

  #learn({ protocol, conversation, source, destination, decoded }: CapturedMessage, side: TapeSide): void {
    if (protocol === 'dhcp') {
      const given = decoded.name === 'ACK' ? decoded.fields?.yiaddr : undefined;
      if (typeof given === 'string' && given !== NO_ADDRESS) this.#addAddress(given);
      return;
    }
    const phone = side === 'phone' ? source : destination;
    if (!this.#ends.has(conversation) && this.#ends.size < MOST_KEPT) this.#ends.set(conversation, keyOf(phone));
    this.#addAddress(phone.address);
  }

  #addAddress(address: string): void {
    if (this.#addresses.size < MOST_KEPT) this.#addresses.add(address);
  }

  #known({ conversation, source, destination, mark }: Place): TapeSide {
    const end = this.#ends.get(conversation);
    if (end === keyOf(source)) return 'phone';
    if (end === keyOf(destination)) return 'server';
    const isSource = this.#addresses.has(source.address);
    if (isSource !== this.#addresses.has(destination.address)) return isSource ? 'phone' : 'server';
    if (mark.direction !== undefined) return mark.direction === 'in' ? 'phone' : 'server';
    return 'phone';
  }
}

/** What a message says of its sender by itself. */
const saidBy = ({ protocol, mark, decoded: { name = '', fields = {} } }: CapturedMessage): TapeSide | undefined => {
  switch (protocol) {
    case 'dhcp':
      return fields.op === BOOTREPLY ? 'server' : 'phone';
    case 'tftp':
      return name === 'RRQ' || name === 'WRQ' ? 'phone' : name === 'DATA' || name === 'OACK' ? 'server' : undefined;
    case 'http':
      return mark.direction === undefined ? (fields.status === undefined ? 'phone' : 'server') : undefined;
    case 'sccp':
      return SCCP_SENDERS.get(name);
    case 'sip':
      return name === 'REGISTER' ? 'phone' : undefined;
    default:
      return undefined;
  }
};
