// How many file descriptors this process may have, and whether one is left.

import { closeSync, openSync, readFileSync } from 'node:fs';

/** The soft limit, which node has raised to the hard one. `undefined`: this system does not say. */
export const descriptorLimit = (): number | undefined => {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
};

const USED_UP: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

/**
 * Whether no descriptor is left, of this process or of the machine. A listener cannot notice it: libuv takes
 * connections that it cannot serve from the kernel's queue and closes them.
 */
export const areDescriptorsUsedUp = (): boolean => {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return false;
  } catch (error) {
    return USED_UP.has((error as NodeJS.ErrnoException).code);
  }
};
