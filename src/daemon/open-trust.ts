import type { Config } from '../config/index.js';
import { requesterOfFile } from '../devices/index.js';
import { LIST_NAMES } from '../security/held-lists.js';
import { type ClusterTrust, openClusterTrust, remarkWithoutLists } from './cluster-trust.js';
import { countedCertificates } from './counted-certificates.js';
import { encryptedFiles } from './encrypted-config.js';
import type { DaemonEnvironment } from './environment.js';
import { listRequest, TakenLists } from './taken-lists.js';

/** The lists that are served, and the keys behind them. */
export interface TrustService {
  readonly trust: ClusterTrust;
  close(): void;
}

/**
 * Gives phones the trust lists and signed files that the configuration asks for, and notes who has taken them. Returns `undefined` if it
 * asks for none. Throws a `ConfigError`; see `openClusterTrust`.
 */
export const openTrustService = (
  config: Config,
  environment: DaemonEnvironment,
  warn: ((line: string) => void) | undefined,
): TrustService | undefined => {
  if (config.security.itl === 'off') {
    const remark = remarkWithoutLists(config);
    if (remark !== undefined) warn?.(remark);
    return undefined;
  }
  const { clock, bus, catalogue, degradations, capf } = environment;
  const trust = openClusterTrust(config, clock.wallTime(clock.now()), config.secureMode.mode === 'mixed');
  for (const remark of trust.remarks) warn?.(remark);
  for (const { kind, bytes, fingerprint, signer, functions, isChanged } of trust.lists)
    if (isChanged)
      bus.publish({
        ...{ type: 'file.trust-list-made', at: clock.now(), file: LIST_NAMES[kind] },
        ...{ octets: bytes.length, fingerprint, signer, functions },
      });
  // Phones that took the empty list ask for plain files.
  const counted = countedCertificates(config, () => clock.wallTime(clock.now()));
  const encrypted =
    config.security.itl === 'on'
      ? encryptedFiles({
          named: trust.recipients,
          issued: (device) => capf?.certificateOf(device),
          shown: (device) => counted(capf?.factory.of(device)),
          encrypt: (name, plain, recipient) => trust.encrypt(name, plain, recipient),
        })
      : undefined;
  catalogue.secure({
    list: (list) => trust.list(list),
    sign: (name, plain) => trust.sign(name, plain),
    ...(encrypted === undefined ? {} : { encrypted }),
  });
  const taken = new TakenLists(trust.directory, degradations);
  noteTaken(trust, taken, environment);
  return { trust, close: () => taken.close() };
};

/** Notes each list that a phone fetched as a whole. */
const noteTaken = (trust: ClusterTrust, taken: TakenLists, { bus, database }: DaemonEnvironment): void => {
  const fetched = (event: {
    readonly at: Parameters<typeof requesterOfFile>[1]['at'];
    readonly file: string;
    readonly asked?: string;
    readonly device?: string;
    readonly context: Parameters<typeof requesterOfFile>[1]['from'];
    readonly octets: number;
  }): void => {
    const { at, asked = event.file, device, context: from } = event;
    const request = listRequest(asked);
    const list = trust.lists.find(({ kind }) => kind === request?.kind);
    // The owner's own list in `tftp.root` goes before ours.
    if (request === undefined || list === undefined || event.octets !== list.bytes.length) return;
    const configured = requesterOfFile(database, { device, file: asked, from, at })?.configured.name;
    const entry = { device: configured ?? request.device, kind: list.kind, fingerprint: list.fingerprint };
    if (taken.remember(entry, configured !== undefined))
      bus.publish({
        ...{ type: 'file.trust-list-taken', at, device: entry.device },
        ...{ file: LIST_NAMES[list.kind], fingerprint: list.fingerprint },
      });
  };
  bus.on('tftp.completed', fetched);
  bus.on('http.file', (event) => {
    if (event.outcome === 'served') fetched(event);
  });
};
