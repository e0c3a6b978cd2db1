// Parked calls: whoever is parked hears music at a number of its own until somebody dials that number, or until whoever parked it
// is reminded (`docs/protocols/calls.md` §2.13).

import type { Instant } from '../core/time.js';
import type { BlindTransfers } from './blind-transfers.js';
import type { CallEndings } from './call-endings.js';
import type { CallJoins } from './call-joins.js';
import { legFacts } from './call-record.js';
import type { CallRegistry } from './call-registry.js';
import type { Leg } from './leg.js';
import { slotsOf } from './park-range.js';
import { partyOf } from './parties.js';
import { PhonelessPort } from './phoneless-port.js';
import type { SoundServices } from './ports.js';

/** Why a call cannot be parked. `no-talk`: it has no other end. `no-slot`: every number of `calls.park` is taken. */
export type ParkRefusal = 'no-talk' | 'no-slot';

/** One parked call. */
interface ParkedCall {
  /** The end that stands at the number. */
  readonly leg: Leg;
  /** The line that parked it, which is reminded. */
  readonly parkedBy: string;
  hasReminded: boolean;
}

/** What parking is built on. */
export interface CallParkingDependencies {
  readonly registry: CallRegistry;
  readonly joins: CallJoins;
  readonly endings: CallEndings;
  readonly blind: BlindTransfers;
  readonly services: SoundServices;
}

export class CallParking {
  readonly #dependencies: CallParkingDependencies;
  readonly #bySlot = new Map<string, ParkedCall>();
  #range = '';
  #slots: readonly string[] = [];

  constructor(dependencies: CallParkingDependencies) {
    this.#dependencies = dependencies;
  }

  /** The calls that stand at a number, oldest first. */
  get parked(): ReadonlyMap<string, Pick<ParkedCall, 'leg' | 'parkedBy'>> {
    return this.#bySlot;
  }

  /** The number at which the far end of `leg` would be parked. */
  freeSlot(): string | undefined {
    const { range } = this.#dependencies.registry.settings.park;
    if (range !== this.#range) {
      this.#range = range;
      this.#slots = slotsOf(range) ?? [];
    }
    return this.#slots.find((slot) => !this.#bySlot.has(slot));
  }

  /** Why the call of `leg` cannot be parked; `undefined`: it can. */
  refusal(leg: Leg): ParkRefusal | undefined {
    const { far, state } = leg;
    if (far?.device === undefined || far.state === 'idle' || state === 'idle' || leg.isInPreservedCall)
      return 'no-talk';
    return this.freeSlot() === undefined ? 'no-slot' : undefined;
  }

  /** The far end of `leg` is parked, and `leg` is over. Returns the number. */
  park(leg: Leg, now: Instant): string | undefined {
    const { far, call } = leg;
    const slot = this.freeSlot();
    if (far === undefined || slot === undefined || this.refusal(leg) !== undefined) return undefined;
    const { registry, joins, services } = this.#dependencies;
    const owner = { device: undefined, dn: slot, lineInstance: 0, callInstance: 1 };
    const portFor = (made: Leg) => services.portFor('tone', made) ?? new PhonelessPort();
    const parkLeg = registry.newLeg(call, 'called', owner, portFor, now) as Leg; // it has a port
    registry.enter(parkLeg, 'connected', now, undefined);
    const redirecting = call.partyOf(leg);
    const at = partyOf(slot, 'Park');
    this.#bySlot.set(slot, { leg: parkLeg, parkedBy: leg.dn, hasReminded: false });
    registry.publish({ type: 'call.parked', ...legFacts(leg, now), slot, parked: call.partyOf(far) });
    joins.join(
      { call, caller: far, called: [parkLeg], calledParty: at, originalCalled: at, redirecting, reason: 7 },
      [leg],
      now,
    );
    registry.await(parkLeg, registry.settings.park.remind, now);
    return slot;
  }

  /** `taker` has dialled the number of a parked call and has it from now on. `false`: none is there. */
  retrieve(slot: string, taker: Leg, now: Instant): boolean {
    const parked = this.#bySlot.get(slot);
    if (parked === undefined) return false;
    this.#bySlot.delete(slot);
    const { registry, joins } = this.#dependencies;
    const { far, call } = parked.leg;
    if (far !== undefined)
      registry.publish({
        type: 'call.retrieved',
        ...legFacts(taker, now),
        call: call.id,
        slot,
        parked: call.partyOf(far),
      });
    joins.replace(parked.leg, taker, 8, now);
    return true;
  }

  /** A leg's time is over. `false`: it is no parked call's. */
  timeout(leg: Leg, now: Instant): boolean {
    const parked = this.#bySlot.get(leg.dn);
    if (parked?.leg !== leg) return false;
    const { registry, blind, endings } = this.#dependencies;
    if (parked.hasReminded) {
      endings.release(leg, { cause: 'noAnswer', by: 'server' }, now);
      return true;
    }
    parked.hasReminded = true;
    registry.await(leg, registry.settings.park.remind, now);
    registry.publish({ type: 'call.park-reminded', ...legFacts(leg, now), slot: leg.dn, parkedBy: parked.parkedBy });
    blind.begin(leg, parked.parkedBy, REVERSION, now);
    return true;
  }

  /** The leg is over: its number is free. */
  ended(leg: Leg): void {
    if (leg.device === undefined && this.#bySlot.get(leg.dn)?.leg === leg) this.#bySlot.delete(leg.dn);
  }
}

/** Whoever parked the call is called for the parked one, and has it when it answers. */
const REVERSION = { completesAt: 'answer', reason: 11, name: 'Park Reversion' } as const;
