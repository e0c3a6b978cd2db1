// What a check of `labcm doctor` is: one row of the table, and what it may find.

import type { CodedProblem } from '../core/errors.js';
import type { Duration } from '../core/time.js';
import type { DoctorView } from './view.js';

/** The groups, in the order in which they are printed. */
export const GROUPS = [
  'config',
  'ports',
  'addresses',
  'dhcp',
  'files',
  'firewall',
  'path',
  'host',
  'names',
  'devices',
  'api',
] as const;
/** One of the groups. */
export type CheckGroup = (typeof GROUPS)[number];

/** How bad a finding is, the worst first. `well` is a remark that nobody needs to act on. */
export const STATES = ['bad', 'warning', 'skipped', 'well'] as const;
/** One of the states. */
export type FindingState = (typeof STATES)[number];

/** What a finding compares, for programs. */
export type FindingFacts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** One thing that a check found. */
export interface DoctorFinding {
  readonly state: FindingState;
  /** The code of the cause, by which programs know it: `docs/protocols/explain.md` §2 where it has one. */
  readonly code: string;
  /** One sentence. */
  readonly found: string;
  readonly wanted?: string;
  /** What helps, each a line to paste or a step to take; the first one first. */
  readonly fix: readonly string[];
  readonly facts?: FindingFacts;
}

/** What helps, by code: `labcm doctor` prints the fix of the case, the documents this one. */
export type FixesByCode = Readonly<Record<string, string>>;

/** One row of the table. */
export interface DoctorCheck {
  readonly group: CheckGroup;
  /** Unique in the table; `--only` and `--skip` take it. */
  readonly name: string;
  /** What it looks at, for the documents. */
  readonly looksAt: string;
  /** Every code that it may find, with what helps. */
  readonly finds: FixesByCode;
  /** The option without which it does not run. */
  readonly option?: 'offer' | 'listen';
  /** It asks the daemon, and is skipped where none runs. */
  readonly asksDaemon?: true;
  /** Absent: one second. */
  readonly within?: (view: DoctorView) => Duration;
  /** Finds what is wrong; nothing: all is well. May reject: then it is skipped with the message. */
  readonly run: (view: DoctorView) => Promise<readonly DoctorFinding[]> | readonly DoctorFinding[];
}

type Rest = Omit<DoctorFinding, 'state' | 'code' | 'found' | 'fix'> & { readonly fix?: readonly string[] };
const finding =
  (state: FindingState) =>
  (code: string, found: string, { fix = [], ...rest }: Rest = {}): DoctorFinding => ({
    state,
    code,
    found,
    fix,
    ...rest,
  });

/** A finding that breaks the lab for somebody. */
export const bad = finding('bad');
/** A finding with which a lab works, and that its owner should know of. */
export const warning = finding('warning');
/** What could not be looked at, and why. */
export const skipped = finding('skipped');
/** A remark that needs no action; `--all` shows it. */
export const well = finding('well');

/** A problem of the configuration as a finding. */
export const problemFinding =
  (state: FindingState, { place }: Pick<DoctorView, 'place'>) =>
  (problem: CodedProblem): DoctorFinding => ({
    state,
    code: problem.code,
    found: `${place(problem)}: ${problem.key}: ${problem.found}`,
    wanted: problem.wanted,
    fix: [problem.wanted],
  });

/** `3 phones`, `1 phone`. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** At most five of them: `a, b, c, d, e and 12 more`. */
export const some = (names: readonly string[], most = 5): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
