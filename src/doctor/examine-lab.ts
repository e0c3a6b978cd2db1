// Runs checks side by side, each within its time, and sorts what they found.

import { formatDuration, seconds, type Timer } from '../core/time.js';
import { type DoctorCheck, type DoctorFinding, type FindingState, STATES, skipped } from './check.js';
import { callLate } from './late-timer.js';
import type { DoctorView } from './view.js';

/** A finding and the check that has it. A check that found nothing has one that is `well`. */
export interface CheckedFinding extends DoctorFinding {
  readonly group: DoctorCheck['group'];
  readonly check: string;
}

/** Which checks to run. */
export interface CheckSelection {
  /** Names of groups or checks; empty: all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** The options that were given. */
  readonly options: ReadonlySet<NonNullable<DoctorCheck['option']>>;
}

/** The checks that a selection leaves, in the order of the table. */
export const selectedChecks = (
  table: readonly DoctorCheck[],
  { only, skip, options }: CheckSelection,
): readonly DoctorCheck[] => {
  const isNamed = ({ group, name }: DoctorCheck, names: readonly string[]): boolean =>
    names.some((one) => one === group || one === name);
  return table.filter(
    (check) =>
      (check.option === undefined || options.has(check.option)) &&
      (only.length === 0 || isNamed(check, only)) &&
      !isNamed(check, skip),
  );
};

const USUAL = seconds(1);
/** More findings of one check with one code than this are counted. */
const MOST_OF_ONE_KIND = 10;

/** What a check gives that has found nothing. */
const nothing = ({ name, looksAt }: DoctorCheck): DoctorFinding => ({
  state: 'well',
  code: 'well',
  found: `${name}: ${looksAt}`,
  fix: [],
});

/** `callback` is called once for each check that has ended, with how many are left. */
export const examineLab = async (
  checks: readonly DoctorCheck[],
  view: DoctorView,
  callback: (left: number) => void = () => {},
): Promise<readonly CheckedFinding[]> => {
  let left = checks.length;
  const results = await Promise.all(
    checks.map(async (check) => {
      const { group, name } = check;
      const found = firstOfEachKind(await findingsOf(check, view));
      left -= 1;
      callback(left);
      return (found.length === 0 ? [nothing(check)] : found).map(
        (finding): CheckedFinding => ({ group, check: name, ...finding }),
      );
    }),
  );
  const all = results.flat();
  return STATES.flatMap((state) => all.filter((finding) => finding.state === state));
};

/** The first findings of each code, and how many more there are. */
const firstOfEachKind = (findings: readonly DoctorFinding[]): readonly DoctorFinding[] => {
  const codes = [...new Set(findings.map(({ code }) => code))];
  return codes.flatMap((one) => {
    const all = findings.filter(({ code }) => code === one);
    const [first] = all;
    const more = all.length - MOST_OF_ONE_KIND;
    if (first === undefined || more <= 0) return all;
    const { state, code } = first;
    return [
      ...all.slice(0, MOST_OF_ONE_KIND),
      { state, code, found: `and ${more} more of this kind`, fix: [], facts: { more } },
    ];
  });
};

const findingsOf = async (check: DoctorCheck, view: DoctorView): Promise<readonly DoctorFinding[]> => {
  if (check.asksDaemon === true && view.daemon === undefined)
    return [skipped('ops.no-daemon', 'no labcm runs on this configuration, and only it can say')];
  const { name } = check;
  const { clock } = view;
  const within = check.within?.(view) ?? USUAL;
  let timer: Timer | undefined;
  const timeUp = new Promise<readonly DoctorFinding[]>((resolve) => {
    timer = callLate(clock, within, () =>
      resolve([skipped('ops.check-slow', `${name} did not end within ${formatDuration(within)}`)]),
    );
  });
  try {
    return await Promise.race([Promise.resolve().then(() => check.run(view)), timeUp]);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return [skipped('ops.check-failed', `${name} could not be looked at: ${why}`)];
  } finally {
    timer?.cancel();
  }
};

/** How many findings there are of each state; of `well`, how many checks found nothing to act on. */
export const countFindings = (findings: readonly CheckedFinding[]): Readonly<Record<FindingState, number>> => {
  const count = (state: FindingState): number => findings.filter((finding) => finding.state === state).length;
  const troubled = new Set(findings.flatMap(({ state, check }) => (state === 'well' ? [] : [check])));
  const well = new Set(findings.flatMap(({ check }) => (troubled.has(check) ? [] : [check]))).size;
  return { bad: count('bad'), warning: count('warning'), skipped: count('skipped'), well };
};
