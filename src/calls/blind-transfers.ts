// Transfers without a consultation: a leg without a phone calls the third for the second, and leaves as soon as it rings there
// (`docs/protocols/calls.md` §3.7).

import type { Instant } from '../core/time.js';
import type { CallRegistry } from './call-registry.js';
import type { CauseName } from './causes.js';
import type { Leg } from './leg.js';
import type { MediaCapabilities } from './media.js';
import { directParties, partyOf, type RedirectReason } from './parties.js';
import { PhonelessPort } from './phoneless-port.js';
import type { LegPort, Release } from './ports.js';

/** Who asked for the transfer hears one of these, once. */
export interface BlindTransferWatcher {
  /** The number rings or has answered: the transfer is made next, and the asker's leg ends. */
  reached(now: Instant): void;
  failed(cause: CauseName, now: Instant): void;
}

/** How somebody is called for another. */
export interface BlindCall {
  readonly watcher?: BlindTransferWatcher;
  /** When the two are connected; absent: when it rings. */
  readonly completesAt?: 'answer';
  /** Why; absent: a transfer. */
  readonly reason?: RedirectReason;
  /** What the called phone shows as the caller's name; absent: its own. */
  readonly name?: string;
}

/** What a blind transfer does with the call machine. */
export interface BlindTransferSteps {
  dial(leg: Leg, number: string, now: Instant): void;
  transfer(primary: Leg, consultation: Leg, reason: RedirectReason, now: Instant): void;
  hangUp(leg: Leg, now: Instant): void;
}

export class BlindTransfers {
  readonly #registry: CallRegistry;
  readonly #steps: BlindTransferSteps;

  constructor(registry: CallRegistry, steps: BlindTransferSteps) {
    this.#registry = registry;
    this.#steps = steps;
  }

  /** Calls `number` for the far end of `primary`, which is put on hold by whoever asks. */
  begin(primary: Leg, number: string, blind: BlindCall, now: Instant): void {
    const { far, call } = primary;
    const registry = this.#registry;
    const isFull = registry.calls.size >= registry.settings.limits.calls;
    if (far === undefined || isFull) {
      blind.watcher?.failed(isFull ? 'congestion' : 'normal', now);
      return;
    }
    const calling = call.partyOf(far);
    const made = registry.newCall(directParties({ ...calling, name: blind.name ?? calling.name }, partyOf('')), now);
    const { dn, isTrunk, node } = far;
    const owner = { device: undefined, dn, lineInstance: 0, callInstance: 1, isTrunk, node };
    const portFor = (leg: Leg): LegPort => new BlindPort(leg, primary, far, blind, this.#steps);
    const leg = registry.newLeg(made, 'caller', owner, portFor, now) as Leg; // it has a port
    leg.lastReceive = far.lastReceive;
    registry.calls.add(made);
    registry.consult(primary, leg, now);
    this.#steps.dial(leg, number, now);
  }
}

/** The port of the leg without a phone: it waits for the third to ring, or to answer. */
class BlindPort extends PhonelessPort {
  readonly receivesNothing = true;
  readonly #leg: Leg;
  readonly #primary: Leg;
  readonly #far: Leg;
  readonly #blind: BlindCall;
  readonly #steps: BlindTransferSteps;
  #isSettled = false;

  constructor(leg: Leg, primary: Leg, far: Leg, blind: BlindCall, steps: BlindTransferSteps) {
    super();
    this.#leg = leg;
    this.#primary = primary;
    this.#far = far;
    this.#blind = blind;
    this.#steps = steps;
  }

  override capabilities(): MediaCapabilities | undefined {
    return this.#far.capabilities;
  }

  override alerting(_parties: unknown, now: Instant): void {
    if (this.#blind.completesAt === 'answer') return;
    if (this.#leg.call.called.length === 0)
      this.#steps.hangUp(this.#leg, now); // what only rings has no end to be connected with
    else this.#complete(now);
  }

  override connected(_parties: unknown, now: Instant): void {
    this.#complete(now);
  }

  #complete(now: Instant): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#blind.watcher?.reached(now);
    this.#steps.transfer(this.#primary, this.#leg, this.#blind.reason ?? 4, now);
  }

  /** Who asked has hung up, or speaks on. */
  standsAlone(now: Instant): void {
    if (!this.#isSettled) this.#steps.hangUp(this.#leg, now);
  }

  override release({ cause, by }: Release, now: Instant): void {
    if (by === 'transfer' || this.#isSettled) return;
    this.#isSettled = true;
    this.#blind.watcher?.failed(cause, now);
  }
}
