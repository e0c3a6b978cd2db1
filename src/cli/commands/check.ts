import { relative } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { ConfigError, type ConfigurationProblem, describeFault, describeWarning } from '../../core/errors.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.js';
import { examine } from '../examine.js';
import { descriptorNotes } from '../fd-limit.js';
import { portFindings } from '../port-checks.js';

interface CheckArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

/**
 * `labcm check`: checks the configuration, the files for phones, and this machine, and prints all faults and warnings
 * at once.
 */
export const checkCommand = (
  environment: CliEnvironment,
  exit: (code: ExitCode) => void,
): CommandModule<object, CheckArguments> => ({
  command: 'check',
  describe:
    'check the configuration, the files for phones and what this machine has of it; exit 0 without faults, 2 with some',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('json', { type: 'boolean', describe: 'faults and warnings as JSON, one a line' })
      .example('labcm check -c lab.yaml', 'every fault and warning with its file and line'),
  handler: async (args) => {
    const { file, overrides } = chosenConfiguration(environment, args);
    const { faults, warnings, notes, devices } = await findings(environment, file, overrides);
    const report = (fault: ConfigurationProblem, severity: 'fault' | 'warning'): void => {
      if (args.json === true) print(environment, JSON.stringify({ severity, ...fault }));
      else print(environment, severity === 'fault' ? describeFault(fault) : describeWarning(fault));
    };
    for (const fault of faults) report(fault, 'fault');
    for (const warning of warnings) report(warning, 'warning');
    for (const note of notes) say(environment, note);
    const sums = [
      faults.length === 0 ? 'no faults' : counted(faults.length, 'fault'),
      ...(warnings.length === 0 ? [] : [counted(warnings.length, 'warning')]),
      ...(faults.length === 0 ? [counted(devices, 'device')] : []),
    ];
    say(environment, `${file}: ${sums.join(', ')}`);
    if (faults.length > 0) exit(EXIT.faulty);
  },
});

interface Findings {
  readonly faults: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
  readonly notes: readonly string[];
  readonly devices: number;
}

const findings = async (environment: CliEnvironment, file: string, overrides: readonly string[]): Promise<Findings> => {
  const short = (fault: ConfigurationProblem): ConfigurationProblem => ({
    ...fault,
    file: shorter(environment, fault.file),
  });
  try {
    const { located, faults, warnings, devices } = await examine(environment, file, overrides);
    const ports = await portFindings(environment, located);
    return {
      faults: [...faults, ...ports.faults].map(short),
      warnings: warnings.map(short),
      notes: [...ports.notes, ...descriptorNotes(environment, located.config)],
      devices,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { faults: error.faults, warnings: [], notes: [], devices: 0 };
  }
};

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const shorter = ({ directory }: CliEnvironment, path: string): string => {
  const short = relative(directory, path);
  return short === '' || short.startsWith('..') ? path : short;
};
