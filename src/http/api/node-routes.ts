// The routes of the nodes, of the address pools and of the history.

import { type Duration, parseDuration } from '../../core/time.js';
import type { HistoryJson } from './history-shapes.js';
import type { NodesJson, PoolsJson } from './node-shapes.js';
import { answered, failure, type Route, type RouteContext } from './route.js';

const nodesJson = ({ sources: { cluster, devices }, collector }: RouteContext): NodesJson => {
  const { name, nodes, groups, self } = cluster.configured();
  const counts = new Map(groups.map((group) => [group.name, { devices: 0, registered: 0 }]));
  for (const { configured, registration } of devices.devices()) {
    const count = counts.get(configured.group);
    if (count === undefined) continue;
    count.devices += 1;
    if (registration?.registeredAt !== undefined) count.registered += 1;
  }
  return {
    cluster: name,
    nodes: nodes.map((node) => ({
      ...node,
      isSelf: node.name === self,
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
  };
};

const SINCE = 'how far back: a duration such as `10m`; else the whole hour';

/** All of them. */
export const NODE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/nodes',
    about: 'the nodes and call manager groups of the configuration, and what this daemon sees of their phones',
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
