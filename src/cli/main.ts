// The command line: one parser for all commands, with usage, help and exit codes.

import yargs from 'yargs';
import { COMMAND_NAMES, commandsFor } from './commands/index.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from './environment.js';
import { describeFailure } from './failure.js';
import { misusedOption, type OptionKinds } from './misused-option.js';

/**
 * Runs a command. `args` are the arguments after the program's name. Never rejects: errors go to stderr, and the exit
 * code shows them.
 */
export const runCli = async (
  args: readonly string[],
  environment: CliEnvironment,
  version: string,
): Promise<ExitCode> => {
  let code: ExitCode = EXIT.done;
  const exit = (chosen: ExitCode): void => {
    code = chosen;
  };
  const commands = await commandsFor(args[0], { environment, exit, version });
  const parser = yargs([])
    .parserConfiguration({ 'dot-notation': false })
    .scriptName('labcm')
    .usage('$0 COMMAND\n\nA lab call manager: everything that an IP phone needs from power-on to registered.')
    .command([...commands])
    .example('$0 run', 'the quick start: loopback, two phones, no privileges')
    .example('$0 COMMAND --help', 'what a command takes, with examples')
    .middleware((parsed) => {
      const misuse = misusedOption(args, parsed, parser as unknown as OptionKinds);
      if (misuse !== undefined) throw new UsageError(misuse);
    }, true)
    .epilogue(EXITS)
    .demandCommand(1, 'which command?')
    .strict()
    .recommendCommands()
    .version('version', 'show the version', version)
    .alias('v', 'version')
    .help('help', 'show what there is')
    .alias('h', 'help')
    .completion('completion', 'print a script that completes the words of labcm in bash or zsh')
    .wrap(WIDTH)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
  try {
    let output = '';
    await parser.parseAsync([...args], {}, (_error, _arguments, text) => {
      output = text;
    });
    if (output !== '') print(environment, output);
    return code;
  } catch (error) {
    if (error instanceof UsageError || isUsage(error)) {
      say(environment, `labcm: ${error.message.replaceAll('\n', '; ')}; see ${helpFor(args)}`);
      return EXIT.faulty;
    }
    const { lines, exit: failed } = describeFailure(error);
    for (const line of lines) say(environment, line);
    return failed;
  }
};

const WIDTH = 110;
const EXITS =
  'Exit: 0 done, 1 it failed or something is wrong, 2 a mistake in the arguments or the configuration, or the daemon could not be asked.';

/** The arguments are not those of a command. */
class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

const isUsage = (error: unknown): error is Error => error instanceof Error && error.name === 'YError';

const helpFor = ([first = '']: readonly string[]): string =>
  COMMAND_NAMES.includes(first) ? `labcm ${first} --help` : 'labcm --help';
