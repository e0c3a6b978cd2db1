// What there is to say of a configuration that runs, at its start and each time that it is read again.

import { type ConfigurationProblem, describeFault, describeWarning } from '../core/errors.js';
import { say, type World } from './environment.js';

/** Tells each once, as long as it holds: log rotation sends a SIGHUP every night. */
export class Remarks {
  readonly #world: World;
  #told: ReadonlySet<string> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  /** `faults`: those that the daemon runs with, and would not start with again. */
  tell(faults: readonly ConfigurationProblem[], warnings: readonly ConfigurationProblem[]): void {
    const told = new Set<string>();
    const tell = (fault: ConfigurationProblem, describe: (fault: ConfigurationProblem) => string): void => {
      const { line: _, ...anywhere } = fault; // one that has moved in its file is no news
      const about = describe(anywhere);
      told.add(about);
      if (!this.#told.has(about)) say(this.#world, describe(fault));
    };
    for (const fault of faults) tell(fault, describeLater);
    for (const warning of warnings) tell(warning, describeWarning);
    this.#told = told;
  }
}

const describeLater = (fault: ConfigurationProblem): string =>
  `${describeFault(fault)}; labcm runs on, and will not start again with it`;
