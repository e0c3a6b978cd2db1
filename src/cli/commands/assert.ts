import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import * as z from 'zod';
import { faultsOf } from '../../config/schema-errors.js';
import { readYaml } from '../../config/yaml-source.js';
import { type ConfigurationProblem, describeFault } from '../../core/errors.js';
import { between, type Duration, dateOf, seconds } from '../../core/time.js';
import { readText, UnreadableFile } from '../../net/files/text-files.js';
import { systemClock } from '../../net/system-clock.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { duration } from '../durations.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { type Expectation, expectationsOf, expectationsSchema } from '../expectations.js';
import { CommandFailure, describeFailure } from '../failure.js';
import { judgedDaemon, plainExpectation } from '../judged-daemon.js';
import { junit, type Result } from '../junit.js';
import { poll } from '../poll.js';
import { painter } from '../table.js';

interface AssertArguments extends ApiArguments {
  readonly file?: string | undefined;
  readonly within?: Duration | undefined;
  readonly junit?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `labcm assert`: compares a running daemon with a file of expectations, for pipelines. */
export const assertCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, AssertArguments> => ({
  command: 'assert <file>',
  describe:
    'check what a file expects of the running daemon; exit 0 when all holds, 1 when not, 2 for a faulty file or a daemon that does not answer',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('file', { type: 'string', demandOption: true, describe: 'the expectations, in YAML' })
      .option('within', {
        type: 'string',
        default: '0s',
        coerce: duration('within'),
        describe: 'look again until all holds, that long',
      })
      .option('junit', { type: 'string', requiresArg: true, describe: 'write the results there as JUnit XML' })
      .option('json', { type: 'boolean', describe: 'each result as a line of JSON' })
      .example(
        'labcm assert expectations.yaml --within 60s --junit results.xml',
        'in a pipeline, after the phones started',
      )
      .example("echo '{ counts: { registered: 2 } }' > both.yaml && labcm assert both.yaml", 'the shortest of files'),
  handler: async (args) => {
    const { file = '', within = seconds(0) } = args;
    const { expectations, faults } = await readExpectations(resolve(environment.directory, file), file);
    if (faults.length > 0) {
      for (const fault of faults) say(environment, describeFault(fault));
      say(environment, `${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; nothing was checked`);
      exit(EXIT.faulty);
      return;
    }
    const startedAt = systemClock.now();
    const { results, failure } = await judged(environment, args, within, expectations);
    if (args.junit !== undefined)
      await writeResults(resolve(environment.directory, args.junit), args.junit, {
        command: 'assert',
        name: file,
        startedAt: dateOf(systemClock.wallTime(startedAt)).toISOString(),
        seconds: between(startedAt, systemClock.now()) / 1000,
        results,
      });
    if (failure !== undefined) throw failure;
    for (const result of results)
      print(environment, args.json === true ? JSON.stringify(result) : describeResult(environment, result));
    const held = results.filter(({ outcome }) => outcome === 'held').length;
    say(environment, `${held} of ${results.length} expectations hold`);
    if (held < results.length) exit(EXIT.failed);
  },
});

const MAX_OCTETS = 16_777_216;

interface Read {
  readonly expectations: readonly Expectation[];
  readonly faults: readonly ConfigurationProblem[];
}

const readExpectations = async (path: string, file: string): Promise<Read> => {
  const written = await readText(path, MAX_OCTETS).catch((error: unknown) => error);
  if (written instanceof UnreadableFile)
    return faulty({ file, key: KEY, found: written.found, wanted: written.wanted });
  if (typeof written !== 'string') throw written;
  const source = readYaml(written, file);
  if (source.faults.length > 0) return faulty(...source.faults);
  const value = source.value ?? {};
  const parsed = z.safeParse(expectationsSchema, value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    return faulty(...faultsOf({ issues, schema: expectationsSchema, value, path: [], source }));
  }
  const expectations = expectationsOf(parsed.data);
  // Otherwise a pipeline that checks nothing would always pass.
  return expectations.length === 0
    ? faulty({ file, key: KEY, found: 'none', wanted: 'at least one, under devices or counts' })
    : { expectations, faults: [] };
};

const KEY = 'expectations';

const faulty = (...faults: readonly ConfigurationProblem[]): Read => ({ expectations: [], faults });

interface Judged {
  readonly results: readonly Result[];
  /** Why the daemon could not be asked. */
  readonly failure?: unknown;
}

const judged = async (
  environment: CliEnvironment,
  where: ApiArguments,
  within: Duration,
  expectations: readonly Expectation[],
): Promise<Judged> => {
  try {
    const api = await apiClient(environment, where);
    const results = await poll(environment, {
      within,
      look: () => judgedDaemon(api, expectations),
      done: (seen) => seen.every(({ outcome }) => outcome === 'held'),
      progress: (seen = []) =>
        `${seen.filter(({ outcome }) => outcome === 'held').length} of ${expectations.length} hold`,
    });
    return { results };
  } catch (failure) {
    const found = describeFailure(failure).lines.join('; ');
    return { results: expectations.map((one) => ({ ...plainExpectation(one), outcome: 'unknown', found })), failure };
  }
};

const describeResult = (environment: CliEnvironment, { subject, key, expected, outcome, found }: Result): string => {
  const paint = painter(environment);
  return outcome === 'held'
    ? `${paint('ok    ', 'green')}  ${subject}: ${key}: ${expected}`
    : `${paint('FAILED', 'red')}  ${subject}: ${key}: found ${found}, expected ${expected}`;
};

const writeResults = async (path: string, named: string, suite: Parameters<typeof junit>[0]): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, junit(suite));
  } catch (error) {
    throw new CommandFailure('--junit', `${named}: ${(error as Error).message}`, 'a file that can be written');
  }
};
