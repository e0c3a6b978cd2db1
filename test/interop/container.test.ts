// The image without a registry: the steps of the Containerfile in an empty root, with the machine's Node in place of the base
// image, then the entry point as compose.yaml starts it: read-only, with its capabilities alone, in a network of its own.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CAN_ROOT, EmptyRoot, type RootedOptions } from './support/empty-root.js';
import { Namespaces } from './support/namespaces.js';

const SECONDS = 1000;
const ADDRESS = '10.97.0.10';

interface Compose {
  readonly services: {
    readonly labcm: {
      readonly build: { readonly context: string; readonly dockerfile: string };
      readonly volumes: readonly string[];
      readonly read_only: boolean;
      readonly tmpfs: readonly string[];
      readonly cap_drop: readonly string[];
      readonly cap_add: readonly string[];
      readonly healthcheck: { readonly test: readonly string[] };
    };
  };
}

const compose = (parse(readFileSync('examples/container/compose.yaml', 'utf8')) as Compose).services.labcm;
const steps = readFileSync('examples/container/Containerfile', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): readonly [string, string] => {
    const [, name = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    return [name, rest];
  });

const top = mkdtempSync(join(tmpdir(), 'labcm-container-'));
const spaces = new Namespaces();
const running: RootedProcess[] = [];

/** What the image says of the process that it starts. */
const image = {
  directory: '/',
  environment: {
    HOME: '/root',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  } as Record<string, string>,
  entryPoint: [] as readonly string[],
  command: [] as readonly string[],
};
let root: EmptyRoot;
let namespace: string;

/** A command in the root, and what it has said. */
class RootedProcess {
  said = '';
  readonly ended: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    this.ended = new Promise((done, failed) => {
      child.on('error', failed);
      child.on('close', done);
    });
  }

  /** Resolves once it has said that. Rejects where it ends before. */
  spoken(text: string): Promise<void> {
    return new Promise((done, failed) => {
      const look = (): void => {
        if (this.said.includes(text)) done();
      };
      look();
      for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', look);
      this.child.on('close', () => failed(new Error(`it ended without ${text}: ${this.said}`)));
    });
  }

  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

/** Where packages come from, as npm is told on this machine. */
const npmSettings = (): Record<string, string> => ({
  ...Object.fromEntries(
    ['registry', 'cafile', 'proxy', 'https-proxy'].flatMap((key) => {
      const value = execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
      return value === '' || value === 'null' ? [] : [[`npm_config_${key.replace('-', '_')}`, value]];
    }),
  ),
  npm_config_cache: '/tmp/npm',
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(https?_proxy|no_proxy|node_extra_ca_certs)$/i.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  ),
});

/** One step of the Containerfile. `packed`: the folder of what lies in the build's context. */
const build = async (name: string, rest: string, packed: string): Promise<void> => {
  switch (name) {
    case 'FROM': // the machine's programs
      expect(rest).toMatch(/\/node:20\b/);
      return;
    case 'COPY': {
      const [from = '', to = ''] = rest.split(' ');
      const pattern = new RegExp(`^${from.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      const [file, ...others] = readdirSync(packed).filter((one) => pattern.test(one));
      expect([file !== undefined, others], rest).toEqual([true, []]);
      cpSync(join(packed, file ?? ''), join(root.path, to));
      return;
    }
    case 'RUN': {
      const environment = { ...image.environment, ...npmSettings() };
      const step = new RootedProcess(root.start(['sh', '-c', rest], { environment, directory: image.directory }));
      expect(await step.ended, `${rest}: ${step.said}`).toBe(0);
      return;
    }
    case 'ENV': {
      const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(rest) ?? [];
      image.environment[key] = value.replace(/\$(\w+)/g, (_, variable: string) => image.environment[variable] ?? '');
      return;
    }
    case 'VOLUME':
    case 'WORKDIR':
      mkdirSync(join(root.path, rest), { recursive: true });
      if (name === 'WORKDIR') image.directory = rest;
      return;
    case 'ENTRYPOINT':
      image.entryPoint = JSON.parse(rest) as string[];
      return;
    case 'CMD':
      image.command = JSON.parse(rest) as string[];
      return;
    default:
      throw new Error(`this test knows no step ${name}`);
  }
};

/** Starts a command in the container, as compose.yaml has it. */
const started = (command: readonly string[]): RootedProcess => {
  const options: RootedOptions = {
    namespace,
    environment: image.environment,
    directory: image.directory,
    capabilities: compose.cap_add,
    writable: [...compose.volumes.map((volume) => volume.split(':')[1] ?? ''), ...compose.tmpfs],
  };
  const process = new RootedProcess(root.start(command, options));
  running.push(process);
  return process;
};

describe.skipIf(!CAN_ROOT)('the image', () => {
  beforeAll(async () => {
    const packed = join(top, 'context');
    mkdirSync(packed);
    execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', packed], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    root = new EmptyRoot(join(top, 'root'));
    for (const [name, rest] of steps) await build(name, rest, packed);
    namespace = spaces.make('ci');
    const other = spaces.make('co');
    spaces.wire(
      { namespace, interface: 'eth1', address: `${ADDRESS}/24` },
      { namespace: other, interface: 'eth0', address: '10.97.0.20/24' },
    );
  }, 240 * SECONDS);

  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });

  afterAll(async () => {
    await spaces.close();
    rmSync(top, { recursive: true, force: true });
  });

  it('is what compose.yaml builds', () => {
    expect(compose.build.context).toBe('../..');
    expect(compose.build.dockerfile).toBe('examples/container/Containerfile');
    expect(existsSync(compose.build.dockerfile)).toBe(true);
    expect([compose.read_only, compose.cap_drop]).toEqual([true, ['ALL']]);
  });

  it('keeps no package behind', () => {
    expect(readdirSync(join(root.path, 'tmp')).filter((file) => file.endsWith('.tgz'))).toEqual([]);
  });

  it('writes a configuration, serves on ports below 1024, is healthy, and stops in order', async () => {
    const init = started([...image.entryPoint, 'init']);
    expect(await init.ended, init.said).toBe(0);
    expect(readFileSync(join(root.path, 'lab/labcm.yaml'), 'utf8')).toContain(`address: ${ADDRESS}`);

    const daemon = started([...image.entryPoint, ...image.command]);
    await daemon.spoken('labcm is ready');
    expect(daemon.said).toContain(`TFTP udp ${ADDRESS}:69\n`);
    const [kind, ...check] = compose.healthcheck.test;
    expect(kind).toBe('CMD');
    const health = started(check);
    expect(await health.ended, health.said).toBe(0);
    expect(await daemon.stop(), daemon.said).toBe(0);
    expect(readdirSync(join(root.path, 'lab')).sort()).toEqual(['labcm.yaml', 'logs', 'state', 'tftp-root']);
    expect(await started(check).ended).not.toBe(0);
  });

  it('serves DHCP on the one interface with the capabilities that it has', async () => {
    const daemon = started([...image.entryPoint, ...image.command, '--set', 'dhcp.enabled=true']);
    await daemon.spoken('labcm is ready');
    expect(daemon.said).toContain('DHCP udp eth1:67\n');
    expect(await daemon.stop(), daemon.said).toBe(0);
  });

  it('runs the quick start where nothing is configured', async () => {
    rmSync(join(root.path, 'lab/labcm.yaml'));
    const daemon = started([...image.entryPoint, ...image.command, '--demo']);
    await daemon.spoken('labcm is ready');
    expect(await daemon.stop(), daemon.said).toBe(0);
  });
});
