// A folder that is there when something is written into it, and gone when its owner is.

import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  /** Nothing is there yet: whoever writes makes it. */
  readonly path: string;
  /** With all that is in it. Harmless where nothing was ever written. */
  remove(): Promise<void>;
}

export const temporaryFolder = (prefix: string): TemporaryFolder => {
  const path = join(tmpdir(), `${prefix}-${randomUUID()}`);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
};
