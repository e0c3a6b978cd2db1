// The packed package somewhere else: it installs, its program runs, and what README.md and docs/library.md show of the
// library compiles against the published types and does what it says, under vitest and under node:test.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { transpile } from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgramProcess } from '../support/program.js';

const TOP = resolve('.');
const SECONDS = 1000;

let elsewhere: string;

const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: elsewhere, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The blocks of a page that are TypeScript. */
const shown = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

const PROGRAMS = [...shown('README.md'), ...shown('docs/library.md')];
const [underVitest = ''] = PROGRAMS.filter((code) => code.includes("from 'vitest'"));
const [underNode = ''] = PROGRAMS.filter((code) => code.includes("from 'node:test'"));

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'labcm-package-'));
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', elsewhere], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }];
  writeFileSync(join(elsewhere, 'package.json'), JSON.stringify({ name: 'elsewhere', private: true, type: 'module' }));
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', `./${filename}`);
  // What a user of the library brings along.
  for (const name of ['vitest', '@types/node']) {
    mkdirSync(join(elsewhere, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(TOP, 'node_modules', name), join(elsewhere, 'node_modules', name));
  }
}, 180 * SECONDS);

afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

describe('the package, installed elsewhere', () => {
  it('carries what it needs and nothing else', () => {
    const listed = run('sh', '-c', 'cd node_modules/labcm && find . -type f -not -path "./node_modules/*"');
    const files = listed.trim().split('\n');
    for (const needed of [
      './dist/main.js',
      './dist/lab.d.ts',
      './dist/web/index.html',
      './config/quickstart.yaml',
      './tftp-root/README.md',
      './examples/systemd/labcm.service',
      './LICENSE',
    ])
      expect(files).toContain(needed);
    expect(files.filter((file) => !/^\.\/(dist|config|tftp-root|docs|examples)\/|^\.\/[^/]+$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\.map$|^\.\/(?!examples\/).*\.test\.|\.built$/.test(file))).toEqual([]);
  });

  it('runs its program', () => {
    expect(run('npx', '--no-install', 'labcm', '--version')).toMatch(/^\d+\.\d+\.\d+/);
    run('npx', '--no-install', 'labcm', 'check', '-c', 'node_modules/labcm/config/quickstart.yaml');
  });

  it('keeps what its quick start writes out of the package, where the user’s state is kept', async () => {
    const state = join(elsewhere, 'xdg');
    const main = join(elsewhere, 'node_modules/labcm/dist/main.js');
    const settings = [
      'sccp.port',
      'sip.udp',
      'sip.tcp',
      'tftp.port',
      'http.provisioning.port',
      'http.api.port',
    ].flatMap((key) => ['--set', `${key}=0`]);
    const daemon = new ProgramProcess(['run', '--set', 'dhcp.enabled=false', ...settings], {
      main,
      directory: elsewhere,
      environment: { XDG_STATE_HOME: state },
    });
    try {
      await daemon.waitForText('ready');
      daemon.signal('SIGTERM');
      expect((await daemon.ended).code).toBe(0);
    } finally {
      await daemon.kill();
    }
    expect(readdirSync(join(state, 'labcm')).sort()).toEqual(['logs', 'state']);
    expect(readdirSync(join(state, 'labcm/logs'))).toContain('events.jsonl');
    expect(readdirSync(join(elsewhere, 'node_modules/labcm'))).not.toContain('logs');
    expect(readdirSync(join(elsewhere, 'node_modules/labcm'))).not.toContain('state');
  });

  it(
    'has types for everything that is shown',
    () => {
      expect(PROGRAMS.length).toBeGreaterThanOrEqual(4);
      // A block without an import goes on where the one before it stopped, and is compiled behind it.
      const whole: string[] = [];
      for (const block of shown('docs/library.md'))
        if (block.includes("from 'labcm'")) whole.push(block);
        else whole.push(`${whole.pop() ?? ''}\n${block}`);
      const sources = [underVitest, ...whole];
      sources.forEach((code, index) => void writeFileSync(join(elsewhere, `shown-${index}.ts`), code));
      const compiler = join(TOP, 'node_modules/typescript/bin/tsc');
      const flags = '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2023 --types node';
      run(
        process.execPath,
        compiler,
        ...flags.split(' '),
        '--skipLibCheck',
        ...sources.map((_, index) => `shown-${index}.ts`),
      );
      writeFileSync(
        join(elsewhere, 'wrong.ts'),
        "import { startLab } from 'labcm';\nawait startLab({ device: [] });\n",
      );
      expect(() => run(process.execPath, compiler, ...flags.split(' '), '--skipLibCheck', 'wrong.ts')).toThrow();
    },
    60 * SECONDS,
  );

  it(
    'is a lab under vitest and under node:test',
    () => {
      const js = (code: string): string => transpile(code, { target: 99, module: 99 });
      writeFileSync(join(elsewhere, 'shown.test.mjs'), js(underVitest));
      run(process.execPath, join(TOP, 'node_modules/vitest/vitest.mjs'), 'run', '--root', elsewhere, 'shown.test.mjs');
      writeFileSync(join(elsewhere, 'node.mjs'), js(underNode));
      const said = run(process.execPath, '--test', 'node.mjs');
      expect(said).toMatch(/^# pass [1-9]/m);
      expect(said).toMatch(/^# fail 0/m);
    },
    60 * SECONDS,
  );
});
