// Digit analysis: what a dialled text means here. Directory numbers first, exactly; then emergency numbers, which labcm
// answers itself; the other numbers of the settings; then the closest of translations and of patterns that lead to a trunk. A
// number of an emergency never leads to a trunk (`docs/protocols/calls.md` §5).

import { numberCodes, numberOwners, type OwnedTarget } from './number-owners.js';
import { isEmergency, numberSent } from './number-transforms.js';
import { compareSpecificity, matchPattern, type Pattern, parsePattern } from './patterns.js';
import type { CallSettings, RoutePattern, ServiceName, Translation } from './settings.js';

/** What a number leads to. */
export type Target =
  | { readonly kind: 'line'; readonly dn: string }
  | { readonly kind: 'hunt'; readonly number: string }
  /** `number`: of a pick-up group, or the one for the caller's own. `of`: groups that the caller is not in. */
  | { readonly kind: 'pickup'; readonly number: string; readonly of?: 'others' }
  | { readonly kind: 'park'; readonly number: string }
  /** `number`: of a meeting room. */
  | { readonly kind: 'conference'; readonly number: string }
  /** `to`: where the caller's line forwards all calls from now on; empty: nowhere. */
  | { readonly kind: 'forward'; readonly number: string; readonly to: string }
  /** A line that is to answer by itself and only listens; `number` with what stands before `dn`. */
  | { readonly kind: 'intercom'; readonly number: string; readonly dn: string }
  | { readonly kind: 'page'; readonly number: string }
  | { readonly kind: 'service'; readonly service: ServiceName; readonly number: string }
  | { readonly kind: 'emergency'; readonly number: string }
  | TrunkTarget;

/** A number of another PBX. */
export interface TrunkTarget {
  readonly kind: 'trunk';
  readonly trunk: string;
  /** The number that the trunk is sent. */
  readonly number: string;
  /** The pattern that matched. */
  readonly pattern: string;
  /** What the number of the caller is masked with; empty: nothing. */
  readonly callerMask: string;
  /** Where the call goes if the trunk takes none: another pattern of the same text. */
  readonly next?: TrunkTarget;
}

/** A rule that had a part in the result, for people: `labcm dial` prints them. */
export interface AnalysisStep {
  readonly rule:
    | 'line'
    | 'hunt'
    | 'park'
    | 'pickup'
    | 'intercom'
    | 'conference'
    | 'forward'
    | 'page'
    | 'emergency'
    | 'service'
    | 'translation'
    | 'pattern';
  readonly pattern: string;
  /** Translations: what is dialled instead. Patterns: what the trunk is sent. */
  readonly to?: string;
  /** Patterns: the trunk. */
  readonly trunk?: string;
}

/**
 * The result of digit analysis. `match`: the text leads somewhere; with `canGrow`, a longer one would lead elsewhere.
 * `incomplete`: only a longer text can lead anywhere. `none`: no text that begins so leads anywhere.
 */
export type Analysis =
  | {
      readonly kind: 'match';
      readonly target: Target;
      readonly canGrow: boolean;
      readonly steps: readonly AnalysisStep[];
    }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'none'; readonly steps: readonly AnalysisStep[] };

/** The directory numbers of the cluster. */
export interface DirectoryNumbers {
  has(dn: string): boolean;
  all(): Iterable<string>;
}

/** A translation, or a pattern that leads to a trunk. */
type Rule = { readonly pattern: Pattern } & ({ readonly to: string } | { readonly route: RoutePattern });

const MOST_TRANSLATIONS = 10;

export class DialPlan {
  readonly #directory: DirectoryNumbers;
  /** The most specific first. */
  #rules: readonly Rule[] = [];
  #emergency: readonly string[] = [];
  #forwardAll: string | undefined;
  #intercom: string | undefined;
  /** Every number of the settings. */
  #owned: ReadonlyMap<string, OwnedTarget> = new Map();
  /** The same with the codes, in order. */
  #ownedSorted: readonly string[] = [];
  /** Every directory number in order, made when first needed: whether a longer one exists is a search by halves. */
  #sorted: string[] | undefined;

  constructor(directory: DirectoryNumbers, settings: CallSettings) {
    this.#directory = directory;
    this.configure(settings);
  }

  /** Takes new settings. What is no pattern was refused by the configuration and is left out. */
  configure(settings: CallSettings): void {
    const { translations, patterns, emergency, forwardAll, intercom } = settings;
    this.#forwardAll = forwardAll;
    this.#intercom = intercom;
    const rules = [
      ...translations.flatMap(({ match, to }: Translation) => compile(match, { to })),
      ...patterns.flatMap((route) => compile(route.match, { route })),
    ];
    this.#rules = rules.sort((one, other) => compareSpecificity(one.pattern, other.pattern));
    this.#emergency = emergency;
    const owned = new Map<string, OwnedTarget>();
    for (const { number, target } of numberOwners(settings)) if (!owned.has(number)) owned.set(number, target);
    this.#owned = owned;
    this.#ownedSorted = [...new Set([...owned.keys(), ...numberCodes(settings).map(({ code }) => code)])].sort();
  }

  /** Directory numbers came or went. */
  directoryChanged(): void {
    this.#sorted = undefined;
  }

  /** A directory number came. */
  add(dn: string): void {
    const sorted = this.#sorted;
    if (sorted === undefined) return;
    const place = placeOf(sorted, dn);
    if (sorted[place] !== dn) sorted.splice(place, 0, dn);
  }

  /** What `text`, as dialled so far, means. */
  analyse(text: string): Analysis {
    return this.#analyse(text, []);
  }

  /** Whether some number has a `#` here: else it means that the number is complete. */
  takesHash(text: string): boolean {
    return this.analyse(`${text}#`).kind !== 'none';
  }

  /**
   * Where dialling ends for a phone that sends `text` digit by digit: at the shortest beginning that is called at once.
   * `undefined`: no beginning is, and the whole text is dialled.
   */
  endsAt(text: string): { readonly text: string; readonly target: Target } | undefined {
    for (let length = 1; length < text.length; length += 1) {
      const beginning = text.slice(0, length);
      const result = this.analyse(beginning);
      if (result.kind === 'none') return undefined;
      if (result.kind === 'match' && !result.canGrow) return { text: beginning, target: result.target };
    }
    return undefined;
  }

  #analyse(text: string, steps: readonly AnalysisStep[]): Analysis {
    const exact = this.#exact(text);
    if (exact !== undefined) {
      // Nobody waits for the digits of a pattern who has dialled the number of an emergency.
      const canGrow = exact.kind === 'emergency' ? this.#hasLonger(text) : this.#canGrow(text);
      return { kind: 'match', target: exact, canGrow, steps: [...steps, { rule: exact.kind, pattern: text }] };
    }
    const forward = steps.length === 0 ? this.#forwarding(text) : undefined;
    if (forward !== undefined) return forward;
    const canGrow = this.#canGrow(text);
    for (const rule of this.#rules) {
      const { pattern } = rule;
      if (!matchPattern(pattern, text).matches) continue;
      if ('route' in rule) return this.#routed(rule.route, pattern, text, canGrow, steps);
      const { to } = rule;
      const step: AnalysisStep = { rule: 'translation', pattern: pattern.text, to };
      if (steps.length >= MOST_TRANSLATIONS) return { kind: 'none', steps: [...steps, step] };
      const result = this.#analyse(to, [...steps, step]);
      // A translation routes at once (CUCM: urgent priority), and what it leads to is dialled as a whole.
      if (result.kind === 'match') return { ...result, canGrow: false };
      return result.kind === 'none' ? result : { kind: 'none', steps: [...steps, step] };
    }
    return canGrow ? { kind: 'incomplete' } : { kind: 'none', steps };
  }

  /** A number that leaves by a trunk; whatever it is sent as, an emergency number stays here. */
  #routed(
    route: RoutePattern,
    pattern: Pattern,
    text: string,
    canGrow: boolean,
    steps: readonly AnalysisStep[],
  ): Analysis {
    const number = numberSent(route, pattern, text);
    const { trunk, urgent } = route;
    const step: AnalysisStep = { rule: 'pattern', pattern: pattern.text, to: number, trunk };
    if (isEmergency(number, this.#emergency) || isEmergency(text, this.#emergency))
      return {
        kind: 'match',
        target: { kind: 'emergency', number },
        canGrow: false,
        steps: [...steps, step, { rule: 'emergency', pattern: number }],
      };
    const target = this.#trunksOf(pattern, text);
    return target === undefined
      ? { kind: 'none', steps: [...steps, step] }
      : { kind: 'match', target, canGrow: canGrow && !urgent, steps: [...steps, step] };
  }

  /** The trunks of all patterns of that text, in the order of the configuration. */
  #trunksOf({ text: written }: Pattern, text: string): TrunkTarget | undefined {
    return this.#rules.reduceRight<TrunkTarget | undefined>((next, rule) => {
      if (!('route' in rule) || rule.pattern.text !== written) return next;
      const { trunk, callerMask } = rule.route;
      const number = numberSent(rule.route, rule.pattern, text);
      if (number === '' || isEmergency(number, this.#emergency)) return next;
      const target = { kind: 'trunk', trunk, number, pattern: written, callerMask } as const;
      return next === undefined ? target : { ...target, next };
    }, undefined);
  }

  /** The code that forwards all calls, with the number behind it; `undefined`: the text is none. */
  #forwarding(text: string): Analysis | undefined {
    const code = this.#forwardAll;
    if (code === undefined || !text.startsWith(code)) return undefined;
    const to = text.slice(code.length);
    const step: AnalysisStep = { rule: 'forward', pattern: code, ...(to === '' ? {} : { to }) };
    const target = { kind: 'forward', number: code, to } as const;
    if (to === '') return { kind: 'match', target, canGrow: true, steps: [step] };
    const result = this.#analyse(to, [step]);
    return result.kind === 'match' ? { ...result, target } : result;
  }

  #exact(text: string): Exclude<Target, TrunkTarget> | undefined {
    if (this.#directory.has(text)) return { kind: 'line', dn: text };
    const owned = this.#owned.get(text);
    if (owned !== undefined) return owned;
    const dn = this.#behindIntercom(text);
    return dn !== undefined && this.#directory.has(dn) ? { kind: 'intercom', number: text, dn } : undefined;
  }

  /** What stands behind the digits of an intercom call; `undefined`: it is none. */
  #behindIntercom(text: string): string | undefined {
    const before = this.#intercom;
    return before !== undefined && text.startsWith(before) ? text.slice(before.length) : undefined;
  }

  #canGrow(text: string): boolean {
    return this.#hasLonger(text) || this.#rules.some(({ pattern }) => matchPattern(pattern, text).canGrow);
  }

  /** Whether a longer number begins so, patterns aside. */
  #hasLonger(text: string): boolean {
    const behind = this.#behindIntercom(text);
    return (
      this.#isPrefix(text) || (behind !== undefined && this.#isPrefix(behind)) || beginsLonger(this.#ownedSorted, text)
    );
  }

  /** Whether some directory number is longer than `text` and begins with it. */
  #isPrefix(text: string): boolean {
    this.#sorted ??= [...new Set(this.#directory.all())].sort();
    return beginsLonger(this.#sorted, text);
  }
}

/** Whether a number of the sorted list is longer than `text` and begins with it. */
const beginsLonger = (sorted: readonly string[], text: string): boolean => {
  const place = placeOf(sorted, text);
  const next = sorted[place] === text ? sorted[place + 1] : sorted[place];
  return next?.startsWith(text) === true;
};

/** Where `text` stands, or would stand, in the sorted list. */
const placeOf = (sorted: readonly string[], text: string): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
};

const compile = (match: string, what: { readonly to: string } | { readonly route: RoutePattern }): Rule[] => {
  const pattern = parsePattern(match);
  return typeof pattern === 'string' ? [] : [{ pattern, ...what }];
};
