// The routes of commands to many devices.

import type { WallClock } from '../../core/time.js';
import type { DeviceCommand } from '../../devices/events.js';
import { peerOf } from '../bounded-server.js';
import { type CommandOrder, type CommandRun, MOST_IN_HAND, MOST_PER_SECOND, USUAL_PACE } from './command-runs.js';
import type { CommandRunJson, CommandRunsJson } from './command-shapes.js';
import { isoOrNull, isoTime } from './common-json.js';
import { DEVICE_LIST } from './list-keys.js';
import { kept } from './lists.js';
import type { ApiSources } from './ports.js';
import { queryFault } from './query.js';
import { readBody } from './request-body.js';
import { type ApiCall, answered, failure, type Route } from './route.js';

const COMMANDS = ['reset', 'restart', 'apply'] as const satisfies readonly DeviceCommand[];
/** Names of devices in one request. */
const MOST_NAMES = 60_000;

const WANTED = 'an object with `command`, and either `devices` or `filter`';

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a body asks for; a text is what is wrong with it. */
const readOrder = (body: unknown, sources: ApiSources): Omit<CommandOrder, 'askedFrom'> | string => {
  if (!isMapping(body)) return `body: found what is no object, wanted ${WANTED}`;
  const { command, devices, filter, perSecond = USUAL_PACE, ...others } = body;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) return `${stranger}: found a key that is not known, wanted ${WANTED}`;
  const known = COMMANDS.find((one) => one === command);
  if (known === undefined) return `command: found ${JSON.stringify(command)}, wanted one of ${COMMANDS.join(', ')}`;
  if (!Number.isInteger(perSecond) || Number(perSecond) < 1 || Number(perSecond) > MOST_PER_SECOND)
    return `perSecond: found ${JSON.stringify(perSecond)}, wanted 1 to ${MOST_PER_SECOND}`;
  const names = devices === undefined ? namesThatFit(filter, sources) : readNames(devices, filter, sources);
  return typeof names === 'string' ? names : { command: known, names, perSecond: Number(perSecond) };
};

const readNames = (devices: unknown, filter: unknown, { devices: known }: ApiSources): readonly string[] | string => {
  if (filter !== undefined) return `body: found devices and filter, wanted ${WANTED}`;
  const isList = Array.isArray(devices) && devices.length >= 1 && devices.length <= MOST_NAMES;
  if (!isList || !devices.every((name): name is string => typeof name === 'string'))
    return `devices: found what is no such list, wanted 1 to ${MOST_NAMES} names`;
  // A device that is named twice is told once.
  return [...new Set(devices.map((name) => known.byName(name)?.configured.name ?? name))];
};

const namesThatFit = (filter: unknown, sources: ApiSources): readonly string[] | string => {
  if (!isMapping(filter)) return `body: found neither devices nor filter, wanted ${WANTED}`;
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(filter)) {
    if (typeof value !== 'string') return `filter.${key}: found ${JSON.stringify(value)}, wanted a text`;
    texts[key] = value;
  }
  const fault = queryFault(texts, DEVICE_LIST.filters);
  if (fault !== undefined) return `filter: ${fault}`;
  const fitting = kept(DEVICE_LIST, sources.devices.devices(), texts, sources);
  return Array.from(fitting, ({ configured: { name } }) => name);
};

/** A run in its shape. */
export const commandRunJson = (clock: WallClock, run: CommandRun): CommandRunJson => {
  const { id, command, state, perSecond, devices, sent, untold, untoldDevices } = run;
  const done = sent + Object.values(untold).reduce((sum, count) => sum + count, 0);
  return {
    id,
    command,
    state,
    perSecond,
    askedAt: isoTime(clock, run.askedAt),
    endedAt: isoOrNull(clock, run.endedAt),
    devices,
    sent,
    left: devices - done,
    untold,
    untoldDevices,
  };
};

const idOf = (call: ApiCall): number => Number(call.req.param('id') ?? Number.NaN);

const unknownRun = (call: ApiCall) =>
  failure(call, 'unknown-run', `there is no run ${call.req.param('id') ?? ''}, or it is forgotten`);

/** All of them. */
export const COMMAND_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/commands',
    about: `tells many devices reset, restart or apply, ${USUAL_PACE} a second unless the body says another pace; the answer comes at once`,
    query: {},
    body: {
      shape: 'CommandOrderBody',
      example: { command: 'reset', filter: { model: '*7962*', status: 'registered' }, perSecond: 10 },
    },
    shape: 'CommandRunJson',
    statuses: { 202: 'the run, as it begins' },
    errors: ['query', 'token', 'body', 'too-large', 'content-type', 'too-many-commands'],
    answer: async (call, { sources, commands }) => {
      const body = await readBody(call.env.incoming);
      if (!body.read) return failure(call, body.code, body.message);
      const order = readOrder(body.value, sources);
      if (typeof order === 'string') return failure(call, 'body', order);
      const run = commands.begin({ ...order, askedFrom: peerOf(call.env.incoming.socket).address });
      if (run === undefined)
        return failure(call, 'too-many-commands', `${MOST_IN_HAND} runs are in hand; wait for one, or stop one`);
      return call.json(commandRunJson(sources.clock, run), 202);
    },
  },
  {
    method: 'GET',
    path: '/api/commands',
    about: 'the commands to many devices that are in hand, and the last that have ended',
    query: {},
    shape: 'CommandRunsJson',
    errors: ['query'],
    answer: (call, { sources: { clock }, commands }) =>
      answered(call, {
        runs: commands.all.map((run) => {
          const { untoldDevices: _, ...rest } = commandRunJson(clock, run);
          return rest;
        }),
      } satisfies CommandRunsJson),
  },
  {
    method: 'GET',
    path: '/api/commands/:id',
    about: 'how far one of them is, and who was not told',
    query: {},
    shape: 'CommandRunJson',
    errors: ['query', 'unknown-run'],
    answer: (call, { sources: { clock }, commands }) => {
      const run = commands.run(idOf(call));
      return run === undefined ? unknownRun(call) : answered(call, commandRunJson(clock, run));
    },
  },
  {
    method: 'DELETE',
    path: '/api/commands/:id',
    about: 'stops it: who was not told yet is left out',
    query: {},
    shape: 'CommandRunJson',
    errors: ['query', 'token', 'unknown-run'],
    answer: (call, { sources: { clock }, commands }) => {
      const run = commands.stop(idOf(call));
      return run === undefined ? unknownRun(call) : call.json(commandRunJson(clock, run));
    },
  },
];
