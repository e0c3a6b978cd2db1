// The HTTP API on Hono: who is let in, what is told of those who are not, and the server under it.

import { createServer, type Server, type ServerOptions } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import {
  HTTP_LIMITS,
  type HttpLimits,
  type OpenHttpServer,
  openBounded,
  peerOf,
  serverOptions,
} from '../bounded-server.js';
import { Counts } from './counts.js';
import { EventFeed, type FeedLimits } from './event-feed.js';
import { createGuard, type GuardSettings } from './guard.js';
import { type Call, failure, type Parts, ROUTES } from './routes.js';
import type { ApiSources } from './sources.js';

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
  const { clock, journal } = sources;
  const { address, port } = options;
  const limits = { ...API_LIMITS, ...options.limits };
  const parts: Parts = {
    sources,
    counts: new Counts(journal, sources.devices),
    feed: new EventFeed(journal, clock, options.feed),
  };
  const close = (): void => {
    parts.feed.close();
    parts.counts.close();
  };
  const server = createAdaptorServer({
    fetch: routesFor(parts, options).fetch,
    overrideGlobalObjects: false,
    createServer: ((_: ServerOptions, listener: Parameters<typeof createServer>[1]) =>
      createServer(serverOptions(limits), listener)) as typeof createServer,
  }) as Server;
  try {
    const bounded = await openBounded(server, { service: 'API', address, port, limits, clock, journal });
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

const API_LIMITS: HttpLimits = { ...HTTP_LIMITS, connections: 512, connectionsPerSource: 128 };

/** Asked by what watches over containers, by whatever name; it tells nothing that is worth hiding. */
const OPEN_TO_ALL = '/healthz';

const routesFor = (parts: Parts, options: ApiOptions): Hono<{ Bindings: HttpBindings }> => {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { clock, journal } = parts.sources;
  const admit = createGuard({ address: options.address, token: options.token, hosts: options.hosts ?? [] });
  const tellRefusal = (call: Call, status: number, reason: string): void => {
    const { method, path } = call.req;
    const { address } = peerOf(call.env.incoming.socket);
    journal.publish({ type: 'http.api-refused', at: clock.now(), address, method, path, status, reason });
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
  for (const { method, path, answer } of ROUTES) app.on(method, path, (call) => answer(call, parts));
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
