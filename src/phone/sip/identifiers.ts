// The words that a phone draws for its requests: branches, tags and Call-IDs in the shape that its stack gives them
// (`sip.md` §3).

import type { Random } from '../../net/ports.js';
import type { PhoneIdentity } from '../identity.js';
import { branchOf, hex } from './requests.js';

const FIRST_TAG = 2;
const FIRST_CALL = 3;

export class SipWords {
  /** One per phone and start, in every request of newer models. */
  readonly sessionId: string;
  readonly #identity: PhoneIdentity;
  readonly #address: string;
  readonly #source: Random;
  #tags = FIRST_TAG;
  #calls = FIRST_CALL;

  constructor(identity: PhoneIdentity, address: string, source: Random) {
    this.#identity = identity;
    this.#address = address;
    this.#source = source;
    this.sessionId = `${this.eight()}00105000a000${identity.mac.toLowerCase()}`;
  }

  /** Eight hexadecimal digits. */
  eight(): string {
    return hex(this.#draw(), 8);
  }

  branch(): string {
    return branchOf(this.#identity.sip, this.#draw());
  }

  tag(): string {
    const counter = hex(this.#tags++ & 0xffff, 4);
    return `${this.#identity.mac.toLowerCase()}${counter}${this.#word()}-${this.#word()}`;
  }

  callId(): string {
    const mac = this.#identity.mac.toLowerCase();
    const counter = hex(this.#calls++ & 0xffff, 4);
    return `${mac.slice(0, 8)}-${mac.slice(8)}${counter}-${this.#word()}-${this.#word()}@${this.#address}`;
  }

  /** The soft phone's generator has fifteen bits. */
  #word(): string {
    const value = this.#draw();
    return hex(this.#identity.sip.branch === 4 ? value & 0x7fff : value, 8);
  }

  #draw(): number {
    return this.#source.below(0x1_0000_0000);
  }
}
