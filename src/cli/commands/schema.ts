import type { CommandModule } from 'yargs';
import { type CliEnvironment, print } from '../environment.js';

/** `labcm schema`: prints the configuration as JSON Schema, for an editor that completes keys and marks mistakes. */
export const schemaCommand = (environment: CliEnvironment): CommandModule => ({
  command: 'schema',
  describe: 'the configuration as JSON Schema, for editors',
  builder: (yargs) =>
    yargs
      .example('labcm schema > labcm.schema.json', 'then the first line of lab.yaml, for editors that know it:')
      .example('# yaml-language-server: $schema=./labcm.schema.json', ''),
  handler: async () => {
    const { configurationJsonSchema } = await import('../../config/json-schema.js');
    print(environment, JSON.stringify(configurationJsonSchema(), undefined, 2));
  },
});
