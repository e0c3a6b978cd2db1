// The order of the causes that fit a phone (`docs/protocols/explain.md` §1.7). The first one is the verdict.

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

/** The findings, the best first. Equal ones keep the order of the table. */
export const ranked = (findings: readonly Finding[]): readonly Finding[] => findings.toSorted(compare);

const compare = (one: Finding, other: Finding): number =>
  CONFIDENCES.indexOf(one.confidence) - CONFIDENCES.indexOf(other.confidence) ||
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
  STAGES.indexOf(one.stage) - STAGES.indexOf(other.stage) ||
  kindsOf(other) - kindsOf(one);

const kindsOf = ({ evidence }: Finding): number => new Set(evidence.map(({ type }) => type)).size;
