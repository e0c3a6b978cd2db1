import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config/index.js';
import type { DeviceRecord } from '../devices/index.js';
import { openManagement } from '../management/index.js';
import type { DaemonEnvironment } from './environment.js';
import { type DaemonService, openListener } from './service.js';
import { tlsIdentity } from './tls-identity.js';

/** Values of `webAccess` in the files of phones with which their web pages can be read: on, and read only. */
const WEB_PAGES: ReadonlySet<string | undefined> = new Set(['0', '2']);
const ID_OCTETS = 16;

/** Opens the management interface, which has an account. Rejects with a `BindError`. */
export const openManagementService = async (
  config: Config,
  { clock, bus, database }: DaemonEnvironment,
): Promise<DaemonService> => {
  let inForce = config;
  const { address, port, account, rates, users, limits, tls } = config.management;
  if (account === undefined || tls === undefined) throw new Error('the management interface has no account');
  const identity = tlsIdentity('management', tls, config, clock.wallTime(clock.now()));
  const server = await openListener(`Management on ${address}:${port}/tcp`, () =>
    openManagement(
      { address, port, account, rates, users, limits },
      { ...identity, minVersion: tls.minVersion },
      {
        ...{ clock, bus, devices: database },
        self: () => inForce.self,
        nodes: () => inForce.nodes,
        hasWebPages: ({ configured }: DeviceRecord) =>
          WEB_PAGES.has((configured.vendorConfig.webAccess ?? inForce.provisioning.vendorConfig.webAccess)?.trim()),
        pause: () => setImmediate(),
        randomId: () => randomBytes(ID_OCTETS).toString('base64url'),
      },
    ),
  );
  return {
    listeners: [{ service: 'Management', transport: 'tls', ...server.local }],
    apply: (fresh) => {
      inForce = fresh;
    },
    close: () => server.close(),
  };
};
