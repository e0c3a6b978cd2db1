// The route of the files that phones asked for.

import type { WallClock } from '../../core/time.js';
import type { AskedFile } from './asked-files.js';
import { isoTime } from './common-json.js';
import type { AskedFileJson, AskedFileOutcome, AskedFilesJson } from './file-list-shapes.js';
import { inAnyCase, type ListKeys, like, listPage, listQuery, oneOf } from './lists.js';
import { answered, failure, type Route } from './route.js';

const OUTCOMES = ['served', 'refused', 'failed', 'asked'] as const satisfies readonly AskedFileOutcome[];

/** How many missed it. */
const missedOf = ({ outcomes }: AskedFile): number => outcomes.refused + outcomes.failed;

const isHarmless = (file: AskedFile): boolean => missedOf(file) > 0 && file.harmful === 0;

const medianOf = (times: readonly number[]): number | undefined =>
  [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)];

/** `GET /api/files`. */
export const FILE_LIST = {
  filters: {
    file: like('its name; `{device}` stands for whose it is', ({ file }) => file),
    outcome: {
      meaning: 'one or more have this outcome',
      values: OUTCOMES,
      keep: (wanted) => {
        const outcome = OUTCOMES.find((one) => one === wanted.toLowerCase()) ?? 'served';
        return ({ outcomes }) => outcomes[outcome] > 0;
      },
    },
    missed: oneOf(
      'whether one or more missed it; `harmful`: and not only what is harmless',
      ['yes', 'no', 'harmful'],
      (file) => (missedOf(file) === 0 ? 'no' : isHarmless(file) ? 'yes' : 'harmful'),
    ),
    transport: like('how it was asked for', ({ transports }) => [...transports]),
  },
  sorts: {
    file: ({ file }) => inAnyCase(file),
    devices: ({ devices, strangers }) => devices + strangers,
    missed: missedOf,
    octets: ({ octets }) => octets,
    milliseconds: ({ times }) => medianOf(times),
    at: ({ at }) => at,
  },
  fields: Object.keys({
    file: true,
    devices: true,
    strangers: true,
    outcomes: true,
    missed: true,
    harmless: true,
    reason: true,
    transports: true,
    octets: true,
    milliseconds: true,
    at: true,
    lastDevice: true,
    missedBy: true,
  } satisfies Readonly<Record<keyof AskedFileJson, true>>),
} as const satisfies ListKeys<AskedFile, unknown>;

/** A file in its shape. */
export const askedFileJson = (clock: WallClock, file: AskedFile): AskedFileJson => {
  const {
    file: name,
    devices,
    strangers,
    outcomes,
    reason,
    transports,
    octets,
    times,
    at,
    lastDevice,
    missedBy,
  } = file;
  const median = medianOf(times);
  return {
    file: name,
    devices,
    strangers,
    outcomes,
    missed: missedOf(file),
    harmless: isHarmless(file),
    reason: reason ?? null,
    transports: [...transports].sort(),
    octets: octets ?? null,
    milliseconds: median === undefined ? null : { median, most: Math.max(...times) },
    at: isoTime(clock, at),
    lastDevice,
    missedBy,
  };
};

/** The files. */
export const FILE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/files',
    about:
      'the files that phones asked for, and by how many they are missed; of each device its last 32 requests count',
    query: listQuery(FILE_LIST),
    shape: 'AskedFilesJson',
    errors: ['query', 'page'],
    answer: async (call, { sources: { clock }, files }) => {
      const gathered = await files.gather();
      const page = listPage(FILE_LIST, gathered.files, call.req.query(), undefined);
      if (!page.valid) return failure(call, page.code, page.message);
      return answered(call, {
        ...page.about,
        files: page.items.map((file) => page.only(askedFileJson(clock, file))),
        others: gathered.others,
      } satisfies AskedFilesJson);
    },
  },
];
