// Transfers without a consultation: a leg without a phone calls the third for the second, and leaves as soon as it rings there
// (`docs/protocols/calls.md` §3.7).

import type { Instant } from '../core/time.js';
import type { CallEndings } from './call-endings.js';
import type { JoinRefusal } from './call-joins.js';
import type { CallRegistry } from './call-registry.js';
import type { CauseName } from './causes.js';
import type { Leg } from './leg.js';
import type { MediaCapabilities } from './media.js';
import { directParties, partyOf } from './parties.js';
import type { LegPort, Release } from './ports.js';

/** Who asked for the transfer hears one of these, once. */
export interface BlindTransferWatcher {
  /** The number rings or has answered: the transfer is made next, and the asker's leg ends. */
  reached(now: Instant): void;
  failed(cause: CauseName, now: Instant): void;
}

/** What a blind transfer does with the call machine. */
export interface BlindTransferSteps {
  dial(leg: Leg, number: string, now: Instant): void;
  transfer(primary: Leg, consultation: Leg, now: Instant): JoinRefusal | undefined;
  hangUp(leg: Leg, now: Instant): void;
}

export class BlindTransfers {
  readonly #registry: CallRegistry;
  readonly #endings: CallEndings;
  readonly #steps: BlindTransferSteps;

  constructor(registry: CallRegistry, endings: CallEndings, steps: BlindTransferSteps) {
    this.#registry = registry;
    this.#endings = endings;
    this.#steps = steps;
  }

  /** Calls `number` for the far end of `primary`, which is put on hold by whoever asks. */
  begin(primary: Leg, number: string, watcher: BlindTransferWatcher, now: Instant): void {
    const { far, call } = primary;
    if (far === undefined) {
      watcher.failed('normal', now);
      return;
    }
    const registry = this.#registry;
    if (registry.calls.size >= registry.settings.limits.calls) {
      watcher.failed('congestion', now);
      return;
    }
    const blind = registry.newCall(directParties(call.partyOf(far), partyOf('')), now);
    const owner = { device: undefined, dn: far.dn, lineInstance: 0, callInstance: 1 };
    const portFor = (made: Leg): LegPort => new BlindPort(made, primary, far, watcher, this.#steps);
    const leg = registry.newLeg(blind, 'caller', owner, portFor, now) as Leg; // it has a port
    registry.calls.add(blind);
    registry.consult(primary, leg, now);
    this.#steps.dial(leg, number, now);
    if (leg.state === 'off-hook') this.#endings.end(leg, { cause: 'normal', by: 'server' }, now);
  }
}

/** The port of the leg without a phone: it waits for the third to ring. */
class BlindPort implements LegPort {
  readonly needsFarAddress = false;
  readonly playsFailure = false;
  readonly mixesCalls = true;
  readonly isHandsetUp = false;
  readonly #leg: Leg;
  readonly #primary: Leg;
  readonly #far: Leg;
  readonly #watcher: BlindTransferWatcher;
  readonly #steps: BlindTransferSteps;
  #isSettled = false;

  constructor(leg: Leg, primary: Leg, far: Leg, watcher: BlindTransferWatcher, steps: BlindTransferSteps) {
    this.#leg = leg;
    this.#primary = primary;
    this.#far = far;
    this.#watcher = watcher;
    this.#steps = steps;
  }

  capabilities(): MediaCapabilities | undefined {
    return this.#far.capabilities;
  }

  alerting(_parties: unknown, now: Instant): void {
    if (this.#isSettled) return;
    if (this.#leg.call.called.length === 0) {
      this.#steps.hangUp(this.#leg, now); // what only rings has no end to be connected with
      return;
    }
    this.#isSettled = true;
    this.#watcher.reached(now);
    this.#steps.transfer(this.#primary, this.#leg, now);
  }

  /** Who asked has hung up, or speaks on. */
  standsAlone(now: Instant): void {
    this.#steps.hangUp(this.#leg, now);
  }

  release({ cause, by }: Release, now: Instant): void {
    if (by === 'transfer' || this.#isSettled) return;
    this.#isSettled = true;
    this.#watcher.failed(cause, now);
  }

  offHook(): void {}
  collecting(): void {}
  corrected(): void {}
  proceeding(): void {}
  ring(): void {}
  connecting(): void {}
  connected(): void {}
  redirected(): void {}
  openReceive(): void {}
  transmit(): void {}
  stopMedia(): void {}
  held(): void {}
  resumed(): void {}
  farHeld(): void {}
  digit(): void {}
  failed(): void {}
}
