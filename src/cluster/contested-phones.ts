import type { DeviceKey } from '../core/identifiers.js';
import { after, type Clock, type Duration, milliseconds, type Timer } from '../core/time.js';

/** Devices of one question for ages. */
const MOST_ASKED = 500;
const SETTLE_AFTER = milliseconds(50);
const SETTLE_AGAIN = milliseconds(1_000);

/**
 * Asks a node for how long it has held phones, in milliseconds; `undefined` of one that it does not hold. Rejects if it does not
 * answer.
 */
export type AgesOfPhones = (node: string, devices: readonly string[]) => Promise<readonly (number | undefined)[]>;

/** What the contested phones need. */
export interface ContestedPhonesDependencies {
  readonly clock: Clock;
  readonly askAges: AgesOfPhones;
  /** `age`: how long the other node has held the phone; `undefined`: it does not. */
  decide(node: string, device: DeviceKey, age: number | undefined): void;
  /** The other node did not answer, which says nothing of who holds the phone. `false`: it is asked again. */
  decideWithout(node: string, device: DeviceKey): boolean;
}

/** Phones that this node and another one hold since a break: the other one is asked for how long, some phones at a time. */
export class ContestedPhones {
  readonly #dependencies: ContestedPhonesDependencies;
  /** By the other node. */
  readonly #contested = new Map<string, Set<DeviceKey>>();
  #settling: Timer | undefined;
  #isAsking = false;
  #isClosed = false;

  constructor(dependencies: ContestedPhonesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Another node holds the phone, too. */
  add(node: string, device: DeviceKey): void {
    const devices = this.#contested.get(node) ?? new Set();
    this.#contested.set(node, devices);
    devices.add(device);
    if (!this.#isAsking && this.#settling === undefined) this.#settleAfter(SETTLE_AFTER);
  }

  close(): void {
    this.#isClosed = true;
    this.#settling?.cancel();
  }

  #settleAfter(span: Duration): void {
    const { clock } = this.#dependencies;
    if (this.#isClosed) return;
    this.#settling = clock.callAt(after(clock.now(), span), () => {
      this.#settling = undefined;
      void this.#settle();
    });
  }

  /** Asks each node about the phones that both hold. Never rejects. */
  async #settle(): Promise<void> {
    const { askAges, decide, decideWithout } = this.#dependencies;
    this.#isAsking = true;
    let isAnswered = true;
    for (const [node, devices] of [...this.#contested]) {
      const some = [...devices].slice(0, MOST_ASKED);
      const ages = await askAges(node, some).catch(() => undefined);
      if (this.#isClosed) return;
      if (ages?.length === some.length)
        for (const [index, device] of some.entries()) {
          devices.delete(device);
          decide(node, device, ages[index]);
        }
      else {
        isAnswered = false;
        for (const device of some) if (decideWithout(node, device)) devices.delete(device);
      }
      if (devices.size === 0) this.#contested.delete(node);
    }
    this.#isAsking = false;
    if (this.#contested.size > 0) this.#settleAfter(isAnswered ? SETTLE_AFTER : SETTLE_AGAIN);
  }
}
