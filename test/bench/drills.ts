// The drills of `examples/drills`, each with five thousand phones: how long until every phone is back. `npx tsx
// test/bench/drills.ts` runs it alone. Needs the built program; `LABCM_BENCH_PHONES` asks for another size,
// `LABCM_BENCH_DRILL` for those drills alone whose file name has that in it.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DrillReport, DrillStepJson } from '../../src/drill/report.js';
import { progress } from './progress.js';
import { fact, markdown, type Row } from './table.js';

const PHONES = Number(process.env.LABCM_BENCH_PHONES ?? 5000);
const ONLY = process.env.LABCM_BENCH_DRILL ?? '';
const PICTURE = process.env.LABCM_BENCH_PICTURE ?? fileURLToPath(new URL('../../docs/drill.svg', import.meta.url));
const DRAWN = 'fallback.yaml';
/** The number of phones that the drills are written for. */
const WRITTEN_FOR = 200;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const program = here('../../dist/main.js');
const examples = here('../../examples/drills/');

/** What a drill of two hundred phones says of how many come back in a second grows with them. */
const FOR_MORE: Readonly<Record<string, (text: string, times: number) => string>> = {
  [DRAWN]: (text, times) =>
    text
      .replace(
        /(perSecond|burst): (\d+)/g,
        (_all, key: string, count: string) => `${key}: ${Math.round(Number(count) * times)}`,
      )
      .replace(/"<= (\d+)"/, (_all, count: string) => `"<= ${Math.round(Number(count) * times)}"`),
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-drills-'));
  try {
    const rows: Row[] = [];
    for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml') && name.includes(ONLY))) {
      progress(`drills: ${file}`);
      rows.push(...(await rowsOf(file, folder)));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const rowsOf = async (file: string, folder: string): Promise<readonly Row[]> => {
  const drill = join(folder, file);
  const out = join(folder, `${file}.report`);
  const text = readFileSync(join(examples, file), 'utf8');
  writeFileSync(drill, FOR_MORE[file]?.(text, PHONES / WRITTEN_FOR) ?? text);
  const code = await ended(['drill', drill, '--phones', String(PHONES), '--report', out]);
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as DrillReport;
  if (file === DRAWN) copyFileSync(join(out, 'picture.svg'), PICTURE);
  const missed = report.results.filter(({ outcome }) => outcome !== 'held');
  for (const { subject, key, expected, found } of missed)
    progress(`drills: ${file}: ${subject}: ${key}: found ${found}, expected ${expected}`);
  return [
    ...report.steps.filter(({ back, neverBack }) => back + neverBack > 0).map((step) => stepRow(report, step)),
    fact(
      `${report.name}: what it expects, of ${report.results.length}`,
      `${report.results.length - missed.length}`,
      'all',
      code === 0,
    ),
  ];
};

const seconds = (milliseconds: number | null): string =>
  milliseconds === null ? 'nobody' : `${(milliseconds / 1000).toFixed(1)} s`;

const stepRow = ({ name }: DrillReport, { title, back, backAfter, neverBack, peak }: DrillStepJson): Row =>
  fact(
    `${name}: after ${title}`,
    `${back.toLocaleString('en-US')} back, p50 ${seconds(backAfter.p50)}, p99 ${seconds(backAfter.p99)}, the last ${seconds(backAfter.last)}${neverBack === 0 ? '' : `, ${neverBack} never`}; at most ${peak.toLocaleString('en-US')} registrations begun in a second`,
    '',
  );

const ended = (args: readonly string[]): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', resolve);
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
