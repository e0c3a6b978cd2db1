// Makes a row of the table of causes from its declaration.

import { type Instant, instant } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import { withInForce } from './in-force.js';
import type { PhoneView } from './phone-view.js';
import type { ConfiguredPlace, RemedyStep } from './remedies.js';
import { shown } from './shown-text.js';
import {
  type Cause,
  type CauseRow,
  type CauseTexts,
  type CauseValues,
  type Evidence,
  LONGEST_SENTENCE,
  MOST_EVIDENCE,
  type Severity,
  type VerdictFinding,
} from './verdict.js';

/** A place for the documentation. */
const EXAMPLE_PLACE: ConfiguredPlace = { file: 'lab.yaml', line: 31, mainFile: 'lab.yaml', pid: 4711 };

/** A row of the table. `code` is given by the table. */
export const cause =
  <V extends CauseValues>(declared: Cause<V>): ((code: string) => CauseRow) =>
  (code) => {
    const { stage, severity, confidence, shows, evidence, looksFor, fits, excludedBy, sentence, remedy, example } =
      declared;
    const texts = (values: V, place: ConfiguredPlace): CauseTexts => ({
      sentence: cut(shown(sentence(values))),
      remedy: withInForce(remedy(values, place), place).map(shownStep),
    });
    const severityOf = (values: V): Severity => (typeof severity === 'function' ? severity(values) : severity);
    return {
      code,
      stage,
      severity: severityOf(example),
      confidence,
      shows,
      evidence,
      always: looksFor === 'always' || stage === 'stays' || stage === 'lines' || stage === 'calls' || stage === 'ops',
      judge: (view): VerdictFinding | undefined => {
        const values = fits(view);
        if (values === undefined || excludedBy?.(view, values) === true) return undefined;
        const facts = evidenceOf(declared, view, values);
        return {
          code,
          stage,
          severity: severityOf(values),
          confidence,
          since: declared.since?.(view, values) ?? facts[0]?.at ?? view.boot.lastAt ?? view.now,
          ...texts(values, view.place),
          values: definedOf(values),
          evidence: facts,
          until: declared.until?.(view, values),
        };
      },
      isOver: (view) => {
        const values = fits(view);
        return values !== undefined && excludedBy?.(view, values) === true;
      },
      // Only the documentation reads it.
      get example() {
        return { values: example, ...texts(example, EXAMPLE_PLACE) };
      },
      textsOf: (values, place) => texts(values as V, place),
    };
  };

/** Rows by their codes, as a list in this order. */
export const causes = (rows: Readonly<Record<string, (code: string) => CauseRow>>): readonly CauseRow[] =>
  Object.entries(rows).map(([code, make]) => make(code));

const evidenceOf = <V extends CauseValues>(
  { evidence, counts, overBoots, moreEvidence }: Cause<V>,
  view: PhoneView,
  values: V,
): readonly Evidence[] => {
  const types = new Set<LabcmEvent['type']>(evidence);
  const source = overBoots === true ? view.history : view.facts;
  const kept = source
    .all((event) => types.has(event.type) && (counts === undefined || counts(event, values)))
    .flatMap((event): Evidence[] => {
      const text = view.textOf(event);
      return text === undefined ? [] : [{ at: event.at, type: event.type, text }];
    });
  const more = moreEvidence?.(view, values) ?? [];
  const all = [...kept, ...more]
    .map((one) => ({ ...one, text: shown(one.text) }))
    .sort((one, other) => one.at - other.at);
  // The first one tells when it began, the last ones how it stands.
  return all.length <= MOST_EVIDENCE ? all : [all[0] as Evidence, ...all.slice(1 - MOST_EVIDENCE)];
};

const cut = (sentence: string): string =>
  sentence.length <= LONGEST_SENTENCE
    ? sentence
    : `${sentence.slice(0, LONGEST_SENTENCE - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

/** YAML has several lines, and no value in it has a line end (`pasted-text.ts`). */
const shownStep = (step: RemedyStep): RemedyStep => ({
  ...step,
  text: step.do === 'config' ? step.text.split('\n').map(shown).join('\n') : shown(step.text),
});

const definedOf = (values: CauseValues): VerdictFinding['values'] => {
  const defined: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) defined[name] = value;
  return defined;
};

/** The earliest of some instants. */
export const earliest = (...instants: readonly Instant[]): Instant => instant(Math.min(...instants));
