import type { Argv, CommandModule } from 'yargs';
import { type CliEnvironment, print } from '../environment.js';
import { OptionFailure } from '../failure.js';

interface ItlArguments {
  readonly action?: string | undefined;
  readonly model?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `labcm itl erase-steps`: how a phone's trust list is erased by hand. */
export const itlCommand = (environment: CliEnvironment): CommandModule<object, ItlArguments> => ({
  command: 'itl <action> <model>',
  describe: 'erase-steps MODEL: how a phone is freed of a trust list of another call manager, by its keys',
  builder: (yargs: Argv) =>
    yargs
      .positional('action', { choices: ['erase-steps'], demandOption: true, describe: 'erase-steps: print the steps' })
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'the model by name or type id, such as 7962 or 404',
      })
      .option('json', { type: 'boolean', describe: 'the steps as one JSON object' })
      .example('labcm itl erase-steps 8861', 'the menu first, the keys as a hint'),
  handler: async ({ model = '', json = false }) => {
    const { findModel } = await import('../../devices/index.js');
    const { eraseStepsOf, LAST_RESORT } = await import('../../security/erase-steps.js');
    const found = findModel(model);
    if (found === undefined) throw new OptionFailure('MODEL', JSON.stringify(model), 'a model such as 7962, or its id');
    const steps = [found.name, ...found.aliases].map(shortName).map(eraseStepsOf).find(Boolean);
    if (json) {
      const { menu = null, keys = null } = steps ?? {};
      print(environment, JSON.stringify({ model: found.name, menu, keys, notes: LAST_RESORT }, undefined, 2));
      return;
    }
    print(environment, `${found.name}`);
    print(environment, `  menu: ${steps?.menu ?? 'none is known: by the factory reset alone'}`);
    if (steps?.keys !== undefined) print(environment, `  keys, which differ between loads: ${steps.keys}`);
    for (const note of LAST_RESORT) print(environment, `  ${note}`);
  },
});

/** `Cisco 7941G-GE` and `7962G` as the tables of steps have them. */
const shortName = (name: string): string => /\b(\d{4}|CIPC)/.exec(name)?.[1] ?? name;
