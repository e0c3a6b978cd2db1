// What `npm start` and `npm test` need on a fresh machine: the packages and the built program. Quick when there is
// nothing to do. Uses Node alone, since nothing else is there yet.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stderr.write(`${text}\n`);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`labcm needs Node 20.19 or later; this is ${process.versions.node}. Install a newer one from https://nodejs.org`);
  process.exit(1);
}

const run = (what, command, args) => {
  const started = Date.now();
  say(`${what} …`);
  const { status, error } = spawnSync(command, args, { cwd: top, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    say(`${what} failed${error ? `: ${error.message}` : ''}; see above`);
    process.exit(1);
  }
  say(`${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
};

/** A digest over the content of files, so that a checkout which only touched times builds nothing. */
const digestOf = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(top, path)))
      .update('\0');
  return hash.digest('hex');
};

const filesUnder = (folder) =>
  readdirSync(join(top, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(join(top, path)).isFile())
    .sort();

/** Does `work` unless `stamp` says that it was done for this digest. */
const once = (stamp, digest, work) => {
  const path = join(top, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === digest) return;
  work();
  writeFileSync(path, digest);
};

once('node_modules/.labcm-installed', digestOf(['package.json', 'package-lock.json']), () =>
  run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
);
once(
  'dist/.built',
  digestOf(['tsconfig.json', 'package-lock.json', '.ci/build-page.mjs', ...filesUnder('src')]),
  () => {
    run('Building', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
    run('Building the page', process.execPath, ['.ci/build-page.mjs']);
  },
);
