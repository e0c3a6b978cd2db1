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
  /** A line that is to answer by itself and only listens; `number` with what stands before `dn`. */
  | { readonly kind: 'intercom'; readonly number: string; readonly dn: string }
  | { readonly kind: 'page'; readonly number: string }
  | { readonly kind: 'service'; readonly service: ServiceName; readonly number: string }
  | { readonly kind: 'emergency'; readonly number: string };

/** A rule that had a part in the result, for people: `labcm dial` prints them. */
export interface AnalysisStep {
  readonly rule: 'line' | 'hunt' | 'park' | 'pickup' | 'intercom' | 'page' | 'emergency' | 'service' | 'translation';
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
  #intercom: string | undefined;
  #pages: readonly string[] = [];
  #services: readonly (readonly [number: string, service: ServiceName])[] = [];
  /** Every directory number in order, made when first needed: whether a longer one exists is a search by halves. */
  #sorted: string[] | undefined;

  constructor(directory: DirectoryNumbers, settings: CallSettings) {
    this.#directory = directory;
    this.configure(settings);
  }

  /** Takes new settings. Translations that are no patterns were refused by the configuration and are left out. */
  configure(settings: CallSettings): void {
    const { translations, emergency, services, hunts, park, pickup, pickupGroups, intercom, paging } = settings;
    this.#pages = paging.map(({ dn }) => dn);
    this.#intercom = intercom;
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

  #exact(text: string): Target | undefined {
    if (this.#directory.has(text)) return { kind: 'line', dn: text };
    if (this.#hunts.includes(text)) return { kind: 'hunt', number: text };
    if (this.#pickups.includes(text)) return { kind: 'pickup', number: text };
    if (this.#pages.includes(text)) return { kind: 'page', number: text };
    if (this.#slots.includes(text)) return { kind: 'park', number: text };
    if (this.#emergency.includes(text)) return { kind: 'emergency', number: text };
    const found = this.#services.find(([number]) => number === text);
    if (found !== undefined) return { kind: 'service', service: found[1], number: text };
    const dn = this.#behindIntercom(text);
    return dn !== undefined && this.#directory.has(dn) ? { kind: 'intercom', number: text, dn } : undefined;
  }

  /** What stands behind the digits of an intercom call; `undefined`: it is none. */
  #behindIntercom(text: string): string | undefined {
    const before = this.#intercom;
    return before !== undefined && text.startsWith(before) ? text.slice(before.length) : undefined;
  }

  #canGrow(text: string): boolean {
    const longer = (number: string): boolean => number.length > text.length && number.startsWith(text);
    const behind = this.#behindIntercom(text);
    return (
      this.#isPrefix(text) ||
      (behind !== undefined && this.#isPrefix(behind)) ||
      (this.#intercom !== undefined && longer(this.#intercom)) ||
      this.#hunts.some(longer) ||
      this.#slots.some(longer) ||
      this.#pages.some(longer) ||
      this.#pickups.some(longer) ||
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
