// The routes of verdicts.

import type { WallClock } from '../../core/time.js';
import { isoTime } from './common-json.js';
import type { ApiFinding, ApiUnknownVerdict, ApiVerdictGroup } from './explain-ports.js';
import { findingJson } from './finding-json.js';
import { type JudgedDevice, VERDICT_LIST } from './list-keys.js';
import { listPage, listQuery } from './lists.js';
import type { ApiSources } from './ports.js';
import { answered, deviceCalled, failure, type Route, unknownDevice } from './route.js';
import { verdictJson } from './verdict-json.js';
import type { NodeVerdictsJson, VerdictsJson } from './verdict-shapes.js';

/** Names that stand beside the count of a verdict. */
const SHOWN_OF_A_GROUP = 10;

/** A device with its verdict; none where it has changed since the groups were made. */
const judgedDevice = (device: string, { devices, verdicts }: ApiSources): readonly JudgedDevice[] => {
  const record = devices.byName(device);
  const finding = record === undefined ? undefined : verdicts.lastVerdictOf(record);
  return finding === undefined ? [] : [{ device, finding }];
};

/** The groups that the filters by code and severity leave, by the verdict of their first device. */
const groupFilter = (query: Readonly<Record<string, string>>): ((group: ApiVerdictGroup) => boolean) => {
  const tests = (['code', 'severity'] as const).flatMap((key) => {
    const wanted = query[key];
    return wanted === undefined ? [] : [VERDICT_LIST.filters[key].keep(wanted, undefined)];
  });
  return ({ finding, devices: [device = ''] }) => tests.every((isKept) => isKept({ device, finding }));
};

/** What a node says is wrong. */
interface NodeVerdicts {
  readonly daemon: readonly ApiFinding[];
  readonly groups: readonly (ApiVerdictGroup & { readonly count?: number })[];
  readonly unknown: readonly ApiUnknownVerdict[];
}

const verdictsOfNode = (
  clock: WallClock,
  { daemon, groups, unknown }: NodeVerdicts,
): Omit<NodeVerdictsJson, 'node'> => ({
  daemon: daemon.map((finding) => findingJson(clock, finding)),
  groups: groups.map(({ code, finding, since, sentence, common, devices, count = devices.length }) => ({
    ...{ code, severity: finding.severity, confidence: finding.confidence, count, since: isoTime(clock, since) },
    ...{ sentence, common, devices: devices.slice(0, SHOWN_OF_A_GROUP) },
  })),
  unknown: unknown.map(({ name, isNamed, verdict }) => ({
    device: name,
    named: isNamed,
    verdict: findingJson(clock, verdict),
  })),
});

const NODES = {
  nodes: {
    meaning: '`all`: also what the other nodes say, where a bus connects them',
    schema: { type: 'string', enum: ['all'] },
  },
} as const;

/** Why phones are not registered: of one phone, and of all that have a verdict. */
export const VERDICT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/devices/:name/verdict',
    about: 'why it is not registered, or what is wrong, and what to do',
    query: {},
    shape: 'VerdictJson',
    errors: ['query', 'unknown-device'],
    answer: async (call, context) => {
      const { sources } = context;
      const who = call.req.param('name') ?? '';
      const { shared } = sources.cluster;
      const record = shared === undefined ? undefined : deviceCalled(who, context);
      const about =
        shared === undefined || record === undefined
          ? sources.verdicts.of(who)
          : (await shared.phone(record.configured.name)).speaker.verdict;
      return about === undefined ? unknownDevice(call) : answered(call, verdictJson(sources.clock, about));
    },
  },
  {
    method: 'GET',
    path: '/api/verdicts',
    about: 'the verdicts with how many devices have them, and these devices; filters but `device` hold for both',
    query: { ...listQuery(VERDICT_LIST), ...NODES },
    shape: 'VerdictsJson',
    errors: ['query', 'page'],
    answer: async (call, { sources }) => {
      const { clock, verdicts, cluster } = sources;
      const query = call.req.query();
      const elsewhere = query.nodes === 'all' ? await cluster.shared?.verdicts() : undefined;
      const all = verdicts.groups();
      const judged = all.flatMap((group) => group.devices.flatMap((device) => judgedDevice(device, sources)));
      const page = listPage(VERDICT_LIST, judged, query, undefined);
      if (!page.valid) return failure(call, page.code, page.message);
      const isWanted = groupFilter(query);
      const own = { daemon: verdicts.daemon(), groups: all.filter(isWanted), unknown: verdicts.unknown() };
      return answered(call, {
        ...page.about,
        ...verdictsOfNode(clock, own),
        devices: page.items.map(({ device, finding }) => page.only({ device, verdict: findingJson(clock, finding) })),
        ...(elsewhere === undefined
          ? {}
          : {
              nodes: elsewhere.nodes.map(({ node, groups, ...rest }) => ({
                node,
                ...verdictsOfNode(clock, { ...rest, groups: groups.filter(isWanted) }),
              })),
              silentNodes: [...elsewhere.silent],
            }),
      } satisfies VerdictsJson);
    },
  },
];
