// Builds the page of `src/web` into `dist/web`: one script and one style with a digest of their content in their names, and
// `index.html`, which names them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
const FROM = join(TOP, 'src/web');
const TO = join(TOP, 'dist/web');

rmSync(TO, { recursive: true, force: true });
mkdirSync(TO, { recursive: true });

const { metafile } = await build({
  entryPoints: { app: join(FROM, 'main.tsx'), style: join(FROM, 'style.css') },
  entryNames: '[name]-[hash]',
  outdir: TO,
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  target: ['chrome110', 'firefox115', 'safari16.4'],
  tsconfig: join(FROM, 'tsconfig.json'),
  logLevel: 'warning',
});

const built = Object.keys(metafile.outputs).map((path) => basename(path));
const nameOf = (kind, ending) => built.find((name) => name.startsWith(`${kind}-`) && name.endsWith(ending));
const page = readFileSync(join(FROM, 'index.html'), 'utf8')
  .replace('main.tsx', nameOf('app', '.js'))
  .replace('style.css', nameOf('style', '.css'));
writeFileSync(join(TO, 'index.html'), page);
