// What it costs to keep the packets of all devices: keepalives and registrations beside a daemon that keeps none, in pairs.
// `npx tsx test/bench/capture.ts` runs it alone. Needs gcc and the built program.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { costRows } from './call-costs.js';
import { markdown, type Row } from './table.js';

/** A packet is copied once, and a registration is some twenty packets. */
const MOST = 1.15;

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  try {
    const capture = { name: 'capture of all', on: { capture: 'all' }, off: { capture: 'none' }, most: MOST } as const;
    return await costRows(folder, capture);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
