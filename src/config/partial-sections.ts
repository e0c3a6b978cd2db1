import * as z from 'zod';
import type { Path } from './yaml-source.js';

const MAX_ROUNDS = 8;

/** Placeholders by key, for values that are needed. */
type StandIns = Readonly<Record<string, unknown>>;

/**
 * Parses what remains of a faulty section without its faulty keys, so that checks can go on with the rest and all
 * faults are found in one run. Only keys are removed, or replaced by `standIns`, never items of a list, so every path
 * stays valid. `undefined`: nothing useful remains.
 */
export const partialSection = (
  schema: z.ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  standIns: StandIns,
): unknown => {
  const remains = structuredClone(value);
  let open = issues;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const issue of open) {
      if (issue.code !== 'unrecognized_keys') takeOut(remains, issue.path, standIns);
      else for (const key of issue.keys) takeOut(remains, [...issue.path, key], {});
    }
    const parsed = z.safeParse(schema, remains);
    if (parsed.success) return parsed.data;
    open = parsed.error.issues;
  }
  return undefined;
};

/** Removes the innermost key on the path that exists, or replaces the last one if there is a placeholder for it. */
const takeOut = (value: unknown, path: Path, standIns: StandIns): void => {
  let around: Record<PropertyKey, unknown> | undefined;
  let innermost: PropertyKey | undefined;
  let at = value;
  for (const [index, step] of path.entries()) {
    if (typeof at !== 'object' || at === null) break;
    const record = at as Record<PropertyKey, unknown>;
    if (index === path.length - 1 && Object.hasOwn(standIns, step)) {
      record[step] = standIns[String(step)];
      return;
    }
    if (!Object.hasOwn(record, step)) break;
    if (!Array.isArray(at)) [around, innermost] = [record, step];
    at = record[step];
  }
  if (around !== undefined && innermost !== undefined) delete around[innermost];
};
