// How many changed messages of each kind a test sends: as many as its run can afford.

import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `test/vitest.config.ts` says few, `test/interop/vitest.config.ts` many. */
    mutations: number;
  }
}

export const MUTATIONS = inject('mutations');

/** For the names of tests: `100,000`. */
export const MUTATED = MUTATIONS.toLocaleString('en-US');
