import type { Argv, CommandModule } from 'yargs';
import type { NodesJson } from '../../http/api/shapes.js';
import { printable } from '../../trace/line.js';
import { type ApiArguments, apiClient, apiOptions } from '../api-client.js';
import { answerOf, boolean, listOf, number, orAbsent, orNull, record, text } from '../api-schemas.js';
import { type CliEnvironment, print, say } from '../environment.js';
import { localTime, painter, table } from '../table.js';

interface NodesArguments extends ApiArguments {
  readonly json?: boolean | undefined;
}

const nodesAnswer = answerOf<NodesJson>()(
  record({
    cluster: text,
    nodes: listOf(
      record({
        name: text,
        address: text,
        description: text,
        sccpPort: number,
        sipPort: number,
        isSelf: boolean,
        groups: listOf(record({ name: text, place: number })),
        state: orAbsent(text),
        since: orAbsent(text),
        version: orAbsent(text),
        registered: orAbsent(record({ SCCP: number, SIP: number })),
      }),
    ),
    bus: orAbsent(record({ address: text, state: text, since: text, reason: orNull(text), waiting: number })),
  }),
);

type NodesAnswer = NonNullable<ReturnType<typeof nodesAnswer>>;
type NodeAnswer = NodesAnswer['nodes'][number];

/** `labcm nodes`: lists the nodes of the cluster; with a bus, which of them are alive and what is registered with each. */
export const nodesCommand = (environment: CliEnvironment): CommandModule<object, NodesArguments> => ({
  command: 'nodes',
  describe: 'the nodes of the cluster, and with cluster.bus which of them are alive and how many phones each has',
  builder: (yargs: Argv) =>
    apiOptions(yargs)
      .option('json', { type: 'boolean', describe: 'as the API gives them' })
      .example('labcm nodes', 'who is alive, since when, and with how many phones')
      .example('labcm nodes --json | jq -r \'.nodes[] | select(.state == "dead").name\'', 'the dead ones'),
  handler: async (args) => {
    const answer = await (await apiClient(environment, args)).ask(nodesAnswer, '/api/nodes');
    if (args.json === true) {
      print(environment, JSON.stringify(answer, undefined, 2));
      return;
    }
    const { bus, cluster, nodes } = answer;
    const isShared = bus !== undefined && bus !== null;
    print(environment, isShared ? heard(environment, nodes) : configured(nodes));
    if (!isShared) {
      say(
        environment,
        `${counted(nodes.length)} of ${printable(cluster)}; without cluster.bus they know nothing of each other`,
      );
      return;
    }
    const alive = nodes.filter(({ state }) => state === 'alive').length;
    say(environment, `${alive} of ${counted(nodes.length)} of ${printable(cluster)} alive; ${busText(bus)}`);
  },
});

const counted = (nodes: number): string => `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;

const busText = ({ address, state, since, reason }: NonNullable<NodesAnswer['bus']>): string =>
  state === 'connected'
    ? `the bus at ${printable(address)} answers since ${localTime(since)}`
    : `the bus at ${printable(address)} is gone since ${localTime(since)}${reason === null ? '' : `: ${printable(reason)}`}`;

const nameOf = ({ name, isSelf }: NodeAnswer): string => `${printable(name)}${isSelf ? ' *' : ''}`;

const groupsOf = ({ groups }: NodeAnswer): string =>
  groups.map(({ name, place }) => `${place} of ${printable(name)}`).join(', ') || '-';

const heard = (environment: CliEnvironment, nodes: readonly NodeAnswer[]): string => {
  const paint = painter(environment);
  return table(
    ['NODE', 'STATE', 'SINCE', 'SCCP', 'SIP', 'ADDRESS', 'VERSION', 'GROUPS'],
    nodes.map((node) => [
      nameOf(node),
      paint(node.state ?? '-', node.state === 'alive' ? 'green' : 'red'),
      localTime(node.since ?? null),
      node.registered?.SCCP.toString() ?? '-',
      node.registered?.SIP.toString() ?? '-',
      printable(node.address),
      printable(node.version ?? '-'),
      groupsOf(node),
    ]),
  );
};

const configured = (nodes: readonly NodeAnswer[]): string =>
  table(
    ['NODE', 'ADDRESS', 'SCCP PORT', 'SIP PORT', 'GROUPS', 'DESCRIPTION'],
    nodes.map((node) => [
      nameOf(node),
      printable(node.address),
      String(node.sccpPort),
      String(node.sipPort),
      groupsOf(node),
      printable(node.description),
    ]),
  );
