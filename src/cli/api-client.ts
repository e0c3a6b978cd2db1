// Talks to a running daemon over its API: finds its address and token, and reads lists page by page.

import type { Argv } from 'yargs';
import { after, milliseconds } from '../core/time.js';
import type { ErrorJson } from '../http/api/shapes.js';
import { systemClock } from '../net/system-clock.js';
import { answerOf, type JsonReader, listOf, number, orAbsent, record, text } from './api-schemas.js';
import { type DeviceAnswer, deviceAnswer } from './device-schemas.js';
import { type CliEnvironment, EXIT, type ExitCode } from './environment.js';
import { CannotAsk, CommandFailure, GivenFaults, OptionFailure } from './failure.js';

/** The options of `apiOptions`. */
export interface ApiArguments {
  readonly api?: string | undefined;
  readonly config?: string | undefined;
}

/** `--api` and `-c`, for every command that talks to the daemon. */
export const apiOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('api', { type: 'string', describe: `address of the daemon's API [default: ${DEFAULT_API}]` })
    .option('config', {
      alias: 'c',
      type: 'string',
      describe: "the daemon's configuration, to find its API and token",
    });

const DEFAULT_API = 'http://127.0.0.1:8088';
const WITHIN_MS = 10_000;
const PAGE = 1000;

/** The path of a device. The name is escaped, so that it cannot reach another path. */
export const devicePath = (name: string): string => `/api/devices/${encodeURIComponent(name)}`;

const fault = record({ key: text, found: text, wanted: text });
const refusal = answerOf<ErrorJson>()(
  record({ error: record({ code: text, message: text, faults: orAbsent(listOf(fault)) }) }),
);

/** A fault of a body that the daemon checked, with its key in the body. */
export type BodyFault = NonNullable<ReturnType<typeof fault>>;

/** The daemon checked a body and found faults. */
export class RefusedBody extends GivenFaults {
  readonly bodyFaults: readonly BodyFault[];

  constructor(about: string, faults: readonly BodyFault[]) {
    super(faults.map(({ key, found, wanted }) => `${about}: ${key}: found ${found}, wanted ${wanted}`));
    this.bodyFaults = faults;
  }
}

/** Nothing answers at this address, or not in time. */
export class NoAnswer extends CannotAsk {
  override readonly code = 'NO_ANSWER';

  constructor(base: string, why: string) {
    super(base, `no answer (${why})`, 'a running daemon', REMEDY);
  }
}

/** The daemon refused; `code` is the API's. */
export class ApiRefusal extends CommandFailure {
  override readonly code: string;
  override readonly exit: ExitCode = EXIT.failed;

  constructor(about: string, code: string, message: string) {
    const { found, wanted, remedy } = REFUSALS.get(code) ?? {
      found: `the refusal "${message}" (${code})`,
      wanted: 'an answer',
    };
    super(about, found, wanted, remedy === 'as-said' ? message : remedy);
    this.code = code;
    if (NOT_ASKED.has(code)) this.exit = EXIT.faulty;
  }
}

interface Refusal {
  readonly found: string;
  readonly wanted: string;
  /** `as-said`: the API's own words. */
  readonly remedy?: string;
}

/** By the API's code. */
const REFUSALS: ReadonlyMap<string, Refusal> = new Map(
  Object.entries({
    'unknown-device': {
      found: 'no device of that name',
      wanted: 'one that the daemon knows',
      remedy: '`labcm status` lists them',
    },
    'unknown-line': {
      found: 'no line of that number',
      wanted: 'one that a device has',
      remedy: '`labcm status` lists the devices with their lines',
    },
    'not-registered': {
      found: 'a device that is not registered',
      wanted: 'one that is',
      remedy: '`labcm status DEVICE` says why it is not',
    },
    'no-capf': {
      found: 'CAPF, which is off',
      wanted: 'it on',
      remedy:
        '`security: { itl: on }` in the configuration, which changes what phones trust: see docs/configuration.md',
    },
    'no-operation': { found: 'no operation that waits for it', wanted: 'one', remedy: '`labcm capf list` shows them' },
    'unknown-fault': {
      found: 'no rule of that id',
      wanted: 'one that there is',
      remedy: '`labcm fault list` shows them',
    },
    'not-captured': { found: 'no packets that are kept', wanted: 'a capture of it', remedy: 'as-said' },
    'not-in-layer': {
      found: 'a device that was not changed while the daemon ran',
      wanted: 'one that was',
      remedy: '`labcm export --layer` lists them',
    },
    'auto-registered': {
      found: 'a device that auto-registration let in and would let in again',
      wanted: 'one that somebody configured',
      remedy: '`labcm set DEVICE suspended=true` refuses it',
    },
    'too-many-pushes': {
      found: 'pushes that phones have not answered yet',
      wanted: 'fewer at once',
      remedy: 'try again in some seconds',
    },
    token: {
      found: 'no token, or a wrong one',
      wanted: 'the token of the API',
      remedy: 'set LABCM_API_TOKEN, or give the daemon’s configuration by -c',
    },
    'node-silent': {
      found: 'a device at a node that does not answer',
      wanted: 'an answer of that node',
      remedy: 'as-said',
    },
    unsupported: { found: 'a device whose protocol has no such command', wanted: 'one whose protocol has' },
  }),
);

/** By these the daemon refuses to be asked at all. */
const NOT_ASKED: ReadonlySet<string> = new Set(['host', 'origin', 'token']);

/** By these it refuses what was given to the command, and changes nothing in any case. */
const ARGUMENTS: ReadonlySet<string> = new Set(['number']);

/** A client of the API. Every method rejects with a `CommandFailure`. */
export class ApiClient {
  readonly #environment: CliEnvironment;
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #within: number;

  /** `within`: how long an answer may take, in milliseconds. */
  constructor(environment: CliEnvironment, base: string, token: string | undefined, within = WITHIN_MS) {
    this.#environment = environment;
    this.#within = within;
    this.#base = base.replace(/\/+$/, '');
    this.#token = token;
  }

  get base(): string {
    return this.#base;
  }

  /**
   * Sends a request and reads the answer. Rejects with an `ApiRefusal`, with a `NoAnswer`, or with a plain
   * `CommandFailure` where the answer is not labcm's, or with a `RefusedBody`. `about` begins the message of a refusal,
   * `sent` is the body.
   */
  async ask<T>(
    read: JsonReader<T>,
    path: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' = 'GET',
    about = path,
    sent?: unknown,
  ): Promise<T> {
    const url = `${this.#base}${path}`;
    let response: Response;
    let body: unknown;
    try {
      response = await this.#environment.fetch(url, {
        method,
        headers: {
          ...this.#headers('application/json'),
          ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(this.#within),
        ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
      });
      body = await response.json().catch(() => undefined);
    } catch (error) {
      throw new NoAnswer(this.#base, reasonOf(error, this.#within));
    }
    if (!response.ok) throw refusalOf(url, response, body, about);
    const answer = read(body);
    if (answer !== undefined) return answer;
    throw new CannotAsk(url, 'an answer that is not labcm’s', 'the API of a labcm daemon', REMEDY);
  }

  /** Asks for something that is not JSON and may go on for ever. `signal` ends it. Rejects as `ask` does. */
  async stream(path: string, about: string, signal?: AbortSignal): Promise<Response> {
    const url = `${this.#base}${path}`;
    const late = new AbortController();
    const timer = systemClock.callAt(after(systemClock.now(), milliseconds(this.#within)), () =>
      late.abort(new DOMException('too late', 'TimeoutError')),
    );
    const ending = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    try {
      const response = await this.#environment.fetch(url, { headers: this.#headers('*/*'), signal: ending });
      if (response.ok) return response;
      throw refusalOf(url, response, await response.json().catch(() => undefined), about);
    } catch (error) {
      throw error instanceof CommandFailure || error instanceof GivenFaults
        ? error
        : new NoAnswer(this.#base, reasonOf(error, this.#within));
    } finally {
      timer.cancel();
    }
  }

  #headers(accept: string): Record<string, string> {
    const headers = { accept, 'labcm-client': 'cli' };
    return this.#token === undefined ? headers : { ...headers, authorization: `Bearer ${this.#token}` };
  }

  /** A device, by its name in any case. Rejects with an `ApiRefusal` if there is none. */
  device(name: string): Promise<DeviceAnswer> {
    return this.ask(deviceAnswer, devicePath(name), 'GET', name);
  }

  /** The same; `undefined` if there is no device of that name. */
  async deviceIfAny(name: string): Promise<DeviceAnswer | undefined> {
    try {
      return await this.device(name);
    } catch (error) {
      if (error instanceof ApiRefusal && error.code === 'unknown-device') return undefined;
      throw error;
    }
  }

  /** All items of a list, in as many requests as needed. `key` is their key in the answer, `filters` the query. */
  async all<T>(
    item: JsonReader<T>,
    path: string,
    key: string,
    filters: Readonly<Record<string, string>> = {},
  ): Promise<readonly T[]> {
    const page = record({ total: number, [key]: listOf(item) });
    const items: T[] = [];
    for (;;) {
      const query = new URLSearchParams({ ...filters, limit: String(PAGE), offset: String(items.length) });
      const { total, [key]: found } = await this.ask(page, `${path}?${query}`, 'GET', path);
      const more = listOf(item)(found) ?? [];
      items.push(...more);
      if (more.length < PAGE || items.length >= Number(total)) return items;
    }
  }
}

const REMEDY = 'start one with `labcm run`, or say where it is by --api or -c';

const refusalOf = (url: string, { status }: Response, body: unknown, about: string): CommandFailure | RefusedBody => {
  const refused = refusal(body);
  if (refused === undefined) return new CannotAsk(url, `status ${status}`, 'the API of a labcm daemon', REMEDY);
  const { code, message, faults } = refused.error;
  const [first] = faults ?? [];
  if (first !== undefined && ARGUMENTS.has(code)) return new OptionFailure(first.key, first.found, first.wanted);
  if (first !== undefined) return new RefusedBody(about, faults ?? []);
  return new ApiRefusal(about, code, message);
};

/** A client for the daemon that `--api` or the configuration names, else for the default address. */
export const apiClient = async (environment: CliEnvironment, { api, config }: ApiArguments): Promise<ApiClient> => {
  const token = environment.variables.LABCM_API_TOKEN;
  if (api !== undefined && !URL.canParse(api))
    throw new OptionFailure('--api', JSON.stringify(api), 'an address such as http://127.0.0.1:8088');
  if (config === undefined) return new ApiClient(environment, api ?? DEFAULT_API, token);
  const { readConfig } = await import('../daemon/read-config.js');
  const settings = (await readConfig(config)).http.api;
  return new ApiClient(environment, api ?? apiAddress(settings), token ?? settings.token);
};

/** Where a client on this machine finds the API of these settings. */
export const apiAddress = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;

const reasonOf = (error: unknown, within: number): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing within ${within / 1000} s`;
  const cause = error.cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code === 'ECONNREFUSED' ? 'connection refused' : (code ?? error.message);
};
