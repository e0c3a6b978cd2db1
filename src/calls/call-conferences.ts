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
 * Why a conference cannot be made of two calls. `no-talk`: one of them has not been answered. `no-bridge`: labcm cannot mix, or
 * has no room or port left. `full`: the conference has as many parties as it may. `same-call`: they are in it already.
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

  /** Why no conference can be made of two calls of one user; `undefined`: it can. */
  refusal(primary: Leg, consultation: Leg): ConferenceRefusal | undefined {
    if (primary.call === consultation.call) return 'same-call';
    if (!isTalk(primary) || consultation.state !== 'connected' || !isTalk(consultation)) return 'no-talk';
    const [one, other] = [this.#of(primary), this.#of(consultation)];
    if (one !== undefined && other !== undefined) return 'same-call';
    const { services, registry } = this.#dependencies;
    const most = registry.settings.conference.parties;
    if (services.canMix !== true || (one === undefined && other === undefined && !this.#hasRoom)) return 'no-bridge';
    return (one ?? other)?.ends.size === most ? 'full' : undefined;
  }

  /**
   * Everybody in two calls of one user hears each other from now on. `primary` ends, and `consultation` is the user's leg in the
   * conference, so that a phone has its talk as it was.
   */
  join(primary: Leg, consultation: Leg, now: Instant): ConferenceRefusal | undefined {
    const refusal = this.refusal(primary, consultation);
    if (refusal !== undefined) return refusal;
    const [before, reached] = [this.#of(primary), this.#of(consultation)];
    const number = before === undefined && reached === undefined ? this.#dependencies.nextCall() : undefined;
    const room = before ?? reached ?? this.#newRoom(`b${number}`, 'ad-hoc', consultation.device);
    if (room === undefined) return 'no-bridge';
    const user = primary.call.partyOf(primary);
    const newcomers = [
      ...(before === undefined ? [primary.far as Leg] : []),
      ...(reached === undefined ? [consultation.far as Leg] : []),
      ...(number === undefined ? [] : [consultation]),
    ];
    const ends = newcomers.map((leg) => this.#newEnd(room, leg.call, now));
    if (ends.some((end) => end === undefined)) {
      for (const end of ends) if (end !== undefined) this.#dependencies.endings.leave(end, OVER, now);
      return 'no-bridge';
    }
    for (const [index, leg] of newcomers.entries()) {
      const isUser = leg === consultation;
      const leaving = leg === primary.far ? [primary] : [];
      this.#talk(leg, ends[index] as Leg, user, leaving, isUser ? number : undefined, now);
    }
    if (before !== undefined) this.#takePlace(room, primary, consultation, now);
    return undefined;
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
    if (room === undefined || leg === undefined) return { kind: 'refused', cause: 'noChannel' };
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
    if (room.ends.size === 0) {
      this.#open.delete(room.number);
      room.sound.close();
    } else if (room.kind === 'ad-hoc' && room.ends.size <= 2) this.#dependencies.later(() => this.#settle(room, now));
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
      OVER,
      now,
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

  /** An end of the room for whoever is in `call`. `undefined`: no port is free, and a room without others is closed. */
  #newEnd(room: OpenConference, call: Call, now: Instant): Leg | undefined {
    const owner = { device: undefined, dn: room.number, lineInstance: 0, callInstance: 1 };
    const end = this.#dependencies.registry.newLeg(call, 'called', owner, (made) => room.sound.portFor(made), now);
    if (end === undefined) {
      if (room.ends.size === 0) {
        this.#open.delete(room.number);
        room.sound.close();
      }
      return undefined;
    }
    room.ends.add(end);
    this.#byEnd.set(end, room);
    return end;
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
      { cause: 'normal', by: 'transfer' },
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
      { cause: 'normal', by: 'transfer' },
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
