// Failures of commands, and how they are printed.

import { BindError, BusUnreachableError, ConfigError, InUseError, NameTakenError } from '../core/errors.js';
import { EXIT, type ExitCode } from './environment.js';

/**
 * A command cannot do what it should. The message says what it is about, what was found, what is wanted and what
 * helps.
 */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly code: string = 'COMMAND';
  readonly exit: ExitCode = EXIT.failed;

  constructor(thing: string, found: string, wanted: string, remedy?: string) {
    super(`${thing}: found ${found}, wanted ${wanted}${remedy === undefined ? '' : `; ${remedy}`}`);
  }
}

/** The daemon could not be asked: that answers nothing, whatever the question was. */
export class CannotAsk extends CommandFailure {
  override readonly exit = EXIT.faulty;
}

/** What was given has faults: each is printed on a line of its own. */
export class GivenFaults extends Error {
  override readonly name = 'GivenFaults';
  readonly code = 'GIVEN';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** An option has a value that it cannot have. */
export class OptionFailure extends CommandFailure {
  override readonly exit = EXIT.faulty;
}

/** The lines to print for an error, without a stack, and the exit code. */
export const describeFailure = (error: unknown): { readonly lines: readonly string[]; readonly exit: ExitCode } => {
  if (error instanceof ConfigError) {
    const count = error.faults.length;
    const sum = `${count} ${count === 1 ? 'fault' : 'faults'} in the configuration; nothing was started`;
    return { lines: [...error.message.split('\n'), sum], exit: EXIT.faulty };
  }
  if (error instanceof GivenFaults) {
    const count = error.faults.length;
    const sum = `${count} ${count === 1 ? 'fault' : 'faults'}; nothing has changed`;
    return { lines: [...error.faults, sum], exit: EXIT.faulty };
  }
  if (error instanceof CommandFailure) return { lines: [`labcm: ${error.message}`], exit: error.exit };
  if (error instanceof NameTakenError) return { lines: [`labcm: ${error.message}`], exit: EXIT.nameTaken };
  if (error instanceof BusUnreachableError) return { lines: [`labcm: ${error.message}`], exit: EXIT.busUnreachable };
  if (error instanceof BindError || error instanceof InUseError)
    return { lines: [`labcm: ${error.message}`], exit: EXIT.failed };
  const message = error instanceof Error ? error.message : String(error);
  return { lines: [`labcm: ${message.split('\n')[0] ?? 'failed'}`], exit: EXIT.failed };
};
