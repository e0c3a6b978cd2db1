// What a check of several keys has to say, be it a fault or a warning: where, what was found, what is wanted.

import type { Sections } from './schema.js';
import type { Path } from './yaml-source.js';

export type KeyProblem = readonly [path: Path, found: string, wanted: string];

/** A section that is faulty by itself is absent, and a check that needs it is silent: one mistake is told once. */
export type Check = (sections: Partial<Sections>) => readonly KeyProblem[];
