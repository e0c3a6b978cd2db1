// What users set of their own lines and phones: where a line forwards, and whether a phone may be disturbed. Keys, dial codes and
// the API all ask here (`docs/protocols/calls.md` §2.11).

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DialPlan } from './dial-plan.js';
import type { CallEvent, FeatureRefusal } from './events.js';
import type { DoNotDisturbOption, FeatureKeeper, Forwards, Phones } from './ports.js';

/** When a line forwards. */
export type ForwardKind = keyof Forwards;

/** What the features are built on. */
export interface CallFeaturesDependencies {
  readonly dialPlan: DialPlan;
  readonly phones: Phones;
  readonly bus: Publisher<CallEvent>;
  /** Absent: nothing can be set. */
  readonly keeper?: FeatureKeeper;
}

export class CallFeatures {
  readonly #dependencies: CallFeaturesDependencies;

  constructor(dependencies: CallFeaturesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether users can set something. */
  get canSet(): boolean {
    return this.#dependencies.keeper !== undefined;
  }

  /** Where the line forwards now. */
  forwardOf(dn: string): Forwards {
    return this.#dependencies.phones.featuresOf?.(dn)?.forward ?? {};
  }

  /** Why calls of `dn` cannot be forwarded to `number`; `undefined`: they can. */
  refusalOf(dn: string, number: string): Exclude<FeatureRefusal, 'not-kept'> | undefined {
    const result = this.#dependencies.dialPlan.analyse(number);
    if (result.kind !== 'match') return 'no-such-number';
    const { target } = result;
    if (target.kind === 'line' && target.dn === dn) return 'own-number';
    return target.kind === 'pickup' || target.kind === 'park' || target.kind === 'forward'
      ? 'no-such-number'
      : undefined;
  }

  /**
   * The user of `device` has the calls of its line `dn` go to `number`; `undefined`: not any more. It holds as soon as it is
   * kept, which `device.forward-set` tells. Returns why it cannot be.
   */
  setForward(
    device: DeviceName,
    dn: string,
    kind: ForwardKind,
    number: string | undefined,
    now: Instant,
  ): FeatureRefusal | undefined {
    const { keeper, bus } = this.#dependencies;
    const reason = keeper === undefined ? 'not-kept' : number === undefined ? undefined : this.refusalOf(dn, number);
    if (reason === undefined) keeper?.keepForward(device, dn, kind, number);
    else bus.publish({ type: 'call.feature-refused', at: now, device, dn, number: number ?? '', reason });
    return reason;
  }

  /** The user of `device` does not want to be disturbed, or does again. It holds as soon as it is kept. */
  setDoNotDisturb(device: DeviceName, option: DoNotDisturbOption | undefined): void {
    this.#dependencies.keeper?.keepDoNotDisturb(device, option);
  }
}
