// What there is to say of a configuration that runs, at its start and each time that it is read again.

import { type ConfigurationProblem, describeFault, describeWarning } from '../core/errors.js';
import { type CliEnvironment, say } from './environment.js';

/** Tells each once, as long as it holds: log rotation sends a SIGHUP every night. */
export class Remarks {
  readonly #environment: CliEnvironment;
  #reported: ReadonlySet<string> = new Set();

  constructor(environment: CliEnvironment) {
    this.#environment = environment;
  }

  /** `faults`: those that the daemon runs with, and would not start with again. */
  report(faults: readonly ConfigurationProblem[], warnings: readonly ConfigurationProblem[]): void {
    const current = new Set<string>();
    const sayOnce = (fault: ConfigurationProblem, describe: (fault: ConfigurationProblem) => string): void => {
      const { line: _, ...anywhere } = fault; // one that has moved in its file is no news
      const about = describe(anywhere);
      current.add(about);
      if (!this.#reported.has(about)) say(this.#environment, describe(fault));
    };
    for (const fault of faults) sayOnce(fault, describeLater);
    for (const warning of warnings) sayOnce(warning, describeWarning);
    this.#reported = current;
  }
}

const describeLater = (fault: ConfigurationProblem): string =>
  `${describeFault(fault)}; labcm runs on, and will not start again with it`;
