// Digit analysis: what a dialled text means here. Directory numbers first, exactly; then emergency numbers, which labcm
// answers itself; service numbers; translations. Nothing ever leaves this machine (`docs/protocols/calls.md` §5).

import { slotsOf } from './park-range.js';
import { compareSpecificity, matchPattern, type Pattern, parsePattern } from './patterns.js';
import type { CallSettings, ServiceName, Translation } from './settings.js';

/** What a number leads to. */
export type Target =
  | { readonly kind: 'line'; readonly dn: string }
  | { readonly kind: 'hunt'; readonly number: string }
  /** `number`: of a pick-up group, or the one for the caller's own. */
  | { readonly kind: 'pickup'; readonly number: string }
  | { readonly kind: 'park'; readonly number: string }
  /** `to`: where the caller's line forwards all calls from now on; empty: nowhere. */
  | { readonly kind: 'forward'; readonly number: string; readonly to: string }
  | { readonly kind: 'service'; readonly service: ServiceName; readonly number: string }
  | { readonly kind: 'emergency'; readonly number: string };

/** A rule that had a part in the result, for people: `labcm dial` prints them. */
export interface AnalysisStep {
  readonly rule: 'line' | 'hunt' | 'park' | 'pickup' | 'forward' | 'emergency' | 'service' | 'translation';
  readonly pattern: string;
  /** Translations: what is dialled instead. */
  readonly to?: string;
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

interface CompiledTranslation {
  readonly pattern: Pattern;
  readonly to: string;
}

const MOST_TRANSLATIONS = 10;

export class DialPlan {
  readonly #directory: DirectoryNumbers;
  #translations: readonly CompiledTranslation[] = [];
  #emergency: readonly string[] = [];
  #hunts: readonly string[] = [];
  #slots: readonly string[] = [];
  #pickups: readonly string[] = [];
  #forwardAll: string | undefined;
  #services: readonly (readonly [number: string, service: ServiceName])[] = [];
  /** Every directory number in order, made when first needed: whether a longer one exists is a search by halves. */
  #sorted: string[] | undefined;

  constructor(directory: DirectoryNumbers, settings: CallSettings) {
    this.#directory = directory;
    this.configure(settings);
  }

  /** Takes new settings. Translations that are no patterns were refused by the configuration and are left out. */
  configure(settings: CallSettings): void {
    const { translations, emergency, services, hunts, park, pickup, pickupGroups, forwardAll } = settings;
    this.#forwardAll = forwardAll;
    this.#translations = translations
      .flatMap(compile)
      .sort((one, other) => compareSpecificity(one.pattern, other.pattern));
    this.#emergency = emergency;
    this.#pickups = [pickup, ...pickupGroups.map(({ number }) => number)].filter((number) => number !== undefined);
    this.#slots = slotsOf(park.range) ?? [];
    this.#hunts = hunts.map(({ dn }) => dn);
    this.#services = Object.entries(services).map(([service, number]) => [number, service as ServiceName] as const);
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

  #analyse(text: string, steps: readonly AnalysisStep[]): Analysis {
    const exact = this.#exact(text);
    const canGrow = this.#canGrow(text);
    if (exact !== undefined) {
      const rule = exact.kind === 'line' ? 'line' : exact.kind;
      return { kind: 'match', target: exact, canGrow, steps: [...steps, { rule, pattern: text }] };
    }
    const forward = steps.length === 0 ? this.#forwarding(text) : undefined;
    if (forward !== undefined) return forward;
    for (const { pattern, to } of this.#translations) {
      if (!matchPattern(pattern, text).matches) continue;
      const step: AnalysisStep = { rule: 'translation', pattern: pattern.text, to };
      if (steps.length >= MOST_TRANSLATIONS) return { kind: 'none', steps: [...steps, step] };
      const result = this.#analyse(to, [...steps, step]);
      // A translation routes at once (CUCM: urgent priority), and what it leads to is dialled as a whole.
      if (result.kind === 'match') return { ...result, canGrow: false };
      return result.kind === 'none' ? result : { kind: 'none', steps: [...steps, step] };
    }
    return canGrow ? { kind: 'incomplete' } : { kind: 'none', steps };
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

  #exact(text: string): Target | undefined {
    if (this.#directory.has(text)) return { kind: 'line', dn: text };
    if (this.#hunts.includes(text)) return { kind: 'hunt', number: text };
    if (this.#pickups.includes(text)) return { kind: 'pickup', number: text };
    if (this.#slots.includes(text)) return { kind: 'park', number: text };
    if (this.#emergency.includes(text)) return { kind: 'emergency', number: text };
    const found = this.#services.find(([number]) => number === text);
    return found === undefined ? undefined : { kind: 'service', service: found[1], number: text };
  }

  #canGrow(text: string): boolean {
    const longer = (number: string): boolean => number.length > text.length && number.startsWith(text);
    return (
      this.#isPrefix(text) ||
      this.#hunts.some(longer) ||
      this.#slots.some(longer) ||
      this.#pickups.some(longer) ||
      (this.#forwardAll !== undefined && longer(this.#forwardAll)) ||
      this.#emergency.some(longer) ||
      this.#services.some(([number]) => longer(number)) ||
      this.#translations.some(({ pattern }) => matchPattern(pattern, text).canGrow)
    );
  }

  /** Whether some directory number is longer than `text` and begins with it. */
  #isPrefix(text: string): boolean {
    this.#sorted ??= [...new Set(this.#directory.all())].sort();
    const sorted = this.#sorted;
    const place = placeOf(sorted, text);
    const next = sorted[place] === text ? sorted[place + 1] : sorted[place];
    return next?.startsWith(text) === true;
  }
}

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

const compile = ({ match, to }: Translation): readonly CompiledTranslation[] => {
  const pattern = parsePattern(match);
  return typeof pattern === 'string' ? [] : [{ pattern, to }];
};
