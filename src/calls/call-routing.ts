// Whom a complete number rings: the line's phones, those of a hunt list one after the other or at once, a service; or, where the
// line forwards, whoever it forwards to (`docs/protocols/calls.md` §2.11, §5.1).

import type { Instant } from '../core/time.js';
import type { Call } from './call.js';
import type { CallEndings } from './call-endings.js';
import type { CallOffers, Offer, Offers } from './call-offers.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, TO_ALERT } from './call-registry.js';
import type { CauseName } from './causes.js';
import type { DialPlan, Target, TrunkTarget } from './dial-plan.js';
import { MOST_FORWARDS } from './forward-targets.js';
import type { Leg } from './leg.js';
import { type CallParties, directParties, type Party, partyOf, type RedirectReason } from './parties.js';
import type { IncomingCall, Phones } from './ports.js';
import type { PickupGroup } from './settings.js';
import { mayReach } from './target-access.js';

/** How a phone is to ring. */
type Ringing = Pick<IncomingCall, 'isWaiting' | 'isSilent'>;

/** What routing is built on. */
export interface CallRoutingDependencies {
  readonly registry: CallRegistry;
  readonly endings: CallEndings;
  readonly offers: CallOffers;
  readonly dialPlan: DialPlan;
  readonly phones: Phones;
  /** Has the caller say where it receives before anybody answers. `false`: it has said so, or cannot. */
  openEarly(caller: Leg, now: Instant): boolean;
  /** Gives a call that rings to the caller. */
  pickUp(ringing: Leg, taker: Leg, now: Instant): void;
  /** The end of a meeting room for the caller of `call`. */
  meet(call: Call, room: string, now: Instant): Offers;
  /** Gives the parked call of a number to the caller. `false`: none is there. */
  retrieve(slot: string, taker: Leg, now: Instant): boolean;
  /** The caller speaks to the phones of a page. */
  page(caller: Leg, number: string, now: Instant): void;
}

export class CallRouting {
  readonly #dependencies: CallRoutingDependencies;
  readonly #registry: CallRegistry;
  readonly #endings: CallEndings;

  constructor(dependencies: CallRoutingDependencies) {
    this.#dependencies = dependencies;
    this.#registry = dependencies.registry;
    this.#endings = dependencies.endings;
  }

  /** Offers the call of a caller to `target`. */
  offer(leg: Leg, target: Target, now: Instant): void {
    const { call } = leg;
    call.target = target;
    call.ringFor = undefined;
    call.isIntercom = target.kind === 'intercom';
    if (leg.node !== undefined && target.kind !== 'line') this.#endings.fail(leg, 'networkOutOfOrder', now);
    else if (!mayReach(leg, target)) this.#endings.fail(leg, 'unallocated', now);
    else if (leg.meetsOthers && target.kind !== 'conference') this.#endings.fail(leg, 'unallocated', now);
    else if (target.kind === 'pickup' || (leg.picksUp && target.kind === 'line')) this.#pickUp(leg, target, now);
    else if (target.kind === 'line') this.#toLine(leg, target.dn, now);
    else if (target.kind === 'trunk') this.#toTrunk(leg, target, now);
    else if (target.kind === 'intercom') this.take(leg, this.#phonesOf(leg, target.dn, now), now);
    else if (target.kind === 'page') this.#dependencies.page(leg, target.number, now);
    else if (target.kind === 'hunt') this.#toHunt(leg, target.number, now);
    else if (target.kind === 'conference') this.take(leg, this.#dependencies.meet(call, target.number, now), now);
    else if (target.kind === 'park') {
      if (!this.#dependencies.retrieve(target.number, leg, now)) this.#endings.fail(leg, 'unallocated', now);
    } else this.take(leg, this.#dependencies.offers.toService(call, target, now), now);
  }

  /** The party of a number, as the first of its phones names it. */
  partyOf(target: Target): Party {
    if (target.kind === 'conference') return { ...partyOf(target.number, 'Conference'), conference: 'meet-me' };
    if (target.kind !== 'line' && target.kind !== 'intercom') return partyOf(target.number);
    const { phones } = this.#dependencies;
    const appearance = phones.appearancesOf(target.dn)[0]?.appearance;
    if (appearance !== undefined) return partyOf(target.dn, appearance.displayName, appearance.device);
    return partyOf(target.dn, this.#nodeOf(target.dn) === undefined ? '' : phones.nameOf?.(target.dn));
  }

  /** The parties of a call whose number is complete. Who redirected it before it came here stays. */
  partiesOf({ parties, dialled, redirection }: Call, target: Target): CallParties {
    const direct = directParties(parties.calling, this.partyOf(target));
    if (redirection !== undefined) return { ...direct, ...redirection };
    return target.kind === 'trunk'
      ? { ...direct, originalCalled: partyOf(dialled), lastRedirecting: partyOf(dialled) }
      : direct;
  }

  /** Nobody answered in time: the next of a hunt list, or where the line forwards such calls. `false`: there is none. */
  goOnUnanswered(leg: Leg, now: Instant): boolean {
    const { call } = leg;
    if (call.hunting !== undefined) {
      this.#withdraw(call, 'noAnswer', now);
      return this.#next(leg, now);
    }
    const dn = call.target?.kind === 'line' && leg.node === undefined ? call.target.dn : undefined;
    const number = dn === undefined ? undefined : this.#forwards(dn)?.noAnswer;
    if (number === undefined) return false;
    this.#withdraw(call, 'noAnswer', now);
    this.redirect(leg, number, 2, now);
    return true;
  }

  /**
   * Everybody who rang has refused: a hunt list goes on, and what another node refuses goes where the line forwards such calls.
   * `false`: the caller is to hear it.
   */
  goOnRefused(leg: Leg, cause: CauseName, now: Instant): boolean {
    const { call } = leg;
    if (call.hunting !== undefined) return this.#next(leg, now);
    const { called, target } = call;
    if (target?.kind !== 'line' || called.every(({ node }) => node === undefined)) return false;
    call.called = [];
    if (this.#forwardRefused(leg, target.dn, cause, now)) return true;
    call.called = called;
    return false;
  }

  /** The call goes to `number` instead of whom it is offered to, who ring no more. */
  redirect(leg: Leg, number: string, reason: RedirectReason, now: Instant): void {
    const { call } = leg;
    const { called, originalCalled, redirectReason, originalReason } = call.parties;
    const isTooFar = call.redirectedBy.length >= MOST_FORWARDS;
    call.redirectedBy.push(called.number);
    const isLoop = isTooFar || call.redirectedBy.includes(number);
    this.#registry.publish({ type: 'call.forwarded', ...legFacts(leg, now), from: called, to: number, reason, isLoop });
    const result = isLoop ? undefined : this.#dependencies.dialPlan.analyse(number);
    if (result?.kind !== 'match') {
      this.#endings.fail(leg, isLoop ? 'busy' : 'unallocated', now);
      return;
    }
    call.hunting = undefined;
    call.parties = {
      ...call.parties,
      called: this.partyOf(result.target),
      originalCalled,
      lastRedirecting: called,
      redirectReason: reason,
      ...(redirectReason === 0 ? {} : { originalReason: originalReason ?? redirectReason }),
    };
    this.#registry.enter(leg, 'proceeding', now, TO_ALERT);
    this.offer(leg, result.target, now);
  }

  /** A phone that rings, or its user, sends the call to `number`; nobody else rings any more. */
  divert(ringing: Leg, number: string, reason: RedirectReason, now: Instant): void {
    const { call } = ringing;
    const cause = reason === 2 ? 'noAnswer' : 'normal';
    for (const offered of call.called)
      this.#endings.leave(offered, offered === ringing ? { cause, by: 'user' } : { cause, by: 'elsewhere' }, now);
    call.called = [];
    this.redirect(call.caller, number, reason, now);
  }

  #forwards(dn: string) {
    return this.#dependencies.phones.featuresOf?.(dn)?.forward;
  }

  #toLine(leg: Leg, dn: string, now: Instant): void {
    if (leg.node !== undefined) {
      this.#fromNode(leg, leg.node, dn, now);
      return;
    }
    const features = this.#dependencies.phones.featuresOf?.(dn);
    const forward = features?.forward;
    if (forward?.all !== undefined) {
      this.redirect(leg, forward.all, 15, now);
      return;
    }
    const node = this.#nodeOf(dn);
    const result = node === undefined ? this.#phonesOf(leg, dn, now) : this.#toNode(leg, node, dn, now);
    if (result.kind === 'refused' && this.#forwardRefused(leg, dn, result.cause, now)) return;
    if (forward?.noAnswer !== undefined) leg.call.ringFor = features?.noAnswerAfter;
    this.take(leg, result, now);
  }

  /** Sends the call where the line forwards what no phone takes, for that cause. `false`: nowhere. */
  #forwardRefused(leg: Leg, dn: string, cause: CauseName, now: Instant): boolean {
    const isBusy = cause === 'busy';
    const forward = this.#forwards(dn);
    const number = isBusy ? forward?.busy : forward?.unregistered;
    const isOther = !isBusy && cause !== 'absent'; // who is there and refuses has not to be forwarded
    if (number === undefined || isOther) return false;
    this.redirect(leg, number, isBusy ? 1 : 2, now);
    return true;
  }

  // Other nodes

  /** The other node that rings a number; `undefined`: none, since a phone of this node has it. */
  #nodeOf(dn: string): string | undefined {
    const { phones } = this.#dependencies;
    const node = phones.nodeOf?.(dn);
    return node === undefined || phones.appearancesOf(dn).length > 0 ? undefined : node;
  }

  #toNode({ call }: Leg, node: string, dn: string, now: Instant): Offers {
    return this.#dependencies.offers.toNode(call, node, dn, now);
  }

  /**
   * A call of another node, which has done for the line what the line wants: it rings the phones of this one, and goes to no third
   * node. Whom a user here has transferred may go back to the node of the caller.
   */
  #fromNode(leg: Leg, from: string, dn: string, now: Instant): void {
    const node = this.#nodeOf(dn);
    if (node === undefined) this.take(leg, this.#phonesOf(leg, dn, now), now);
    else if (node === from && leg.device === undefined) this.take(leg, this.#toNode(leg, node, dn, now), now);
    else this.#endings.fail(leg, 'networkOutOfOrder', now);
  }

  #phonesOf({ call }: Leg, dn: string, now: Instant): Offers {
    const { phones, offers } = this.#dependencies;
    return offers.toPhones(call, phones.appearancesOf(dn), now);
  }

  /** Who is called by a trunk may be far away: its own signalling ends the wait. */
  #toTrunk(leg: Leg, target: TrunkTarget, now: Instant): void {
    this.#registry.enter(leg, 'proceeding', now, this.#registry.settings.noAnswer);
    this.take(leg, this.#dependencies.offers.toTrunk(leg.call, target, now), now);
  }

  // Pick-up

  /** The call that the caller answers by dialling `target`. */
  #ringingFor(leg: Leg, target: Target): Leg | undefined {
    if (target.kind === 'line') return this.#ringing(leg, (dn) => dn === target.dn);
    const { pickupGroups, pickup } = this.#registry.settings;
    if (target.kind === 'pickup' && target.of === 'others') {
      const others = pickupGroups.filter((each) => !this.#isIn(each, leg.dn));
      return this.#ringing(leg, (dn) => others.some((each) => this.#isIn(each, dn)));
    }
    const named = target.kind === 'pickup' && target.number !== pickup ? target.number : undefined;
    const group = pickupGroups.find((each) => (named === undefined ? this.#isIn(each, leg.dn) : each.number === named));
    return group === undefined ? undefined : this.#ringing(leg, (dn) => this.#isIn(group, dn));
  }

  #pickUp(leg: Leg, target: Target, now: Instant): void {
    const ringing = this.#ringingFor(leg, target);
    if (ringing === undefined) this.#endings.fail(leg, 'nothingRings', now);
    else this.#dependencies.pickUp(ringing, leg, now);
  }

  #isIn({ name, members }: PickupGroup, dn: string): boolean {
    return members.includes(dn) || this.#dependencies.phones.featuresOf?.(dn)?.pickupGroup === name;
  }

  /** Of the calls that ring at such numbers on other phones, the one that rings longest. */
  #ringing(taker: Leg, isWanted: (dn: string) => boolean): Leg | undefined {
    for (const leg of this.#registry.legs.all())
      if (leg.state === 'ring-in' && leg.device !== taker.device && leg.line !== undefined && isWanted(leg.line))
        return leg;
    return undefined;
  }

  // Hunt lists

  #toHunt(leg: Leg, dn: string, now: Instant): void {
    const hunt = this.#registry.settings.hunts.find((each) => each.dn === dn);
    const { call } = leg;
    if (hunt === undefined) {
      this.#endings.fail(leg, 'unallocated', now);
      return;
    }
    call.ringFor = hunt.ring;
    const { offers, phones } = this.#dependencies;
    if (hunt.mode === 'broadcast') {
      const all = hunt.members.flatMap((member) => phones.appearancesOf(member));
      call.hunting = { pilot: call.parties.called, waiting: [], ci: 0, cause: 'noAnswer' };
      this.take(leg, offers.toPhones(call, all, now), now);
      return;
    }
    const waiting = [...(hunt.mode === 'longest-idle' ? this.#registry.hunts.byIdleTime(hunt.members) : hunt.members)];
    call.hunting = { pilot: call.parties.called, waiting, ci: 0, cause: 'absent' };
    if (!this.#next(leg, now)) this.#endings.fail(leg, call.hunting.cause, now);
  }

  /** Offers the call to the next member that can ring. `false`: none is left. */
  #next(leg: Leg, now: Instant): boolean {
    const { call } = leg;
    const { hunting } = call;
    if (hunting === undefined) return false;
    const { offers, phones } = this.#dependencies;
    for (let member = hunting.waiting.shift(); member !== undefined; member = hunting.waiting.shift()) {
      const result = offers.toPhones(call, phones.appearancesOf(member), now, hunting.ci);
      if (result.kind !== 'offered') {
        if (result.kind === 'refused' && result.cause === 'busy') hunting.cause = 'busy';
        continue;
      }
      hunting.cause = 'noAnswer';
      const { ci = 0, device } = result.offers[0]?.leg ?? {};
      hunting.ci = ci;
      call.parties = { ...call.parties, called: { ...call.parties.called, device } };
      this.#registry.enter(leg, 'proceeding', now, TO_ALERT);
      this.take(leg, result, now);
      return true;
    }
    return false;
  }

  // Offers

  /** Rings whom the call is offered to, or has the caller hear why nobody is. */
  take(leg: Leg, offers: Offers, now: Instant): void {
    if (offers.kind === 'refused') this.#endings.fail(leg, offers.cause, now);
    else if (offers.kind === 'unanswered') {
      leg.call.alertedAt = now;
      this.#registry.apply(leg, 'far-alerting', now);
    } else for (const { leg: offered, ...how } of offers.offers) this.#ring(leg, offered, how, now);
  }

  #ring(leg: Leg, offered: Leg, how: Omit<Offer, 'leg'>, now: Instant): void {
    const { call } = leg;
    this.#registry.publish({
      type: 'call.offered',
      ...legFacts(leg, now),
      to: offered.ci,
      ...(offered.device === undefined ? {} : { toDevice: offered.device }),
      toDn: offered.dn,
      calling: call.parties.calling,
      dialled: call.dialled,
      called: call.parties.called,
      ...(how.autoAnswer === undefined ? {} : { autoAnswer: how.autoAnswer }),
      ...(offered.isListener ? { isOneWay: true } : {}),
    });
    const isLater = offered.port?.wantsCallerMedia === true && this.#dependencies.openEarly(leg, now);
    if (!isLater) this.#askToRing(leg, offered, how, now);
  }

  /** The caller's channel is open, or will not be: who waits for it is asked to ring. */
  ringWaiting(caller: Leg, now: Instant): void {
    if (caller.state !== 'proceeding') return;
    for (const offered of caller.call.called)
      if (offered.state === 'ring-in' && offered.port?.wantsCallerMedia === true)
        this.#askToRing(caller, offered, { isWaiting: false, isSilent: false }, now);
  }

  #askToRing(caller: Leg, offered: Leg, how: Ringing, now: Instant): void {
    const { call, capabilities, isTrunk, node, lastReceive } = caller;
    // Another node is told what the caller's phone can, even where that one is called by somebody else for it.
    const receive = caller.receive ?? (offered.node === undefined ? undefined : lastReceive);
    const callerMedia = receive === undefined || capabilities === undefined ? undefined : { receive, capabilities };
    offered.port?.ring({ parties: call.parties, ...how, callerMedia, isOutside: isTrunk && node === undefined }, now);
  }

  #withdraw(call: Call, cause: CauseName, now: Instant): void {
    for (const offered of call.called) {
      if (offered.state === 'idle') continue;
      this.#endings.leave(offered, { cause, by: 'server' }, now);
    }
    call.called = [];
    call.alertedAt = undefined;
  }
}
