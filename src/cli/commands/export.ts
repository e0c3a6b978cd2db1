// `labcm export`: the devices as text that the configuration takes.

import type { Argv, CommandModule } from 'yargs';
import { ConfigError } from '../../core/errors.js';
import { deviceKey } from '../../core/identifiers.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { type CliEnvironment, say } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface ExportArguments extends ConfigArguments {
  readonly format?: string | undefined;
  readonly layer?: boolean | undefined;
}

/**
 * `labcm export`: reads the configuration and the layer, not the daemon: only the files have the passwords, which the
 * API never shows.
 */
export const exportCommand = (environment: CliEnvironment): CommandModule<object, ExportArguments> => ({
  command: 'export',
  describe: 'print all devices as YAML or CSV for the configuration, with those that were changed at runtime',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('format', {
        choices: ['yaml', 'csv'],
        default: 'yaml',
        describe: 'YAML for `devices`, CSV for `devicesFile`',
      })
      .option('layer', { type: 'boolean', describe: 'only the devices that were added or changed at runtime' })
      .example('labcm export -c lab.yaml --format csv > phones.csv', 'every device that is in force')
      .example('labcm export -c lab.yaml --layer', 'what to paste into the configuration'),
  handler: async (args) => {
    const { file, overrides } = chosenConfiguration(environment, args);
    const { readLocatedConfig } = await import('../../daemon/read-config.js');
    const { examineLayer } = await import('../../doctor/device-layer.js');
    const { devicesCsv, devicesYaml, writtenDevice } = await import('../../config/index.js');
    const located = await readLocatedConfig(file, overrides);
    const laid = examineLayer(located);
    if (laid.faults.length > 0) throw new ConfigError(laid.faults);
    const chosen =
      args.layer === true ? laid.devices.filter(({ name }) => laid.runtime.has(deviceKey(name))) : laid.devices;
    const devices = chosen.map((device) => writtenDevice(device, located.config.defaultGroup));
    if (args.format === 'csv') {
      const dotted = chosen.find(({ vendorConfig }) => Object.keys(vendorConfig).some((key) => key.includes('.')));
      if (dotted !== undefined)
        throw new OptionFailure('--format', `csv, and a dot in a vendorConfig key of ${dotted.name}`, 'yaml');
      for (const line of devicesCsv(devices)) environment.stdout.write(line);
    } else environment.stdout.write(devicesYaml(devices));
    say(environment, `${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`);
  },
});
