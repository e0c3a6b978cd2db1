// Everything that a command uses of the process and the machine, so that a test can replace it.

import type { Config, DevicePlaces, LocatedConfig } from '../config/index.js';
import type { Clock } from '../core/time.js';
import type { ServiceListener } from '../daemon/service.js';
import type { PrivateFile } from '../net/files/private-file.js';
import type { Host } from '../net/host/host.js';
import type { MachineAddress } from '../net/ports.js';

export type { MachineAddress } from '../net/ports.js';

/** Where a command prints: a terminal, a file or a pipe. */
export interface Output {
  write(output: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
}

/** A daemon that `startDaemon` has started. */
export interface RunningDaemon {
  readonly listeners: readonly ServiceListener[];
  stop(): Promise<void>;
  /** Reads the configuration again and applies it. Rejects with a `ConfigError`; then nothing has changed. */
  reload(): Promise<LocatedConfig>;
  /** Resolves with why the daemon cannot go on. Stays pending while it can. */
  readonly failure: Promise<Error>;
}

/** How a command starts the daemon. */
export interface DaemonStartOptions {
  /** Called once for each listener. */
  readonly announce: (line: string) => void;
  /** Called with what stops working, what works again, and what was lost. */
  readonly warn: (line: string) => void;
  readonly configPath: string;
  readonly overrides: readonly string[];
  /** Where each device is configured, for what is said of it. */
  readonly placeOf: DevicePlaces;
  /** The daemon does not start without the bus of its cluster. */
  readonly requireBus: boolean;
}

/** The signals that commands react to. */
export type ProcessSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

/** The process and the machine that a command runs on. */
export interface CliEnvironment {
  /** For results. */
  readonly stdout: Output;
  /** For messages about them. */
  readonly stderr: Output;
  readonly stdin: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean | undefined };
  /** The environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The words that start this program, before its arguments: for the daemons of a drill. */
  readonly program: readonly string[];
  readonly clock: Clock;
  /** The working directory. */
  readonly directory: string;
  readonly fetch: typeof fetch;
  /** How many files and sockets this process may have open; `undefined`: the system does not say. */
  descriptorLimit(): number | undefined;
  fileExists(path: string): boolean;
  /** Makes a file that its owner alone may read, or empties the one that is there. Throws as its methods do. */
  createPrivateFile(path: string): PrivateFile;
  /** The IPv4 addresses of this machine, by interface. */
  addresses(): readonly MachineAddress[];
  /** Whether labcm can serve that interface and no other. */
  servesAlone(name: string): boolean;
  /** The system's code for why no socket can be bound, such as `EACCES`; `undefined`: it can. Leaves nothing open. */
  whyUnbindable(transport: 'tcp' | 'udp', address: string, port: number): Promise<string | undefined>;
  /** Why no file can be created in a directory; `undefined`: it can. Leaves nothing behind. */
  whyUnwritable(directory: string): Promise<string | undefined>;
  /** The machine, as `labcm doctor` looks at it. */
  readonly host: Host;
  /** Calls back at each signal; SIGPIPE means that the reader of `stdout` has gone. Returns how to unsubscribe. */
  onSignal(signal: ProcessSignal, callback: () => void): () => void;
  /**
   * Calls back once when the standard input ends, as it does when the program at its other end is gone. What is read is thrown
   * away. It does not keep the process alive.
   */
  onInputEnd(callback: () => void): void;
  startDaemon(config: Config, options: DaemonStartOptions): Promise<RunningDaemon>;
}

/** Prints a line of message to stderr. */
export const say = ({ stderr }: CliEnvironment, text: string): void => void stderr.write(`${text}\n`);
/** Prints a line of result to stdout. */
export const print = ({ stdout }: CliEnvironment, text: string): void => void stdout.write(`${text}\n`);

/**
 * The exit codes. Scripts depend on them. `faulty`: a wrong option or configuration, or the daemon could not be asked. `remarks`: nothing failed, and there
 * is something that the caller asked to be told of. `pending`: not decided yet. `nameTaken`: another daemon of the cluster
 * is the node that this one was to be. `busUnreachable`: the bus of the cluster was required, and not reached.
 */
export const EXIT = { done: 0, failed: 1, faulty: 2, remarks: 3, pending: 3, nameTaken: 3, busUnreachable: 4 } as const;
/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
