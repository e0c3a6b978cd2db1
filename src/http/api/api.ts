// The HTTP API on Hono: checks who may use it, reports refusals, and runs the server below it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { PerSecondBudget } from '../../core/rate-limit.js';
import { type OpenHttpServer, openBounded, peerOf } from '../bounded-server.js';
import { API_LIMITS, type HttpLimits, TRACED_PER_SECOND } from '../settings.js';
import { traceBudgetOf } from '../trace-budget.js';
import { EventFeed, type FeedLimits } from './event-feed.js';
import { createGuard, type GuardSettings } from './guard.js';
import { MetricsCollector } from './metrics-collector.js';
import type { ApiSources } from './ports.js';
import { queryFault } from './query.js';
import { type ApiCall, failure, type RouteContext } from './route.js';
import { ROUTES } from './routes.js';

/** How the API is opened. */
export interface ApiOptions extends Omit<GuardSettings, 'token' | 'hosts'> {
  /** 0: any free port. */
  readonly port: number;
  /** Clients must send it for what changes state; needed where the API listens beyond loopback. */
  readonly token?: string;
  readonly hosts?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  readonly feed?: Partial<FeedLimits>;
}

/** Opens the API for the daemon that `sources` shows. Rejects with a `BindError`. */
export const openApi = async (sources: ApiSources, options: ApiOptions): Promise<OpenHttpServer> => {
  const { clock, bus } = sources;
  const { address, port } = options;
  const limits = { ...API_LIMITS, ...options.limits };
  const context: RouteContext = {
    sources,
    collector: new MetricsCollector(bus, sources.devices, clock),
    feed: new EventFeed(bus, clock, sources.eventOwners, options.feed),
  };
  const close = (): void => {
    context.feed.close();
    context.collector.close();
  };
  const traceBudget = traceBudgetOf('API', TRACED_PER_SECOND, bus);
  const listener = getRequestListener(routesFor(context, options, traceBudget).fetch, { overrideGlobalObjects: false });
  const turns = new Turns();
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

/**
 * Handles one request per turn of the event loop: each may look at every device, and phones must be served in between.
 * At most `MAX_PENDING` requests of each connection wait here.
 */
class Turns {
  readonly #waiting: (() => void)[] = [];

  add(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(() => this.#next());
  }

  #next(): void {
    this.#waiting[0]?.();
    this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
  }
}

/** Health checks of containers ask it by any host name and without a token; it shows nothing confidential. */
const OPEN_TO_ALL = '/healthz';

const routesFor = (
  context: RouteContext,
  options: ApiOptions,
  traceBudget: PerSecondBudget,
): Hono<{ Bindings: HttpBindings }> => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { clock, bus } = context.sources;
  const admit = createGuard({ address: options.address, token: options.token, hosts: options.hosts ?? [] });
  const reportRefusal = (call: ApiCall, status: number, reason: string): void => {
    const at = clock.now();
    if (!traceBudget.take(at)) return;
    const { method, path } = call.req;
    const { address } = peerOf(call.env.incoming.socket);
    bus.publish({ type: 'http.api-refused', at, address, method, path, status, reason });
  };
  app.use(async (call, next) => {
    const { method, path } = call.req;
    const denied = path === OPEN_TO_ALL ? undefined : admit({ method, header: (name) => call.req.header(name) });
    if (denied === undefined) {
      await next();
      call.header('Cache-Control', 'no-store');
      call.header('X-Content-Type-Options', 'nosniff');
      return undefined;
    }
    const { status, code, message } = denied;
    reportRefusal(call, status, message);
    if (status === 401) call.header('WWW-Authenticate', 'Bearer');
    return failure(call, status, code, message);
  });
  for (const { method, path, query, answer } of ROUTES) {
    app.on(method, path, (call) => {
      const fault = query === undefined ? undefined : queryFault(call.req.query(), query);
      return fault === undefined ? answer(call, context) : failure(call, 400, 'query', fault);
    });
  }
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    app.all(path, (call) => {
      const allowed = ROUTES.filter((route) => route.path === path).map((route) => route.method);
      call.header('Allow', allowed.join(', '));
      return failure(call, 405, 'method', `${path} is for ${allowed.join(' and ')}`);
    });
  }
  app.notFound((call) => failure(call, 404, 'no-such-path', `there is no ${call.req.path} here`));
  app.onError((error, call) => {
    reportRefusal(call, 500, error.message);
    return failure(call, 500, 'internal', 'this server could not answer');
  });
  return app;
};
