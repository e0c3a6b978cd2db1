// The HTTP API on Hono: checks who may use it, reports refusals, and runs the server below it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { PerSecondBudget } from '../../core/rate-limit.js';
import { type OpenHttpServer, openBounded, peerOf } from '../bounded-server.js';
import { API_LIMITS, type HttpLimits, TRACED_PER_SECOND } from '../settings.js';
import { traceBudgetOf } from '../trace-budget.js';
import { Page } from '../web/page.js';
import { AskedFiles } from './asked-files.js';
import { CommandRuns } from './command-runs.js';
import { DeviceChanges } from './device-changes.js';
import { WriteGate } from './device-write-routes.js';
import { EventFeed, type FeedLimits } from './event-feed.js';
import { FleetChanges } from './fleet-changes.js';
import { changeAccess, createGuard, type GuardSettings, tokenCheck } from './guard.js';
import { History } from './history.js';
import { LogFeed } from './log-feed.js';
import { MessageStreams } from './message-streams.js';
import { MetricsCollector } from './metrics-collector.js';
import { PcapStreams } from './pcap-route.js';
import type { ApiSources } from './ports.js';
import { queryFault } from './query.js';
import { Revisions } from './revisions.js';
import { type ApiCall, failure, type RouteContext } from './route.js';
import { ROUTES } from './routes.js';
import { Sessions } from './session.js';
import type { BatchLimits } from './stream-readers.js';
import { Turns } from './turns.js';

/** How the API is opened. */
export interface ApiOptions extends Omit<GuardSettings, 'token' | 'hosts' | 'sessions'> {
  /** 0: any free port. */
  readonly port: number;
  /** Clients must send it for what changes state; needed where the API listens beyond loopback. */
  readonly token?: string;
  readonly hosts?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  readonly feed?: Partial<FeedLimits>;
  /** How many may follow packets at once, and how many may read messages. */
  readonly followers?: number;
  /** Of the streams that are sent in batches. */
  readonly batches?: BatchLimits;
}

/** Opens the API for the daemon that `sources` shows. Rejects with a `BindError`. */
export const openApi = async (sources: ApiSources, options: ApiOptions): Promise<OpenHttpServer> => {
  const { clock, bus } = sources;
  const { address, port, token } = options;
  const limits = { ...API_LIMITS, ...options.limits };
  const turns = new Turns();
  const fleet = new FleetChanges(sources, options.batches);
  const collector = new MetricsCollector(bus, sources.devices, clock);
  const context: RouteContext = {
    sources,
    fleet,
    log: new LogFeed(sources, options.batches),
    access: changeAccess({ address, token, sessions: token === undefined ? undefined : new Sessions(token, clock) }),
    collector,
    feed: new EventFeed(bus, clock, sources.eventOwners, options.feed),
    pcap: new PcapStreams(sources.captures, clock, options.followers),
    document: documentOf(sources),
    revisions: new Revisions(clock.wallTime(sources.startedAt)),
    messages: new MessageStreams(sources.messages, clock, options.followers),
    deviceChanges: new DeviceChanges(sources, options.batches),
    history: new History({
      clock,
      counts: () => [...collector.counts(), ...sources.metrics()],
      histograms: collector.histogramsByName,
      sampled: (sample) => fleet.sendSample(sample),
    }),
    files: new AskedFiles(sources),
    commands: new CommandRuns(sources),
    gate: new WriteGate(),
    turns,
    hasToken: tokenCheck({ token: options.token }),
  };
  const close = (): void => {
    context.feed.close();
    context.commands.close();
    context.history.close();
    context.collector.close();
    const { pcap, messages, fleet, log, deviceChanges } = context;
    for (const stream of [pcap, messages, fleet, log, deviceChanges]) stream.close();
  };
  const traceBudget = traceBudgetOf('API', TRACED_PER_SECOND, bus);
  const listener = getRequestListener(routesFor(context, options, traceBudget).fetch, { overrideGlobalObjects: false });
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    turns.add(() => {
      if (!response.destroyed) void listener(request, response);
    });
  try {
    const bounded = await openBounded(answer, {
      service: 'API',
      address,
      port,
      limits,
      clock,
      bus,
      traceBudget: traceBudget,
    });
    return {
      local: bounded.local,
      get connections() {
        return bounded.connections;
      },
      close: () => {
        close();
        return bounded.close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
};

/** Makes the function that makes `/api/openapi.json` when it is asked for first. */
const documentOf = ({ version, deviceSchema }: ApiSources): RouteContext['document'] => {
  let made: Promise<object> | undefined;
  const make = async (): Promise<object> => {
    const { apiDocument } = await import('./openapi/document.js');
    return apiDocument(ROUTES, version, await deviceSchema());
  };
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined; // the next one tries again
      throw error;
    });
    return made;
  };
};

/** Health checks of containers ask by any host name and without a token; the answers show nothing confidential. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(ROUTES.filter(({ isOpen }) => isOpen).map(({ path }) => path));

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

const routesFor = (
  context: RouteContext,
  options: ApiOptions,
  traceBudget: PerSecondBudget,
): Hono<{ Bindings: HttpBindings }> => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { clock, bus } = context.sources;
  const { sessions } = context.access;
  const admit = createGuard({ address: options.address, token: options.token, hosts: options.hosts ?? [], sessions });
  const page = new Page(context.sources.page);
  app.use(async (call, next) => {
    const { method, path } = call.req;
    if (!isReading(method) || !page.has(path)) return next();
    const header = (name: string): string | undefined => call.req.header(name);
    const denied = admit({ method, header, isPageFile: true });
    if (denied !== undefined) {
      reportRefusal(call, denied.status, denied.message);
      return failure(call, denied.code, denied.message, denied.status);
    }
    const { status, body, headers } = page.answer(path, header('if-none-match'));
    const isBare = method === 'HEAD' || body === null || status === 304;
    return isBare ? call.body(null, status, headers) : call.body(body, status, headers);
  });
  const reportRefusal = (call: ApiCall, status: number, reason: string): void => {
    const at = clock.now();
    if (!traceBudget.take(at)) return;
    const { method, path } = call.req;
    const { address } = peerOf(call.env.incoming.socket);
    bus.publish({ type: 'http.api-refused', at, address, method, path, status, reason });
  };
  /** The answer to a request that is not allowed, as one of `method`; `undefined`: it is allowed. */
  const refusalOf = (call: ApiCall, method: string): Response | undefined => {
    const denied = admit({ method, header: (name) => call.req.header(name) });
    if (denied === undefined) return undefined;
    const { status, code, message } = denied;
    reportRefusal(call, status, message);
    if (status === 401) call.header('WWW-Authenticate', 'Bearer');
    return failure(call, code, message, status);
  };
  app.use(async (call, next) => {
    const { method, path } = call.req;
    const refusal = OPEN_TO_ALL.has(path) ? undefined : refusalOf(call, method);
    if (refusal !== undefined) return refusal;
    // Before the answer: some are sent without waiting for what comes after.
    call.env.outgoing.setHeader('Cache-Control', 'no-store');
    call.env.outgoing.setHeader('X-Content-Type-Options', 'nosniff');
    await next();
    return undefined;
  });
  for (const { method, path, query, isGuarded, answer } of ROUTES) {
    app.on(method, path, (call) => {
      const refusal = isGuarded === true ? refusalOf(call, 'POST') : undefined;
      if (refusal !== undefined) return refusal;
      const fault = query === undefined ? undefined : queryFault(call.req.query(), query);
      return fault === undefined ? answer(call, context) : failure(call, 'query', fault);
    });
  }
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    app.all(path, (call) => {
      const allowed = ROUTES.filter((route) => route.path === path).map((route) => route.method);
      call.header('Allow', allowed.join(', '));
      return failure(call, 'method', `${path} is for ${allowed.join(' and ')}`);
    });
  }
  app.notFound((call) => failure(call, 'no-such-path', `there is no ${call.req.path} here`));
  app.onError((error, call) => {
    reportRefusal(call, 500, error.message);
    return failure(call, 'internal', 'this server could not answer');
  });
  return app;
};
