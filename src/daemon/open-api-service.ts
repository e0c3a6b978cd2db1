import type { Config } from '../config/index.js';
import { type ApiSources, openApi } from '../http/index.js';
import { type DaemonService, openListener } from './service.js';

/** Opens the API as a service of the daemon. Rejects with a `BindError`. */
export const openApiService = async (config: Config, sources: ApiSources): Promise<DaemonService> => {
  const { address, port, token, hosts, limits } = config.http.api;
  const server = await openListener(`API on ${address}:${port}/tcp`, () =>
    openApi(sources, { address, port, hosts, limits, ...(token === undefined ? {} : { token }) }),
  );
  return {
    listeners: [{ service: 'API', transport: 'tcp', ...server.local }],
    apply: () => {},
    close: () => server.close(),
  };
};
