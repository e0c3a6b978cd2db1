// The routes of verdicts.

import { isoTime } from './common-json.js';
import { findingJson } from './finding-json.js';
import { pageOf } from './paging.js';
import { PAGE_KEYS } from './query.js';
import { failure, type Route, unknownDevice } from './route.js';
import { verdictJson } from './verdict-json.js';
import type { VerdictsJson } from './verdict-shapes.js';

/** Names that stand beside the count of a verdict. */
const SHOWN_OF_A_GROUP = 10;

/** Why phones are not registered: of one phone, and of all that have a verdict. */
export const VERDICT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/devices/:name/verdict',
    query: {},
    answer: (call, { sources }) => {
      const about = sources.verdicts.of(call.req.param('name') ?? '');
      return about === undefined ? unknownDevice(call) : call.json(verdictJson(sources.clock, about));
    },
  },
  {
    method: 'GET',
    path: '/api/verdicts',
    query: { code: undefined, ...PAGE_KEYS },
    answer: (call, { sources }) => {
      const { clock, verdicts, devices } = sources;
      const { code, ...query } = call.req.query();
      const groups = verdicts.groups().filter((group) => code === undefined || group.code === code);
      const page = pageOf(
        groups.flatMap((group) => group.devices),
        query,
      );
      if (!page.valid) return failure(call, 400, 'page', page.message);
      const { items, total, offset, limit } = page;
      return call.json({
        total,
        offset,
        limit,
        daemon: verdicts.daemon().map((finding) => findingJson(clock, finding)),
        groups: groups.map(({ code, finding: { severity, confidence }, since, sentence, common, devices: names }) => ({
          code,
          severity,
          confidence,
          count: names.length,
          since: isoTime(clock, since),
          sentence,
          common,
          devices: names.slice(0, SHOWN_OF_A_GROUP),
        })),
        devices: items.flatMap((device) => {
          const record = devices.byName(device);
          const finding = record === undefined ? undefined : verdicts.lastVerdictOf(record);
          return finding === undefined ? [] : [{ device, verdict: findingJson(clock, finding) }];
        }),
      } satisfies VerdictsJson);
    },
  },
];
