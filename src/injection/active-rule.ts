// A rule while it holds: whether it meets a message, and how often it did.

import { parseIpv4Address } from '../core/identifiers.js';
import { after, type Instant } from '../core/time.js';
import { wildcard } from '../core/wildcards.js';
import { findModel } from '../devices/index.js';
import { hashOf, SeededRandom } from './seeded-random.js';
import {
  type FaultDirection,
  type FaultName,
  type FaultPlace,
  type FaultRule,
  faultRow,
  placesOf,
} from './settings.js';
import type { FaultSubject } from './subjects.js';

/** What a rule looks at. */
export interface InjectionTarget {
  readonly place: FaultPlace;
  /** The faults that can be made here. */
  readonly faults: ReadonlySet<FaultName>;
  /** `both`: a request and its answer at once. */
  readonly direction: FaultDirection;
  /** The names of the message, the usual one first; empty: it has none. */
  readonly names: readonly string[];
  readonly subject: FaultSubject;
}

/** `waiting`: its `after` is not over. `over`: its `times` or `for` are. */
export type FaultRuleState = 'waiting' | 'on' | 'over';

/** Phones whose messages are counted for `skip`, or that are silenced. */
const MOST_PHONES = 65_536;

const addressNumber = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

/** The test whether an address is the one that is written, or in the network that is written. */
const addressTest = (written: string): ((address: string) => boolean) => {
  const [base = '', prefix = '32'] = written.split('/');
  const size = 2 ** (32 - Number(prefix));
  const network = Math.floor(addressNumber(base) / size);
  return (address) => parseIpv4Address(address) !== undefined && Math.floor(addressNumber(address) / size) === network;
};

const anything = (): boolean => true;

/** The test whether the rule is for a phone. Compiled once. */
const subjectTest = ({ device, model, address, oneIn, seed }: FaultRule): ((subject: FaultSubject) => boolean) => {
  const isDevice = device === undefined ? undefined : wildcard(device);
  const wanted = model === undefined ? undefined : findModel(model);
  const isAddress = address === undefined ? undefined : addressTest(address);
  if (isDevice === undefined && model === undefined && isAddress === undefined && oneIn === 1) return anything;
  return (subject) =>
    (isDevice === undefined || (subject.device !== undefined && isDevice(subject.device))) &&
    (model === undefined || (wanted !== undefined && subject.record?.configured.model === wanted)) &&
    (isAddress === undefined || isAddress(subject.address)) &&
    (oneIn === 1 || hashOf(seed, subject.key) % oneIn === 0);
};

/** A rule that was added. */
export class ActiveFaultRule {
  readonly id: string;
  readonly rule: FaultRule;
  readonly by: string;
  readonly addedAt: Instant;
  readonly startsAt: Instant;
  /** `undefined`: its time does not end. */
  readonly endsAt: Instant | undefined;
  readonly places: readonly FaultPlace[];
  readonly random: SeededRandom;
  readonly #direction: FaultDirection;
  readonly #messages: ReadonlySet<string> | undefined;
  readonly #isSubject: (subject: FaultSubject) => boolean;
  readonly #skipped = new Map<string, number>();
  readonly #silenced = new Set<string>();
  #matched = 0;
  #injected = 0;
  #lastAt: Instant | undefined;
  #isEnded = false;

  constructor(id: string, rule: FaultRule, by: string, now: Instant) {
    this.id = id;
    this.rule = rule;
    this.by = by;
    this.addedAt = now;
    this.startsAt = after(now, rule.after);
    this.endsAt = rule.for === undefined ? undefined : after(this.startsAt, rule.for);
    this.places = placesOf(rule);
    this.random = new SeededRandom(rule.seed);
    this.#direction = rule.direction ?? faultRow(rule.fault).directions[0] ?? 'sent';
    this.#messages = rule.message.length === 0 ? undefined : new Set(rule.message.map((name) => name.toLowerCase()));
    this.#isSubject = subjectTest(rule);
  }

  /** Messages that were met, also those that `skip` and `chance` let pass. */
  get matched(): number {
    return this.#matched;
  }

  get injected(): number {
    return this.#injected;
  }

  /** When it was injected last. */
  get lastAt(): Instant | undefined {
    return this.#lastAt;
  }

  /** Whether its `times` are used up. */
  get isUsedUp(): boolean {
    return this.rule.times !== undefined && this.#injected >= this.rule.times;
  }

  /** Whether `end` was called. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  state(now: Instant): FaultRuleState {
    if (this.#isEnded || this.isUsedUp || (this.endsAt !== undefined && now >= this.endsAt)) return 'over';
    return now < this.startsAt ? 'waiting' : 'on';
  }

  /** It meets nothing any more. */
  end(): void {
    this.#isEnded = true;
    this.#skipped.clear();
    this.#silenced.clear();
  }

  /** Whether the fault is made here. Counts the match; `count` counts the injection. */
  meets(target: InjectionTarget, now: Instant): boolean {
    if (this.state(now) !== 'on') return false;
    const { direction, names, subject, place, faults } = target;
    if (!this.places.includes(place) || !faults.has(this.rule.fault)) return false;
    if (this.#direction !== 'both' && direction !== 'both' && this.#direction !== direction) return false;
    if (!this.#isSubject(subject)) return false;
    if (this.#silenced.has(subject.key)) return true;
    const messages = this.#messages;
    if (messages !== undefined && !names.some((name) => messages.has(name.toLowerCase()))) return false;
    this.#matched += 1;
    if (!this.#isPastSkip(subject.key)) return false;
    return this.rule.chance === 1 || this.random.fraction() < this.rule.chance;
  }

  /** Counts an injection. */
  count({ subject }: InjectionTarget, now: Instant): void {
    this.#injected += 1;
    this.#lastAt = now;
    if (this.rule.fault === 'silence' && this.#silenced.size < MOST_PHONES) this.#silenced.add(subject.key);
  }

  #isPastSkip(key: string): boolean {
    const { skip } = this.rule;
    if (skip === 0) return true;
    const passed = this.#skipped.get(key) ?? 0;
    if (passed >= skip) return true;
    if (this.#skipped.size >= MOST_PHONES) this.#skipped.clear();
    this.#skipped.set(key, passed + 1);
    return false;
  }
}
