// `npm run bench [NAME …]`: the benches one after the other, or those that are named, each a table as it ends. Needs root,
// for ports below 1024 and network namespaces, and a machine that does nothing else.

import { markdown, type Row } from './table.js';

/** Each bench and what it measures. */
const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<Row[]> }>>> = {
  load: () => import('./load.js'),
  tftp: () => import('./tftp.js'),
  sccp: () => import('./sccp.js'),
  sip: () => import('./sip.js'),
  fleet: () => import('./fleet.js'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  process.stderr.write(`no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
if (process.getuid?.() !== 0)
  process.stderr.write('not root: benches that need ports below 1024 or namespaces will fail\n');
for (const [name, load] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const { run } = await load();
  process.stdout.write(`\n## ${name}\n\n${markdown(await run())}\n`);
}
