// What stands: every call and leg with its deadline. Each part of the call machine changes them through here.

import { DeadlineQueue } from '../core/deadline-queue.js';
import type { Publisher } from '../core/event-bus.js';
import { after, type Duration, type Instant, seconds } from '../core/time.js';
import { Call } from './call.js';
import type { CallNumbers } from './call-numbers.js';
import type { CauseName } from './causes.js';
import { DeviceLegs } from './device-legs.js';
import type { CallEvent } from './events.js';
import { HuntOrder } from './hunt-order.js';
import { Leg, type LegOwner } from './leg.js';
import type { LegEvent, LegState } from './leg-table.js';
import type { CallParties } from './parties.js';
import type { LegPort, Phones } from './ports.js';
import type { CallSettings } from './settings.js';
import { SharedLines } from './shared-lines.js';

/** The longest that a call may stand; nobody may have hung up (`docs/protocols/calls.md` §8.2). */
export const LONGEST_CALL = seconds(12 * 3600);
/** A called phone rings within this, or counts as one that does not respond. */
export const TO_ALERT = seconds(12);

/** What comes with an event of a leg. */
export interface About {
  readonly digit?: string;
  readonly number?: string;
  readonly cause?: CauseName;
}

/** Does to a leg what `LEG_TABLE` says of an event in its state. */
export type ApplyEvent = (leg: Leg, event: LegEvent, now: Instant, about?: About) => void;

export class CallRegistry {
  readonly legs = new DeviceLegs();
  readonly calls = new Set<Call>();
  readonly deadlines = new DeadlineQueue<Leg>();
  readonly apply: ApplyEvent;
  /** Is told of each leg that ends, before its port is. */
  onLegEnded: (leg: Leg, now: Instant) => void = () => {};
  /** What the phones of a shared line show of each other. */
  readonly shared: SharedLines;
  /** Who of the hunt lists has waited longest. */
  readonly hunts = new HuntOrder();
  #settings: CallSettings;
  readonly #numbers: CallNumbers;
  readonly #bus: Publisher<CallEvent>;

  readonly #isShared: (dn: string) => boolean;

  constructor(
    settings: CallSettings,
    numbers: CallNumbers,
    phones: Phones,
    bus: Publisher<CallEvent>,
    apply: ApplyEvent,
  ) {
    this.#settings = settings;
    this.hunts.configure(idleMembers(settings));
    this.#numbers = numbers;
    this.#bus = bus;
    this.apply = apply;
    this.#isShared = (dn) => phones.isShared?.(dn) === true;
    this.shared = new SharedLines({ legs: this.legs, phones, nextNumber: () => this.#nextLeg() });
  }

  get settings(): CallSettings {
    return this.#settings;
  }

  /** Takes new settings; calls that stand go on. */
  configure(settings: CallSettings): void {
    this.#settings = settings;
    this.hunts.configure(idleMembers(settings));
  }

  /** A new call, which stands once it has its caller. */
  newCall(parties: CallParties, now: Instant): Call {
    return new Call(this.#numbers.nextCall(), parties, now);
  }

  /**
   * A new leg, which stands among the others from now on. `undefined`: `portFor` gave no port, since its phone cannot be
   * called now. `freed`: the call identifier of a leg that has ended, for the one that takes its place.
   */
  newLeg(
    call: Call,
    role: Leg['role'],
    owner: LegOwner,
    portFor: (leg: Leg) => LegPort | undefined,
    now: Instant,
    freed = 0,
  ): Leg | undefined {
    const isFree = freed !== 0 && !this.legs.has(freed);
    const ci = isFree ? freed : this.#nextLeg();
    const leg = new Leg(ci, call, role, owner, role === 'caller' ? 'off-hook' : 'ring-in', now);
    leg.isShared = leg.device !== undefined && leg.line !== undefined && this.#isShared(leg.line);
    if (role === 'caller') call.caller = leg; // a port may look at its call at once
    leg.port = portFor(leg);
    if (leg.port === undefined) return undefined;
    leg.capabilities = leg.port.capabilities();
    this.legs.add(leg);
    if (role === 'caller') this.await(leg, this.#settings.interDigit, now); // whoever is off hook dials, or is given up
    this.shared.changed(leg, now);
    return leg;
  }

  #nextLeg(): number {
    return this.#numbers.nextLeg((taken) => this.legs.has(taken));
  }

  /** A leg that stands among no others and is no part of a call that anybody sees: the end that plays music. */
  newHiddenLeg(call: Call, owner: LegOwner, portFor: (leg: Leg) => LegPort | undefined, now: Instant): Leg | undefined {
    const leg = new Leg(this.#nextLeg(), call, 'caller', owner, 'connected', now);
    call.caller = leg;
    leg.port = portFor(leg);
    leg.capabilities = leg.port?.capabilities();
    return leg.port === undefined ? undefined : leg;
  }

  /** `consultation` is about the call of `primary` from now on, and about no other. */
  consult(primary: Leg, consultation: Leg, now: Instant): void {
    this.standAlone(primary, now);
    primary.consultation = consultation;
    consultation.primary = primary;
    this.shared.changed(primary, now);
  }

  /** The leg is no consultation, and has none, any more. */
  standAlone(leg: Leg, now: Instant): void {
    const { primary, consultation } = leg;
    leg.primary = undefined;
    leg.consultation = undefined;
    if (primary !== undefined) {
      primary.consultation = undefined;
      this.shared.changed(primary, now);
    }
    if (consultation === undefined) return;
    consultation.primary = undefined;
    if (consultation.state !== 'idle') consultation.port?.standsAlone?.(now);
  }

  /** The leg is in `state`, for at most `within` where that is given. */
  enter(leg: Leg, state: LegState, now: Instant, within: Duration | undefined): void {
    leg.state = state;
    this.shared.changed(leg, now);
    if (within === undefined) this.deadlines.set(leg, undefined);
    else this.await(leg, within, now);
  }

  await(leg: Leg, within: Duration, now: Instant): void {
    this.deadlines.set(leg, after(now, within));
  }

  hasListener(type: CallEvent['type']): boolean {
    return this.#bus.hasListener(type);
  }

  publish(event: CallEvent): void {
    if (this.#bus.hasListener(event.type)) this.#bus.publish(event);
  }
}

/** The members of the hunt lists that ring by idle time. */
const idleMembers = ({ hunts }: CallSettings): readonly string[] =>
  hunts.flatMap(({ mode, members }) => (mode === 'longest-idle' ? members : []));
