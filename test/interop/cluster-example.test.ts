// The example of a cluster: the commands of its compose.yaml run as processes in place of containers, and then what its README.md
// shows for a shell.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { CopiedExample } from '../examples/copied-example.js';

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly volumes: readonly string[];
}

const NATS = '/usr/sbin/nats-server';

describe('the example of a cluster', () => {
  const example = new CopiedExample('cluster');
  const { services } = parse(readFileSync('examples/cluster/compose.yaml', 'utf8')) as {
    readonly services: Readonly<Record<string, Service>>;
  };
  const running = new Map<string, ChildProcess>();

  /** What the container does, with its folders as they are outside of it. */
  const start = (name: string): void => {
    const { image, command, volumes } = services[name] as Service;
    const places = volumes.map((volume) => volume.split(':') as [string, string]);
    const outside = (word: string): string => {
      const place = places.find(([, inside]) => word === inside || word.startsWith(`${inside}/`));
      return place === undefined ? word : join(example.directory, place[0], word.slice(place[1].length));
    };
    for (const [folder] of places) mkdirSync(join(example.directory, folder), { recursive: true });
    const words = command.map(outside);
    const child =
      image === 'labcm'
        ? spawn(process.execPath, [resolve('dist/main.js'), ...words], { cwd: example.directory, stdio: 'ignore' })
        : spawn(NATS, words, { stdio: 'ignore' });
    running.set(name, child);
  };

  const kill = async (name: string): Promise<void> => {
    const child = running.get(name);
    running.delete(name);
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  const script = async (lines: string): Promise<string> => {
    const { code, said } = await example.script(lines);
    expect(code, said).toBe(0);
    return said;
  };

  const allAlive = (): Promise<void> =>
    vi.waitFor(
      async () => {
        for (const one of ['cm1', 'cm2'])
          expect(await script(`labcm nodes -c ${one}.yaml`)).toMatch(/CM1.*alive[\s\S]*CM2.*alive/);
      },
      { timeout: 110_000, interval: 1_000 },
    );

  beforeAll(async () => {
    for (const name of Object.keys(services)) start(name);
    await allAlive();
  }, 120_000);

  afterAll(async () => {
    for (const name of [...running.keys()]) await kill(name);
    example.remove();
  });

  it('does what its README.md shows', async () => {
    const [, shown = ''] = [...example.read('README.md').matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
      ([, lines]) => lines,
    );
    const said = await script(shown);
    expect(said).toMatch(/SEP001122334455.*CM1/);
  });

  it('goes on when one of the servers dies, and without the call manager that had the phone', async () => {
    await kill('bus1');
    await allAlive();
    await kill('cm1');
    await vi.waitFor(async () => expect(await script('labcm nodes -c cm2.yaml')).toMatch(/CM1.*dead/), {
      timeout: 60_000,
      interval: 1_000,
    });
  });
});
