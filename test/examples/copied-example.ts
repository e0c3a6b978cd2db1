// A copy of an example in a directory of its own, where its commands run as a user types them: `labcm` is on the PATH.

import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export interface ScriptResult {
  readonly code: number | null;
  /** Both outputs in the order in which they came. */
  readonly said: string;
}

export class CopiedExample {
  readonly directory: string;
  readonly #top: string;
  readonly #groups: number[] = [];

  constructor(name: string) {
    this.#top = mkdtempSync(join(tmpdir(), 'labcm-example-'));
    this.directory = join(this.#top, name);
    cpSync(join('examples', name), this.directory, { recursive: true });
    const programs = join(this.#top, 'bin');
    mkdirSync(programs);
    writeFileSync(join(programs, 'labcm'), `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/main.js')}' "$@"\n`);
    chmodSync(join(programs, 'labcm'), 0o755);
  }

  /** Makes the package importable, as `npm install` does. */
  installLibrary(): void {
    mkdirSync(join(this.directory, 'node_modules'));
    for (const [name, target] of Object.entries({ labcm: '.', vitest: 'node_modules/vitest' }))
      symlinkSync(resolve(target), join(this.directory, 'node_modules', name));
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  /** The lines that its README.md shows for a shell. */
  shown(): string {
    const [, lines] = /^```sh\n([\s\S]*?)^```/m.exec(this.read('README.md')) ?? [];
    if (lines === undefined) throw new Error(`the README.md of ${this.directory} shows nothing to type`);
    return lines;
  }

  /** Runs lines in one bash, until the first that fails. What they leave running goes with `remove`. */
  async script(lines: string): Promise<ScriptResult> {
    const child = spawn('bash', ['-eo', 'pipefail', '-c', lines], {
      cwd: this.directory,
      detached: true,
      env: { ...process.env, PATH: `${join(this.#top, 'bin')}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) this.#groups.push(child.pid);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    // What runs on after a failure would hold the outputs open.
    child.on('exit', (status) => {
      if (status !== 0) endGroup(child.pid);
    });
    const code = await new Promise<number | null>((done, failed) => {
      child.on('error', failed);
      child.on('close', done);
    });
    return { code, said };
  }

  remove(): void {
    for (const group of this.#groups) endGroup(group);
    rmSync(this.#top, { recursive: true, force: true });
  }
}

const endGroup = (group: number | undefined): void => {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
};
