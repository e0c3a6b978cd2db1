// The order of the causes that fit a phone (`docs/protocols/explain.md` §1.7). The first one is the verdict.

import { MANY } from './fleet.js';
import type { CauseStage, Confidence, Finding, Severity } from './verdict.js';

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

/**
 * The findings, the best first: what explains many phones, then by what is sure and weighs most. Equal ones keep the
 * order of the table. `withVerdict`: how many devices have the verdict of a code.
 */
export const ranked = (findings: readonly Finding[], withVerdict: (code: string) => number): readonly Finding[] => {
  const isShared = ({ code, confidence }: Finding): number =>
    confidence !== 'possible' && withVerdict(code) >= MANY ? 0 : 1;
  return findings.toSorted((one, other) => isShared(one) - isShared(other) || compare(one, other));
};

const compare = (one: Finding, other: Finding): number =>
  CONFIDENCES.indexOf(one.confidence) - CONFIDENCES.indexOf(other.confidence) ||
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  STAGES.indexOf(one.stage) - STAGES.indexOf(other.stage) ||
  kindsOf(other) - kindsOf(one);

const kindsOf = ({ evidence }: Finding): number => new Set(evidence.map(({ type }) => type)).size;
