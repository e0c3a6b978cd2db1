// What a directory number does, for busy lamps: the one place that knows it, from the registrations of its phones and the legs
// of its calls (`docs/protocols/calls.md` §2.14). Watchers are told of a change, and nothing is done for a number that nobody
// watches.

import { DeadlineQueue, Queued } from '../core/deadline-queue.js';
import { earlier, type HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import { type NotifyPace, NotifyQueue } from '../core/notify-queue.js';
import { after, type Instant, milliseconds } from '../core/time.js';
import type { DeviceLegs } from './device-legs.js';
import type { CallEvent } from './events.js';
import { type LineCall, lineCallOf } from './line-calls.js';

/** The states of a line, as a lamp shows them. `unknown`: no phone has it registered, or there is no such number. */
export const LINE_STATES = ['unknown', 'idle', 'in-use', 'alerting', 'do-not-disturb'] as const;
export type LineState = (typeof LINE_STATES)[number];

/** What the device database knows of a number. */
export interface NumberFacts {
  devicesOf(dn: DirectoryNumber): Iterable<DeviceName>;
  /** Whether some phone has it registered. */
  isReachable(dn: DirectoryNumber): boolean;
  isDoNotDisturb(dn: DirectoryNumber): boolean;
}

/** What the other nodes of a cluster say of numbers. */
export interface NumbersElsewhere {
  /** `undefined`: no phone of it is registered with another node. */
  stateOf(dn: DirectoryNumber): LineState | undefined;
  /** The calls of its phones at other nodes. */
  callsOf(dn: DirectoryNumber): readonly LineCall[];
  /** Somebody here watches the number from now on, or nobody does any more. */
  watched(dn: DirectoryNumber, isWatched: boolean): void;
}

/** Whoever is told that something happened to a number. */
export interface NumberChanges {
  /** The state of that number may be another; it is looked at after the present turn. */
  changed(dn: string, now: Instant): void;
  /** Any number may be another: the configuration has changed. */
  allChanged(now: Instant): void;
}

/** What line states are made from. */
export interface LineStatesDependencies {
  readonly numbers: NumberFacts;
  /** The legs of all calls; `undefined`: no calls are served. */
  legs(): DeviceLegs | undefined;
  readonly bus: Publisher<CallEvent>;
  /** Reports to `changes` from now on. Returns how to stop. Called while somebody watches a number. */
  listen(changes: NumberChanges): () => void;
}

/** `state`: told of another state. `calls`: also of each change of its calls. */
export type WatchedDetail = 'state' | 'calls';
/** `own`: told of another state, and of each change of the calls, at this node alone, for other nodes. */
type ToldDetail = WatchedDetail | 'own';

/** Of two nodes with phones of a number, the state of the first of these holds. */
const ORDER: readonly LineState[] = ['in-use', 'alerting', 'do-not-disturb', 'idle', 'unknown'];

/** The least time between two changes that a lamp is told of; the last state wins. */
const LEAST_INTERVAL = milliseconds(200);
/** A number may have thousands of watchers: some thousands are told in a second, and a slice delays nobody. */
const PACE: NotifyPace = { slice: 64, every: 10 };

class WatchedNumber extends Queued {
  readonly watchers = new Set<Watcher>();
  /** What its watchers were told last, and when; `undefined`: nothing yet. */
  toldAt: Instant | undefined;

  constructor(
    readonly dn: DirectoryNumber,
    public state: LineState,
  ) {
    super();
  }
}

interface Watcher {
  readonly detail: ToldDetail;
  told: string;
  readonly onChange: (state: LineState, now: Instant) => void;
}

/** The states of directory numbers, and who watches them. Has no clock: its owner runs its deadlines. */
export class LineStates implements HasDeadlines {
  readonly #dependencies: LineStatesDependencies;
  readonly #watched = new Map<DirectoryNumber, WatchedNumber>();
  readonly #changed = new DeadlineQueue<WatchedNumber>();
  readonly #queue: NotifyQueue<WatchedNumber, Watcher>;
  #onEarlierDeadline: () => void = () => {};
  #stopListening: (() => void) | undefined;
  #elsewhere: NumbersElsewhere | undefined;
  /** All numbers are to be looked at, once, from then on. */
  #lookAt: Instant | undefined;

  constructor(dependencies: LineStatesDependencies) {
    this.#dependencies = dependencies;
    this.#queue = new NotifyQueue(
      PACE,
      ({ watchers }) => watchers,
      (watcher, { dn }, now) => this.#tell(watcher, dn, now),
    );
  }

  /** `callback` is called whenever a deadline came nearer. */
  onEarlierDeadline(callback: () => void): void {
    this.#onEarlierDeadline = callback;
  }

  /** How many numbers are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** From now on the states at other nodes count, too. */
  share(elsewhere: NumbersElsewhere): void {
    this.#elsewhere = elsewhere;
    for (const { dn, watchers } of this.#watched.values()) if (isWatchedHere(watchers)) elsewhere.watched(dn, true);
  }

  /** The state at another node may be another. */
  changedElsewhere(dn: DirectoryNumber, now: Instant): void {
    this.#changes.changed(dn, now);
  }

  /** The state over all nodes. An active or held call comes before one that rings, then do not disturb. */
  stateOf(dn: DirectoryNumber): LineState {
    const own = this.ownStateOf(dn);
    const other = this.#elsewhere?.stateOf(dn);
    return other === undefined ? own : (ORDER.find((state) => state === own || state === other) ?? own);
  }

  /** The state at this node alone. */
  ownStateOf(dn: DirectoryNumber): LineState {
    const { numbers } = this.#dependencies;
    const legs = this.#dependencies.legs();
    let rings = false;
    if (legs !== undefined && legs.size > 0)
      for (const device of numbers.devicesOf(dn))
        for (const leg of legs.of(device)) {
          if (leg.dn !== dn) continue;
          if (leg.state !== 'ring-in') return 'in-use';
          rings = true;
        }
    if (rings) return 'alerting';
    if (!numbers.isReachable(dn)) return 'unknown';
    return numbers.isDoNotDisturb(dn) ? 'do-not-disturb' : 'idle';
  }

  /** The calls of a number over all nodes, on all its phones. */
  callsOf(dn: DirectoryNumber): readonly LineCall[] {
    const own = this.ownCallsOf(dn);
    const others = this.#elsewhere?.callsOf(dn) ?? [];
    return others.length === 0 ? own : [...own, ...others];
  }

  /** The calls of a number at this node alone. */
  ownCallsOf(dn: DirectoryNumber): readonly LineCall[] {
    const { numbers } = this.#dependencies;
    const legs = this.#dependencies.legs();
    if (legs === undefined) return [];
    return [...numbers.devicesOf(dn)].flatMap((device) =>
      legs
        .of(device)
        .filter((leg) => leg.dn === dn)
        .map(lineCallOf),
    );
  }

  /**
   * Calls `onChange` in a turn of its own whenever the number is in another state, at most every 200 ms. The present
   * state is the watcher's own affair. Returns how to stop.
   */
  watch(
    dn: DirectoryNumber,
    onChange: (state: LineState, now: Instant) => void,
    detail: ToldDetail = 'state',
  ): () => void {
    const number = this.#watched.get(dn) ?? new WatchedNumber(dn, this.stateOf(dn));
    this.#watched.set(dn, number);
    const wasWatched = isWatchedHere(number.watchers);
    const watcher: Watcher = { detail, told: this.signatureOf(dn, detail), onChange };
    number.watchers.add(watcher);
    if (!wasWatched && detail !== 'own') this.#elsewhere?.watched(dn, true);
    this.#stopListening ??= this.#dependencies.listen(this.#changes);
    return () => {
      if (!number.watchers.delete(watcher)) return;
      if (detail !== 'own' && !isWatchedHere(number.watchers)) this.#elsewhere?.watched(dn, false);
      if (number.watchers.size > 0) return;
      this.#watched.delete(dn);
      this.#changed.set(number, undefined);
      if (this.#watched.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  nextDeadline(): Instant | undefined {
    return earlier(earlier(this.#changed.next(), this.#queue.nextDeadline()), this.#lookAt);
  }

  expire(now: Instant): void {
    if (this.#lookAt !== undefined && this.#lookAt <= now) {
      this.#lookAt = undefined;
      for (const number of this.#watched.values()) this.#look(number, now);
    }
    this.#changed.expire(now, (number) => this.#queueChange(number, now));
    this.#queue.expire(now);
  }

  readonly #changes: NumberChanges = {
    changed: (dn, now) => {
      const number = this.#watched.get(dn as DirectoryNumber);
      if (number === undefined) return;
      this.#look(number, now);
      this.#onEarlierDeadline();
    },
    allChanged: (now) => {
      this.#lookAt ??= now;
      this.#onEarlierDeadline();
    },
  };

  /** Has a number looked at, once it may be told of again. */
  #look(number: WatchedNumber, now: Instant): void {
    const { toldAt } = number;
    const from = toldAt === undefined ? now : after(toldAt, LEAST_INTERVAL);
    this.#changed.set(number, from > now ? from : now);
  }

  #queueChange(number: WatchedNumber, now: Instant): void {
    const { dn, state: before, watchers } = number;
    const shown = new Map<ToldDetail, string>(); // a number may have thousands of watchers
    let told = 0;
    for (const { detail, told: toldBefore } of watchers) {
      const signature = shown.get(detail) ?? this.signatureOf(dn, detail);
      shown.set(detail, signature);
      if (signature !== toldBefore) told += 1;
    }
    if (told === 0) return;
    number.toldAt = now;
    this.#queue.add(number, now);
    const state = this.stateOf(dn);
    if (state === before) return;
    number.state = state;
    const { bus, numbers } = this.#dependencies;
    if (!bus.hasListener('call.line-state')) return;
    const [device] = numbers.devicesOf(dn);
    const owner = device === undefined ? {} : { device };
    bus.publish({ type: 'call.line-state', at: now, ...owner, dn, state, before, told });
  }

  #tell(watcher: Watcher, dn: DirectoryNumber, now: Instant): void {
    const shown = this.signatureOf(dn, watcher.detail);
    if (shown === watcher.told) return;
    watcher.told = shown;
    watcher.onChange(watcher.detail === 'own' ? this.ownStateOf(dn) : this.stateOf(dn), now);
  }

  /** What a watcher is shown, as a text that is another one where that differs. */
  signatureOf(dn: DirectoryNumber, detail: ToldDetail): string {
    if (detail === 'state') return this.stateOf(dn);
    if (detail === 'own') return `${this.ownStateOf(dn)} ${callsText(this.ownCallsOf(dn))}`;
    return `${this.stateOf(dn)} ${callsText(this.callsOf(dn))}`;
  }
}

const callsText = (calls: readonly LineCall[]): string =>
  calls.map(({ id, state, isHeld, far }) => `${id} ${state} ${isHeld} ${far?.number ?? ''}`).join();

/** Whether somebody of this node watches, and not only another node. Their number is a set of thousands at most. */
const isWatchedHere = (watchers: ReadonlySet<Watcher>): boolean => {
  for (const { detail } of watchers) if (detail !== 'own') return true;
  return false;
};
