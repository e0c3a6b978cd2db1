import type { Random } from '../../net/ports.js';
import type { PhoneIdentity } from '../identity.js';
import { branchOf, hex } from './requests.js';

const FIRST_TAG = 2;
const FIRST_CALL = 3;

/** Draws the branches, tags and Call-IDs of a phone's requests, in the form that its model gives them (`sip.md` §3). */
export class SipIdentifiers {
  /** The same in every request of a phone from its start on; only newer models send it. */
  readonly sessionId: string;
  readonly #identity: PhoneIdentity;
  readonly #address: string;
  readonly #random: Random;
  #tags = FIRST_TAG;
  #calls = FIRST_CALL;

  constructor(identity: PhoneIdentity, address: string, random: Random) {
    this.#identity = identity;
    this.#address = address;
    this.#random = random;
    this.sessionId = `${this.hexDigits()}00105000a000${identity.mac.toLowerCase()}`;
  }

  /** Eight hexadecimal digits. */
  hexDigits(): string {
    return hex(this.#draw(), 8);
  }

  branch(): string {
    return branchOf(this.#identity.sip, this.#draw());
  }

  tag(): string {
    const counter = hex(this.#tags++ & 0xffff, 4);
    return `${this.#identity.mac.toLowerCase()}${counter}${this.#randomPart()}-${this.#randomPart()}`;
  }

  callId(): string {
    const mac = this.#identity.mac.toLowerCase();
    const counter = hex(this.#calls++ & 0xffff, 4);
    return `${mac.slice(0, 8)}-${mac.slice(8)}${counter}-${this.#randomPart()}-${this.#randomPart()}@${this.#address}`;
  }

  /** The soft phone's generator has fifteen bits. */
  #randomPart(): string {
    const value = this.#draw();
    return hex(this.#identity.sip.branch === 4 ? value & 0x7fff : value, 8);
  }

  #draw(): number {
    return this.#random.below(0x1_0000_0000);
  }
}
