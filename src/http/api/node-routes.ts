// The routes of the nodes, of the address pools and of the history.

import { type Duration, parseDuration } from '../../core/time.js';
import { isoTime } from './common-json.js';
import type { HistoryJson } from './history-shapes.js';
import type { NodeJson, NodesJson, PoolsJson } from './node-shapes.js';
import type { ApiNode, ApiSources } from './ports.js';
import { answered, failure, type Route, type RouteContext } from './route.js';

/** Nodes that stand in no configuration and are shown. */
const MOST_OTHERS = 32;

type Liveness = Pick<NodeJson, 'state' | 'since' | 'version' | 'registered'>;

/** Of each node what is heard of it, by its name. Nothing where no bus connects the nodes. */
const livenessOf = ({ cluster: { shared }, clock, startedAt, version, devices }: ApiSources) => {
  if (shared === undefined) return (): Liveness => ({});
  const heard = new Map(shared.nodes().map((node) => [node.name, node]));
  return (name: string): Liveness => {
    if (name === shared.self)
      return { state: 'alive', since: isoTime(clock, startedAt), version, registered: devices.registered };
    const node = heard.get(name);
    if (node === undefined) return { state: 'dead', since: null };
    const state = node.isAlive ? 'alive' : 'dead';
    return { state, since: isoTime(clock, node.since), version: node.version, registered: node.registered };
  };
};

/** Those of the configuration, and those that are heard and do not stand there. */
const allNodes = ({ cluster }: ApiSources): readonly ApiNode[] => {
  const { nodes } = cluster.configured();
  const known = new Set(nodes.map(({ name }) => name));
  const others = (cluster.shared?.nodes() ?? []).filter(({ name }) => !known.has(name)).slice(0, MOST_OTHERS);
  return [
    ...nodes,
    ...others.map(({ name, address, sccpPort, sipPort }) => ({
      ...{ name, address, sccpPort, sipPort, sipTlsPort: 0 },
      description: 'not in the configuration of this node',
    })),
  ];
};

const busJson = ({ cluster: { shared }, clock }: ApiSources): Pick<NodesJson, 'bus'> => {
  if (shared === undefined) return {};
  const { address, isConnected, since, reason, waiting } = shared.bus;
  const state = isConnected ? 'connected' : 'gone';
  return { bus: { address, state, since: isoTime(clock, since), reason: reason ?? null, waiting } };
};

const nodesJson = ({ sources, collector }: RouteContext): NodesJson => {
  const { cluster, devices } = sources;
  const { name, groups, self } = cluster.configured();
  const liveness = livenessOf(sources);
  const counts = new Map(groups.map((group) => [group.name, { devices: 0, registered: 0 }]));
  for (const { configured, registration } of devices.devices()) {
    const count = counts.get(configured.group);
    if (count === undefined) continue;
    count.devices += 1;
    if (registration?.registeredAt !== undefined) count.registered += 1;
  }
  return {
    cluster: name,
    nodes: allNodes(sources).map((node) => ({
      ...node,
      isSelf: node.name === self,
      ...liveness(node.name),
      groups: groups.flatMap(({ name: group, members }) => {
        const place = members.indexOf(node.name) + 1;
        return place === 0 ? [] : [{ name: group, place }];
      }),
    })),
    groups: groups.map((group) => ({ ...group, ...(counts.get(group.name) ?? { devices: 0, registered: 0 }) })),
    here: {
      registered: devices.registered,
      ...cluster.connections(),
      standbyChecks: collector.total('labcm_sip_standby_checks_total'),
      tokens: {
        granted: collector.total('labcm_tokens_total', { granted: 'true' }),
        refused: collector.total('labcm_tokens_total', { granted: 'false' }),
      },
    },
    ...busJson(sources),
  };
};

const SINCE = 'how far back: a duration such as `10m`; else the whole hour';

/** All of them. */
export const NODE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/nodes',
    about:
      'the nodes and call manager groups of the configuration, which nodes are alive, and what this daemon sees of their phones',
    query: {},
    shape: 'NodesJson',
    errors: ['query'],
    answer: (call, context) => answered(call, nodesJson(context)),
  },
  {
    method: 'GET',
    path: '/api/pools',
    about: 'the address pools of DHCP, and how much of them is used',
    query: {},
    shape: 'PoolsJson',
    errors: ['query'],
    answer: (call, { sources }) => answered(call, { pools: sources.pools() } satisfies PoolsJson),
  },
  {
    method: 'GET',
    path: '/api/history',
    about: 'what the metrics were during the last hour, every five seconds',
    query: { since: { meaning: SINCE } },
    shape: 'HistoryJson',
    errors: ['query'],
    answer: (call, { history }) => {
      const written = call.req.query('since');
      const span: Duration | undefined = written === undefined ? undefined : parseDuration(written);
      if (written !== undefined && span === undefined)
        return failure(call, 'query', `since: found ${written}, wanted a duration such as 10m`);
      return answered(call, history.json(span) satisfies HistoryJson);
    },
  },
];
