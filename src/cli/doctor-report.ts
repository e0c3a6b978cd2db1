// How `labcm doctor` prints what it found.

import type { FindingState } from '../doctor/check.js';
import { type CheckedFinding, countFindings } from '../doctor/examine-lab.js';
import { printable } from '../trace/line.js';
import type { Colour } from './table.js';

const WORDS: Readonly<Record<FindingState, string>> = { bad: 'BAD', warning: 'WARN', skipped: 'SKIP', well: 'OK' };
const COLOURS: Readonly<Record<FindingState, Colour>> = {
  bad: 'red',
  warning: 'yellow',
  skipped: 'dim',
  well: 'green',
};
const INDENT = ' '.repeat(6);

/** The lines of one finding: what was found, and below it what helps. */
export const findingLines = (
  { state, group, found, fix }: CheckedFinding,
  paint: (text: string, colour: Colour | undefined) => string,
): readonly string[] => [
  `${paint(WORDS[state].padEnd(4), COLOURS[state])}  ${group.padEnd(GROUP_WIDTH)}  ${printable(found)}`,
  ...(state === 'bad' || state === 'warning' ? fix : []).map(
    (step, index) => `${INDENT}${' '.repeat(GROUP_WIDTH)}  ${index === 0 ? 'fix  ' : '     '}${printable(step)}`,
  ),
];

const GROUP_WIDTH = 'addresses'.length;

/** Findings that only say that no daemon runs are one line together. */
export const withoutRepeats = (findings: readonly CheckedFinding[]): readonly CheckedFinding[] => {
  const asking = findings.filter(({ code }) => code === 'ops.no-daemon');
  const [first] = asking;
  if (first === undefined) return findings;
  const checks = asking.map(({ check }) => check).join(', ');
  return findings.flatMap((finding) => {
    if (finding === first) return [{ ...first, group: 'api' as const, found: `${first.found}: ${checks}` }];
    return finding.code === 'ops.no-daemon' ? [] : [finding];
  });
};

/** `3 bad, 1 warning, 2 skipped, 31 well in 1.8 s`. */
export const summaryLine = (findings: readonly CheckedFinding[], milliseconds: number): string => {
  const { bad, warning, skipped, well } = countFindings(findings);
  const parts = [
    ...(bad === 0 ? [] : [`${bad} bad`]),
    ...(warning === 0 ? [] : [`${warning} warning${warning === 1 ? '' : 's'}`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
    `${well} well`,
  ];
  return `${parts.join(', ')} in ${(milliseconds / 1000).toFixed(1)} s`;
};

/** The fields of a finding in `--json`, in their order. */
export const findingJson = (finding: CheckedFinding): Readonly<Record<string, unknown>> => {
  const { group, check, state, code, found, wanted = null, fix, facts = {} } = finding;
  return { group, check, state, code, found, wanted, fix, facts };
};
