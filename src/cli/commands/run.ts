import type { Argv, CommandModule } from 'yargs';
import type { Config, DevicePlaces, LocatedConfig } from '../../config/index.js';
import { ConfigError } from '../../core/errors.js';
import { examineLocated } from '../../doctor/examination.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { type CliEnvironment, print, type RunningDaemon, say } from '../environment.js';
import { examine } from '../examine.js';
import { describeFailure, OptionFailure } from '../failure.js';
import { pressingDescriptorNotes } from '../fd-limit.js';
import { pageAddress } from '../page-address.js';
import { Remarks } from '../remarks.js';
import { interruption, SERVICE_ENDS } from '../signals.js';
import { bootDemoPhones } from './demo.js';

interface RunArguments extends ConfigArguments {
  readonly demo?: boolean | undefined;
  readonly requireBus?: boolean | undefined;
  readonly untilInputEnds?: boolean | undefined;
}

/** `labcm run`: runs the daemon in the foreground, until a signal stops it in order. */
export const runCommand = (environment: CliEnvironment): CommandModule<object, RunArguments> => ({
  command: 'run',
  describe: 'run the daemon; SIGINT or SIGTERM stops it, SIGHUP reads the configuration again',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('demo', { type: 'boolean', default: false, describe: 'boot the two phones of the quick start' })
      .option('require-bus', {
        type: 'boolean',
        default: false,
        describe: 'end with exit code 4 if the bus of the cluster is not reached within 15 s',
      })
      .option('until-input-ends', {
        type: 'boolean',
        default: false,
        describe:
          'stop when the standard input ends: so it ends with the program that started it, even if that is killed',
      })
      .example('labcm run -c lab.yaml', 'what lab.yaml describes')
      .example('labcm run --set sccp.port=2001 --set trace.console=off', 'the quick start, a little differently'),
  handler: async (args) => {
    const { file: configPath, overrides } = chosenConfiguration(environment, args);
    const remarks = new Remarks(environment);
    const { config, placeOf, devices: count } = await usableConfig(environment, remarks, configPath, overrides);
    if (args.requireBus === true && config.clusterBus === undefined)
      throw new OptionFailure('--require-bus', 'a configuration without cluster.bus', 'one that names the bus');
    for (const note of pressingDescriptorNotes(environment, config)) say(environment, note);
    const { interrupted, stop } = interruption(environment, SERVICE_ENDS); // from now on, so that a signal during the start is not lost
    const inputEnded = new Promise<string>((resolve) => {
      if (args.untilInputEnds === true) environment.onInputEnd(() => resolve('the standard input has ended'));
    });
    const daemon = await environment.startDaemon(config, {
      announce: (line) => print(environment, line),
      warn: (line) => say(environment, `labcm: ${line}`),
      configPath,
      overrides,
      placeOf,
      requireBus: args.requireBus === true,
    });
    print(environment, `labcm is ready: ${count} ${count === 1 ? 'device' : 'devices'}, configuration ${config.file}`);
    const page = pageAddress(daemon.listeners);
    if (page !== undefined) print(environment, `what happens, in a browser: ${page}`);
    const stopReloads = environment.onSignal('SIGHUP', () => void reload(environment, remarks, daemon));
    const demo =
      args.demo === true
        ? await bootDemoPhones(environment, daemon.listeners, config.trace.directory, config.calls.enabled)
        : undefined;
    try {
      const end = await Promise.race([interrupted, inputEnded, daemon.failure]);
      stop();
      if (!(end instanceof Error)) say(environment, `${end}: stopping`);
      await demo?.stop();
      await daemon.stop();
      if (end instanceof Error) throw end;
      say(environment, 'stopped');
    } finally {
      stopReloads();
    }
  },
});

/**
 * Reads and examines the configuration, and prints its warnings. This is a separate function, so that the places of
 * the keys, of which a large file has many, do not stay in memory.
 */
const usableConfig = async (
  environment: CliEnvironment,
  remarks: Remarks,
  configPath: string,
  overrides: readonly string[],
): Promise<{ readonly config: Config; readonly placeOf: DevicePlaces; readonly devices: number }> => {
  const { located, faults, warnings, devices } = await examine(environment, configPath, overrides);
  if (faults.length > 0) throw new ConfigError(faults);
  remarks.report([], warnings);
  const { devicePlaces } = await import('../../config/index.js');
  return { config: located.config, placeOf: devicePlaces(located), devices };
};

/** Reads the configuration again at SIGHUP. A faulty one changes nothing. */
const reload = async (environment: CliEnvironment, remarks: Remarks, daemon: RunningDaemon): Promise<void> => {
  let located: LocatedConfig;
  try {
    located = await daemon.reload();
  } catch (error) {
    const lines = error instanceof ConfigError ? error.message.split('\n') : describeFailure(error).lines;
    for (const line of [...lines, 'SIGHUP: everything stays as it was']) say(environment, line);
    return;
  }
  try {
    const { faults, warnings } = await examineLocated(environment, located);
    remarks.report(faults, warnings);
  } catch (error) {
    for (const line of describeFailure(error).lines) say(environment, line);
  }
  say(environment, 'SIGHUP: the configuration was read again');
};
