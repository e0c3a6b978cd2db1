// The keys and certificates of a secure cluster on disk: `state/trust/` (`docs/protocols/secure.md` §1.4). A key that phones know is
// never replaced by another without being told to: they would refuse everything that the new one signs.

import { join } from 'node:path';
import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import { dateOf, type WallTime } from '../core/time.js';
import { isThere, looseModeOf, makeSecretDirectory, readSecret, writeSecret } from '../net/files/secret-files.js';
import { faultOfIdentity } from '../security/certificate.js';
import {
  IDENTITY_ROLES,
  type Identities,
  type Identity,
  type IdentityRole,
  identityOf,
  makeIdentity,
} from '../security/identity.js';
import { type ReadCertificate, readCertificate } from '../security/read-certificate.js';

/** The keys that are made at the first start. The signer of lists comes first: see `faultsOfRemains`. */
const ROLES = ['itlrecovery', 'callmanager', 'capf', 'tvs'] as const satisfies readonly IdentityRole[];

/** The file that says which certificates belong together. */
export const GENERATION = 'generation.json';

/** The directory of keys, certificates and lists. */
export const trustDirectory = (config: Pick<Config, 'state'>): string => join(config.state.directory, 'trust');

/** Which keys belong together: they were made at one time, and phones hold a list of them. */
interface Generation {
  readonly schema: 'labcm-trust/1';
  /** ISO 8601. */
  readonly made: string;
  /** SHA-256 of each certificate, in hexadecimal. */
  readonly certificates: Readonly<Record<string, string>>;
}

/** What `openTrustDirectory` found or made. */
export interface OpenedTrust {
  readonly directory: string;
  readonly identities: Identities;
  /** Whether the keys were made just now: no phone knows them yet. */
  readonly isNew: boolean;
  /** Keys that others than their owner may read: their paths with their modes. */
  readonly loose: readonly { readonly path: string; readonly mode: string }[];
}

/**
 * Reads the identities of the cluster, or makes them at the first start. Throws a `ConfigError` if some are missing or are not those
 * that there were, and if the owner's own cannot be used. Throws a `NodeJS.ErrnoException` if nothing can be written.
 */
export const openTrustDirectory = (
  config: Pick<Config, 'state' | 'security' | 'secureMode' | 'self' | 'cluster' | 'file'>,
  now: WallTime,
): OpenedTrust => {
  const directory = trustDirectory(config);
  makeSecretDirectory(directory);
  const kept = readGeneration(directory);
  const found = new Map<IdentityRole, Identity>();
  const faults: ConfigurationProblem[] = [];
  const wanted: readonly IdentityRole[] = config.secureMode.https === undefined ? ROLES : [...ROLES, 'callmanager-ec'];
  for (const role of wanted) {
    const own = config.security.certificates[role];
    const read = own === undefined ? keptIdentity(directory, role, kept) : ownIdentity(config.file, role, own, now);
    if (read === undefined) continue;
    if ('faults' in read) faults.push(...read.faults);
    else found.set(role, read);
  }
  if (kept === undefined) faults.push(...faultsOfRemains(directory, found, config));
  if (faults.length > 0) throw new ConfigError(faults);
  const isNew = kept === undefined;
  for (const role of wanted) {
    if (found.has(role)) continue;
    const { address, name: node } = config.self;
    const alternatives = [...new Set([address, '127.0.0.1', 'localhost'])];
    // No phone that needs SHA-1 gets files over HTTPS.
    const hash = role === 'callmanager-ec' ? 'sha256' : config.security.certificateHash;
    const made = makeIdentity(role, { node, cluster: config.cluster, alternatives, now, hash });
    writeSecret(keyPath(directory, role), keyText(role, made.key));
    writeSecret(certificatePath(directory, role), made.certificate, true);
    found.set(role, made);
  }
  const selfMade = [...found].filter(([role]) => config.security.certificates[role] === undefined);
  const certificates = Object.fromEntries(selfMade.map(([role, { read }]) => [role, read.fingerprint]));
  const missing = selfMade.some(([role]) => kept?.certificates[role] === undefined);
  if (missing) {
    writeGeneration(directory, {
      schema: 'labcm-trust/1',
      made: kept?.made ?? dateOf(now).toISOString(),
      certificates: { ...kept?.certificates, ...certificates },
    });
  }
  return {
    directory,
    identities: Object.fromEntries(found) as unknown as Identities,
    isNew,
    loose: looseKeys(directory),
  };
};

/** The path of the key of a role in `state/trust`. */
export const keyPath = (directory: string, role: IdentityRole): string => join(directory, `${role}-key.pem`);

/** The path of the certificate of a role in `state/trust`. */
export const certificatePath = (directory: string, role: IdentityRole): string => join(directory, `${role}.pem`);

/** The file of a key. PEM readers skip what stands before the first line of dashes. */
export const keyText = (role: IdentityRole, key: string): string =>
  role === 'itlrecovery'
    ? `Keep a copy of this key. Without it no phone that holds a list of this cluster can be moved but by hand.\n${key}`
    : key;

const readGeneration = (directory: string): Generation | undefined => {
  const path = join(directory, GENERATION);
  if (!isThere(path)) return undefined;
  try {
    const read = JSON.parse(readSecret(path) ?? '') as Partial<Generation>;
    if (typeof read.made === 'string' && typeof read.certificates === 'object') return read as Generation;
  } catch {
    // The same as a file with another content.
  }
  throw new ConfigError([
    { file: path, key: 'security', found: 'a file that cannot be read', wanted: `what labcm wrote there; ${REMEDY}` },
  ]);
};

/** Notes that this certificate is in use for a role from now on. Throws a `NodeJS.ErrnoException`. */
export const noteCertificate = (directory: string, role: IdentityRole, fingerprint: string): void => {
  const kept = readGeneration(directory);
  if (kept !== undefined)
    writeGeneration(directory, { ...kept, certificates: { ...kept.certificates, [role]: fingerprint } });
};

const writeGeneration = (directory: string, generation: Generation): void =>
  writeSecret(join(directory, GENERATION), `${JSON.stringify(generation, undefined, 1)}\n`);

const REMEDY =
  'restore the directory from a copy. To begin with new keys, after every phone was freed by `security.itl: rollback` or by hand (`labcm itl erase-steps MODEL`), move it away';

type Faults = { readonly faults: readonly ConfigurationProblem[] };

/** What is kept of a role. `undefined`: nothing, and there never was. */
const keptIdentity = (
  directory: string,
  role: IdentityRole,
  kept: Generation | undefined,
): Identity | Faults | undefined => {
  const fingerprint = kept?.certificates[role];
  const [path, certificate, key] = [
    keyPath(directory, role),
    readSecret(certificatePath(directory, role)),
    readSecret(keyPath(directory, role)),
  ];
  if (certificate === undefined || key === undefined) {
    const lacking = key === undefined ? path : certificatePath(directory, role);
    // Without a generation what is not there was never made: the start was cut off in between.
    return fingerprint === undefined && !isThere(lacking)
      ? undefined
      : { faults: [faultOfKept(lacking, isThere(lacking) ? 'a file that cannot be read' : 'nothing')] };
  }
  const identity = readIdentity(role, { certificate, key });
  if (typeof identity === 'string') return { faults: [faultOfKept(path, identity)] };
  return fingerprint === undefined || identity.read.fingerprint === fingerprint
    ? identity
    : { faults: [faultOfKept(certificatePath(directory, role), 'another certificate than phones were given')] };
};

const faultOfKept = (file: string, found: string): ConfigurationProblem => ({
  file,
  key: 'security',
  found,
  wanted: `what labcm made there, since phones refuse what another key signs; ${REMEDY}`,
});

/** What is wrong with an identity whatever the time: an expired certificate of a list still verifies it. */
const readIdentity = (role: IdentityRole, pem: { readonly certificate: string; readonly key: string }) => {
  try {
    const identity = identityOf(role, pem);
    const fault = faultOfIdentity(pem, identity.read.notBefore);
    return fault ?? identity;
  } catch (error) {
    return `something else (${error instanceof Error ? error.message : String(error)})`;
  }
};

const ownIdentity = (
  file: string,
  role: IdentityRole,
  own: { readonly certificate: string; readonly key: string },
  now: WallTime,
): Identity | Faults => {
  const [certificate, key] = [readSecret(own.certificate), readSecret(own.key)];
  const at = `security.certificates.${role}`;
  if (certificate === undefined || key === undefined) {
    const lacking = certificate === undefined ? own.certificate : own.key;
    const wanted = 'a PEM file that this daemon may read';
    return { faults: [{ file: lacking, key: at, found: 'nothing that can be read', wanted }] };
  }
  const identity = readIdentity(role, { certificate, key });
  const fault =
    typeof identity === 'string' ? identity : (faultOfIdentity({ certificate, key }, now) ?? unfit(role, identity));
  if (fault !== undefined)
    return { faults: [{ file, key: at, found: fault, wanted: `a certificate in force for ${own.key}` }] };
  return identity as Identity;
};

/** Phones verify lists and files with RSA keys of at most 2048 bits (`docs/protocols/secure.md` §1.2). */
const unfit = (role: IdentityRole, { read }: Identity): string | undefined => {
  if (role !== 'itlrecovery' && role !== 'callmanager') return undefined;
  if (read.modulusBits === undefined) return 'a key that is not RSA, which signs no list';
  return [512, 1024, 2048, 4096].includes(read.modulusBits) ? undefined : `an RSA key of ${read.modulusBits} bits`;
};

/**
 * Keys without a `generation.json` are adopted: the first start was cut off, or only that file is lost. But if there are other keys
 * and the signer of lists is not among them, which is made first, somebody lost it.
 */
const faultsOfRemains = (
  directory: string,
  found: ReadonlyMap<IdentityRole, Identity>,
  config: Pick<Config, 'security'>,
): readonly ConfigurationProblem[] => {
  const others = ROLES.some((role) => found.has(role) && config.security.certificates[role] === undefined);
  return others && !found.has('itlrecovery') ? [faultOfKept(keyPath(directory, 'itlrecovery'), 'nothing')] : [];
};

/** The keys that others than their owner may read. */
export const looseKeys = (directory: string): OpenedTrust['loose'] =>
  ([...ROLES, 'callmanager-ec'] as const).flatMap((role) => {
    const path = keyPath(directory, role);
    const mode = looseModeOf(path);
    return mode === undefined ? [] : [{ path, mode }];
  });

/** The certificates that are kept, by role. Those that cannot be read are left out. */
export const keptCertificates = (
  directory: string,
): readonly { readonly role: IdentityRole; readonly read: ReadCertificate }[] =>
  IDENTITY_ROLES.flatMap((role) => {
    const pem = readSecret(certificatePath(directory, role));
    try {
      return pem === undefined ? [] : [{ role, read: readCertificate(pem) }];
    } catch {
      return [];
    }
  });
