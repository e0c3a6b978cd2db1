// A temporary folder that appears with the first file in it and is removed with its owner.

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that may not exist yet. */
export interface TemporaryFolder {
  /** Does not exist yet: the first writer makes it. */
  readonly path: string;
  /** Removes it with all that is in it. Harmless if nothing was ever written. */
  remove(): Promise<void>;
}

/** A folder of an unused name in the temporary directory of the system. */
export const temporaryFolder = (prefix: string): TemporaryFolder => {
  const path = join(tmpdir(), `${prefix}-${randomUUID()}`);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
};
