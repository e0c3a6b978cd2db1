// What is spoken to a page goes to its group, as G.711 µ-law whatever the caller sends, and to the calls of phones that cannot
// listen to a group. Only to private groups, and no further than this network (`docs/protocols/calls.md` §5.5, RFC 2365 §6.1).

import type { MediaAddress } from '../calls/index.js';
import { SlidingWindow } from '../core/rate-limit.js';
import { type Instant, seconds } from '../core/time.js';
import type { DatagramSocket, Random } from '../net/ports.js';
import { isPrivateGroup } from './addresses.js';
import { G711_LAWS, type G711Name } from './g711.js';
import { RTP_HEADER, writeRtpHeader } from './packet.js';
import type { Echo } from './sounds.js';

/** Packets of one page in a second, of 10 ms at the least; more are dropped. */
const MOST_PACKETS = 120;
/** Octets of one packet: 40 ms. */
const MOST_OCTETS = 320;
const ULAW = 0;

/** `octets` by the law of `from`, as those of `to`. */
export const converted = (octets: Uint8Array, from: G711Name, to: G711Name): Uint8Array =>
  from === to ? octets : octets.map((octet) => G711_LAWS[to].encode(G711_LAWS[from].decode(octet)));

/** A phone that is called hears what is spoken, after a moment. */
export interface PageListener {
  readonly codec: G711Name;
  readonly echo: Echo;
}

/** The stream to a group. */
export class PageSender {
  readonly #socket: DatagramSocket;
  readonly #to: MediaAddress;
  readonly #ssrc: number;
  readonly #recent = new SlidingWindow();
  #sequence: number;
  #isFirst = true;

  /** `undefined`: nothing may be sent there. */
  static to(socket: DatagramSocket, to: MediaAddress, random: Random): PageSender | undefined {
    return isPrivateGroup(to) ? new PageSender(socket, to, random) : undefined;
  }

  private constructor(socket: DatagramSocket, to: MediaAddress, random: Random) {
    this.#socket = socket;
    this.#to = to;
    this.#ssrc = random.below(2 ** 32);
    this.#sequence = random.below(2 ** 16);
  }

  /** Sends the sound of one packet of the caller's. `false`: it is too much. */
  send(ulaw: Uint8Array, timestamp: number, now: Instant): boolean {
    if (ulaw.length > MOST_OCTETS || this.#recent.add(1, seconds(1), now) > MOST_PACKETS) return false;
    const packet = Buffer.allocUnsafe(RTP_HEADER + ulaw.length);
    writeRtpHeader(packet, {
      ...{ payloadType: ULAW, marker: this.#isFirst, sequence: this.#sequence, timestamp, ssrc: this.#ssrc },
    });
    packet.set(ulaw, RTP_HEADER);
    this.#socket.send(packet, 0, packet.length, this.#to);
    this.#isFirst = false;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return true;
  }
}

/** Who of the phones that are called hears which page. */
export class PageListeners {
  readonly #byNumber = new Map<string, Set<PageListener>>();

  add(number: string, listener: PageListener): void {
    const known = this.#byNumber.get(number);
    if (known === undefined) this.#byNumber.set(number, new Set([listener]));
    else known.add(listener);
  }

  remove(number: string, listener: PageListener): void {
    const known = this.#byNumber.get(number);
    known?.delete(listener);
    if (known?.size === 0) this.#byNumber.delete(number);
  }

  of(number: string): Iterable<PageListener> {
    return this.#byNumber.get(number) ?? [];
  }
}
