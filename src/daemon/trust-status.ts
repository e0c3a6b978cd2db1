// What `labcm trust list` and `labcm trust roll` know of a cluster's lists: read from `state/trust`, whether the daemon runs or not.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config/index.js';
import type { WallTime } from '../core/time.js';
import { isThere, readOctets } from '../net/files/secret-files.js';
import { isRollbackList, LIST_NAMES } from '../security/held-lists.js';
import { holdsItl } from '../security/list-models.js';
import { functionName, readTrustListFile } from '../security/trust-list.js';
import {
  ROLLED_ROLES,
  type RolledRole,
  type RollRefusal,
  type RollState,
  rollStateOf,
  takeRollStep,
} from './key-rolls.js';
import { TakenLists } from './taken-lists.js';
import { trustDirectory } from './trust-directory.js';

/** A phone, and whether it has the present list. */
export interface ListHolder {
  readonly device: string;
  /** `older`: it has fetched another list of this cluster. */
  readonly has: 'present' | 'older' | 'none';
}

/** The identity trust list as it was served last, and who has it. */
export interface TrustStatus {
  readonly directory: string;
  /** SHA-1, in hexadecimal, as phones show it. */
  readonly fingerprint: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly signer: string;
  readonly functions: readonly string[];
  readonly isRollback: boolean;
  /** Configured phones of models that hold such a list, and others that have fetched one. */
  readonly holders: readonly ListHolder[];
  readonly rolls: Readonly<Record<RolledRole, RollState>>;
}

/** Reads the state. `undefined`: no list was ever served. Throws a `ProtocolError` if the list that is kept is damaged. */
export const readTrustStatus = (config: Pick<Config, 'state' | 'devices'>): TrustStatus | undefined => {
  const directory = trustDirectory(config);
  const bytes = readOctets(join(directory, LIST_NAMES.ITL));
  if (bytes === undefined) return undefined;
  const list = readTrustListFile(bytes);
  const fingerprint = createHash('sha1').update(bytes).digest('hex');
  return {
    directory,
    fingerprint,
    timestamp: list.container.timestamp ?? 0,
    signer: list.container.signer.name,
    functions: list.records.map((record) => functionName(record.function)),
    isRollback: isRollbackList(list),
    holders: holdersOf(config, directory, fingerprint),
    rolls: Object.fromEntries(ROLLED_ROLES.map((role) => [role, rollStateOf(directory, role)])) as TrustStatus['rolls'],
  };
};

const holdersOf = (
  { devices }: Pick<Config, 'devices'>,
  directory: string,
  fingerprint: string,
): readonly ListHolder[] => {
  const taken = new TakenLists(directory);
  const configured = devices.flatMap(({ name, model }) => (holdsItl(model.name) ? [name] : []));
  const known = new Set(configured.map((name) => name.toUpperCase()));
  const others = [...taken.all()].flatMap(({ device, kind }) =>
    kind === 'ITL' && !known.has(device.toUpperCase()) ? [device] : [],
  );
  return [...configured, ...others].map((device): ListHolder => {
    const held = taken.find('ITL', device);
    if (held === undefined) return { device, has: 'none' };
    return { device, has: held.fingerprint === fingerprint ? 'present' : 'older' };
  });
};

/** Takes the next step to a new key. Returns how far it is then, or why nothing was done. */
export const rollKey = (
  config: Pick<Config, 'state' | 'devices' | 'self' | 'cluster' | 'security'>,
  status: TrustStatus,
  { role, now, isForced }: { readonly role: RolledRole; readonly now: WallTime; readonly isForced: boolean },
): { readonly state: RollState } | RollRefusal =>
  takeRollStep({
    directory: status.directory,
    role,
    now,
    isForced,
    facts: {
      node: config.self.name,
      cluster: config.cluster,
      alternatives: [...new Set([config.self.address, '127.0.0.1', 'localhost'])],
      hash: config.security.certificateHash,
    },
    missing: status.holders.filter(({ has }) => has !== 'present').map(({ device }) => device),
  });

/** Whether the daemon has made keys of its own for a role. */
export const isSelfMade = (config: Pick<Config, 'state' | 'security'>, role: RolledRole): boolean =>
  config.security.certificates[role] === undefined && isThere(join(trustDirectory(config), `${role}-key.pem`));
