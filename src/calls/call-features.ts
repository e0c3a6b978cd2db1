// What users set of their own lines and phones: where a line forwards, and whether a phone may be disturbed. Keys, dial codes and
// the API all ask here (`docs/protocols/calls.md` §2.11).

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { after, type Instant, seconds } from '../core/time.js';
import type { CauseName } from './causes.js';
import type { DialPlan } from './dial-plan.js';
import type { CallEvent, CallFeatureRefused, FeatureRefusal } from './events.js';
import { forwardRefusal, isFollowed } from './forward-targets.js';
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

/** What a user hears who cannot set it. */
export const FEATURE_CAUSES: Readonly<Record<FeatureRefusal, CauseName>> = {
  'no-such-number': 'unallocated',
  'own-number': 'busy',
  'not-its-line': 'unallocated',
  'too-often': 'congestion',
  'not-kept': 'unavailable',
};

/** What one device may set within a second; each is written to the disk and told to phones. */
const MOST_A_SECOND = 10;
const SECOND = seconds(1);

export class CallFeatures {
  readonly #dependencies: CallFeaturesDependencies;
  /** How much each device has set since `#countedSince`. */
  readonly #counts = new Map<DeviceName, number>();
  #countedSince: Instant | undefined;

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
  refusalOf(dn: string, number: string): ReturnType<typeof forwardRefusal> {
    return forwardRefusal(this.#dependencies.dialPlan, dn, number);
  }

  /** Whether a phone of `dn` that forwards a call by itself is followed to `number`. */
  isFollowedTo(dn: string, number: string): boolean {
    return isFollowed(this.#dependencies.dialPlan, dn, number);
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
    const reason =
      this.#mayNotSet(device, now) ??
      (this.#dependencies.phones.hasLine(device, dn) ? undefined : 'not-its-line') ??
      (number === undefined ? undefined : this.refusalOf(dn, number));
    if (reason === undefined) this.#dependencies.keeper?.keepForward(device, dn, kind, number);
    else this.#refuse({ device, dn, number: number ?? '' }, reason, now);
    return reason;
  }

  /**
   * The user of `device` does not want to be disturbed, or does again. It holds as soon as it is kept, which
   * `device.do-not-disturb-set` tells. Returns why it cannot be.
   */
  setDoNotDisturb(
    device: DeviceName,
    option: DoNotDisturbOption | undefined,
    now: Instant,
  ): FeatureRefusal | undefined {
    const reason = this.#mayNotSet(device, now);
    if (reason === undefined) this.#dependencies.keeper?.keepDoNotDisturb(device, option);
    else this.#refuse({ device, dn: '', number: '' }, reason, now);
    return reason;
  }

  #mayNotSet(device: DeviceName, now: Instant): 'not-kept' | 'too-often' | undefined {
    if (this.#dependencies.keeper === undefined) return 'not-kept';
    if (this.#countedSince === undefined || now >= after(this.#countedSince, SECOND)) {
      this.#counts.clear();
      this.#countedSince = now;
    }
    const count = (this.#counts.get(device) ?? 0) + 1;
    this.#counts.set(device, count);
    return count > MOST_A_SECOND ? 'too-often' : undefined;
  }

  /** Of what comes too often only the first is told. */
  #refuse(wish: Pick<CallFeatureRefused, 'device' | 'dn' | 'number'>, reason: FeatureRefusal, at: Instant): void {
    const count = this.#counts.get(wish.device) ?? 0;
    if (reason === 'too-often' && count !== MOST_A_SECOND + 1) return;
    this.#dependencies.bus.publish({ type: 'call.feature-refused', at, ...wish, reason });
  }
}
