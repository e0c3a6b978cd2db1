// The call machine: calls and their legs, for both protocols. It takes one event of a leg at a time, looks up what to do in
// `leg-table.ts`, does it, and asks the legs' ports to show it. It has no socket and no clock (`docs/protocols/calls.md` §1).

import { DeadlineQueue } from '../core/deadline-queue.js';
import { earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { SlidingWindow } from '../core/rate-limit.js';
import { after, between, type Duration, type Instant, seconds } from '../core/time.js';
import { Call } from './call.js';
import { CallDenials } from './call-denials.js';
import { CallMediaControl } from './call-media.js';
import type { CallNumbers } from './call-numbers.js';
import { CallOffers } from './call-offers.js';
import { endedOf, legFacts, measuredOf, oneWayOf } from './call-record.js';
import type { CauseName } from './causes.js';
import { CAUSES } from './causes.js';
import { DeviceLegs } from './device-legs.js';
import type { Analysis, DialPlan } from './dial-plan.js';
import type { CallDenial, CallEvent } from './events.js';
import { type CallStatistics, Leg } from './leg.js';
import { LEG_TABLE, type LegEvent, type LegState, type LegStep } from './leg-table.js';
import type { MediaAddress, MediaCapabilities } from './media.js';
import { directParties, partyOf, printable } from './parties.js';
import type { Appearance, LegPort, Phones, Release, SoundServices, TrunkLines } from './ports.js';
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
}

/** The most digits that a number has (`docs/protocols/calls.md` §8.3); further ones are dropped. */
const MOST_DIGITS = 64;
/** Keys that one leg passes on to the far end within a second; more are dropped (`docs/protocols/calls.md` §8.3). */
const MOST_KEYS = 50;
const TO_ALERT = seconds(12);
const FAILURE_TONE = seconds(15);
const LONGEST_CALL = seconds(12 * 3600);

/** Worse causes win over better ones only where nobody answered: busy says more than absent. */
const TELLING: readonly CauseName[] = ['busy', 'rejected', 'noAnswer', 'noResponse', 'absent', 'unallocated'];

/** A new leg, or why there is none. */
export type Origination = { readonly leg: Leg } | { readonly denied: CallDenial };

export class CallControl implements HasDeadlines {
  readonly #dependencies: CallControlDependencies;
  #settings: CallSettings;
  readonly #legs = new DeviceLegs();
  readonly #calls = new Set<Call>();
  readonly #deadlines = new DeadlineQueue<Leg>();
  readonly #media: CallMediaControl;
  readonly #denials: CallDenials;
  readonly #offers: CallOffers;
  readonly #queue = new SerialQueue(() => this.#onEarlierDeadline());
  #onEarlierDeadline: () => void = () => {};

  constructor(dependencies: CallControlDependencies) {
    this.#dependencies = dependencies;
    this.#settings = dependencies.settings;
    this.#offers = new CallOffers({
      ...dependencies,
      legs: this.#legs,
      perDevice: () => this.#settings.limits.perDevice,
    });
    this.#denials = new CallDenials(dependencies.bus);
    this.#media = new CallMediaControl(
      dependencies.settings,
      dependencies.bus,
      dependencies.services,
      (leg, cause, now) => this.#breakDown(leg, cause, now),
      (caller, now) => this.#ringWaiting(caller, now),
    );
  }

  /** Takes new settings; calls that stand go on. */
  configure(settings: CallSettings): void {
    this.#settings = settings;
    this.#media.configure(settings);
    this.#dependencies.dialPlan.configure(settings);
  }

  /** `callback` is called whenever a deadline came nearer. */
  onEarlierDeadline(callback: () => void): void {
    this.#onEarlierDeadline = callback;
  }

  get calls(): ReadonlySet<Call> {
    return this.#calls;
  }

  get legs(): DeviceLegs {
    return this.#legs;
  }

  get settings(): CallSettings {
    return this.#settings;
  }

  analyse(text: string): Analysis {
    return this.#dependencies.dialPlan.analyse(text);
  }

  takesHash(text: string): boolean {
    return this.#dependencies.dialPlan.takesHash(text);
  }

  nextParty(): number {
    return this.#dependencies.numbers.nextParty();
  }

  /** Makes the caller's leg, in state off-hook. A call that is active on the device is put on hold first, unless it mixes. */
  originate(appearance: Appearance, portFor: (leg: Leg) => LegPort, now: Instant): Origination {
    const { device, dn, lineInstance, displayName } = appearance;
    const denied = this.#denial(appearance, now);
    if (denied !== undefined) {
      this.#denials.add(device, dn, denied, now);
      this.#onEarlierDeadline();
      return { denied };
    }
    const active = this.#legs.activeOf(device);
    if (active?.state === 'connected' && active.port?.mixesCalls !== true)
      this.#queue.run(() => this.#apply(active, 'hold', now));
    const { numbers } = this.#dependencies;
    const calling = partyOf(dn, displayName, appearance.isTrunk === true ? undefined : device);
    const call = new Call(numbers.nextCall(), directParties(calling, partyOf('')), now);
    call.redirection = appearance.redirection;
    const { isTrunk = false } = appearance;
    const owner = { device, dn, lineInstance, callInstance: this.#legs.freeInstance(device, dn), isTrunk };
    const leg = new Leg(this.#nextLeg(), call, 'caller', owner, 'off-hook', now);
    call.caller = leg;
    leg.port = portFor(leg);
    leg.capabilities = leg.port.capabilities();
    this.#calls.add(call);
    this.#legs.add(leg);
    this.#await(leg, this.#settings.interDigit, now);
    if (!isTrunk) this.#publish({ type: 'call.off-hook', ...legFacts(leg, now), line: lineInstance });
    this.#queue.run(() => leg.port?.offHook(now));
    return { leg };
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

  /** The user of the leg hangs up, or its protocol ends it: `cause` is 16 where nothing else is known. */
  hangUp(leg: Leg, now: Instant, cause: CauseName = 'normal'): void {
    this.#event(leg, 'hang-up', now, { cause });
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
    this.#publish(measuredOf(leg, statistics, now));
    const far = leg.far ?? leg.call.caller;
    if (far === leg || far.statistics === undefined) return;
    for (const event of oneWayOf(leg, far, now)) this.#publish(event);
  }

  /** The device lost its registration or its link. */
  linkLost(device: DeviceName, now: Instant): void {
    for (const leg of [...this.#legs.of(device)]) {
      if (leg.isPreserved) continue;
      leg.port = undefined; // nobody is there to be told
      this.#event(leg, 'link-lost', now, { cause: 'absent' });
    }
  }

  /** The leg's phone lost its link, and its call goes on over the next one: SIP's dialogs outlive their connections. */
  linkBroken(leg: Leg, now: Instant): void {
    this.#publish({ type: 'call.preserved', ...legFacts(leg, now) });
  }

  /** A device whose calls were preserved does not talk any more. */
  preservedEnded(device: DeviceName, now: Instant): void {
    for (const leg of [...this.#legs.of(device)])
      if (leg.isPreserved) this.#queue.run(() => this.#end(leg, { cause: 'temporaryFailure', by: 'server' }, now));
  }

  nextDeadline(): Instant | undefined {
    return earlier(earlier(this.#deadlines.next(), this.#media.nextDeadline()), this.#denials.nextDeadline());
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (leg) => this.#event(leg, 'timeout', now));
    this.#queue.run(() => this.#media.expire(now));
    this.#denials.expire(now);
  }

  /** Ends everything, for the daemon's stop. */
  stop(now: Instant): void {
    for (const call of [...this.#calls]) {
      for (const leg of [call.caller, ...call.called])
        if (leg.state !== 'idle')
          this.#queue.run(() => this.#end(leg, { cause: 'temporaryFailure', by: 'server' }, now));
    }
  }

  // Steps of the table

  readonly #steps: Readonly<Record<LegStep, (leg: Leg, now: Instant, about: About) => void>> = {
    collect: (leg, now, { digit = '' }) => this.#collect(leg, digit, now),
    correct: (leg, now) => this.#correct(leg, now),
    route: (leg, now, { number }) => this.#dial(leg, number, now),
    'give-up-dialling': (leg, now) => {
      const result = leg.digits === '' ? undefined : this.analyse(leg.digits);
      if (result?.kind === 'match') this.#route(leg, result, now);
      else this.#fail(leg, leg.digits === '' ? 'timer' : 'incomplete', now);
    },
    'ring-back': (leg, now) => {
      if (leg.state === 'ring-out') return; // a phone that repeats itself does not ring longer
      this.#enter(leg, 'ring-out', now, this.#settings.noAnswer);
      leg.port?.alerting(leg.call.parties, now);
    },
    connect: () => {}, // `answer` of the called leg connects both
    fail: (leg, now, { cause = 'unspecified' }) => this.#fail(leg, cause, now),
    'no-answer': (leg, now) => {
      const cause = leg.state === 'proceeding' && leg.call.alertedAt === undefined ? 'noResponse' : 'noAnswer';
      this.#withdraw(leg.call, { cause, by: 'server' }, now);
      this.#fail(leg, cause, now);
    },
    'tell-caller': (leg, now) => {
      const { call } = leg;
      if (call.alertedAt === undefined) {
        call.alertedAt = now;
        const waited = between(call.completedAt ?? call.startedAt, now);
        this.#publish({ type: 'call.alerting', ...legFacts(leg, now), waited });
      }
      this.#apply(call.caller, 'far-alerting', now);
    },
    answer: (leg, now) => this.#answer(leg, now),
    refuse: (leg, now, { cause = 'rejected' }) => this.#refuse(leg, cause === 'normal' ? 'rejected' : cause, now),
    hold: (leg, now) => this.#hold(leg, now),
    resume: (leg, now) => this.#resume(leg, now),
    release: (leg, now, { cause = 'normal' }) => this.#release(leg, { cause, by: 'user' }, now),
    released: (leg, now, { cause = 'normal' }) => this.#end(leg, { cause, by: 'far' }, now),
    withdraw: (leg, now, { cause = 'normal' }) => this.#end(leg, { cause, by: 'far' }, now),
    'end-failure': (leg, now) => {
      if (leg.port?.isHandsetUp === true) return; // the tone ends when the user hangs up
      this.#end(leg, { cause: leg.cause ?? 'normal', by: 'server' }, now);
    },
    dtmf: (leg, now, { digit = '' }) => {
      leg.keys ??= new SlidingWindow();
      if (leg.keys.add(1, seconds(1), now) > MOST_KEYS) return;
      if (leg.call.media?.telephoneEvent === undefined) leg.far?.port?.digit(digit, now);
    },
    'too-long': (leg, now) => this.#release(leg, { cause: 'timer', by: 'server' }, now),
    preserve: (leg, now) => {
      leg.isPreserved = true;
      leg.cause = 'temporaryFailure';
      this.#await(leg, LONGEST_CALL, now); // its phone may never come back
      this.#media.forget(leg);
      this.#publish({ type: 'call.preserved', ...legFacts(leg, now) });
    },
    lose: (leg, now) => this.#release(leg, { cause: 'temporaryFailure', by: 'server' }, now),
  };

  #event(leg: Leg, event: LegEvent, now: Instant, about: About = {}): void {
    this.#queue.run(() => this.#apply(leg, event, now, about));
  }

  #apply(leg: Leg, event: LegEvent, now: Instant, about: About = {}): void {
    if (leg.state === 'idle') return;
    const step = LEG_TABLE[event][leg.state];
    if (step !== undefined) this.#steps[step](leg, now, about);
  }

  // Dialling

  #denial({ device, dn, maxCalls }: Appearance, now: Instant): CallDenial | undefined {
    const { enabled, limits } = this.#settings;
    if (!enabled) return 'disabled';
    if (!this.#denials.mayBegin(device, limits.perSecond, now)) return 'too-fast';
    if (this.#legs.countOf(device, dn) >= maxCalls) return 'line-full';
    if (this.#legs.of(device).length >= limits.perDevice) return 'device-full';
    return this.#calls.size >= limits.calls ? 'server-full' : undefined;
  }

  #collect(leg: Leg, digit: string, now: Instant): void {
    if (leg.digits.length >= MOST_DIGITS) return;
    if (digit === '#' && leg.digits !== '' && !this.takesHash(leg.digits)) {
      this.#dial(leg, undefined, now);
      return;
    }
    const isFirst = leg.state === 'off-hook';
    leg.digits += digit;
    this.#enter(leg, 'dialing', now, this.#settings.interDigit);
    leg.port?.collecting(leg.digits, isFirst, now);
    const result = this.analyse(leg.digits);
    if (result.kind === 'none') this.#unroutable(leg, result, now);
    else if (result.kind === 'match' && !result.canGrow) this.#route(leg, result, now);
    else
      this.#publish({
        type: 'call.dialling',
        ...legFacts(leg, now),
        digits: leg.digits,
        matches: result.kind === 'match',
      });
  }

  #correct(leg: Leg, now: Instant): void {
    leg.digits = leg.digits.slice(0, -1);
    this.#enter(leg, leg.digits === '' ? 'off-hook' : 'dialing', now, this.#settings.interDigit);
    leg.port?.corrected(leg.digits, now);
  }

  #dial(leg: Leg, number: string | undefined, now: Instant): void {
    if (number !== undefined) leg.digits = printable(number).slice(0, MOST_DIGITS);
    const result = this.analyse(leg.digits);
    if (result.kind === 'match') this.#route(leg, result, now);
    else this.#unroutable(leg, result, now);
  }

  #unroutable(leg: Leg, result: Analysis, now: Instant): void {
    const steps = result.kind === 'none' ? result.steps : [];
    this.#publish({ type: 'call.analysed', ...legFacts(leg, now), dialled: leg.digits, steps });
    leg.call.dialled = leg.digits;
    this.#fail(leg, result.kind === 'incomplete' ? 'incomplete' : 'unallocated', now);
  }

  /** The number leads somewhere: its parties are filled in and the far end is offered the call. */
  #route(leg: Leg, { target, steps }: Extract<Analysis, { kind: 'match' }>, now: Instant): void {
    const { call } = leg;
    call.dialled = leg.digits;
    call.target = target;
    call.completedAt = now;
    this.#publish({ type: 'call.analysed', ...legFacts(leg, now), dialled: leg.digits, target, steps });
    const appearances = target.kind === 'line' ? this.#dependencies.phones.appearancesOf(target.dn) : [];
    const number = target.kind === 'line' ? target.dn : target.number;
    const called = partyOf(number, appearances[0]?.appearance.displayName ?? '', appearances[0]?.appearance.device);
    call.parties = { ...directParties(call.parties.calling, called), ...call.redirection };
    const isToTrunk = target.kind === 'trunk';
    if (isToTrunk && call.redirection === undefined)
      call.parties = { ...call.parties, originalCalled: partyOf(call.dialled), lastRedirecting: partyOf(call.dialled) };
    // Who is called by a trunk may be far away: its own signalling ends the wait.
    this.#enter(leg, 'proceeding', now, isToTrunk ? this.#settings.noAnswer : TO_ALERT);
    leg.port?.proceeding(call.dialled, call.parties, now);
    const offers =
      target.kind === 'line'
        ? this.#offers.toPhones(call, appearances, now)
        : isToTrunk
          ? this.#offers.toTrunk(call, target, now)
          : this.#offers.toService(call, target, now);
    if (offers.kind === 'refused') this.#fail(leg, offers.cause, now);
    else if (offers.kind === 'unanswered') {
      call.alertedAt = now;
      this.#apply(leg, 'far-alerting', now);
    } else for (const { leg: offered, isWaiting } of offers.offers) this.#offer(leg, offered, isWaiting, now);
  }

  #offer(leg: Leg, offered: Leg, isWaiting: boolean, now: Instant): void {
    const { call } = leg;
    this.#publish({
      type: 'call.offered',
      ...legFacts(leg, now),
      to: offered.ci,
      ...(offered.device === undefined ? {} : { toDevice: offered.device }),
      calling: call.parties.calling,
      dialled: call.dialled,
      called: call.parties.called,
    });
    if (offered.port?.wantsCallerMedia === true && this.#media.openEarly(leg, now)) return; // it rings then
    this.#ring(leg, offered, isWaiting, now);
  }

  #ring(leg: Leg, offered: Leg, isWaiting: boolean, now: Instant): void {
    const { receive, capabilities, isTrunk } = leg;
    const callerMedia = receive === undefined || capabilities === undefined ? undefined : { receive, capabilities };
    offered.port?.ring({ parties: leg.call.parties, isWaiting, callerMedia, isOutside: isTrunk }, now);
  }

  /** The caller's channel is open, or will not be: who waits for it is asked to ring. */
  #ringWaiting(caller: Leg, now: Instant): void {
    if (caller.state !== 'proceeding') return;
    for (const offered of caller.call.called)
      if (offered.state === 'ring-in' && offered.port?.wantsCallerMedia === true)
        this.#ring(caller, offered, false, now);
  }

  // Answer, hold, resume

  #answer(leg: Leg, now: Instant): void {
    const { call } = leg;
    if (leg.device !== undefined && leg.port?.mixesCalls !== true) {
      for (const other of this.#legs.of(leg.device))
        if (other !== leg && other.state === 'connected' && !other.isPreserved) this.#hold(other, now);
    }
    call.answered = leg;
    call.answeredAt = now;
    for (const other of call.called) if (other !== leg) this.#end(other, { cause: 'normal', by: 'elsewhere' }, now);
    call.called = [leg];
    const { calling } = call.parties;
    const called = partyOf(leg.dn, call.parties.called.name, leg.isTrunk ? undefined : leg.device);
    call.parties = { ...call.parties, calling, called };
    this.#publish({
      type: 'call.answered',
      ...legFacts(leg, now),
      waited: between(call.completedAt ?? call.startedAt, now),
    });
    this.#enter(leg, 'connected', now, LONGEST_CALL);
    this.#enter(call.caller, 'connected', now, undefined);
    for (const one of [leg, call.caller]) {
      one.port?.connecting(call.parties, now);
      this.#media.open(one, now);
      if (one.state !== 'connected') return; // no codec in common: both are cleared
      one.port?.connected(call.parties, now);
    }
    this.#media.agree(call, now);
  }

  #refuse(leg: Leg, cause: CauseName, now: Instant): void {
    const { call } = leg;
    this.#end(leg, { cause, by: 'user' }, now);
    if (call.answered !== undefined) return;
    if (call.called.some(({ state }) => state !== 'idle')) return;
    const causes = call.called.map((other) => other.cause ?? cause);
    const best = TELLING.find((telling) => causes.includes(telling)) ?? cause;
    this.#apply(call.caller, 'far-refused', now, { cause: best });
  }

  #hold(leg: Leg, now: Instant): void {
    this.#enter(leg, 'hold', now, LONGEST_CALL);
    this.#media.stop(leg.call, now);
    leg.port?.held(leg.call.parties, now);
    leg.far?.port?.farHeld(true, now);
    this.#publish({ type: 'call.held', ...legFacts(leg, now) });
  }

  #resume(leg: Leg, now: Instant): void {
    if (leg.device !== undefined && leg.port?.mixesCalls !== true) {
      const active = this.#legs.activeOf(leg.device);
      if (active?.state === 'connected') this.#hold(active, now);
      else if (active !== undefined) return; // it dials or hears a tone: that leg is ended first
    }
    this.#enter(leg, 'connected', now, LONGEST_CALL);
    leg.port?.resumed(leg.call.parties, now);
    this.#publish({ type: 'call.resumed', ...legFacts(leg, now) });
    const { far } = leg;
    if (far?.state === 'connected') far.port?.farHeld(false, now);
    else leg.port?.farHeld(true, now);
    this.#media.agree(leg.call, now);
  }

  // Ends

  /** The leg ends, and with it what the far end has of the call. */
  #release(leg: Leg, release: Release, now: Instant): void {
    const { call } = leg;
    const wasAnswered = call.answered !== undefined;
    const { far } = leg;
    this.#end(leg, release, now);
    if (leg === call.caller && !wasAnswered) this.#withdraw(call, { cause: release.cause, by: 'far' }, now);
    else if (far !== undefined) this.#apply(far, 'far-released', now, { cause: release.cause });
  }

  /** Nobody is to answer any more. */
  #withdraw(call: Call, release: Release, now: Instant): void {
    for (const leg of call.called) if (leg.state !== 'idle') this.#end(leg, release, now);
  }

  /** The caller hears why, or its leg ends at once where the phone plays the tone by itself. */
  #fail(leg: Leg, cause: CauseName, now: Instant): void {
    leg.cause = cause;
    if (leg.port?.playsFailure !== true) {
      this.#end(leg, { cause, by: 'server' }, now);
      return;
    }
    this.#enter(leg, cause === 'busy' || cause === 'rejected' ? 'busy' : 'reorder', now, FAILURE_TONE);
    leg.port.failed(cause, leg.call.parties, now);
  }

  /** No media: both legs are cleared. */
  #breakDown(leg: Leg, cause: CauseName, now: Instant): void {
    const { call } = leg;
    for (const one of [leg, ...(leg.far === undefined ? [] : [leg.far])]) {
      if (one.state === 'idle') continue;
      if (one === call.caller && one.port?.playsFailure === true) {
        this.#media.forget(one);
        this.#fail(one, cause, now);
      } else this.#end(one, { cause, by: 'server' }, now);
    }
  }

  #end(leg: Leg, release: Release, now: Instant): void {
    if (leg.state === 'idle') return;
    const { call, port } = leg;
    leg.cause ??= release.by === 'far' ? undefined : release.cause;
    leg.state = 'idle';
    leg.endedAt = now;
    leg.endedBy = release.by;
    this.#deadlines.set(leg, undefined);
    this.#media.forget(leg);
    this.#legs.remove(leg);
    port?.release(release, now);
    const cause = release.by === 'far' ? 0 : CAUSES[release.cause].value;
    this.#publish({ type: 'call.released', ...legFacts(leg, now), cause, by: release.by });
    const isOver = call.caller.state === 'idle' && call.called.every(({ state }) => state === 'idle');
    if (!isOver || !this.#calls.delete(call)) return;
    if (this.#dependencies.bus.hasListener('call.ended')) this.#publish(endedOf(call, now));
  }

  #enter(leg: Leg, state: LegState, now: Instant, within: Duration | undefined): void {
    leg.state = state;
    if (within === undefined) this.#deadlines.set(leg, undefined);
    else this.#await(leg, within, now);
  }

  #await(leg: Leg, within: Duration, now: Instant): void {
    this.#deadlines.set(leg, after(now, within));
  }

  #nextLeg(): number {
    return this.#dependencies.numbers.nextLeg((ci) => this.#legs.has(ci));
  }

  #publish(event: CallEvent): void {
    if (this.#dependencies.bus.hasListener(event.type)) this.#dependencies.bus.publish(event);
  }
}

/** What comes with an event. */
interface About {
  readonly digit?: string;
  readonly number?: string;
  readonly cause?: CauseName;
}
