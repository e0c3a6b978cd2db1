// Turns zod's issues into faults: the place, what was found, what is wanted, and for an unknown key the one that was
// probably meant, or that it is not served yet.

import type * as z from 'zod';
import type { ConfigurationProblem } from '../core/errors.js';
import { isSecretName, withoutSecrets } from '../core/secrets.js';
import { isServedLater } from './later-keys.js';
import type { Path, Source } from './yaml-source.js';

type Issue = z.core.$ZodIssue;

/** A value that a schema refused. */
interface RefusedValue {
  readonly issues: readonly Issue[];
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  /** Where the value is in the source. */
  readonly path: Path;
  readonly source: Pick<Source, 'locate'>;
}

/** The faults of a value that its schema refused. */
export const faultsOf = ({ issues, schema, value, path, source }: RefusedValue): ConfigurationProblem[] =>
  issues.flatMap((issue): ConfigurationProblem[] => {
    const whole = [...path, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => unknownKey([...whole, key], known, source));
    }
    const found = describeFound(valueAt(value, issue.path), whole);
    return [{ ...source.locate(whole), key: keyOf(whole), found, wanted: wantedBy(issue) }];
  });

/** The fault of a key that does not exist. */
export const unknownKey = (
  path: Path,
  known: readonly string[],
  source: Pick<Source, 'locate'>,
): ConfigurationProblem => {
  if (isServedLater(path))
    return { ...source.locate(path), key: keyOf(path), found: 'a key that is not served yet', wanted: 'no such key' };
  const near = nearest(String(path.at(-1)), known);
  const remedy = near === undefined ? `one of ${known.join(', ')}` : `${near} (is that what was meant?)`;
  return { ...source.locate(path), key: keyOf(path), found: 'an unknown key', wanted: remedy };
};

/** A path as faults print it: `nodes.0.name`. */
export const keyOf = (path: Path): string => (path.length === 0 ? '(the whole file)' : path.map(String).join('.'));

const wantedBy = (issue: Issue): string => {
  if (issue.code === 'invalid_type') return issue.expected === 'array' ? 'a list' : 'a mapping of keys to values';
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'another key';
  return issue.message;
};

/** A value for a fault, shortened, without secrets. */
export const describeFound = (value: unknown, path: Path = []): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  if (isSecretName(String(path.at(-1)))) return 'something secret';
  const text = typeof value === 'string' ? JSON.stringify(withoutSecrets(value)) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, step) => {
    if (typeof at === 'object' && at !== null) return (at as Record<PropertyKey, unknown>)[step];
    // A single item in place of its list, or a number in place of its line.
    return step === 0 || isAlone(at) ? at : undefined;
  }, value);

const isAlone = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

// ── the keys of a place in the schema ────────────────────────────────────────────────────────────────

interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
}

/** Whether the schema has a single value, not a mapping, at `path`. */
export const knowsPath = (schema: z.core.$ZodType, path: Path): boolean => {
  const at = definitionAt(schema, path);
  return at !== undefined && at.shape === undefined;
};

/** The path of a single value that equals this one after `fold`; `undefined`: there is none. */
export const spelledPath = (schema: z.core.$ZodType, path: Path, fold: (step: string) => string): Path | undefined => {
  const spelled: PropertyKey[] = [];
  for (const step of path) {
    const known =
      typeof step === 'number' ? step : keysAt(schema, spelled).find((key) => fold(key) === fold(String(step)));
    if (known === undefined) return undefined;
    spelled.push(known);
  }
  return knowsPath(schema, spelled) ? spelled : undefined;
};

/** The keys of a mapping. */
export const topKeys = (schema: z.core.$ZodType): readonly string[] => keysAt(schema, []);

const keysAt = (schema: z.core.$ZodType, path: Path): readonly string[] =>
  Object.keys(definitionAt(schema, path)?.shape ?? {});

const definitionAt = (schema: z.core.$ZodType, path: Path): Definition | undefined => {
  let at: Definition | undefined = core(schema);
  for (const step of path) {
    const { shape, element, valueType } = at;
    const inner = typeof step === 'number' ? element : (propertyOf(shape, String(step)) ?? valueType);
    if (inner === undefined) return undefined;
    at = core(inner);
  }
  return at;
};

const propertyOf = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/** The schema inside defaults, optionals and preprocessing. */
const core = (schema: z.core.$ZodType): Definition => {
  const definition = schema._zod.def as Definition;
  const inner = definition.innerType ?? definition.out;
  return inner === undefined || definition.shape !== undefined ? definition : core(inner);
};

// ── did you mean ──────────────────────────────────────────────────────────────────────────────────────────────────

/** The candidate with the smallest edit distance to `text`, if it is small enough to be a typing mistake. */
export const nearest = (text: string, known: readonly string[]): string | undefined => {
  const folded = text.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, distance: distanceOf(folded, candidate.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.floor(text.length / 3)) ? best.candidate : undefined;
};

/** The Damerau–Levenshtein distance: insertions, deletions, replacements and swaps of neighbours. */
const distanceOf = (one: string, other: string): number => {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[other.length] ?? 0;
};
