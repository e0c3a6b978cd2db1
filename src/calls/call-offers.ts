// Whom a complete number rings: the legs of every phone that may, or the service that answers it.

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { Call } from './call.js';
import type { CallRegistry } from './call-registry.js';
import type { CauseName } from './causes.js';
import type { Target, TrunkTarget } from './dial-plan.js';
import type { Leg, LegOwner } from './leg.js';
import { nodeDevice } from './node-device.js';
import type { Appearance, AutoAnswer, LegPort, Phones, SoundServices, TrunkLines } from './ports.js';

/** A leg that is to ring. `isWaiting`: its phone is in another call. */
export interface Offer {
  readonly leg: Leg;
  readonly isWaiting: boolean;
  /** Its user does not want to be disturbed: the phone shows the call and keeps quiet. */
  readonly isSilent: boolean;
  /** Its phone is to answer by itself. */
  readonly autoAnswer?: AutoAnswer | undefined;
}

/** Who rings. `refused`: nobody does. `unanswered`: the caller hears ringing, and nobody ever answers. */
export type Offers =
  | { readonly kind: 'offered'; readonly offers: readonly Offer[] }
  | { readonly kind: 'refused'; readonly cause: CauseName }
  | { readonly kind: 'unanswered' };

/** What the offers are made of. */
export interface CallOffersDependencies {
  readonly phones: Phones;
  readonly services: SoundServices;
  /** Absent: there are no trunks. */
  readonly trunks?: TrunkLines | undefined;
  readonly registry: CallRegistry;
}

/** Service numbers that end a call before it rings. `normal`: what was dialled is done, and no call comes of it. */
const FAILING_SERVICES: Readonly<Record<string, CauseName>> = {
  busy: 'busy',
  unobtainable: 'unallocated',
  congestion: 'congestion',
  messagesOn: 'normal',
  messagesOff: 'normal',
};

/** Makes the called legs of a call. A leg stands among the others from then on. */
export class CallOffers {
  readonly #dependencies: CallOffersDependencies;

  constructor(dependencies: CallOffersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The legs of all phones of a number that may ring; `appearances` are those of the number. `ci`: the call identifier that the
   * first of them takes over from a leg that has ended; 0: it has one of its own.
   */
  toPhones(call: Call, appearances: ReturnType<Phones['appearancesOf']>, now: Instant, ci = 0): Offers {
    const { legs, settings } = this.#dependencies.registry;
    const others = appearances.filter(({ appearance }) => appearance.device !== call.caller.device);
    if (others.length === 0) return { kind: 'refused', cause: appearances.length > 0 ? 'busy' : 'absent' };
    const offers: Offer[] = [];
    let cause: CauseName = 'busy';
    for (const { appearance, supplier } of others) {
      const { device, dn, lineInstance, busyTrigger, doNotDisturb } = appearance;
      if (doNotDisturb === 'reject') continue;
      const ofDevice = legs.of(device);
      const isPreserved = ofDevice.some((other) => other.isPreserved);
      if (ofDevice.length >= settings.limits.perDevice || isPreserved || legs.countOf(device, dn) >= busyTrigger)
        continue;
      const isWaiting = legs.activeOf(device) !== undefined;
      const owner = { device, dn, lineInstance, callInstance: legs.freeInstance(device, dn) };
      const leg = this.#legOf(call, owner, (made) => supplier.portFor(made), now, ci);
      if (leg === undefined) cause = 'absent';
      else {
        const autoAnswer = isWaiting ? undefined : autoAnswerOf(call, appearance);
        leg.isListener = call.isIntercom && autoAnswer !== undefined;
        offers.push({ leg, isWaiting, isSilent: doNotDisturb === 'ringer-off', autoAnswer });
      }
    }
    return offers.length === 0 ? { kind: 'refused', cause } : { kind: 'offered', offers };
  }

  /** The leg of the first trunk that takes the call: its own pattern's, or that of another one of the same text. */
  toTrunk(call: Call, target: TrunkTarget, now: Instant): Offers {
    let cause: CauseName = 'temporaryFailure';
    for (let route: TrunkTarget | undefined = target; route !== undefined; route = route.next) {
      const { trunk, number } = route;
      const owner = { device: trunk as DeviceName, dn: number, lineInstance: 0, callInstance: 1, isTrunk: true };
      call.target = route;
      const leg = this.#legOf(
        call,
        owner,
        (made) => {
          const port = this.#dependencies.trunks?.portFor(trunk, made) ?? 'noRoute';
          if (typeof port !== 'string') return port;
          cause = port;
          return undefined;
        },
        now,
      );
      if (leg !== undefined) return { kind: 'offered', offers: [{ leg, isWaiting: false, isSilent: false }] };
    }
    return { kind: 'refused', cause };
  }

  /** The leg of a phone of another node, which rings its appearances of the number. */
  toNode(call: Call, node: string, dn: string, now: Instant): Offers {
    let cause: CauseName = 'noRoute';
    const device = nodeDevice(node);
    const owner = { device, dn, lineInstance: 0, callInstance: 1, isTrunk: true, node };
    const portFor = (made: Leg): LegPort | undefined => {
      const port = this.#dependencies.trunks?.portForNode?.(node, made) ?? 'noRoute';
      if (typeof port !== 'string') return port;
      cause = port;
      return undefined;
    };
    const leg = this.#legOf(call, owner, portFor, now);
    if (leg === undefined) return { kind: 'refused', cause };
    return { kind: 'offered', offers: [{ leg, isWaiting: false, isSilent: false }] };
  }

  /** The leg of a service, or what the service does instead of answering. */
  toService(
    call: Call,
    target: Exclude<Target, { kind: 'line' | 'hunt' | 'park' | 'pickup' | 'intercom' | 'conference' | 'trunk' }>,
    now: Instant,
  ): Offers {
    const service = target.kind === 'service' ? target.service : target.kind;
    const cause = FAILING_SERVICES[service];
    if (cause !== undefined) return { kind: 'refused', cause };
    if (service === 'noAnswer') return { kind: 'unanswered' };
    const owner = { device: undefined, dn: target.number, lineInstance: 0, callInstance: 1 };
    const { services } = this.#dependencies;
    const leg = this.#legOf(call, owner, (made) => services.portFor(service as 'echo', made), now);
    if (leg === undefined) return { kind: 'refused', cause: service === 'emergency' ? 'noRoute' : 'unavailable' };
    return { kind: 'offered', offers: [{ leg, isWaiting: false, isSilent: false }] };
  }

  #legOf(
    call: Call,
    owner: LegOwner,
    portFor: (leg: Leg) => LegPort | undefined,
    now: Instant,
    ci = 0,
  ): Leg | undefined {
    const leg = this.#dependencies.registry.newLeg(call, 'called', owner, portFor, now, ci);
    if (leg !== undefined) call.called.push(leg);
    return leg;
  }
}

/** A phone whose user does not want to be disturbed answers nothing by itself. */
const autoAnswerOf = ({ isIntercom }: Call, { autoAnswer, doNotDisturb }: Appearance): AutoAnswer | undefined => {
  if (doNotDisturb !== undefined) return undefined;
  return isIntercom ? 'speaker' : autoAnswer;
};
