// What `labcm drill` prints and writes.

import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { drillPicture } from '../../drill/picture.js';
import type { DrillReport, ResultJson, WholeReport } from '../../drill/report.js';
import { phonesCsv } from '../../drill/report.js';
import { reportLines, STEP_HEADINGS, stepCells } from '../../drill/report-text.js';
import { printable, printableBody } from '../../trace/line.js';
import type { CliEnvironment } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { junit } from '../junit.js';
import { painter, table } from '../table.js';

/** The text of a report, as it is printed and written. */
export const reportText = (report: DrillReport): string => {
  const { head, foot } = reportLines(report);
  const steps = report.steps.map((step) => stepCells(step).map(printable));
  // What a daemon said before it ended has several lines.
  return [...head.map(printable), table(STEP_HEADINGS, steps), ...foot.map(printableBody)].join('\n');
};

/** One result as a line. */
export const resultLine = (
  environment: CliEnvironment,
  { subject, key, expected, outcome, found }: ResultJson,
): string => {
  const paint = painter(environment);
  const about = printable(`${subject}: ${key}: `);
  if (outcome === 'held') return `${paint('ok    ', 'green')}  ${about}${printable(expected)}`;
  const word = outcome === 'failed' ? paint('FAILED', 'red') : paint('UNKNOWN', 'yellow');
  return `${word}  ${about}${printable(`found ${found}, expected ${expected}`)}`;
};

/** Writes the files of the report into a folder: their names. Throws a `CommandFailure`. */
export const writeReport = async (
  environment: CliEnvironment,
  directory: string,
  whole: WholeReport,
): Promise<readonly string[]> => {
  const { report } = whole;
  const path = resolve(environment.directory, directory);
  const files: Readonly<Record<string, string | Buffer>> = {
    'report.txt': `${reportText(report)}\n`,
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'phones.csv': phonesCsv(whole),
    'picture.svg': drillPicture(report),
    'junit.xml': junit({
      command: 'drill',
      name: report.name,
      startedAt: report.startedAt,
      seconds: report.lasted / 1000,
      results: report.results,
    }),
  };
  try {
    await mkdir(path, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  } catch (error) {
    throw new CommandFailure(
      '--report',
      `${directory}: ${(error as Error).message}`,
      'a folder that can be written to',
    );
  }
  return Object.keys(files);
};
