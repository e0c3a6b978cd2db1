// The HTTP API on Hono: who is let in, what is told of those who are not, and the server under it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { PerSecondBudget } from '../../core/rate-limit.js';
import { type OpenHttpServer, openBounded, peerOf } from '../bounded-server.js';
import { API_LIMITS, type HttpLimits, TRACED_PER_SECOND } from '../settings.js';
import { requestRation } from '../untraced.js';
import { EventFeed, type FeedLimits } from './event-feed.js';
import { createGuard, type GuardSettings } from './guard.js';
import { Counts } from './metrics-collector.js';
import type { ApiSources } from './ports.js';
import { queryFault } from './query.js';
import { type Call, failure, type Parts, ROUTES } from './routes.js';

export interface ApiOptions extends Omit<GuardSettings, 'token' | 'hosts'> {
  /** 0: any free port. */
  readonly port: number;
  /** For what changes state; needed where the API is bound beyond loopback. */
  readonly token?: string;
  readonly hosts?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  readonly feed?: FeedLimits;
}

/** Rejects with a `BindError`. */
export const openApi = async (sources: ApiSources, options: ApiOptions): Promise<OpenHttpServer> => {
  const { clock, bus } = sources;
  const { address, port } = options;
  const limits = { ...API_LIMITS, ...options.limits };
  const parts: Parts = {
    sources,
    counts: new Counts(bus, sources.devices),
    feed: new EventFeed(bus, clock, options.feed),
  };
  const close = (): void => {
    parts.feed.close();
    parts.counts.close();
  };
  const ration = requestRation('API', TRACED_PER_SECOND, bus);
  const listener = getRequestListener(routesFor(parts, options, ration).fetch, { overrideGlobalObjects: false });
  const turns = new Turns();
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    turns.add(() => {
      if (!response.destroyed) void listener(request, response);
    });
  try {
    const bounded = await openBounded(answer, { service: 'API', address, port, limits, clock, bus, ration });
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

/** One request a turn: each may look at every device, and phones are heard between. As many wait as may be in hand. */
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

/** Asked by what watches over containers, by whatever name; it tells nothing that is worth hiding. */
const OPEN_TO_ALL = '/healthz';

const routesFor = (parts: Parts, options: ApiOptions, ration: PerSecondBudget): Hono<{ Bindings: HttpBindings }> => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { clock, bus } = parts.sources;
  const admit = createGuard({ address: options.address, token: options.token, hosts: options.hosts ?? [] });
  const tellRefusal = (call: Call, status: number, reason: string): void => {
    const at = clock.now();
    if (!ration.take(at)) return;
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
    tellRefusal(call, status, message);
    if (status === 401) call.header('WWW-Authenticate', 'Bearer');
    return failure(call, status, code, message);
  });
  for (const { method, path, query, answer } of ROUTES) {
    app.on(method, path, (call) => {
      const fault = query === undefined ? undefined : queryFault(call.req.query(), query);
      return fault === undefined ? answer(call, parts) : failure(call, 400, 'query', fault);
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
    tellRefusal(call, 500, error.message);
    return failure(call, 500, 'internal', 'this server could not answer');
  });
  return app;
};
