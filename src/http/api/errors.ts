// Every error of the API in one table: its code, the statuses that it comes with, and what it means. `docs/api.md` prints it.

import type { ErrorJson } from './shapes.js';

/** A status of an error. */
type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 429 | 500 | 503 | 504;

interface ErrorRow {
  /** The first one is what it comes with unless the route says another. */
  readonly statuses: readonly [ErrorStatus, ...ErrorStatus[]];
  /** For people who write clients. */
  readonly meaning: string;
}

/** The codes are stable. */
export const ERRORS = {
  query: { statuses: [400], meaning: 'a key of the query, or its value, is none that this path takes' },
  page: { statuses: [400], meaning: '`limit` or `offset` is no number within its bounds' },
  number: { statuses: [400], meaning: 'what was dialled has other characters than a phone can dial' },
  body: { statuses: [400], meaning: 'the body is no JSON, or not the value that this path takes' },
  faults: { statuses: [400], meaning: 'the body was checked; `faults` lists everything that is wrong with it' },
  token: {
    statuses: [401, 403],
    meaning: '401: send the token. 403: no token is configured, so nothing can be changed over this API',
  },
  host: { statuses: [403], meaning: 'the `Host` header has a name that `http.api.hosts` does not list' },
  origin: { statuses: [403], meaning: 'the request comes from a page of another site' },
  'no-such-path': { statuses: [404], meaning: 'nothing is at this path' },
  'unknown-line': { statuses: [404], meaning: 'no device has a line of this number' },
  'unknown-device': { statuses: [404], meaning: 'no device has this name or address' },
  'unknown-fault': { statuses: [404], meaning: 'no rule for faults has this id' },
  'unknown-run': { statuses: [404], meaning: 'no run of a command has this number, or it is forgotten' },
  method: { statuses: [405], meaning: 'the path takes other methods; the `Allow` header names them' },
  'not-registered': { statuses: [409], meaning: 'the device is not registered, so it cannot be told anything' },
  unsupported: { statuses: [409], meaning: 'the protocol of the device has no such command' },
  'no-capf': { statuses: [409], meaning: 'CAPF is off: it needs trust lists (`security.itl`)' },
  'no-operation': { statuses: [409], meaning: 'no operation of CAPF waits for the device' },
  'not-captured': { statuses: [409], meaning: 'no packets of the device are kept' },
  'not-made': { statuses: [409], meaning: 'the file of the device cannot be made; the trace says why' },
  'fault-exists': { statuses: [409], meaning: 'another rule for faults has this id' },
  exists: { statuses: [409], meaning: 'there is a device of this name; `existing=replace` replaces it' },
  'auto-registered': { statuses: [409], meaning: 'auto-registration let the device in and would let it in again' },
  'not-in-layer': { statuses: [409], meaning: 'the device was not changed while the daemon ran' },
  'too-many-faults': { statuses: [409], meaning: 'as many rules for faults are there as may' },
  'too-many-devices': { statuses: [409], meaning: 'there would be more devices than `policy.maxDevices` lets in' },
  changed: {
    statuses: [412],
    meaning: 'the device is configured otherwise than when the client read it: `If-Match` names another tag',
  },
  'too-large': { statuses: [413], meaning: 'the body has more octets than are read' },
  'content-type': { statuses: [415], meaning: 'the body is not sent as `application/json`' },
  'too-many-writes': {
    statuses: [429],
    meaning: 'changes come faster than the disk takes them; `Retry-After` says when',
  },
  'too-many-pushes': { statuses: [429], meaning: 'pushes that came before have not been answered by their phones yet' },
  'too-many-commands': { statuses: [429], meaning: 'as many commands to many devices are in hand as may' },
  'too-many-readings': { statuses: [429], meaning: 'as many requests for messages wait for their turn as may' },
  internal: { statuses: [500], meaning: 'the daemon has a bug; its trace says more' },
  'too-many-clients': { statuses: [503], meaning: 'as many clients listen to streams as may' },
  'node-silent': {
    statuses: [504],
    meaning: 'the device is registered with another node, which the message names and which did not answer',
  },
  'not-written': { statuses: [503], meaning: 'the disk did not take the change, so it was not made' },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** The code of an error. */
export type ErrorCode = keyof typeof ERRORS;

/** The statuses that a code may come with. */
export type StatusOf<C extends ErrorCode> = (typeof ERRORS)[C]['statuses'][number];

/** What every path may answer. */
export const COMMON_ERRORS: readonly ErrorCode[] = ['host', 'origin', 'no-such-path', 'method', 'internal'];

/** The body of an error. `faults` are those of a body, or of a value of the query, that was checked. */
export const errorJson = (code: ErrorCode, message: string, faults: ErrorJson['error']['faults'] = []): ErrorJson => ({
  error: { code, message, ...(faults.length === 0 ? {} : { faults }) },
});
