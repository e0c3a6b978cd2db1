// Loaded into the daemon before it starts (`node --expose-gc --import`): SIGUSR2 collects all garbage, so that what is kept
// can be told from what is merely not yet collected, and writes the octets that are kept into the file that LABCM_KEPT
// names.

import { renameSync, writeFileSync } from 'node:fs';

const file = process.env.LABCM_KEPT;

process.on('SIGUSR2', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, String(heapUsed + external));
  renameSync(`${file}.new`, file);
});
