// The numbers of a drill, worked out of its ledger when it is over: of each step, of the whole, and the curve.

import type { Instant } from '../core/time.js';
import type { Outage, PhoneRecord } from './ledger.js';
import type { PerSecond } from './per-second.js';

/** A piece of a drill: from a step to the next one, or the whole. The second bound does not belong to it. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/** What became of one phone by a step. Times are milliseconds from the step. */
export interface PhoneOutcome {
  readonly phone: string;
  /** When it lost its registration; below 0: it had none when the step came. */
  readonly lostAfter: number;
  /** When it had one for good; `undefined`: it had none until the end of the drill. */
  readonly backAfter: number | undefined;
  /** Without a registration, until `backAfter` or the end of the period. */
  readonly outage: number;
  /** How many times it lost its registration. */
  readonly losses: number;
  /** Where it was before, and where it went; empty: nowhere. */
  readonly from: string;
  readonly to: string;
  /** Why it lost the first one. */
  readonly why: string;
}

/** Phones that went from one node to another, or back to the same. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly phones: number;
}

/** The numbers of a period. */
export interface Figures {
  /** All phones of the drill. */
  readonly phones: number;
  /** Those that lost their registration in it. */
  readonly hit: number;
  /** Those that had none when it began, or lost it in it. */
  readonly outcomes: readonly PhoneOutcome[];
  /** Of `outcomes`: milliseconds from the beginning until each was back, the shortest first. */
  readonly back: readonly number[];
  /** Of `outcomes`: those that were not back at the end of the drill. */
  readonly neverBack: number;
  /** Registered at its end, by node. */
  readonly at: ReadonlyMap<string, number>;
  /** Without a registration at its end. */
  readonly lost: number;
  readonly moves: readonly Move[];
  readonly refused: number;
  readonly callsLost: number;
  readonly keepAlivesMissed: number;
  /** The most registrations that phones have begun in one second. */
  readonly peak: number;
  readonly attempts: number;
}

/** What is worked out of. */
export interface Measured {
  readonly phones: ReadonlyMap<string, PhoneRecord>;
  readonly perSecond: PerSecond;
}

/** The numbers of a period of a drill. */
export const figuresOf = ({ phones, perSecond }: Measured, period: Period): Figures => {
  const outcomes: PhoneOutcome[] = [];
  const at = new Map<string, number>();
  let lost = 0;
  let hit = 0;
  for (const [name, record] of phones) {
    const node = nodeAt(record, period.to);
    if (node === undefined) lost += 1;
    else at.set(node, (at.get(node) ?? 0) + 1);
    const met = record.outages.filter(
      ({ lostAt, backAt }) =>
        lostAt < period.to && (lostAt >= period.from || backAt === undefined || backAt > period.from),
    );
    if (met.some(({ lostAt }) => lostAt >= period.from)) hit += 1;
    const outcome = outcomeOf(name, met, period);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  const back = outcomes.flatMap(({ backAfter }) => backAfter ?? []).sort((one, other) => one - other);
  return {
    phones: phones.size,
    hit,
    outcomes,
    back,
    neverBack: outcomes.length - back.length,
    at: new Map([...at].sort(([one], [other]) => one.localeCompare(other))),
    lost,
    moves: movesOf(outcomes),
    refused: perSecond.sum('refused', period),
    callsLost: perSecond.sum('callsLost', period),
    keepAlivesMissed: perSecond.sum('keepAlivesMissed', period),
    peak: perSecond.most('attempts', period),
    attempts: perSecond.sum('attempts', period),
  };
};

/** Where a phone is registered just before an instant; `undefined`: nowhere. */
const nodeAt = ({ first, outages }: PhoneRecord, at: Instant): string | undefined => {
  let node = first;
  for (const outage of outages) {
    if (outage.lostAt >= at) break;
    node = outage.backAt !== undefined && outage.backAt < at ? outage.to : undefined;
  }
  return node;
};

const outcomeOf = (phone: string, outages: readonly Outage[], { from, to }: Period): PhoneOutcome | undefined => {
  const [first] = outages;
  const last = outages.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const outage = outages.reduce(
    (sum, { lostAt, backAt }) => sum + Math.max(0, (backAt ?? to) - Math.max(from, lostAt)),
    0,
  );
  return {
    phone,
    lostAfter: first.lostAt - from,
    backAfter: last.backAt === undefined ? undefined : last.backAt - from,
    outage,
    losses: outages.filter(({ lostAt }) => lostAt >= from).length,
    from: first.from ?? '',
    to: last.to ?? '',
    why: first.why,
  };
};

const movesOf = (outcomes: readonly PhoneOutcome[]): readonly Move[] => {
  const counts = new Map<string, Move>();
  for (const { from, to } of outcomes) {
    const key = JSON.stringify([from, to]);
    counts.set(key, { from, to, phones: (counts.get(key)?.phones ?? 0) + 1 });
  }
  return [...counts.values()].sort((one, other) => other.phones - one.phones);
};

/** How many phones each node held, at even distances from the first step on. */
export interface Curve {
  /** Milliseconds between two values. */
  readonly every: number;
  readonly registered: readonly number[];
  readonly byNode: Readonly<Record<string, readonly number[]>>;
  /** Of each piece: registrations that phones began, that they got, that they lost, and refusals. */
  readonly attempts: readonly number[];
  readonly back: readonly number[];
  readonly lost: readonly number[];
  readonly refused: readonly number[];
}

const MOST_PIECES = 1_200;
const SECOND = 1_000;

/** The curve of a period, in pieces of whole seconds, at most 1,200. */
export const curveOf = ({ phones, perSecond }: Measured, period: Period, nodes: readonly string[]): Curve => {
  const seconds = Math.max(1, Math.ceil((period.to - period.from) / SECOND));
  const every = Math.ceil(seconds / MOST_PIECES) * SECOND;
  const pieces = Math.ceil((seconds * SECOND) / every);
  const changes = new Map(nodes.map((node): [string, number[]] => [node, new Array<number>(pieces + 1).fill(0)]));
  const change = (node: string | undefined, at: number, by: number): void => {
    if (node === undefined) return;
    const piece = Math.min(pieces, Math.max(0, Math.ceil((at - period.from) / every)));
    const list = changes.get(node);
    if (list !== undefined) list[piece] = (list[piece] ?? 0) + by;
  };
  for (const { first, outages } of phones.values()) {
    change(first, period.from, 1);
    for (const { lostAt, backAt, from, to } of outages) {
      change(from, lostAt, -1);
      if (backAt !== undefined) change(to, backAt, 1);
    }
  }
  const byNode = Object.fromEntries([...changes].map(([node, list]) => [node, running(list)]));
  const registered = Array.from({ length: pieces + 1 }, (_, piece) =>
    Object.values(byNode).reduce((sum, list) => sum + (list[piece] ?? 0), 0),
  );
  const series = (name: Parameters<PerSecond['series']>[0]) => perSecond.series(name, period.from, every, pieces);
  return {
    every,
    registered,
    byNode,
    attempts: series('attempts'),
    back: series('back'),
    lost: series('lost'),
    refused: series('refused'),
  };
};

const running = (changes: readonly number[]): readonly number[] => {
  let sum = 0;
  return changes.map((change) => {
    sum += change;
    return sum;
  });
};

/** The value within which that share of a sorted list lies; `undefined`: the list is empty. */
export const quantileOf = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
