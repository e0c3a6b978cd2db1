// An empty root with the system's programs, Node among them, in place of the base image of a container. Each command has its
// own mounts, which end with it. Needs root.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is seen of the machine, and cannot be written to there. */
const SEEN = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc/ssl', '/etc/resolv.conf', '/etc/hosts'];

export interface RootedOptions {
  /** A network namespace; absent: that of the test, where packages come from. */
  readonly namespace?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** The capabilities that remain, as a container has them; absent: all, and the root can be written to. */
  readonly capabilities?: readonly string[];
  /** Folders that can be written to all the same. */
  readonly writable?: readonly string[];
}

export class EmptyRoot {
  readonly #mounts: string[] = [];

  constructor(readonly path: string) {
    for (const folder of ['proc', 'dev', 'tmp', 'etc']) mkdirSync(join(path, folder), { recursive: true });
    for (const seen of SEEN.filter((one) => existsSync(one))) {
      const there = join(path, seen);
      if (lstatSync(seen).isSymbolicLink() && !seen.startsWith('/etc')) symlinkSync(readlinkSync(seen), there);
      else {
        if (lstatSync(seen).isDirectory()) mkdirSync(there);
        else writeFileSync(there, '');
        this.#mounts.push(`mount --rbind ${seen} "$root${seen}"; mount -o remount,bind,ro "$root${seen}"`);
      }
    }
  }

  /** Starts a command whose process the child is, so that a signal reaches it. */
  start(command: readonly string[], options: RootedOptions): ChildProcess {
    const { namespace, environment, directory, capabilities, writable = [] } = options;
    const script = [
      'root=$1; shift',
      ...(capabilities === undefined ? [] : ['mount --bind "$root" "$root"', 'mount -o remount,bind,ro "$root"']),
      ...this.#mounts,
      ...writable.map(
        (folder) => `mount --bind "$root${folder}" "$root${folder}"; mount -o remount,bind,rw "$root${folder}"`,
      ),
      'mount --rbind /proc "$root/proc"; mount --rbind /dev "$root/dev"',
      'exec chroot "$root" "$@"',
    ].join('\n');
    const set = capabilities?.map((name) => `+${name.toLowerCase()}`).join(',');
    return spawn(
      namespace === undefined ? 'unshare' : 'ip',
      [
        ...(namespace === undefined ? [] : ['netns', 'exec', namespace, 'unshare']),
        ...['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', this.path],
        ...['env', '-i', '-C', directory],
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...(set === undefined ? [] : ['setpriv', '--no-new-privs', `--bounding-set=-all,${set}`, `--inh-caps=-all`]),
        ...command,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
  }
}

/** Whether this machine can make such a root. */
export const CAN_ROOT =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0;
