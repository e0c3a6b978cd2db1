// The routes of certificates of phones: what waits, and to arm and cancel operations of CAPF.

import { dateOf, type WallTime } from '../../core/time.js';
import type { ApiCapfOperation, CapfWish } from './capf-ports.js';
import type { CapfBody, CapfJson, CapfOperationJson } from './capf-shapes.js';
import { readBody } from './request-body.js';
import { type ApiCall, answered, failure, type Route, type RouteContext, withDevice } from './route.js';

const MOST_CERTIFICATES = 1_000;

const iso = (at: WallTime): string => dateOf(at).toISOString();

const operationJson = (
  { device, operation, authentication, key, until }: ApiCapfOperation,
  string?: string,
): CapfOperationJson => ({
  ...{ device, operation, authentication, key },
  until: iso(until),
  ...(string === undefined ? {} : { string }),
});

const OPERATIONS: readonly CapfBody['operation'][] = ['install', 'delete', 'fetch'];
const AUTHENTICATIONS: readonly CapfBody['authentication'][] = ['string', 'null', 'lsc', 'mic'];
const CURVES = ['P-256', 'P-384', 'P-521'] as const;
const KEYS: ReadonlySet<string> = new Set(['operation', 'authentication', 'string', 'key', 'days']);
const STRING = /^\d{4,10}$/;

/** What a body asks for, or what is wrong with it. */
const wishOf = (body: unknown): Omit<CapfWish, 'device'> | string => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'body: wanted a mapping with operation and authentication';
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return `${unknown}: found an unknown key, wanted one of ${[...KEYS].join(', ')}`;
  const operation = OPERATIONS.find((one) => one === given.operation);
  if (operation === undefined) return `operation: wanted one of ${OPERATIONS.join(', ')}`;
  const authentication = AUTHENTICATIONS.find((one) => one === given.authentication);
  if (authentication === undefined) return `authentication: wanted one of ${AUTHENTICATIONS.join(', ')}`;
  const { string, key, days } = given;
  if (string !== undefined && (authentication !== 'string' || typeof string !== 'string' || !STRING.test(string)))
    return 'string: wanted 4 to 10 digits, beside the authentication string alone';
  const curve = CURVES.find((one) => one === key);
  const isSize = typeof key === 'number' && Number.isInteger(key) && key >= 512 && key <= 4096;
  if (key !== undefined && curve === undefined && !isSize)
    return `key: wanted 512 to 4096 bits, or one of ${CURVES.join(', ')}`;
  const isSpan = typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= 365;
  if (days !== undefined && !isSpan) return 'days: wanted a number from 1 to 365';
  return {
    ...{ operation, authentication },
    ...(typeof string === 'string' ? { string } : {}),
    ...(key === undefined ? {} : { key: curve ?? (key as number) }),
    ...(typeof days === 'number' ? { days } : {}),
  };
};

const ELLIPTIC =
  'key: found a curve, wanted 512 to 4096 bits: the configuration of the device is encrypted, which takes an RSA key';
const OFF = 'CAPF is off: it needs `security.itl: on`';
const off = (call: ApiCall) => failure(call, 'no-capf', OFF);
const notWritten = (call: ApiCall) => failure(call, 'not-written', 'the disk did not take the change');

/** Lets in as many writes as the disk can follow. */
const gated = async (call: ApiCall, context: RouteContext, write: () => Promise<Response>): Promise<Response> =>
  (await context.gate.pass(context, write)) ?? failure(call, 'too-many-writes', 'too many changes at once');

/** All of them. */
export const CAPF_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/capf',
    about: 'the operations of CAPF that wait for their phones, and the certificates that phones have',
    query: {},
    shape: 'CapfJson',
    errors: ['query', 'no-capf'],
    answer: (call, { sources: { capf } }) => {
      if (capf === undefined) return off(call);
      const certificates = capf.certificates();
      return answered(call, {
        operations: capf.operations().map((operation) => operationJson(operation)),
        certificates: certificates
          .slice(0, MOST_CERTIFICATES)
          .map(({ notAfter, ...rest }) => ({ ...rest, notAfter: iso(notAfter) })),
        total: certificates.length,
      } satisfies CapfJson);
    },
  },
  {
    method: 'PUT',
    path: '/api/devices/:name/capf',
    about:
      'arms an operation of CAPF for a device, in place of the one that waits; the phone is reset, so that it comes',
    query: {},
    body: { shape: 'CapfBody', example: { operation: 'install', authentication: 'string' } },
    shape: 'CapfOperationJson',
    errors: [
      ...(['query', 'token', 'unknown-device', 'body', 'too-large', 'content-type'] as const),
      ...(['no-capf', 'too-many-writes', 'not-written'] as const),
    ],
    answer: (call, context) =>
      withDevice(call, context, ({ configured: { name } }) =>
        gated(call, context, async () => {
          const { capf } = context.sources;
          if (capf === undefined) return off(call);
          const body = await readBody(call.env.incoming);
          if (!body.read) return failure(call, body.code, body.message);
          const wish = wishOf(body.value);
          if (typeof wish === 'string') return failure(call, 'body', wish);
          const result = capf.arm({ ...wish, device: name });
          if (result === 'not-written') return notWritten(call);
          if (result === 'elliptic-key') return failure(call, 'body', ELLIPTIC);
          context.sources.command(name, 'reset');
          return call.json(operationJson(result.armed, result.string));
        }),
      ),
  },
  {
    method: 'DELETE',
    path: '/api/devices/:name/capf',
    about: 'cancels the operation of CAPF that waits for a device',
    query: {},
    shape: 'CapfOperationJson',
    errors: ['query', 'token', 'unknown-device', 'no-capf', 'no-operation', 'too-many-writes', 'not-written'],
    answer: (call, context) =>
      withDevice(call, context, ({ configured: { name } }) =>
        gated(call, context, async () => {
          const { capf } = context.sources;
          if (capf === undefined) return off(call);
          const cancelled = capf.cancel(name);
          if (cancelled === undefined) return failure(call, 'no-operation', `no operation waits for ${name}`);
          return cancelled === 'not-written' ? notWritten(call) : call.json(operationJson(cancelled));
        }),
      ),
  },
];
