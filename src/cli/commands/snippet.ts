import type { Argv, CommandModule } from 'yargs';
import { type ConfigArguments, chosenConfiguration, configOptions } from '../configuration.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { OptionFailure } from '../failure.js';
import { table } from '../table.js';

interface SnippetArguments extends ConfigArguments {
  readonly kind?: string | undefined;
  readonly subnet?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `labcm snippet`: prints what another DHCP server must be told, so that its phones come here. The lines go to stdout,
 * what to know about them to stderr.
 */
export const snippetCommand = (
  environment: CliEnvironment,
  version: string,
): CommandModule<object, SnippetArguments> => ({
  command: 'snippet [kind]',
  describe: 'the lines for another DHCP server that send its phones here; without a kind, the kinds of servers',
  builder: (yargs: Argv) =>
    configOptions(yargs)
      .positional('kind', { type: 'string', describe: 'the kind of server, such as isc-dhcpd, kea, ios or windows' })
      .option('subnet', {
        type: 'string',
        requiresArg: true,
        describe: 'this subnet of dhcp.subnets alone, such as 10.10.210.0/24; any subnet if there are none',
      })
      .option('json', { type: 'boolean', describe: 'the lines and the remarks as one JSON object' })
      .example('labcm snippet', 'every kind')
      .example('labcm snippet kea -c lab.yaml', 'a kea-dhcp4.conf with the subnets of lab.yaml')
      .example('labcm snippet ios --subnet 10.10.210.0/24', 'for one subnet'),
  handler: async (args) => {
    const { findSnippetKind, SNIPPET_KIND_NAMES, SNIPPET_KINDS, snippetOf } = await import('../../snippets/index.js');
    if (args.kind === undefined) {
      const rows = SNIPPET_KIND_NAMES.map((name) => ({ kind: name, what: SNIPPET_KINDS[name].what }));
      if (args.json === true) print(environment, JSON.stringify(rows, undefined, 2));
      else
        print(
          environment,
          table(
            ['KIND', 'WHAT'],
            rows.map(({ kind, what }) => [kind, what]),
          ),
        );
      return;
    }
    const kind = findSnippetKind(args.kind);
    if (kind === undefined) {
      const { nearest } = await import('../../config/schema-errors.js');
      const near = nearest(args.kind, SNIPPET_KIND_NAMES);
      const remedy = near === undefined ? '`labcm snippet` lists them' : `is ${near} meant?`;
      throw new OptionFailure('KIND', args.kind, `one of ${SNIPPET_KIND_NAMES.join(', ')}`, remedy);
    }
    const { file, overrides } = chosenConfiguration(environment, args);
    const { readConfig } = await import('../../daemon/read-config.js');
    const { requestedSnippet } = await import('../snippet-request.js');
    const config = await readConfig(file, overrides);
    const { request, remarks } = requestedSnippet(config, { version, file, wanted: args.subnet });
    const snippet = snippetOf(kind, request);
    const all = [...remarks, ...snippet.remarks];
    if (args.json === true) {
      print(environment, JSON.stringify({ kind, text: snippet.text, remarks: all }, undefined, 2));
      return;
    }
    print(environment, snippet.text.trimEnd());
    for (const remark of all) say(environment, remark);
  },
});
