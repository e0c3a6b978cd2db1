// What a drill does its steps with. `labcm drill` fills it with processes, simulated phones and the API of nodes; the tests in
// memory.

import type { Duration } from '../core/time.js';

/** The daemons that the drill has started itself. Each method rejects with an `Error` that says what went wrong. */
export interface StartedNodes {
  /** Resolves when it says that it is ready. */
  start(node: string): Promise<void>;
  /** Stops it in order. */
  stop(node: string): Promise<void>;
  kill(node: string): Promise<void>;
  /** Lets it neither hear nor say anything, while the kernel still takes connections for it. */
  cut(node: string): Promise<void>;
  /** Ends that. */
  join(node: string): Promise<void>;
  /**
   * Gives every node a changed configuration, and those that run read it. `undefined`: the one of before. Resolves with what each
   * said, in one sentence.
   */
  configure(change: RolledOut | undefined): Promise<string>;
}

/** What a changed configuration differs in: keys that are laid over those of before, key by key. */
export interface RolledOut {
  /** Of the whole configuration. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Of each simulated phone's device. */
  readonly device: Readonly<Record<string, unknown>>;
}

/** The API of one node. */
export interface NodeApi {
  /**
   * Resolves with the JSON of the answer. Rejects with an `Error` where it refuses or does not answer; where it refuses, `code`
   * of the error is that of the API.
   */
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

/** The power of the simulated phones. */
export interface PhonePower {
  /** Takes it from all at once: nobody unregisters. */
  off(): void;
  /** Boots them, at the rate of the drill. Resolves when each has begun. */
  on(): Promise<void>;
}

/** All that the steps act on. */
export interface DrillActors {
  /** The names of the nodes that run and are not cut off, in the order of the file. */
  running(): readonly string[];
  /** `undefined`: the nodes are those of somebody else. */
  readonly started: StartedNodes | undefined;
  api(node: string): NodeApi;
  /** `undefined`: the phones are real ones. */
  readonly power: PhonePower | undefined;
  /** The fault rules that this drill has added: by id the nodes that have it, until it is cleared there. */
  readonly installed: Map<string, Set<string>>;
  /** How long a rule without a time of its own holds; `undefined`: until it is cleared, since the nodes end with the drill. */
  readonly foreignRulesHold: Duration | undefined;
}
