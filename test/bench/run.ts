// `npm run bench [NAME …]`: the benches one after the other, or those that are named; each writes its own section of the
// page of the numbers as it ends. Needs root, for ports below 1024 and network namespaces, and a machine that does nothing
// else.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BENCHES, type Bench } from './benches.js';
import { described } from './machine.js';
import { HEAD, replaced, summarised } from './page.js';
import { progress } from './progress.js';
import { markdown, type Row } from './table.js';

/** Another file keeps a try off the page. */
const PAGE = process.env.LABCM_BENCH_PAGE ?? fileURLToPath(new URL('README.md', import.meta.url));
const NAMES = Object.keys(BENCHES);
const CHIEFS = Object.fromEntries(Object.entries(BENCHES).map(([name, { chief }]) => [name, chief]));

const counted = (minutes: number): string => (minutes === 1 ? 'a minute' : `${minutes} minutes`);

const write = (name: string, { title, how, peers, minutes }: Bench, rows: readonly Row[], took: number): void => {
  const section = [
    `## ${title}`,
    `${how} Again: \`npm run bench ${name}\`, about ${counted(minutes)}, as root.`,
    markdown(rows),
    `${new Date().toISOString().slice(0, 10)}, in ${counted(Math.ceil(took / 60_000))}, on ${described(peers)}.`,
  ].join('\n\n');
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : HEAD;
  writeFileSync(PAGE, summarised(replaced(page, NAMES, name, section), CHIEFS));
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(', ')}; there are ${NAMES.join(', ')}\n`);
  process.exit(2);
}
if (process.getuid?.() !== 0) {
  process.stderr.write('the benches need root, for ports below 1024 and network namespaces\n');
  process.exit(2);
}
let failed = 0;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  progress(`${name}, about ${counted(bench.minutes)}`);
  const started = Date.now();
  try {
    const { run } = await bench.load();
    const rows = await run();
    write(name, bench, rows, Date.now() - started);
    process.stdout.write(`\n## ${name}\n\n${markdown(rows)}\n`);
  } catch (error) {
    failed += 1;
    process.stderr.write(
      `${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}
process.exit(failed === 0 ? 0 : 1);
