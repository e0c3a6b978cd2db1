// `labcm import FILE.csv`: many devices into the running daemon.

import type { Argv, CommandModule } from 'yargs';
import type { DeviceRow } from '../../config/index.js';
import { ConfigError, describeFault, describeWarning } from '../../core/errors.js';
import { type ApiArguments, type ApiClient, apiClient, apiOptions, RefusedBody } from '../api-client.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { GivenFaults } from '../failure.js';
import { writesAnswer } from './device-changes.js';

interface ImportArguments extends ApiArguments {
  readonly file?: string | undefined;
  readonly check?: boolean | undefined;
  readonly replace?: boolean | undefined;
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
      .example('labcm import phones.csv --check', 'every fault with its line, and nothing changes')
      .example('labcm import phones.csv', 'all devices of the file'),
  handler: async (args) => {
    const { file = '', check, replace } = args;
    const { readDeviceRows } = await import('../../config/index.js');
    const { rows, faults, warnings } = await readDeviceRows(file);
    if (faults.length > 0) throw new GivenFaults(faults.map(describeFault));
    for (const warning of warnings) say(environment, describeWarning(warning));
    if (rows.length === 0) throw new ConfigError([{ file, key: 'devices', found: 'none', wanted: 'one at least' }]);
    const api = await apiClient(environment, args);
    const parts = partsOf(rows);
    const query = replace === true ? 'existing=replace' : 'existing=refuse';
    const found: string[] = [];
    const checked = await inParts(api, parts, `${query}&check=yes`, file, (fault) => found.push(fault));
    if (found.length > 0) throw new GivenFaults(found);
    const counts =
      check === true
        ? checked
        : await inParts(api, parts, query, file, (fault) => {
            throw new GivenFaults([fault]);
          });
    const sums = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    print(environment, check === true ? `${sums}, if it were done` : sums);
  },
});

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

/** Sends the parts one after the other; counts what became of the devices. */
const inParts = async (
  api: ApiClient,
  parts: readonly (readonly DeviceRow[])[],
  query: string,
  file: string,
  onFault: (fault: string) => void,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
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
  }
  return counts;
};
