// The routes that add, change and remove devices while the daemon runs.

import { PerSecondBudget } from '../../core/rate-limit.js';
import { peerOf } from '../bounded-server.js';
import type { ErrorCode } from './errors.js';
import { readBody } from './request-body.js';
import { type ApiCall, failure, type Route, type RouteContext } from './route.js';
import type { DeviceWritesJson } from './shapes.js';
import type { DeviceWrite, WriteAsker, WriteOutcome, WriteResult } from './write-ports.js';

/** Devices in one request. */
export const MAX_DEVICES = 1000;
/** Each is synced to the disk. */
const WRITES_PER_SECOND = 50;
/** Requests whose body is being read or that wait for those before them. */
const WRITES_IN_HAND = 16;
/** The header by which a command of labcm says who it is; its value is `cli`. */
export const CLIENT_HEADER = 'Labcm-Client';

/** Lets in as many writes as the disk can follow. */
export class WriteGate {
  readonly #perSecond = new PerSecondBudget(() => WRITES_PER_SECOND);
  #inHand = 0;

  /** Runs `write`; `undefined`: too many others are in hand, or came in this second. */
  async pass<T>(context: RouteContext, write: () => Promise<T>): Promise<T | undefined> {
    if (this.#inHand >= WRITES_IN_HAND || !this.#perSecond.take(context.sources.clock.now())) return undefined;
    this.#inHand += 1;
    try {
      return await write();
    } finally {
      this.#inHand -= 1;
    }
  }
}

const TOO_MANY: WriteResult = {
  done: false,
  code: 'too-many-writes',
  message: `at most ${WRITES_PER_SECOND} changes a second and ${WRITES_IN_HAND} at once; up to ${MAX_DEVICES} devices fit into one`,
  faults: [],
};

const askerOf = (call: ApiCall, { hasToken }: RouteContext): WriteAsker => ({
  by: call.req.header(CLIENT_HEADER) === 'cli' ? 'cli' : 'api',
  address: peerOf(call.env.incoming.socket).address,
  token: hasToken({ method: call.req.method, header: (name) => call.req.header(name) }),
});

const CREATED: ReadonlySet<WriteOutcome> = new Set(['added']);

/** Makes a route. `meaning` gives the write that a body asks for, or says what is wrong with the body as a whole. */
const writeRoute = (
  method: Route['method'],
  path: string,
  about: string,
  errors: readonly ErrorCode[],
  query: NonNullable<Route['query']>,
  documented: Pick<Route, 'headers' | 'body' | 'statuses' | 'example'>,
  meaning: (call: ApiCall, body: unknown) => DeviceWrite | string,
): Route => ({
  method,
  path,
  about,
  query: { ...query, check: { values: ['yes', 'no'], meaning: '`yes`: only says what would be done' } },
  shape: 'DeviceWritesJson',
  ...documented,
  errors: ['query', 'token', 'too-many-writes', 'not-written', ...errors],
  answer: async (call, context) => {
    const result = await context.gate.pass(context, async (): Promise<Response | WriteResult> => {
      const body = method === 'DELETE' ? undefined : await readBody(call.env.incoming);
      if (body?.read === false) return failure(call, body.code, body.message);
      const write = meaning(call, body?.value);
      if (typeof write === 'string') return failure(call, 'body', write);
      const check = call.req.query('check')?.toLowerCase() === 'yes';
      const ifMatch = call.req.header('If-Match');
      const onlyIf = ifMatch === undefined ? {} : { onlyIf: context.revisions.condition(ifMatch) };
      return context.sources.writer.write({ ...write, ...onlyIf, check }, askerOf(call, context));
    });
    if (result instanceof Response) return result;
    return answerTo(call, result ?? TOO_MANY);
  },
});

const answerTo = (call: ApiCall, result: WriteResult): Response => {
  if (result.done) {
    const isCreated = result.devices.length > 0 && result.devices.every(({ outcome }) => CREATED.has(outcome));
    const isCheck = call.req.query('check')?.toLowerCase() === 'yes';
    return call.json({ devices: result.devices } satisfies DeviceWritesJson, isCreated && !isCheck ? 201 : 200);
  }
  const { code, message, faults } = result;
  return failure(call, code, message, undefined, faults);
};

const nameOf = (call: ApiCall): string => call.req.param('name') ?? '';

/** The statuses of what may add devices. */
const ADDED = { 200: 'what became of the devices', 201: 'all of them were added' };

const IF_MATCH = {
  'If-Match':
    'the `ETag` of the device as the client has read it: 412 if it is configured otherwise by now; `*`: it must exist',
};

/** An answer for the documentation. */
const became = (outcome: WriteOutcome): DeviceWritesJson => ({
  devices: [{ name: 'SEP001122334455', uuid: '5b8c2c62-6c0e-5b6c-8f0c-9c5d3a0c9b11', outcome }],
});

/** Of a request with a body. */
const BODY_ERRORS = ['body', 'faults', 'too-large', 'content-type'] as const satisfies readonly ErrorCode[];

/** Of a path below a device or a line. */
const FEATURE_ERRORS = ['body', 'faults', 'too-large', 'content-type', 'too-many-devices'] as const;

/** All of them. */
export const DEVICE_WRITE_ROUTES: readonly Route[] = [
  writeRoute(
    'POST',
    '/api/devices',
    `adds a device, or a list of up to ${MAX_DEVICES}`,
    [...BODY_ERRORS, 'exists', 'too-many-devices'],
    { existing: { values: ['refuse', 'replace'], meaning: 'what becomes of devices that exist; else `refuse`' } },
    {
      body: { shape: 'NewDevices', example: { name: 'SEP001122334455', model: '7962', lines: ['5001'] } },
      statuses: ADDED,
    },
    (call, body) => {
      const isList = Array.isArray(body);
      const devices: readonly unknown[] = isList ? body : [body];
      if (devices.length < 1 || devices.length > MAX_DEVICES)
        return `body: found a list of ${devices.length}, wanted one device, or a list of 1 to ${MAX_DEVICES}`;
      const existing = call.req.query('existing')?.toLowerCase() === 'replace' ? 'replace' : 'refuse';
      return { op: 'add', devices, isList, existing };
    },
  ),
  writeRoute(
    'PUT',
    '/api/devices/:name',
    'replaces a device, or adds it',
    [...BODY_ERRORS, 'too-many-devices', 'changed'],
    {},
    {
      headers: IF_MATCH,
      body: { shape: 'WholeDevice', example: { model: '7962', lines: ['5001', '5003'] } },
      statuses: ADDED,
      example: { answer: became('changed') },
    },
    (call, device) => ({ op: 'replace', name: nameOf(call), device }),
  ),
  writeRoute(
    'PATCH',
    '/api/devices/:name',
    'changes keys of a device (RFC 7396)',
    [...BODY_ERRORS, 'unknown-device', 'changed'],
    {},
    {
      headers: IF_MATCH,
      body: { shape: 'DevicePatch', example: { description: 'Lobby', load: null } },
      example: { answer: became('changed') },
    },
    (call, patch) => ({ op: 'change', name: nameOf(call), patch }),
  ),
  writeRoute(
    'DELETE',
    '/api/devices/:name',
    'removes a device',
    ['unknown-device', 'auto-registered', 'not-in-layer', 'changed'],
    { layer: { values: ['only'], meaning: '`only`: what was changed at runtime ends, and what the files say holds' } },
    { headers: IF_MATCH, example: { answer: became('removed') } },
    (call) =>
      call.req.query('layer') === undefined
        ? { op: 'remove', name: nameOf(call) }
        : { op: 'restore', name: nameOf(call) },
  ),
  writeRoute(
    'PUT',
    '/api/lines/:dn/forward',
    'sets where a line forwards its calls, on every device that has it',
    [...FEATURE_ERRORS, 'unknown-line'],
    {},
    { body: { shape: 'ForwardBody', example: { all: '5003' } }, example: { answer: became('changed') } },
    (call, forward) => ({ op: 'forward', dn: call.req.param('dn') ?? '', forward }),
  ),
  writeRoute(
    'PUT',
    '/api/devices/:name/dnd',
    'sets whether the user of a phone may be disturbed',
    [...FEATURE_ERRORS, 'unknown-device', 'changed'],
    {},
    {
      headers: IF_MATCH,
      body: { shape: 'DoNotDisturbBody', example: { doNotDisturb: 'ringer-off' } },
      example: { answer: became('changed') },
    },
    (call, body) => ({ op: 'do-not-disturb', name: nameOf(call), body }),
  ),
];
