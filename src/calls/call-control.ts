// The call machine: calls and their legs, for both protocols. It takes one event of a leg at a time, looks up what to do in
// `leg-table.ts`, does it, and asks the legs' ports to show it. It has no socket and no clock (`docs/protocols/calls.md` §1).

import { earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { SlidingWindow } from '../core/rate-limit.js';
import { type Instant, seconds } from '../core/time.js';
import { BlindTransfers, type BlindTransferWatcher } from './blind-transfers.js';
import type { Call } from './call.js';
import { CallConferences, type Conference, type ConferenceRefusal, type OnRefused } from './call-conferences.js';
import { CallDenials } from './call-denials.js';
import { CallEndings } from './call-endings.js';
import { CallFeatures } from './call-features.js';
import { CallJoins, type JoinRefusal, joinRefusal } from './call-joins.js';
import { CallMediaControl } from './call-media.js';
import type { CallNumbers } from './call-numbers.js';
import { CallOffers, type Offers } from './call-offers.js';
import { CallParking, type ParkRefusal } from './call-parking.js';
import { legFacts, measuredOf, oneWayOf } from './call-record.js';
import { type About, CallRegistry } from './call-registry.js';
import { CallRouting } from './call-routing.js';
import { CallTalks } from './call-talks.js';
import type { CauseName } from './causes.js';
import type { DeviceLegs } from './device-legs.js';
import type { Analysis, DialPlan } from './dial-plan.js';
import { DigitCollector } from './digit-collector.js';
import type { CallDenial, CallEvent } from './events.js';
import type { CallStatistics, Leg } from './leg.js';
import { LEG_TABLE, type LegEvent, type LegStep } from './leg-table.js';
import { LostLinks } from './lost-links.js';
import type { MediaAddress, MediaCapabilities } from './media.js';
import { Paging } from './paging.js';
import { directParties, type Party, partyOf } from './parties.js';
import type { Appearance, FeatureKeeper, LegPort, Phones, SoundServices, TrunkLines } from './ports.js';
import type { RemoteCall } from './remote-call.js';
import { SerialQueue } from './serial-queue.js';
import type { CallSettings } from './settings.js';

/** What the call machine is built on. */
export interface CallControlDependencies {
  readonly settings: CallSettings;
  readonly dialPlan: DialPlan;
  readonly phones: Phones;
  readonly services: SoundServices;
  /** Absent: there are no trunks. */
  readonly trunks?: TrunkLines | undefined;
  readonly numbers: CallNumbers;
  readonly bus: Publisher<CallEvent>;
  /** Keeps what users set; absent: they can set nothing. */
  readonly keeper?: FeatureKeeper;
}

/** Keys that one leg passes on to the far end within a second; more are dropped (`docs/protocols/calls.md` §8.3). */
const MOST_KEYS = 50;

/** A new leg, or why there is none. */
export type Origination = { readonly leg: Leg } | { readonly denied: CallDenial };

export class CallControl implements HasDeadlines {
  readonly #dependencies: CallControlDependencies;
  readonly #registry: CallRegistry;
  readonly #media: CallMediaControl;
  readonly #denials: CallDenials;
  readonly #endings: CallEndings;
  readonly #dialling: DigitCollector;
  readonly #routing: CallRouting;
  readonly #talks: CallTalks;
  readonly #joins: CallJoins;
  readonly #blind: BlindTransfers;
  readonly #parking: CallParking;
  readonly #conferences: CallConferences;
  /** What users set of their lines and phones. */
  readonly features: CallFeatures;
  readonly #paging: Paging;
  readonly #lost: LostLinks;
  readonly #queue = new SerialQueue(() => {
    this.#registry.shared.flush();
    this.#onEarlierDeadline();
  });
  #onEarlierDeadline: () => void = () => {};

  constructor(dependencies: CallControlDependencies) {
    const { settings, bus, services, numbers, phones } = dependencies;
    this.#dependencies = dependencies;
    const registry = new CallRegistry(settings, numbers, phones, bus, (leg, event, now, about) =>
      this.#apply(leg, event, now, about),
    );
    this.#registry = registry;
    this.#denials = new CallDenials(bus);
    this.#media = new CallMediaControl(settings, bus, services, {
      failed: (leg, cause, now) => this.#endings.breakDown(leg, cause, now),
      earlyEnded: (caller, now) => this.#routing.ringWaiting(caller, now),
    });
    const endings = new CallEndings(registry, this.#media);
    this.#endings = endings;
    this.#lost = new LostLinks(registry, endings, this.#media);
    const offers = new CallOffers({ ...dependencies, registry });
    const routing = new CallRouting({
      ...dependencies,
      registry,
      endings,
      offers,
      openEarly: (caller, now) => this.#media.openEarly(caller, now),
      pickUp: (ringing, taker, now) => this.#joins.pickUp(ringing, taker, now),
      meet: (call, room, now) => this.#conferences.meet(call, room, now),
      retrieve: (slot, taker, now) => this.#parking.retrieve(slot, taker, now),
      page: (caller, number, now) => this.#paging.begin(caller, number, now),
    });
    this.#routing = routing;
    const features = new CallFeatures(dependencies);
    this.features = features;
    this.#dialling = new DigitCollector({ ...dependencies, registry, endings, routing, features });
    this.#talks = new CallTalks(registry, this.#media, endings, services);
    this.#joins = new CallJoins(registry, this.#media, endings, this.#talks);
    this.#blind = new BlindTransfers(registry, {
      dial: (leg, number, now) => this.#dialling.dial(leg, number, now),
      transfer: (primary, consultation, reason, now) =>
        this.#queue.run(() => this.#joins.transfer(primary, consultation, reason, now)),
      hangUp: (leg, now) => this.hangUp(leg, now),
    });
    this.#parking = new CallParking({ registry, joins: this.#joins, endings, blind: this.#blind, services });
    this.#conferences = new CallConferences({
      ...{ registry, joins: this.#joins, endings, services },
      nextCall: () => numbers.nextCall(),
      later: (step) => this.#queue.run(step),
    });
    const take = (caller: Leg, made: Offers, now: Instant): void => routing.take(caller, made, now);
    this.#paging = new Paging({ registry, endings, offers, phones, services, take });
    registry.onLegEnded = (leg, now) => {
      this.#parking.ended(leg);
      this.#conferences.ended(leg, now);
      this.#paging.ended(leg, now);
    };
  }

  /** Takes new settings; calls that stand go on. */
  configure(settings: CallSettings): void {
    this.#media.configure(settings);
    this.#dependencies.dialPlan.configure(settings);
    this.#registry.configure(settings);
  }

  /** `callback` is called whenever a deadline came nearer. */
  onEarlierDeadline(callback: () => void): void {
    this.#onEarlierDeadline = callback;
  }

  get calls(): ReadonlySet<Call> {
    return this.#registry.calls;
  }

  get legs(): DeviceLegs {
    return this.#registry.legs;
  }

  get settings(): CallSettings {
    return this.#registry.settings;
  }

  analyse(text: string): Analysis {
    return this.#dependencies.dialPlan.analyse(text);
  }

  /** As `DialPlan.endsAt`. */
  endsAt(text: string): ReturnType<DialPlan['endsAt']> {
    return this.#dependencies.dialPlan.endsAt(text);
  }

  takesHash(text: string): boolean {
    return this.#dependencies.dialPlan.takesHash(text);
  }

  nextParty(): number {
    return this.#dependencies.numbers.nextParty();
  }

  /** Makes the caller's leg, in state off-hook. A call that is active on the device is put on hold first, unless it mixes. */
  originate(appearance: Appearance, portFor: (leg: Leg) => LegPort, now: Instant): Origination {
    return this.#originate(appearance, undefined, portFor, now);
  }

  /**
   * The user of `primary` calls somebody else to speak of that call: it is put on hold, and a new leg of its line is off
   * hook (`docs/protocols/calls.md` §2.10). `transfer` of that leg connects the other two.
   */
  consult(primary: Leg, appearance: Appearance, portFor: (leg: Leg) => LegPort, now: Instant): Origination {
    return this.#originate(appearance, primary, portFor, now);
  }

  /**
   * Connects whom the user of `primary` talks with and whom the user's `consultation` rings or talks with; the user's own
   * legs end. Returns why it cannot, and nothing has changed then.
   */
  transfer(primary: Leg, consultation: Leg, now: Instant): JoinRefusal | undefined {
    const refusal = joinRefusal(primary, consultation);
    if (refusal === undefined) this.#queue.run(() => this.#joins.transfer(primary, consultation, 4, now));
    return refusal;
  }

  /** Whether `transfer` of the two would do it. */
  canTransfer(primary: Leg, consultation: Leg): boolean {
    return joinRefusal(primary, consultation) === undefined;
  }

  /**
   * Calls `number` for whom the user of `primary` talks with, and connects them as soon as it rings there; the user's leg
   * ends then. Until then, and where nobody can be reached, it stands as it is.
   */
  transferBlind(primary: Leg, number: string, watcher: BlindTransferWatcher, now: Instant): JoinRefusal | undefined {
    if (primary.far === undefined || primary.isInPreservedCall) return 'no-talk';
    this.#queue.run(() => this.#blind.begin(primary, number, { watcher }, now));
    return undefined;
  }

  /** `taker`, which was off hook, answers the call that rings at `ringing`, which rings no more. */
  pickUp(ringing: Leg, taker: Leg, now: Instant): JoinRefusal | undefined {
    if (ringing.state !== 'ring-in' || ringing.line === undefined) return 'no-talk';
    if (ringing.call === taker.call) return 'same-call';
    this.#queue.run(() => this.#joins.pickUp(ringing, taker, now));
    return undefined;
  }

  /** `taker`, which was off hook, takes the place of `replaced` in its call, which that one leaves. */
  replace(replaced: Leg, taker: Leg, now: Instant): JoinRefusal | undefined {
    if (replaced.far === undefined || replaced.isInPreservedCall || taker.state === 'idle') return 'no-talk';
    if (replaced.call === taker.call) return 'same-call';
    this.#queue.run(() => this.#joins.replace(replaced, taker, 4, now));
    return undefined;
  }

  /**
   * A phone resumes a call that another phone of its line holds: a new leg of it has the call from then on.
   * `undefined`: nobody holds it any more.
   */
  takeHeld(
    remote: RemoteCall,
    appearance: Appearance,
    portFor: (leg: Leg) => LegPort,
    now: Instant,
  ): Origination | undefined {
    let result: Origination | undefined;
    this.#queue.run(() => {
      if (remote.state !== 'held' || remote.leg.state !== 'hold') return;
      const originated = this.#originate(appearance, undefined, portFor, now);
      result = originated;
      if ('leg' in originated) this.#queue.run(() => this.#joins.takeHeld(remote.leg, originated.leg, now));
    });
    return result;
  }

  /** The phone that `taker` has begun a call on, which was off hook, resumes what another phone of its line holds. */
  moveHeld(remote: RemoteCall, taker: Leg, now: Instant): JoinRefusal | undefined {
    const { leg } = remote;
    if (remote.state !== 'held' || leg.state !== 'hold' || leg.far === undefined) return 'no-talk';
    this.#queue.run(() => this.#joins.takeHeld(leg, taker, now));
    return undefined;
  }

  /** A phone has registered, and is ready to show calls: it is shown those of its shared lines. */
  phoneRegistered(device: DeviceName, now: Instant): void {
    this.#registry.shared.registered(device, now);
  }

  /** A digit was dialled, or pressed during the call. */
  digit(leg: Leg, digit: string, now: Instant): void {
    this.#event(leg, 'digit', now, { digit });
  }

  backspace(leg: Leg, now: Instant): void {
    this.#event(leg, 'backspace', now);
  }

  /** The number is complete, whatever else could follow: en bloc, redial, speed dial, `#`. Without `number`: the digits so far. */
  dial(leg: Leg, number: string | undefined, now: Instant): void {
    this.#event(leg, 'number', now, number === undefined ? {} : { number });
  }

  /** The called phone rings. */
  alerting(leg: Leg, now: Instant): void {
    this.#event(leg, 'alerting', now);
  }

  /** The called phone's user answers. */
  answer(leg: Leg, now: Instant): void {
    this.#event(leg, 'answer', now);
  }

  /** The called phone refuses. */
  refuse(leg: Leg, cause: CauseName, now: Instant): void {
    this.#event(leg, 'refuse', now, { cause });
  }

  hold(leg: Leg, now: Instant): void {
    this.#event(leg, 'hold', now);
  }

  resume(leg: Leg, now: Instant): void {
    this.#event(leg, 'resume', now);
  }

  /** The user of the leg, which may only listen (`Leg.isListener`), is heard from now on, or once the call is answered. */
  speak(leg: Leg, now: Instant): void {
    this.#queue.run(() => this.#talks.speak(leg, now));
  }

  /** The user of the leg hangs up, or its protocol ends it: `cause` is 16 where nothing else is known. */
  hangUp(leg: Leg, now: Instant, cause: CauseName = 'normal'): void {
    this.#event(leg, 'hang-up', now, { cause });
  }

  /** The calls that are parked, by their number. */
  get parked(): CallParking['parked'] {
    return this.#parking.parked;
  }

  /** Where `park` would put the far end of `leg`, or why it would not. */
  parkingOf(leg: Leg): { readonly slot: string } | { readonly refused: ParkRefusal } {
    const refused = this.#parking.refusal(leg);
    const slot = this.#parking.freeSlot();
    return refused !== undefined || slot === undefined ? { refused: refused ?? 'no-slot' } : { slot };
  }

  /** Parks the far end of `leg`, which ends. Returns the number at which it stands, or why not. */
  park(leg: Leg, now: Instant): { readonly slot: string } | { readonly refused: ParkRefusal } {
    const place = this.parkingOf(leg);
    if ('slot' in place) this.#queue.run(() => this.#parking.park(leg, now));
    return place;
  }

  /** Whether users can make conferences. */
  get canConfer(): boolean {
    return this.#dependencies.services.canMix === true;
  }

  /** Whether there are rooms that can be dialled. */
  get canMeet(): boolean {
    return this.canConfer && this.#registry.settings.conference.rooms !== undefined;
  }

  /** The conferences that stand, by their number. */
  get conferences(): CallConferences['open'] {
    return this.#conferences.open;
  }

  /**
   * Everybody in these calls of one user is in one conference from now on; `consultation` is the user's leg in it, and `primaries` end.
   * Returns why not, or tells it `onRefused` where it turns out later, such as for want of an RTP port: nothing has changed then.
   */
  confer(
    primaries: readonly Leg[],
    consultation: Leg,
    now: Instant,
    onRefused: OnRefused = () => {},
  ): ConferenceRefusal | undefined {
    let refusal: ConferenceRefusal | undefined;
    this.#queue.run(() => {
      refusal = this.#conferences.join(primaries, consultation, onRefused, now);
    });
    return refusal;
  }

  /** The conference that a call is a part of. */
  conferenceOf(call: Call): Conference | undefined {
    return this.#conferences.of(call.caller) ?? (call.answered && this.#conferences.of(call.answered));
  }

  /** Why `confer` of them would not do it. */
  conferenceRefusal(primaries: readonly Leg[], consultation: Leg): ConferenceRefusal | undefined {
    return this.#conferences.refusal(primaries, consultation);
  }

  /** Who else is in the conference of `leg`, in the order in which they came. */
  conferees(leg: Leg): readonly Party[] {
    return this.#conferences.othersOf(leg);
  }

  isConferring(leg: Leg): boolean {
    return this.#conferences.of(leg) !== undefined;
  }

  /** Whether the user of `leg` has made the conference that it is in. */
  controlsConference(leg: Leg): boolean {
    const conference = this.#conferences.of(leg);
    return conference?.controller !== undefined && conference.controller === leg.device;
  }

  /** Who came last is taken out of the conference that the user of `leg` has made. `false`: nobody was. */
  removeLastConferee(leg: Leg, now: Instant): boolean {
    let isRemoved = false;
    this.#queue.run(() => {
      isRemoved = this.#conferences.removeLast(leg, now);
    });
    return isRemoved;
  }

  /** Whether the line of `leg` has a voicemail. */
  canDivert(leg: Leg): boolean {
    return this.#voicemailOf(leg) !== '';
  }

  #voicemailOf({ line }: Leg): string {
    return (line === undefined ? undefined : this.#dependencies.phones.featuresOf?.(line)?.voicemail) ?? '';
  }

  /**
   * Sends the call of `leg` to the voicemail of its line: one that rings is offered there, the far end of one that talks is
   * called for. `false`: the line has none, or there is no such call.
   */
  divert(leg: Leg, now: Instant): boolean {
    const number = this.#voicemailOf(leg);
    const isRinging = leg.state === 'ring-in';
    if (number === '' || (!isRinging && (leg.far === undefined || leg.isInPreservedCall))) return false;
    this.#queue.run(() => {
      if (isRinging) this.#routing.divert(leg, number, 50, now);
      else this.#blind.begin(leg, number, { reason: 50 }, now);
    });
    return true;
  }

  /**
   * The phone of `leg`, which rings, has its call go to `number` instead. `false`: the number leads neither to other phones nor
   * to a trunk, or no phone of ours rings: another PBX moves no calls of ours.
   */
  forwardRinging(leg: Leg, number: string, reason: 1 | 2 | 15, now: Instant): boolean {
    if (leg.state !== 'ring-in' || leg.line === undefined) return false;
    if (!this.features.isFollowedTo(leg.line, number)) return false;
    this.#queue.run(() => this.#routing.divert(leg, number, reason, now));
    return true;
  }

  /** `leg`, which is off hook, answers what rings longest in the pick-up group of its line, or in the groups of `others`. */
  pickUpInGroup(leg: Leg, now: Instant, of: 'own' | 'others' = 'own'): void {
    const number = this.#registry.settings.pickup ?? '';
    this.#queue.run(() => {
      this.#registry.enter(leg, 'proceeding', now, undefined);
      this.#routing.offer(leg, { kind: 'pickup', number, ...(of === 'others' ? { of } : {}) }, now);
    });
  }

  /** What the user of `leg` dials names a call that rings and is to be answered, or a group of them. */
  collectPickUp(leg: Leg): void {
    leg.picksUp = true;
  }

  /** What the user of `leg` dials names a meeting room, and nothing else. */
  collectRoom(leg: Leg): void {
    leg.meetsOthers = true;
  }

  /** The consultation of `leg` is to become a conference of all three. */
  consultForConference(leg: Leg): void {
    leg.consultsFor = 'conference';
  }

  /** What the user of `leg`, which is off hook, dials is where its line forwards all calls. */
  collectForward(leg: Leg): void {
    leg.setsForward = true;
  }

  /** The user wants what was dialled so far to be it; nothing: the leg ends. */
  forwardDialled(leg: Leg, now: Instant): void {
    if (leg.digits === '') this.hangUp(leg, now);
    else this.dial(leg, undefined, now);
  }

  /** Whether a phone may receive there; where it may not, its `mediaOpened` ends the call. */
  mayReceiveAt(address: MediaAddress): boolean {
    return this.#media.allows(address);
  }

  /** Where the leg receives and what it can. `mustAnswer`: it offered and waits for where the other end receives. */
  mediaOpened(
    leg: Leg,
    receive: MediaAddress,
    capabilities: MediaCapabilities,
    mustAnswer: boolean,
    now: Instant,
  ): void {
    this.#queue.run(() => this.#media.opened(leg, receive, capabilities, mustAnswer, now));
  }

  /** The other end of the leg has shown by its ACK that it is there. */
  proved(leg: Leg, now: Instant): void {
    if (leg.isUnproved) this.#queue.run(() => this.#media.proved(leg, now));
  }

  /** The leg cannot receive. */
  mediaFailed(leg: Leg, now: Instant): void {
    this.#queue.run(() => this.#media.failed(leg, 'refused', now));
  }

  /** The leg cannot send, or not any more. The other direction and the call go on (`docs/protocols/calls.md` §2.7). */
  sendingFailed(leg: Leg, now: Instant): void {
    this.#queue.run(() => this.#media.sendingFailed(leg, now));
  }

  /** What the phone counted; it may come until two seconds after the leg's end. */
  statistics(leg: Leg, statistics: CallStatistics, now: Instant): void {
    leg.statistics = statistics;
    this.#registry.publish(measuredOf(leg, statistics, now));
    const far = leg.far ?? leg.call.caller;
    if (far === leg || far.statistics === undefined) return;
    for (const event of oneWayOf(leg, far, now)) this.#registry.publish(event);
  }

  /**
   * The device lost its registration or its link. What it talks in with another phone is preserved, and the rest ends.
   * `keepsDialogs`: what it was told stands, and may be taken up when it is back (SIP).
   */
  linkLost(device: DeviceName, now: Instant, keepsDialogs = false): void {
    this.#registry.shared.lost(device);
    for (const leg of [...this.#registry.legs.of(device)]) {
      if (!keepsDialogs) leg.port = undefined; // nobody is there to be told
      this.#event(leg, 'link-lost', now, { cause: 'absent' });
    }
  }

  /** The leg's phone lost its link, and its call goes on over the next one: SIP's dialogs outlive their connections. */
  linkBroken(leg: Leg, now: Instant): void {
    this.#lost.break(leg, now);
  }

  /** A device that was lost is back, with the dialogs that it had. */
  linkRestored(device: DeviceName, now: Instant): void {
    this.#queue.run(() => this.#lost.restore(device, now));
  }

  /** A device whose calls were preserved does not talk any more: they end. */
  preservedEnded(device: DeviceName, now: Instant): void {
    this.#queue.run(() => this.#lost.endPreserved(device, now));
  }

  /** The device was removed, suspended or made another one: its calls end before its link does. */
  deviceEnded(device: DeviceName, now: Instant): void {
    this.#queue.run(() => this.#lost.endAll(device, now));
  }

  nextDeadline(): Instant | undefined {
    return earlier(earlier(this.#registry.deadlines.next(), this.#media.nextDeadline()), this.#denials.nextDeadline());
  }

  expire(now: Instant): void {
    this.#registry.deadlines.expire(now, (leg) => this.#event(leg, 'timeout', now));
    this.#queue.run(() => this.#media.expire(now));
    this.#denials.expire(now);
  }

  /** Ends everything, for the daemon's stop. */
  stop(now: Instant): void {
    this.#queue.run(() => this.#conferences.stop(now));
    for (const call of [...this.#registry.calls]) {
      for (const leg of call.legs)
        if (leg.state !== 'idle')
          this.#queue.run(() => this.#endings.end(leg, { cause: 'temporaryFailure', by: 'server' }, now));
    }
  }

  // Steps of the table

  readonly #steps: Readonly<Record<LegStep, (leg: Leg, now: Instant, about: About) => void>> = {
    collect: (leg, now, { digit = '' }) => this.#dialling.collect(leg, digit, now),
    correct: (leg, now) => this.#dialling.correct(leg, now),
    route: (leg, now, { number }) => this.#dialling.dial(leg, number, now),
    'give-up-dialling': (leg, now) => this.#dialling.giveUp(leg, now),
    'ring-back': (leg, now) => this.#talks.ringBack(leg, now),
    connect: () => {}, // `answer` of the called leg connects both
    fail: (leg, now, { cause = 'unspecified' }) => {
      if (!this.#routing.goOnRefused(leg, cause, now)) this.#endings.fail(leg, cause, now);
    },
    'no-answer': (leg, now) => {
      if (!this.#routing.goOnUnanswered(leg, now)) this.#talks.giveUp(leg, now);
    },
    'tell-caller': (leg, now) => this.#talks.alert(leg, now),
    answer: (leg, now) => this.#talks.answer(leg, now),
    refuse: (leg, now, { cause = 'rejected' }) => this.#talks.refuse(leg, cause === 'normal' ? 'rejected' : cause, now),
    hold: (leg, now) => {
      if (!leg.isInPreservedCall) this.#talks.hold(leg, now);
    },
    resume: (leg, now) => this.#talks.resume(leg, now),
    release: (leg, now, { cause = 'normal' }) => this.#endings.release(leg, { cause, by: 'user' }, now),
    released: (leg, now, { cause = 'normal' }) => this.#endings.end(leg, { cause, by: 'far' }, now),
    withdraw: (leg, now, { cause = 'normal' }) => this.#endings.end(leg, { cause, by: 'far' }, now),
    'end-failure': (leg, now) => {
      if (leg.port?.isHandsetUp === true) return; // the tone ends when the user hangs up
      this.#endings.end(leg, { cause: leg.cause ?? 'normal', by: 'server' }, now);
    },
    dtmf: (leg, now, { digit = '' }) => {
      leg.keys ??= new SlidingWindow();
      if (leg.keys.add(1, seconds(1), now) > MOST_KEYS) return;
      if (leg.call.media?.telephoneEvent === undefined) leg.far?.port?.digit(digit, now);
    },
    'too-long': (leg, now) => {
      if (this.#parking.timeout(leg, now)) return;
      this.#endings.release(leg, { cause: 'timer', by: 'server' }, now);
    },
    'lose-phone': (leg, now) => this.#lost.lose(leg, now),
    lose: (leg, now) => this.#endings.release(leg, { cause: 'temporaryFailure', by: 'server' }, now),
  };

  #event(leg: Leg, event: LegEvent, now: Instant, about: About = {}): void {
    this.#queue.run(() => this.#apply(leg, event, now, about));
  }

  #apply(leg: Leg, event: LegEvent, now: Instant, about: About = {}): void {
    if (leg.state === 'idle') return;
    const step = LEG_TABLE[event][leg.state];
    if (step !== undefined) this.#steps[step](leg, now, about);
  }

  #originate(
    appearance: Appearance,
    primary: Leg | undefined,
    portFor: (leg: Leg) => LegPort,
    now: Instant,
  ): Origination {
    const { device, dn, lineInstance, displayName, isTrunk = false, node, isUnproved = false } = appearance;
    this.preservedEnded(device, now);
    const denied = this.#denial(appearance, now);
    if (denied !== undefined) {
      this.#denials.add(device, dn, denied, now);
      this.#onEarlierDeadline();
      return { denied };
    }
    const registry = this.#registry;
    const active = registry.legs.activeOf(device);
    if (active?.state === 'connected' && active.port?.mixesCalls !== true)
      this.#queue.run(() => this.#talks.giveWay(active, now));
    const calling = partyOf(dn, displayName, isTrunk ? undefined : device);
    const call = registry.newCall(directParties(calling, partyOf('')), now);
    call.redirection = appearance.redirection;
    const owner = { device, dn, lineInstance, callInstance: registry.legs.freeInstance(device, dn), isTrunk, node };
    const leg = registry.newLeg(call, 'caller', owner, portFor, now) as Leg; // a caller always has a port
    leg.isUnproved = isUnproved;
    registry.calls.add(call);
    if (primary !== undefined) registry.consult(primary, leg, now);
    if (!isTrunk) registry.publish({ type: 'call.off-hook', ...legFacts(leg, now), line: lineInstance });
    this.#queue.run(() => leg.port?.offHook(now));
    return { leg };
  }

  #denial({ device, dn, maxCalls, node }: Appearance, now: Instant): CallDenial | undefined {
    const { settings, legs, calls } = this.#registry;
    const { enabled, limits } = settings;
    if (!enabled) return 'disabled';
    const isDevice = node === undefined; // a node has limited each of its phones itself
    if (isDevice && !this.#denials.mayBegin(device, limits.perSecond, now)) return 'too-fast';
    if (legs.countOf(device, dn) >= maxCalls) return 'line-full';
    if (isDevice && legs.of(device).length >= limits.perDevice) return 'device-full';
    return calls.size >= limits.calls ? 'server-full' : undefined;
  }
}
