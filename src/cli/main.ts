// The command line: one parser for all commands, with usage, help and exit codes.

import yargs, { type CommandModule } from 'yargs';
import { assertCommand } from './commands/assert.js';
import { callsCommand } from './commands/calls.js';
import { capfCommand } from './commands/capf.js';
import { checkCommand } from './commands/check.js';
import { decodeCommand } from './commands/decode.js';
import { deviceChangeCommands } from './commands/device-changes.js';
import { deviceCommands } from './commands/device-commands.js';
import { dialCommand } from './commands/dial.js';
import { doctorCommand } from './commands/doctor.js';
import { drillCommand } from './commands/drill.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { initCommand } from './commands/init.js';
import { itlCommand } from './commands/itl.js';
import { leasesCommand } from './commands/leases.js';
import { lineFeatureCommands } from './commands/line-features.js';
import { messagesCommand } from './commands/messages.js';
import { mwiCommand } from './commands/mwi.js';
import { nodesCommand } from './commands/nodes.js';
import { pcapCommand } from './commands/pcap.js';
import { phoneCommand } from './commands/phone.js';
import { pushCommand } from './commands/push.js';
import { runCommand } from './commands/run.js';
import { schemaCommand } from './commands/schema.js';
import { snippetCommand } from './commands/snippet.js';
import { statusCommand } from './commands/status.js';
import { timelineCommand } from './commands/timeline.js';
import { trustCommand } from './commands/trust.js';
import { waitCommand } from './commands/wait.js';
import { whyCommand } from './commands/why.js';
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
  const commands = [
    runCommand(environment),
    initCommand(environment),
    checkCommand(environment, exit),
    doctorCommand(environment, exit),
    statusCommand(environment),
    timelineCommand(environment),
    whyCommand(environment, exit),
    pcapCommand(environment),
    leasesCommand(environment),
    nodesCommand(environment),
    callsCommand(environment),
    dialCommand(environment, exit),
    mwiCommand(environment),
    ...deviceCommands(environment),
    capfCommand(environment),
    pushCommand(environment, exit),
    ...deviceChangeCommands(environment),
    ...lineFeatureCommands(environment),
    importCommand(environment),
    exportCommand(environment),
    phoneCommand(environment, exit),
    waitCommand(environment, exit),
    assertCommand(environment, exit),
    drillCommand(environment, exit),
    decodeCommand(environment, exit),
    messagesCommand(environment),
    schemaCommand(environment),
    snippetCommand(environment, version),
    trustCommand(environment, exit),
    itlCommand(environment),
  ] as readonly CommandModule[];
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
      say(environment, `labcm: ${error.message.replaceAll('\n', '; ')}; see ${helpFor(args, commands)}`);
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

const helpFor = ([first]: readonly string[], commands: readonly CommandModule[]): string =>
  commands.some(({ command }) => String(command).split(' ')[0] === first) ? `labcm ${first} --help` : 'labcm --help';
