// The rules for faults: what was added, what holds, and what a message meets.

import type { EventBus } from '../core/event-bus.js';
import type { Clock, Instant, Timer } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import type { Endpoint } from '../net/ports.js';
import { ActiveFaultRule, type InjectionTarget } from './active-rule.js';
import { WaitingOctets, type WaitingRoom } from './delayed-octets.js';
import type { FaultCleared, FaultInjected } from './events.js';
import { ruleText } from './rule-text.js';
import { FAULT_PLACES, type FaultPlace, type FaultRule, MOST_FAULT_RULES } from './settings.js';
import { type FaultSubject, type SubjectDevices, type SubjectHint, Subjects } from './subjects.js';

/** Where faults are made: the methods of some ports of one place. */
export interface Seam {
  readonly place: FaultPlace;
  /** Replaces the methods: the first rule for the place was added. */
  install(): void;
  /** Puts the former methods back: the last one has gone. What waits leaves at once. */
  uninstall(): void;
  /** Rules of the place have come or gone, and some are left. */
  onRules?(): void;
}

/** What the injection of faults needs. */
export interface InjectorDependencies {
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: SubjectDevices;
}

/** What waits because of all rules together, in octets. */
const MOST_WAITING = 16 * 1024 * 1024;

/** Why a rule was not added. */
export type FaultRefusal = 'exists' | 'too-many';

/** Holds the rules, and installs the seams of the places that have some. */
export class Injector {
  readonly clock: Clock;
  readonly #waiting = new WaitingOctets(MOST_WAITING, (place) => this.#nothingWaits(place));
  readonly #bus: EventBus<LabcmEvent>;
  readonly #subjects: Subjects;
  readonly #rules = new Map<string, ActiveFaultRule>();
  /** Those in force or waiting, by place. */
  readonly #byPlace = new Map<FaultPlace, readonly ActiveFaultRule[]>();
  readonly #seams: Seam[] = [];
  /** Places whose seams are installed. */
  readonly #installed = new Set<FaultPlace>();
  #configured: readonly FaultRule[] = [];
  #lastNumber = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor({ clock, bus, devices }: InjectorDependencies) {
    this.clock = clock;
    this.#bus = bus;
    this.#subjects = new Subjects(bus, devices);
  }

  /** Every rule, also those that are over, in the order in which they were added. */
  get rules(): readonly ActiveFaultRule[] {
    return [...this.#rules.values()];
  }

  /** Takes a place where faults can be made. */
  addSeam(seam: Seam): void {
    this.#seams.push(seam);
    if (this.#installed.has(seam.place)) seam.install();
  }

  /** Room for what waits in a place, within the bound of all places. */
  roomAt(place: FaultPlace): WaitingRoom {
    return this.#waiting.at(place);
  }

  /** The rules that may meet something at a place. */
  rulesAt(place: FaultPlace): readonly ActiveFaultRule[] {
    return this.#byPlace.get(place) ?? [];
  }

  /** Adds a rule. `by`: `configuration`, `api` or `cli`. `from`: the address that asked for it over the API. */
  add(rule: FaultRule, by: string, from?: string): ActiveFaultRule | FaultRefusal {
    if (rule.id !== undefined && this.#rules.has(rule.id)) return 'exists';
    if (this.#rules.size >= MOST_FAULT_RULES && !this.#forgetOneThatIsOver()) return 'too-many';
    const now = this.clock.now();
    const added = new ActiveFaultRule(rule.id ?? this.#newId(), rule, by, now);
    this.#rules.set(added.id, added);
    this.#bus.publish({
      ...{ type: 'fault.added', at: now, rule: added.id, where: rule.where, fault: rule.fault },
      ...{ says: ruleText(rule), by },
      ...(from === undefined ? {} : { from }),
    });
    this.#settle();
    return added;
  }

  /** Takes a rule away, for `from` if it was asked for over the API. Returns it as it was last; `undefined`: there is none of that id. */
  clear(id: string, from?: string): ActiveFaultRule | undefined {
    const rule = this.#rules.get(id);
    if (rule === undefined) return undefined;
    this.#rules.delete(id);
    this.#end(rule, 'cleared', from);
    this.#settle(rule.places);
    return rule;
  }

  /** Takes all rules away, for `from` if it was asked for over the API. Returns how many there were. */
  clearAll(from?: string): number {
    const rules = this.rules;
    this.#rules.clear();
    for (const rule of rules) this.#end(rule, 'cleared', from);
    this.#settle(FAULT_PLACES);
    return rules.length;
  }

  /** Takes the rules of the configuration. Those that it had already go on with their counts. */
  apply(configured: readonly FaultRule[]): void {
    const written = (rule: FaultRule): string => JSON.stringify(rule);
    const wanted = new Set(configured.map(written));
    const had = new Set(this.#configured.map(written));
    this.#configured = configured;
    const gone = this.rules.filter(({ by, rule }) => by === 'configuration' && !wanted.has(written(rule)));
    for (const active of gone) {
      this.#rules.delete(active.id);
      this.#end(active, 'reload');
    }
    for (const rule of configured) if (!had.has(written(rule))) this.#addConfigured(rule);
    this.#settle(gone.flatMap(({ places }) => places));
  }

  /** A rule of the API may have its id: then it gets another one. Where there are too many, the oldest one of others gives way. */
  #addConfigured(rule: FaultRule): void {
    const free = rule.id !== undefined && this.#rules.has(rule.id) ? { ...rule, id: undefined } : rule;
    if (this.add(free, 'configuration') !== 'too-many') return;
    const other = this.rules.find(({ by }) => by !== 'configuration');
    if (other === undefined) return;
    this.#rules.delete(other.id);
    this.#end(other, 'room');
    this.add(free, 'configuration');
  }

  /** Ends everything. */
  close(): void {
    this.#isClosed = true;
    this.#rules.clear();
    this.#settle(FAULT_PLACES);
  }

  /** Whom a message with this other end is about. */
  subjectOf(place: FaultPlace, end: Endpoint, hint?: SubjectHint): FaultSubject {
    return this.#subjects.of(place, end, hint, this.clock.now());
  }

  /**
   * Goes through the rules that meet a target. `make` makes the fault of one, and returns what it did; `undefined`: it cannot be
   * made here. `false` from `goesOn` ends it.
   */
  inject(
    target: InjectionTarget,
    make: (rule: ActiveFaultRule) => string | undefined,
    goesOn: () => boolean = () => true,
  ): void {
    const now = this.clock.now();
    for (const rule of this.rulesAt(target.place)) {
      if (!goesOn()) return;
      if (!rule.meets(target, now)) continue;
      const detail = make(rule);
      if (detail !== undefined) this.#count(rule, target, detail, now);
    }
  }

  #count(rule: ActiveFaultRule, target: InjectionTarget, detail: string, now: Instant): void {
    rule.count(target, now);
    const { subject, place, direction, names } = target;
    const { device, mac, address, port } = subject;
    this.#bus.publish({
      ...{ type: 'fault.injected', at: now, rule: rule.id, where: place, fault: rule.rule.fault },
      ...(device === undefined ? {} : { device }),
      ...(mac === undefined ? {} : { mac }),
      ...{ address, port, direction: direction === 'both' ? 'received' : direction },
      ...{ message: names[0] ?? '', detail },
    } satisfies FaultInjected);
    // Within a message's way nothing is uninstalled: that happens in a turn of its own.
    if (rule.isUsedUp) this.clock.callAt(now, () => this.#settle());
  }

  #newId(): string {
    do this.#lastNumber += 1;
    while (this.#rules.has(`fault-${this.#lastNumber}`));
    return `fault-${this.#lastNumber}`;
  }

  #forgetOneThatIsOver(): boolean {
    const now = this.clock.now();
    const over = this.rules.find((rule) => rule.state(now) === 'over');
    return over !== undefined && this.#rules.delete(over.id);
  }

  #end(rule: ActiveFaultRule, because: FaultCleared['because'], from?: string): void {
    if (rule.isEnded) return; // that was told
    rule.end();
    const at = this.clock.now();
    this.#bus.publish({
      ...{ type: 'fault.cleared', at, rule: rule.id, because, injected: rule.injected },
      ...(from === undefined ? {} : { from }),
    });
  }

  /** A place whose last rule is over is as before when nothing waits there any more. */
  #nothingWaits(place: FaultPlace): void {
    if (!this.#installed.has(place) || this.#byPlace.has(place)) return;
    this.clock.callAt(this.clock.now(), () => this.#settle());
  }

  /**
   * After rules came, went or ended: which of them hold, where, and when the next one ends. What waits because of rules that
   * were made as often as they say, or whose time is over, still leaves at its time. `cleared`: where somebody took rules away;
   * what waits there leaves at once if there are no others.
   */
  #settle(cleared: readonly FaultPlace[] = []): void {
    const now = this.clock.now();
    const holding = this.rules.filter((rule) => rule.state(now) !== 'over');
    const held = new Set([...this.#byPlace.values()].flat());
    for (const rule of held)
      if (rule.state(now) === 'over' && this.#rules.get(rule.id) === rule)
        this.#end(rule, rule.isUsedUp ? 'times' : 'for');
    const hadRules = this.#byPlace.size > 0;
    this.#byPlace.clear();
    for (const rule of holding)
      for (const place of rule.places) this.#byPlace.set(place, [...(this.#byPlace.get(place) ?? []), rule]);
    if (!hadRules && this.#byPlace.size > 0) this.#subjects.start();
    this.#switch(FAULT_PLACES.filter((place) => this.#byPlace.has(place) || this.#lingers(place, cleared)));
    if (this.#byPlace.size === 0) this.#subjects.stop();
    this.#arm(holding);
  }

  #lingers(place: FaultPlace, cleared: readonly FaultPlace[]): boolean {
    return this.#installed.has(place) && !cleared.includes(place) && this.#waiting.has(place);
  }

  /** Installs the seams of these places, and uninstalls the others. */
  #switch(places: readonly FaultPlace[]): void {
    const before = new Set(this.#installed);
    this.#installed.clear();
    for (const place of places) this.#installed.add(place);
    for (const seam of this.#seams) {
      const [had, has] = [before.has(seam.place), this.#installed.has(seam.place)];
      if (has && !had) seam.install();
      else if (had && !has) seam.uninstall();
      else if (has) seam.onRules?.();
    }
  }

  #arm(holding: readonly ActiveFaultRule[]): void {
    this.#timer?.cancel();
    const ends = holding.flatMap(({ endsAt }) => (endsAt === undefined ? [] : [endsAt]));
    if (ends.length === 0 || this.#isClosed) return;
    const next = Math.min(...ends) as Instant;
    this.#timer = this.clock.callAt(next, () => this.#settle());
  }
}
