// `labcm run`: the daemon in the foreground, from its first listener to its orderly end.

import type { Argv, CommandModule } from 'yargs';
import type { Config, LocatedConfig } from '../../config/index.js';
import { ConfigError } from '../../core/errors.js';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { print, type RunningDaemon, say, type World } from '../environment.js';
import { examine, examineLocated } from '../examination.js';
import { describeFailure } from '../failure.js';
import { pressingDescriptorNotes } from '../fd-limit.js';
import { Remarks } from '../remarks.js';
import { interruption, SERVICE_ENDS } from '../signals.js';
import { bootTheStory } from './demo.js';

interface RunArguments extends ConfigArguments {
  readonly demo?: boolean | undefined;
}

export const runCommand = (world: World): CommandModule<object, RunArguments> => ({
  command: 'run',
  describe: 'run the daemon; SIGINT or SIGTERM stops it, SIGHUP reads the configuration again',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .option('demo', { type: 'boolean', default: false, describe: 'boot the two phones of the quick start' })
      .example('labcm run -c lab.yaml', 'what lab.yaml describes')
      .example('labcm run --set sccp.port=2001 --set trace.console=off', 'the quick start, a little differently'),
  handler: async (args) => {
    const { file: configPath, overrides } = chosenConfiguration(world, args);
    const remarks = new Remarks(world);
    const config = await usableConfig(world, remarks, configPath, overrides);
    for (const note of pressingDescriptorNotes(world, config)) say(world, note);
    const { interrupted } = interruption(world, SERVICE_ENDS); // from now on, so that a signal during the start is not lost
    const daemon = await world.startDaemon(config, {
      announce: (line) => print(world, line),
      warn: (line) => say(world, `labcm: ${line}`),
      configPath,
      overrides,
    });
    const count = config.devices.length;
    print(world, `labcm is ready: ${count} ${count === 1 ? 'device' : 'devices'}, configuration ${config.file}`);
    const deaf = world.onSignal('SIGHUP', () => void reload(world, remarks, daemon));
    const demo = args.demo === true ? await bootTheStory(world, daemon.listeners, config.trace.directory) : undefined;
    try {
      say(world, `${await interrupted}: stopping`);
      await demo?.stop();
      await daemon.stop();
      say(world, 'stopped');
    } finally {
      deaf();
    }
  },
});

/**
 * On this machine, its warnings told. A function of its own, so that the places of its keys, which a large file has many
 * of, do not stay.
 */
const usableConfig = async (
  world: World,
  remarks: Remarks,
  configPath: string,
  overrides: readonly string[],
): Promise<Config> => {
  const { located, faults, warnings } = await examine(world, configPath, overrides);
  if (faults.length > 0) throw new ConfigError(faults);
  remarks.tell([], warnings);
  return located.config;
};

/** A configuration that cannot be used leaves everything as it is. */
const reload = async (world: World, remarks: Remarks, daemon: RunningDaemon): Promise<void> => {
  let located: LocatedConfig;
  try {
    located = await daemon.reload();
  } catch (error) {
    const lines = error instanceof ConfigError ? error.message.split('\n') : describeFailure(error).lines;
    for (const line of [...lines, 'SIGHUP: everything stays as it was']) say(world, line);
    return;
  }
  try {
    const { faults, warnings } = await examineLocated(world, located);
    remarks.tell(faults, warnings);
  } catch (error) {
    for (const line of describeFailure(error).lines) say(world, line);
  }
  say(world, 'SIGHUP: the configuration was read again');
};
