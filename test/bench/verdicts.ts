// What verdicts cost those that are well: keepalives and registrations beside a daemon that judges nobody, in pairs.
// `npx tsx test/bench/verdicts.ts` runs it alone. Needs gcc and the built program.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costRows } from './call-costs.js';
import { markdown, type Row } from './table.js';

/** A keepalive and a refresh are looked at by nobody; a registration is a few facts. */
const MOST = 1.03;
const PAIRS = 5;

/** There is no setting for it: it is switched off in the built program. */
const WITHOUT = ['--import', fileURLToPath(new URL('no-verdicts.mjs', import.meta.url))];

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    return await costRows(folder, { name: 'verdicts', on: {}, off: { flags: WITHOUT }, most: MOST, pairs: PAIRS });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
