// Conferences: every party talks with an end of labcm's own, and the ends of one room hear each other. A user makes one by a key
// of two calls, or dials a room (`docs/protocols/calls.md` §2.12, §5.4).

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { Call } from './call.js';
import type { CallEndings } from './call-endings.js';
import type { CallJoins } from './call-joins.js';
import type { Offers } from './call-offers.js';
import { legFacts } from './call-record.js';
import type { CallRegistry } from './call-registry.js';
import type { Leg } from './leg.js';
import { type Party, partyOf } from './parties.js';
import type { SoundRoom, SoundServices } from './ports.js';

/** Conferences at once, whoever made them; each party has a pair of ports besides. */
const MOST_CONFERENCES = 24;
/** Why a call is as it is: a conference (`docs/protocols/calls.md` §2.11). */
const CONFERENCE = 98;

/**
 * Why a conference cannot be made of several calls. `no-talk`: one of them has not been answered. `no-bridge`: labcm cannot mix, or
 * has no room or port left. `full`: the conference has as many parties as it may. `same-call`: they are in it already, or in two.
 */
export type ConferenceRefusal = 'no-talk' | 'no-bridge' | 'full' | 'same-call';

/** One conference. */
export interface Conference {
  /** The number of the room, or `b` and a number. */
  readonly number: string;
  readonly kind: 'ad-hoc' | 'meet-me';
  /** Who made it. */
  readonly controller: DeviceName | undefined;
  /** The ends of its parties, in the order in which they came. */
  readonly ends: ReadonlySet<Leg>;
}

interface OpenConference extends Conference {
  readonly ends: Set<Leg>;
  readonly sound: SoundRoom;
}

/** A conference that waits for the ports of its new ends; until it has them, its calls are as they were. */
interface AwaitedConference {
  readonly room: OpenConference;
  readonly primaries: readonly Leg[];
  readonly consultation: Leg;
  /** The number of the user's call in it; absent: the room was there before. */
  readonly number: number | undefined;
  readonly newcomers: readonly Leg[];
  /** One for each newcomer. */
  readonly ends: readonly Leg[];
  readonly onRefused: OnRefused;
  /** How many ends have said nothing yet. */
  waiting: number;
}

/** Is told of a conference that does not come about after all; its calls are as they were. */
export type OnRefused = (refusal: ConferenceRefusal, now: Instant) => void;

/** What conferences are built on. */
export interface CallConferencesDependencies {
  readonly registry: CallRegistry;
  readonly joins: CallJoins;
  readonly endings: CallEndings;
  readonly services: SoundServices;
  /** The number of a new call. */
  nextCall(): number;
  /** Does it after what is being done. */
  later(step: () => void): void;
}

export class CallConferences {
  readonly #dependencies: CallConferencesDependencies;
  readonly #open = new Map<string, OpenConference>();
  readonly #byEnd = new Map<Leg, OpenConference>();
  readonly #awaited = new Set<AwaitedConference>();

  constructor(dependencies: CallConferencesDependencies) {
    this.#dependencies = dependencies;
  }

  /** The conferences that stand, oldest first. */
  get open(): ReadonlyMap<string, Conference> {
    return this.#open;
  }

  /** The conference that the user of `leg` is in. */
  of(leg: Leg): Conference | undefined {
    return this.#of(leg);
  }

  #of({ far }: Leg): OpenConference | undefined {
    return far === undefined ? undefined : this.#byEnd.get(far);
  }

  /** Why no conference can be made of these calls of one user; `undefined`: it can. `has`: the room that there is for it. */
  refusal(primaries: readonly Leg[], consultation: Leg, has?: OpenConference): ConferenceRefusal | undefined {
    const legs = [...primaries, consultation];
    if (new Set(legs.map(({ call }) => call)).size < legs.length) return 'same-call';
    if (!legs.every(isTalk) || consultation.state !== 'connected') return 'no-talk';
    const rooms = legs.flatMap((leg) => this.#of(leg) ?? []);
    if (rooms.length > 1) return 'same-call';
    const { services, registry } = this.#dependencies;
    const room = rooms[0] ?? has;
    if (services.canMix !== true || (room === undefined && !this.#hasRoom)) return 'no-bridge';
    const parties = (room?.ends.size ?? 0) + this.#newcomers(primaries, consultation).length;
    return parties > registry.settings.conference.parties ? 'full' : undefined;
  }

  /**
   * Everybody in these calls of one user hears each other from now on. `primaries` end, and `consultation` is the user's leg in the
   * conference, so that a phone has its talk as it was. Until every new end has its ports nothing changes: where one has none,
   * `onRefused` is told, and all calls go on.
   */
  join(
    primaries: readonly Leg[],
    consultation: Leg,
    onRefused: OnRefused,
    now: Instant,
  ): ConferenceRefusal | undefined {
    const refusal = this.refusal(primaries, consultation);
    if (refusal !== undefined) return refusal;
    const legs = [...primaries, consultation];
    for (const one of this.#awaited)
      if (legs.some((leg) => leg === one.consultation || one.primaries.includes(leg))) return undefined;
    const before = this.#roomOf(legs);
    const number = before === undefined ? this.#dependencies.nextCall() : undefined;
    const room = before ?? this.#newRoom(`b${number}`, 'ad-hoc', consultation.device);
    if (room === undefined) return 'no-bridge';
    const newcomers = this.#newcomers(primaries, consultation);
    const ends = newcomers.flatMap((leg) => this.#newEnd(room, leg.call, now) ?? []);
    if (ends.length < newcomers.length) {
      this.#giveUp(room, ends, now);
      return 'no-bridge';
    }
    const made = { room, primaries, consultation, number, newcomers, ends, onRefused, waiting: ends.length };
    this.#awaited.add(made);
    const { later } = this.#dependencies;
    for (const { port } of ends)
      if (port?.prepare === undefined) this.#prepared(made, true, now);
      else port.prepare((isReady, at) => later(() => this.#prepared(made, isReady, at)));
    return undefined;
  }

  /** The conference that one of them is in. */
  #roomOf(legs: readonly Leg[]): OpenConference | undefined {
    for (const leg of legs) {
      const room = this.#of(leg);
      if (room !== undefined) return room;
    }
    return undefined;
  }

  /** Who of these calls has no end yet: the others, and the user where none of the calls is in a conference. */
  #newcomers(primaries: readonly Leg[], consultation: Leg): readonly Leg[] {
    const legs = [...primaries, consultation];
    const others = legs.flatMap((leg) => (this.#of(leg) === undefined ? (leg.far ?? []) : []));
    return others.length < legs.length ? others : [...others, consultation];
  }

  /** An end has its ports, or (`isReady` false) will have none. */
  #prepared(made: AwaitedConference, isReady: boolean, now: Instant): void {
    if (!this.#awaited.has(made)) return;
    made.waiting -= 1;
    if (isReady && made.waiting > 0) return;
    this.#awaited.delete(made);
    const { room, primaries, consultation, newcomers, ends, onRefused } = made;
    const refusal = isReady ? this.#refusalNow(made) : 'no-bridge';
    if (refusal !== undefined) {
      this.#giveUp(room, ends, now);
      onRefused(refusal, now);
      return;
    }
    const replaced = primaries.find((leg) => this.#of(leg) !== undefined);
    const user = consultation.call.partyOf(consultation);
    for (const end of ends) this.#enter(room, end);
    for (const [index, leg] of newcomers.entries()) {
      const leaving = primaries.filter((primary) => primary !== replaced && primary.far === leg);
      this.#talk(leg, ends[index] as Leg, user, leaving, leg === consultation ? made.number : undefined, now);
    }
    if (replaced !== undefined) this.#takePlace(room, replaced, consultation, now);
  }

  /** What has come between since the ends were made. */
  #refusalNow({ room, primaries, consultation, newcomers }: AwaitedConference): ConferenceRefusal | undefined {
    const refusal = this.refusal(primaries, consultation, room);
    if (refusal !== undefined) return refusal;
    const isSame = this.#newcomers(primaries, consultation).every((leg, index) => leg === newcomers[index]);
    return isSame && (this.#roomOf([...primaries, consultation]) ?? room) === room ? undefined : 'no-talk';
  }

  /** The ends are over before anybody was told of them, and a room without others is closed. */
  #giveUp(room: OpenConference, ends: readonly Leg[], now: Instant): void {
    for (const end of ends) this.#dependencies.endings.leave(end, OVER, now);
    this.#closeEmpty(room);
  }

  /** labcm stops: what waits for ports waits no more. */
  stop(now: Instant): void {
    for (const { room, ends } of this.#awaited) this.#giveUp(room, ends, now);
    this.#awaited.clear();
  }

  /** The caller of `call` has dialled a room. */
  meet(call: Call, number: string, now: Instant): Offers {
    const { services, registry } = this.#dependencies;
    const open = this.#open.get(number);
    if (services.canMix !== true) return { kind: 'refused', cause: 'unavailable' };
    if (open !== undefined && open.ends.size >= registry.settings.conference.parties)
      return { kind: 'refused', cause: 'busy' };
    const room = open ?? (this.#hasRoom ? this.#newRoom(number, 'meet-me', call.caller.device) : undefined);
    const leg = room === undefined ? undefined : this.#newEnd(room, call, now);
    if (room !== undefined && leg === undefined) this.#closeEmpty(room);
    if (room === undefined || leg === undefined) return { kind: 'refused', cause: 'noChannel' };
    this.#enter(room, leg);
    call.called.push(leg);
    this.#tell('call.conference-joined', room, call.caller, now);
    return { kind: 'offered', offers: [{ leg, isWaiting: false, isSilent: false }] };
  }

  /** The party that came last is taken out by who made the conference. `false`: nobody can be, or another made it. */
  removeLast(by: Leg, now: Instant): boolean {
    const room = this.#of(by);
    if (room === undefined || room.controller === undefined || room.controller !== by.device) return false;
    const last = [...room.ends].findLast(
      (end) => end.far !== undefined && end.far !== by && end.far.device !== by.device,
    );
    if (last?.far === undefined) return false;
    this.#dependencies.endings.release(last.far, OVER, now);
    return true;
  }

  /** Who else is in the conference of `leg`, in the order in which they came. */
  othersOf(leg: Leg): readonly Party[] {
    return [...(this.#of(leg)?.ends ?? [])].flatMap(({ far, call }) =>
      far === undefined || far === leg ? [] : [call.partyOf(far)],
    );
  }

  /** The leg is over: a party's, or its end. */
  ended(leg: Leg, now: Instant): void {
    const room = this.#byEnd.get(leg);
    if (room === undefined) {
      const { far } = leg;
      if (far !== undefined && this.#byEnd.has(far)) this.#dependencies.later(() => this.#free(far, leg, now));
      return;
    }
    this.#byEnd.delete(leg);
    room.ends.delete(leg);
    this.#tell('call.conference-left', room, leg, now);
    this.#closeEmpty(room);
    if (room.kind === 'ad-hoc' && room.ends.size > 0 && room.ends.size <= 2)
      this.#dependencies.later(() => this.#settle(room, now));
  }

  /** Where nobody told the end that its party has gone. */
  #free(end: Leg, party: Leg, now: Instant): void {
    if (end.far === party) this.#dependencies.endings.end(end, { cause: 'normal', by: 'far' }, now);
  }

  /** An ad hoc conference of two is a call again, and one of one is over. */
  #settle(room: OpenConference, now: Instant): void {
    const [one, other] = [...room.ends];
    const { endings, joins } = this.#dependencies;
    const [caller, called] = [one?.far, other?.far];
    if (one !== undefined && other === undefined) endings.release(one, OVER, now);
    if (one === undefined || other === undefined || caller === undefined || called === undefined) return;
    if (room.ends.size > 2 || !isTalk(one) || !isTalk(other)) return;
    const calledParty = other.call.partyOf(called);
    const redirecting = one.call.partyOf(caller);
    joins.join(
      {
        call: one.call,
        caller,
        called: [called],
        calledParty,
        originalCalled: calledParty,
        redirecting,
        reason: CONFERENCE,
      },
      [one, other],
      now,
      OVER,
    );
  }

  get #hasRoom(): boolean {
    return this.#open.size < MOST_CONFERENCES;
  }

  #newRoom(number: string, kind: Conference['kind'], controller: DeviceName | undefined): OpenConference | undefined {
    const sound = this.#dependencies.services.newRoom?.();
    if (sound === undefined) return undefined;
    const room: OpenConference = { number, kind, controller, ends: new Set(), sound };
    this.#open.set(number, room);
    return room;
  }

  /** An end of the room for whoever is in `call`. `undefined`: no port is free. */
  #newEnd(room: OpenConference, call: Call, now: Instant): Leg | undefined {
    const owner = { device: undefined, dn: room.number, lineInstance: 0, callInstance: 1 };
    return this.#dependencies.registry.newLeg(call, 'called', owner, (made) => room.sound.portFor(made), now);
  }

  #enter(room: OpenConference, end: Leg): void {
    room.ends.add(end);
    this.#byEnd.set(end, room);
  }

  #closeEmpty(room: OpenConference): void {
    if (room.ends.size > 0 || this.#open.get(room.number) !== room) return;
    this.#open.delete(room.number);
    room.sound.close();
  }

  /** `leg` talks with `end` from now on. */
  #talk(leg: Leg, end: Leg, user: Party, leaving: readonly Leg[], number: number | undefined, now: Instant): void {
    const { registry, joins } = this.#dependencies;
    const room = this.#byEnd.get(end);
    if (room === undefined) return;
    registry.enter(end, 'connected', now, undefined);
    const at = partyAt(room);
    joins.join(
      {
        ...{ call: leg.call, caller: leg, called: [end], calledParty: at, originalCalled: at },
        ...{ redirecting: user, reason: CONFERENCE },
        ...(number === undefined ? {} : { number }),
      },
      leaving,
      now,
    );
    if (end.state !== 'idle') this.#tell('call.conference-joined', room, leg, now);
  }

  /** The user's other leg has the end that `primary` had. */
  #takePlace(room: OpenConference, primary: Leg, consultation: Leg, now: Instant): void {
    const { far: end, call } = primary;
    if (end === undefined || consultation.state === 'idle') return;
    const calledParty = call.partyOf(primary);
    this.#dependencies.joins.join(
      {
        ...{ call, caller: end, called: [consultation], calledParty, originalCalled: calledParty },
        ...{ redirecting: partyAt(room), reason: CONFERENCE },
      },
      [primary],
      now,
    );
  }

  #tell(
    type: 'call.conference-joined' | 'call.conference-left',
    { number, kind, ends }: OpenConference,
    leg: Leg,
    now: Instant,
  ): void {
    const { registry } = this.#dependencies;
    if (!registry.hasListener(type)) return;
    const of = leg.device === undefined ? (leg.far ?? leg) : leg;
    registry.publish({ type, ...legFacts(of, now), conference: number, kind, parties: ends.size });
  }
}

const OVER = { cause: 'normal', by: 'conference' } as const;

const partyAt = ({ number, kind }: Conference): Party => ({ ...partyOf(number, 'Conference'), conference: kind });

/** Whether both ends of the leg's call have answered. */
const isTalk = ({ state, far, isInPreservedCall }: Leg): boolean =>
  far !== undefined && far.state !== 'idle' && (state === 'connected' || state === 'hold') && !isInPreservedCall;
