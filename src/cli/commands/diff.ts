import { basename } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { compareTapes } from '../../tapes/compare-tapes.js';
import { type CliEnvironment, EXIT, type ExitCode, print } from '../environment.js';
import { readTapeOrCapture } from '../tape-files.js';
import { differenceTable } from '../tape-text.js';

interface DiffArguments {
  readonly first?: string | undefined;
  readonly second?: string | undefined;
  readonly device?: string | undefined;
  readonly otherDevice?: string | undefined;
  readonly json?: boolean | undefined;
}

const EPILOGUE = `Names and addresses are compared by what they stand for, so that two phones can be compared. Times are not compared, but for
intervals and what is agreed on.

Exit: 0 they are the same, 1 they differ, 2 a file cannot be read.`;

/** `labcm diff`: tells what differs between two boots of a phone, or between two phones. */
export const diffCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DiffArguments> => ({
  command: 'diff <first> <second>',
  describe:
    'tell what differs between two tapes or captures: files, options, versions, capabilities, timers, texts, messages',
  builder: (yargs: Argv) =>
    yargs
      .positional('first', { type: 'string', demandOption: true, describe: 'a tape, or a capture file' })
      .positional('second', { type: 'string', demandOption: true, describe: 'another' })
      .option('device', {
        type: 'string',
        requiresArg: true,
        describe: 'of captures: its name or address, where a capture has several',
      })
      .option('other-device', {
        type: 'string',
        requiresArg: true,
        describe: 'the device of the second capture [default: that of --device]',
      })
      .option('json', { type: 'boolean', describe: 'one object a difference' })
      .example('labcm diff before.tape.jsonl after.tape.jsonl', 'what a firmware has changed')
      .example('labcm diff 7962.pcapng 8841.pcapng --json', 'two models')
      .epilogue(EPILOGUE),
  handler: async ({ first = '', second = '', device, otherDevice, json }) => {
    const tapes = [
      await readTapeOrCapture(environment, first, device),
      await readTapeOrCapture(environment, second, otherDevice ?? device),
    ] as const;
    const differences = compareTapes(...tapes);
    if (json === true) for (const one of differences) print(environment, JSON.stringify(one));
    else if (differences.length === 0) print(environment, 'no difference');
    else print(environment, differenceTable(environment, differences, [basename(first), basename(second)]));
    if (differences.length > 0) exit(EXIT.failed);
  },
});
