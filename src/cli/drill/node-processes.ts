// The daemons that a drill starts: this program as child processes, each with an address and a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { after, type Clock, seconds } from '../../core/time.js';
import type { DrillPlan } from '../../drill/plan.js';
import type { RolledOut, StartedNodes } from '../../drill/ports.js';
import { configPath, type NodeFiles, writeNodeFiles } from './node-files.js';

const READY = /^labcm is ready/m;
const READ_AGAIN = /^SIGHUP: (.*)$/m;
/** How long a daemon may take to start, to stop and to read its configuration. */
const PATIENCE = seconds(60);
/** Lines of a daemon that are kept, for what is said of a failure. */
const KEPT_OCTETS = 8_192;
const SHOWN_LINES = 12;

interface RunningNode {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  said: string;
  state: 'starting' | 'running' | 'cut off' | 'ending';
  /** Called with everything that it says. */
  onSaid: () => void;
}

/** How the daemons are started and watched. */
export interface NodeProcessesOptions {
  readonly plan: DrillPlan;
  readonly folder: string;
  readonly addressOf: (node: string) => string;
  /** The program and what comes before its arguments. */
  readonly program: readonly string[];
  readonly clock: Clock;
  /** Called when a daemon has ended by itself. */
  readonly onEnded: (node: string, why: string) => void;
}

/** The daemons of a drill. */
export class NodeProcesses implements StartedNodes {
  readonly #options: NodeProcessesOptions;
  readonly #files: NodeFiles;
  readonly #nodes = new Map<string, RunningNode>();
  #isClosing = false;

  constructor(options: NodeProcessesOptions) {
    this.#options = options;
    this.#files = options;
    process.once('exit', this.#killAll);
  }

  /** The names of those that run and are not cut off, in the order of the file. */
  running(): readonly string[] {
    return this.#options.plan.nodes
      .map(({ name }) => name)
      .filter((name) => this.#nodes.get(name)?.state === 'running');
  }

  /** Writes the configurations and starts all. Rejects where one does not start. */
  async startAll(): Promise<void> {
    await writeNodeFiles(this.#files);
    for (const { name } of this.#options.plan.nodes) await this.start(name);
  }

  async start(node: string): Promise<void> {
    if (this.#isClosing) throw new Error(`${node}: found a drill that ends, wanted one that goes on`);
    const [command = '', ...before] = this.#options.program;
    const child = spawn(command, [...before, 'run', '-c', configPath(this.#files, node), '--until-input-ends'], {
      // Its input ends with this process, however this one dies, and the daemon with its input.
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    const running: RunningNode = {
      child,
      ended: new Promise((resolve) => {
        child.on('error', (error) => resolve(error.message));
        child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
      }),
      said: '',
      state: 'starting',
      onSaid: () => {},
    };
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        running.said = (running.said + text).slice(-KEPT_OCTETS);
        running.onSaid();
      });
    this.#nodes.set(node, running);
    void running.ended.then((how) => {
      if (this.#nodes.get(node) === running) this.#nodes.delete(node);
      if (running.state === 'running' || running.state === 'cut off')
        this.#options.onEnded(node, `${how}${saidBy(running)}`);
    });
    const isReady = await this.#says(running, READY);
    if (isReady === undefined) {
      running.state = 'ending';
      child.kill('SIGKILL');
      throw new Error(`${node}: found a daemon that did not start, wanted one that is ready${saidBy(running)}`);
    }
    if (running.state === 'starting') running.state = 'running';
  }

  async stop(node: string): Promise<void> {
    await this.#end(node, 'SIGTERM');
  }

  async kill(node: string): Promise<void> {
    await this.#end(node, 'SIGKILL');
  }

  async cut(node: string): Promise<void> {
    this.#signal(node, 'SIGSTOP', 'cut off');
  }

  async join(node: string): Promise<void> {
    this.#signal(node, 'SIGCONT', 'running');
  }

  async configure(change: RolledOut | undefined): Promise<string> {
    await writeNodeFiles(this.#files, change);
    const remarks: string[] = [];
    for (const name of this.running()) {
      const node = this.#nodes.get(name);
      if (node === undefined) continue;
      node.said = '';
      node.child.kill('SIGHUP');
      const [, said = 'it said nothing'] = (await this.#says(node, READ_AGAIN)) ?? [];
      remarks.push(`${name}: ${said}`);
    }
    return remarks.join('; ');
  }

  /** Ends all, in order; those that are not gone a minute later by force. */
  async stopAll(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#nodes.keys()].map((node) => this.#end(node, 'SIGTERM')));
    process.off('exit', this.#killAll);
  }

  /** This process may end before it could stop them. */
  readonly #killAll = (): void => {
    for (const { child } of this.#nodes.values()) child.kill('SIGKILL');
  };

  #signal(node: string, signal: NodeJS.Signals, state: RunningNode['state']): void {
    const running = this.#nodes.get(node);
    if (running === undefined) throw new Error(`${node}: found a daemon that does not run, wanted one that does`);
    running.state = state;
    running.child.kill(signal);
  }

  async #end(node: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#nodes.get(node);
    if (running === undefined) throw new Error(`${node}: found a daemon that does not run, wanted one that does`);
    const wasCut = running.state === 'cut off';
    running.state = 'ending';
    running.child.kill(signal);
    // A process that stands still takes no other signal.
    if (wasCut) running.child.kill('SIGCONT');
    const { clock } = this.#options;
    const timer = clock.callAt(after(clock.now(), PATIENCE), () => running.child.kill('SIGKILL'));
    await running.ended;
    timer.cancel();
  }

  /** Resolves when it has said that; with `undefined` if it ended before, or said nothing so for a minute. */
  #says(node: RunningNode, what: RegExp): Promise<RegExpExecArray | undefined> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const done = (found: RegExpExecArray | undefined): void => {
        timer.cancel();
        node.onSaid = () => {};
        resolve(found);
      };
      const timer = clock.callAt(after(clock.now(), PATIENCE), () => done(undefined));
      const look = (): void => {
        const found = what.exec(node.said);
        if (found !== null) done(found);
      };
      node.onSaid = look;
      void node.ended.then(() => done(undefined));
      look();
    });
  }
}

const saidBy = ({ said }: RunningNode): string => {
  const lines = said
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  return lines.length === 0
    ? ''
    : `:\n${lines
        .slice(-SHOWN_LINES)
        .map((line) => `  ${line}`)
        .join('\n')}`;
};
