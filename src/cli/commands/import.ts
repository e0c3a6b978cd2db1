// `labcm import FILE.csv`: many devices into the running daemon.

import type { Argv, CommandModule } from 'yargs';
import type { DeviceRow } from '../../config/index.js';
import { ConfigError, describeFault, describeWarning } from '../../core/errors.js';
import { type ApiArguments, type ApiClient, apiClient, apiOptions, RefusedBody } from '../api-client.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { GivenFaults } from '../failure.js';
import { LiveLine } from '../live-line.js';
import { writesAnswer } from './device-changes.js';

interface ImportArguments extends ApiArguments {
  readonly file?: string | undefined;
  readonly check?: boolean | undefined;
  readonly replace?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Devices of one request, which is done as a whole or not at all. */
const IN_ONE = 1000;
/** Octets of one request, below the limit of the API. */
const MOST_OCTETS = 900_000;

/** `labcm import`: adds the devices of a file. Every part is checked before the first is written. */
export const importCommand = (environment: CliEnvironment): CommandModule<object, ImportArguments> => ({
  command: 'import <file>',
  describe: 'add the devices of a CSV or JSON file to the running daemon; they stay over restarts',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .positional('file', { type: 'string', demandOption: true, describe: 'the file, as for devicesFile' })
      .option('check', { type: 'boolean', describe: 'only say what would be done' })
      .option('replace', { type: 'boolean', describe: 'devices that exist already become those of the file' })
      .option('json', { type: 'boolean', describe: 'how many became what, for programs' })
      .example('labcm import phones.csv --check', 'every fault with its line, and nothing changes')
      .example('labcm import phones.csv', 'all devices of the file'),
  handler: async (args) => {
    const { file = '', check, replace, json } = args;
    const { readDeviceRows } = await import('../../config/index.js');
    const { rows, faults, warnings } = await readDeviceRows(file);
    if (faults.length > 0) throw new GivenFaults(faults.map(describeFault));
    for (const warning of warnings) say(environment, describeWarning(warning));
    if (rows.length === 0) throw new ConfigError([{ file, key: 'devices', found: 'none', wanted: 'one at least' }]);
    const api = await apiClient(environment, args);
    const parts = partsOf(rows);
    const query = replace === true ? 'existing=replace' : 'existing=refuse';
    const line = new LiveLine(environment, json !== true && parts.length > 1);
    const progress = (does: string) => (count: number) => line.show(`${does} ${count} of ${rows.length} devices`);
    const found: string[] = [];
    try {
      const checked = await inParts(api, parts, {
        query: `${query}&check=yes`,
        file,
        onPart: progress('checked'),
        onFault: (fault) => found.push(fault),
      });
      if (found.length > 0) throw new GivenFaults(found);
      const counts =
        check === true ? checked : await written(environment, api, parts, { query, file, onPart: progress('wrote') });
      line.clear();
      printCounts(environment, counts, args);
    } finally {
      line.clear();
    }
  },
});

type Counts = ReadonlyMap<string, number>;

const printCounts = (environment: CliEnvironment, counts: Counts, { check, json }: ImportArguments): void => {
  if (json === true) {
    print(environment, JSON.stringify({ check: check === true, devices: Object.fromEntries(counts) }));
    return;
  }
  const sums = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  print(environment, check === true ? `${sums}, if it were done` : sums);
};

/** Writes the parts. Where one fails, says how many devices of those before it are there already. */
const written = async (
  environment: CliEnvironment,
  api: ApiClient,
  parts: readonly (readonly DeviceRow[])[],
  { onPart, ...how }: Omit<PartsOptions, 'onFault'>,
): Promise<Counts> => {
  let done = 0;
  try {
    return await inParts(api, parts, {
      ...how,
      onPart: (count) => {
        done = count;
        onPart(count);
      },
      onFault: (fault) => {
        throw new GivenFaults([fault]);
      },
    });
  } catch (error) {
    if (done > 0) say(environment, `${done} devices of the file are written already; the others are not`);
    throw error;
  }
};

const partsOf = (rows: readonly DeviceRow[]): readonly (readonly DeviceRow[])[] => {
  const parts: DeviceRow[][] = [[]];
  let octets = 0;
  for (const row of rows) {
    const length = Buffer.byteLength(JSON.stringify(row.value)) + 1;
    if ((parts.at(-1)?.length ?? 0) === IN_ONE || octets + length > MOST_OCTETS) {
      parts.push([]);
      octets = 0;
    }
    parts.at(-1)?.push(row);
    octets += length;
  }
  return parts;
};

interface PartsOptions {
  readonly query: string;
  readonly file: string;
  /** Called after each part with how many devices it and those before it have. */
  readonly onPart: (count: number) => void;
  readonly onFault: (fault: string) => void;
}

/** Sends the parts one after the other; counts what became of the devices. */
const inParts = async (
  api: ApiClient,
  parts: readonly (readonly DeviceRow[])[],
  { query, file, onPart, onFault }: PartsOptions,
): Promise<Counts> => {
  const counts = new Map<string, number>();
  let sent = 0;
  for (const rows of parts) {
    const body = rows.map(({ value }) => value);
    try {
      const { devices } = await api.ask(writesAnswer, `/api/devices?${query}`, 'POST', file, body);
      for (const { outcome } of devices) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof RefusedBody)) throw error;
      for (const { key, found, wanted } of error.bodyFaults) {
        const [, index, rest] = /^devices\.(\d+)\.(.*)$/.exec(key) ?? [];
        const line = index === undefined ? undefined : rows[Number(index)]?.line;
        onFault(describeFault({ file, ...(line === undefined ? {} : { line }), key: rest ?? key, found, wanted }));
      }
    }
    sent += rows.length;
    onPart(sent);
  }
  return counts;
};
