// The built files of the page.

import { fileURLToPath } from 'node:url';
import type { PageFiles } from '../http/index.js';
import { readSmallFolder } from '../net/files/small-folder.js';

/** The same folder, whether the daemon runs from `dist` or from `src`. */
const FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
const LIMIT = 1024 * 1024;

/** Reads the page; empty: it is not built. */
export const readPageFiles = (): Promise<PageFiles> => readSmallFolder(FOLDER, LIMIT);
