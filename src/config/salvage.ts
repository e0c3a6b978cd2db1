// What remains of a faulty section when its faulty keys are taken out, so that the checks can go on with the rest and
// nothing wrong there has to wait for the next try.

import * as z from 'zod';
import type { Path } from './yaml-source.js';

const MAX_ROUNDS = 8;

/** Keys alone are taken out, never items of a list: every place keeps its path. `undefined`: nothing remains. */
export const salvaged = (schema: z.ZodType, value: unknown, issues: readonly z.core.$ZodIssue[]): unknown => {
  const remains = structuredClone(value);
  let open = issues;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const issue of open) {
      if (issue.code !== 'unrecognized_keys') takeOut(remains, issue.path);
      else for (const key of issue.keys) takeOut(remains, [...issue.path, key]);
    }
    const parsed = z.safeParse(schema, remains);
    if (parsed.success) return parsed.data;
    open = parsed.error.issues;
  }
  return undefined;
};

/** The innermost key on the path that is there. */
const takeOut = (value: unknown, path: Path): void => {
  let around: Record<PropertyKey, unknown> | undefined;
  let innermost: PropertyKey | undefined;
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) break;
    const record = at as Record<PropertyKey, unknown>;
    if (!Array.isArray(at)) [around, innermost] = [record, step];
    at = record[step];
  }
  if (around !== undefined && innermost !== undefined) delete around[innermost];
};
