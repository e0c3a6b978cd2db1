// The order of the causes that fit a phone (`docs/protocols/explain.md` §1.7). The first one is the verdict.

import { MANY } from './fleet.js';
import type { CauseStage, Confidence, Severity, VerdictFinding } from './verdict.js';

const CONFIDENCES: readonly Confidence[] = ['certain', 'likely', 'possible'];
const SEVERITIES: readonly Severity[] = ['blocking', 'degraded', 'attention'];
/** The furthest stage first; trouble of this host explains what looks like trouble of the phone. */
const STAGES: readonly CauseStage[] = [
  'ops',
  'calls',
  'stays',
  'lines',
  'register',
  'connect',
  'files',
  'dhcp',
  'power',
];

/** These fit only if several phones have them at once. */
const OF_SEVERAL: ReadonlySet<string> = new Set(['power.together']);

/**
 * The findings, the best first: what explains many phones, then by what is sure and weighs most. Equal ones keep the
 * order of the table. `withVerdict`: how many devices have the verdict of a code.
 */
export const ranked = (
  findings: readonly VerdictFinding[],
  withVerdict: (code: string) => number,
): readonly VerdictFinding[] => {
  const order = ({ code, confidence }: VerdictFinding): number =>
    OF_SEVERAL.has(code) ? 0 : confidence !== 'possible' && withVerdict(code) >= MANY ? 1 : 2;
  return findings.toSorted((one, other) => order(one) - order(other) || compare(one, other));
};

const compare = (one: VerdictFinding, other: VerdictFinding): number =>
  CONFIDENCES.indexOf(one.confidence) - CONFIDENCES.indexOf(other.confidence) ||
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  STAGES.indexOf(one.stage) - STAGES.indexOf(other.stage) ||
  kindsOf(other) - kindsOf(one);

const kindsOf = ({ evidence }: VerdictFinding): number => new Set(evidence.map(({ type }) => type)).size;
