// Whether a device is still configured as a client has read it. A device whose configuration changes gets another object
// (`devices/database.ts`), so the object stands for the configuration, and nothing of it, such as a password, gets into a tag.

import type { ConfiguredDevice } from '../../devices/device.js';

/** What a tag of `If-Match` says of the configuration: what stands before the dot. */
const REVISION = /^\s*(?:W\/)?"([\w-]+)(?:\.[\w-]*)?"\s*$/;

/** Names the configurations of devices. Another process names them otherwise. */
export class Revisions {
  readonly #process: string;
  readonly #numbers = new WeakMap<ConfiguredDevice, number>();
  #last = 0;

  /** `startedAt`: of the process, in milliseconds by the wall clock. */
  constructor(startedAt: number) {
    this.#process = Math.round(startedAt).toString(36);
  }

  /** The name of a configuration. */
  of(configured: ConfiguredDevice): string {
    let number = this.#numbers.get(configured);
    if (number === undefined) {
      this.#last += 1;
      number = this.#last;
      this.#numbers.set(configured, number);
    }
    return `${this.#process}-${number}`;
  }

  /**
   * The condition of an `If-Match` (RFC 9110 §13.1.1), to be asked when it is the request's turn. Only the part of a tag counts that
   * stands for the configuration: what a phone does meanwhile is no reason to refuse. `undefined`: there is no such device.
   */
  condition(ifMatch: string): (configured: ConfiguredDevice | undefined) => boolean {
    const named = new Set(ifMatch.split(',').map((tag) => REVISION.exec(tag)?.[1]));
    const isAny = ifMatch.trim() === '*';
    return (configured) => configured !== undefined && (isAny || named.has(this.of(configured)));
  }
}
