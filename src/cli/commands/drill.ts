import { resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { describeFault } from '../../core/errors.js';
import { between, type Duration, type Instant, milliseconds } from '../../core/time.js';
import { type DrillPlan, readPlan } from '../../drill/plan.js';
import { drillReport, type ResultJson, type WholeReport } from '../../drill/report.js';
import { spanText } from '../../drill/report-text.js';
import type { DrillRun } from '../../drill/runner.js';
import { temporaryFolder } from '../../net/files/temporary-folder.js';
import { readText, UnreadableFile } from '../../net/files/text-files.js';
import { systemClock } from '../../net/system-clock.js';
import { printable, printableBody } from '../../trace/line.js';
import { reportText, resultLine, writeReport } from '../drill/drill-output.js';
import { DrillSession } from '../drill/drill-session.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { expectationsOf, expectationsSchema } from '../expectations.js';
import { describeFailure, OptionFailure } from '../failure.js';
import { judgedDaemon } from '../judged-daemon.js';
import { LiveLine } from '../live-line.js';
import { interruption } from '../signals.js';

interface DrillArguments {
  readonly file?: string | undefined;
  readonly report?: string | undefined;
  readonly phones?: number | undefined;
  readonly keep?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const MOST_PHONES = 60_000;

/** `labcm drill`: has call managers die and come back under phones, and measures what becomes of the phones. */
export const drillCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, DrillArguments> => ({
  command: 'drill <file>',
  describe:
    'have call managers die and come back under phones, and measure; exit 0 when all holds that the file expects, 1 when not, 2 for a faulty file or a drill that could not be run',
  builder: (yargs: Argv) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'the drill, in YAML (docs/drills.md)' })
      .option('report', {
        type: 'string',
        requiresArg: true,
        describe: 'write the report there: report.txt, report.json, phones.csv, picture.svg, junit.xml',
      })
      .option('phones', { type: 'number', describe: 'so many simulated phones, in place of phones.count' })
      .option('keep', { type: 'boolean', describe: 'keep the files and traces of the daemons, and say where' })
      .option('json', { type: 'boolean', describe: 'print report.json' })
      .example('labcm drill primary-dies.yaml --report out', 'the first call manager dies')
      .example('labcm drill drill.yaml --phones 5000 --json', 'the same with more phones, for a program'),
  handler: async (args) => {
    const plan = await planIn(environment, args);
    if (plan === undefined) {
      exit(EXIT.faulty);
      return;
    }
    const folder = temporaryFolder('labcm-drill');
    const progress = new Progress(environment, plan);
    const session = new DrillSession({
      ...{ environment, plan, clock: systemClock, folder: folder.path },
      onStep: (step, done) => progress.onStep(step.title, done),
    });
    const { interrupted, stop } = interruption(environment);
    let hasOpened = false;
    try {
      say(
        environment,
        printable(`${plan.name}: ${plan.phones.real ?? `${plan.phones.count} phones`}, ${plan.nodes.length} nodes`),
      );
      progress.watch(session);
      const opened = session.open();
      opened.catch(() => {});
      const early = await Promise.race([opened, interrupted]);
      if (early !== undefined) {
        exit(EXIT.failed);
        return;
      }
      hasOpened = true;
      void interrupted.then(() => session.stop());
      progress.begin();
      const run = await session.run();
      progress.end();
      const others = await nodeResults(plan, session, run);
      const whole = drillReport(plan, run, session.ledger, systemClock, others);
      exit(await reported(environment, args, whole));
    } catch (error) {
      if (hasOpened) throw error;
      // A drill that did not begin says nothing about phones.
      for (const line of describeFailure(error).lines) say(environment, printableBody(line));
      exit(EXIT.faulty);
    } finally {
      progress.end();
      stop();
      await session.close();
      if (args.keep === true) say(environment, `the files of the daemons are in ${folder.path}`);
      else await folder.remove();
    }
  },
});

/** Prints and writes the report. Resolves with the exit code that it asks for. */
const reported = async (environment: CliEnvironment, args: DrillArguments, whole: WholeReport): Promise<ExitCode> => {
  const { report } = whole;
  const { results, end, failure } = report;
  if (args.report !== undefined) {
    const files = await writeReport(environment, args.report, whole);
    say(environment, `${args.report}: ${files.join(', ')}`);
  }
  if (args.json === true) print(environment, JSON.stringify(report));
  else {
    print(environment, reportText(report));
    for (const result of results) print(environment, resultLine(environment, result));
  }
  const held = results.filter(({ outcome }) => outcome === 'held').length;
  if (results.length > 0) say(environment, `${held} of ${results.length} expectations hold`);
  if (end === 'failed') {
    say(environment, `labcm: ${printableBody(failure)}`);
    return EXIT.faulty;
  }
  return end === 'over' && held === results.length ? EXIT.done : EXIT.failed;
};

const MAX_OCTETS = 16_777_216;

/** The plan of the file; `undefined`: it has faults, and they are printed. */
const planIn = async (
  environment: CliEnvironment,
  { file = '', phones }: DrillArguments,
): Promise<DrillPlan | undefined> => {
  if (phones !== undefined && !(Number.isInteger(phones) && phones >= 1 && phones <= MOST_PHONES))
    throw new OptionFailure('--phones', String(phones), `a whole number from 1 to ${MOST_PHONES}`);
  const written = await readText(resolve(environment.directory, file), MAX_OCTETS).catch((error: unknown) => error);
  if (!(written instanceof UnreadableFile) && typeof written !== 'string') throw written;
  const { plan, faults } =
    typeof written === 'string'
      ? readPlan(written, file, { nodeExpectations: expectationsSchema, variables: environment.variables, phones })
      : { plan: undefined, faults: [{ file, key: 'drill', found: written.found, wanted: written.wanted }] };
  for (const fault of faults) say(environment, printable(describeFault(fault)));
  if (plan === undefined) {
    say(environment, `${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; nothing was started`);
    return undefined;
  }
  if (phones !== undefined && plan.phones.real !== undefined)
    throw new OptionFailure('--phones', String(phones), 'no such option: the phones of this drill are real');
  return plan;
};

/** What `labcm assert` would say of the nodes at the end. */
const nodeResults = async (plan: DrillPlan, session: DrillSession, run: DrillRun): Promise<readonly ResultJson[]> => {
  const results: ResultJson[] = [];
  for (const [node, wanted] of Object.entries(plan.nodeExpectations)) {
    const expectations = expectationsOf(wanted as Parameters<typeof expectationsOf>[0]);
    const about = ({ device, key, expected }: (typeof expectations)[number]) => ({
      ...{ subject: `${node} ${device ?? 'counts'}`, key, expected },
    });
    try {
      if (run.end !== 'over') throw new Error('the drill did not come so far');
      const judged = await judgedDaemon(session.client(node), expectations);
      results.push(...judged.map((result) => ({ ...result, subject: `${node} ${result.subject}` })));
    } catch (error) {
      const found = describeFailure(error).lines.join('; ');
      results.push(...expectations.map((one) => ({ ...about(one), outcome: 'unknown' as const, found })));
    }
  }
  return results;
};

const LOOK_MS = 500;

/** What happens, as it does: one line on a terminal that is overwritten, and a line for each step. */
class Progress {
  readonly #environment: CliEnvironment;
  readonly #line: LiveLine;
  readonly #plan: DrillPlan;
  #timer: NodeJS.Timeout | undefined;
  /** `undefined`: the daemons and the phones are still starting. */
  #begunAt: Instant | undefined;

  constructor(environment: CliEnvironment, plan: DrillPlan) {
    this.#environment = environment;
    this.#plan = plan;
    this.#line = new LiveLine(environment);
  }

  /** Shows how many phones are registered, from now on until `end`. */
  watch({ ledger }: DrillSession): void {
    this.#timer = setInterval(() => {
      const count = `${ledger.registered} of ${ledger.phones.size} registered`;
      this.#line.show(
        this.#begunAt === undefined ? `starting: ${count}` : `${spanText(this.#passed)}: ${count}; ${this.#next()}`,
      );
    }, LOOK_MS);
  }

  begin(): void {
    this.#begunAt = systemClock.now();
  }

  get #passed(): Duration {
    const now = systemClock.now();
    return between(this.#begunAt ?? now, now);
  }

  #next(): string {
    const { lasts, steps } = this.#plan;
    const passed = this.#passed;
    const next = steps.find(({ at }) => at > passed);
    return next === undefined
      ? `over in ${spanText(lasts - passed)}`
      : `${printable(next.title)} in ${spanText(next.at - passed)}`;
  }

  onStep(
    title: string,
    done: { readonly took: number; readonly failure: string | undefined; readonly remark: string } | undefined,
  ): void {
    this.#line.clear();
    if (done === undefined) {
      say(this.#environment, printable(`${spanText(this.#passed)}: ${title}`));
      return;
    }
    const words = [done.failure, done.remark].filter((text) => text !== undefined && text !== '');
    if (words.length > 0)
      say(this.#environment, printableBody(`${title}: ${words.join('; ')} (${spanText(milliseconds(done.took))})`));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }
}
