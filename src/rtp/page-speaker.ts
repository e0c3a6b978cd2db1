// What the leg of a page does with the sound of its caller.

import type { Instant } from '../core/time.js';
import type { G711Name } from './g711.js';
import { converted, type PageListeners, type PageSender } from './pages.js';

/** Passes the sound of a page's caller on. */
export class PageSpeaker {
  readonly #number: string;
  readonly #codec: G711Name;
  readonly #sender: PageSender | undefined;
  readonly #listeners: PageListeners;

  /** `sender`: `undefined` if nothing may be sent to the group. */
  constructor(number: string, codec: G711Name, sender: PageSender | undefined, listeners: PageListeners) {
    this.#number = number;
    this.#codec = codec;
    this.#sender = sender;
    this.#listeners = listeners;
  }

  /** Takes the payload of one packet, from `start` to `end`. */
  receive(bytes: Buffer, start: number, end: number, timestamp: number, ssrc: number, now: Instant): void {
    const octets = bytes.subarray(start, end);
    this.#sender?.send(converted(octets, this.#codec, 'PCMU'), timestamp, now);
    for (const { codec, echo } of this.#listeners.of(this.#number)) {
      const heard = Buffer.from(converted(octets, this.#codec, codec));
      echo.receive(heard, 0, heard.length, timestamp, ssrc);
    }
  }
}
