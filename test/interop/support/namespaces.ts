// Network namespaces joined by wires, so that nothing leaves this machine. Needs root.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

const run = (command: string, ...args: string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr || error?.message}`);
  return stdout;
};

const PREFIX = 'lc';

/** Removes what a process left that was killed before it could tidy up, so that nobody meets its interfaces. */
const removeLeftovers = (): void => {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ');
    const pid = new RegExp(`^${PREFIX}([0-9a-z]+)-`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${Number.parseInt(pid, 36)}`)) continue;
    for (const left of run('ip', 'netns', 'pids', name).split('\n')) if (left !== '') run('kill', '-9', left);
    run('ip', 'netns', 'del', name);
  }
};

/** One end of a wire. */
export interface WireEnd {
  readonly namespace: string;
  readonly interface: string;
  /** With prefix length; absent: none yet. */
  readonly address?: string;
  readonly mac?: string;
}

export class Namespaces {
  readonly #names: string[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #tag = `${PREFIX}${process.pid.toString(36)}`;

  constructor() {
    removeLeftovers();
  }

  /** Makes a namespace; its name holds this process's, so that nobody else's is meant. */
  make(name: string): string {
    const full = `${this.#tag}-${name}`;
    run('ip', 'netns', 'add', full);
    this.#names.push(full);
    run('ip', '-n', full, 'link', 'set', 'lo', 'up');
    return full;
  }

  wire(...ends: readonly [WireEnd, WireEnd]): void {
    const [one, other] = ends;
    run(
      ...(['ip', 'link', 'add', one.interface, 'netns', one.namespace, 'type', 'veth', 'peer'] as const),
      ...['name', other.interface, 'netns', other.namespace],
    );
    for (const { namespace, interface: name, address, mac } of ends) {
      if (mac !== undefined) run('ip', '-n', namespace, 'link', 'set', name, 'address', mac);
      if (address !== undefined) run('ip', '-n', namespace, 'addr', 'add', address, 'dev', name);
      run('ip', '-n', namespace, 'link', 'set', name, 'up');
    }
  }

  ip(namespace: string, ...args: string[]): string {
    return run('ip', '-n', namespace, ...args);
  }

  /** Runs a program to its end. */
  async run(namespace: string, command: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = this.start(namespace, command, ...args);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    await once(child, 'close');
    return { code: child.exitCode, output };
  }

  /** Starts a program, which is ended with the namespaces at the latest. */
  start(namespace: string, command: string, ...args: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    for (const name of this.#names) run('ip', 'netns', 'del', name);
  }
}
