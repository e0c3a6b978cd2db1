// What a check returns, and the type of a check.

import type { Sections } from './schema.js';
import type { Path } from './yaml-source.js';

/** A fault or a warning before its place in the file is known: the path of the key, what was found, what is wanted. */
export type KeyProblem = readonly [path: Path, found: string, wanted: string];

/**
 * A rule over several keys. A section that could not be parsed is missing, and a check that needs it returns nothing,
 * so that one mistake is reported once.
 */
export type Check = (sections: Partial<Sections>) => readonly KeyProblem[];
