import { type ConfigurationProblem, describeFault, describeWarning } from '../core/errors.js';
import { type CliEnvironment, say } from './environment.js';

/**
 * The faults and warnings of a running configuration. Each is printed once for as long as it lasts: log rotation sends
 * a SIGHUP every night.
 */
export class Remarks {
  readonly #environment: CliEnvironment;
  #reported: ReadonlySet<string> = new Set();

  constructor(environment: CliEnvironment) {
    this.#environment = environment;
  }

  /**
   * Prints what is new since the last call. `faults`: the daemon runs with them and would not start with them again.
   */
  report(faults: readonly ConfigurationProblem[], warnings: readonly ConfigurationProblem[]): void {
    const current = new Set<string>();
    const sayOnce = (fault: ConfigurationProblem, describe: (fault: ConfigurationProblem) => string): void => {
      const { line: _, ...anywhere } = fault; // one that only moved in its file is not new
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
