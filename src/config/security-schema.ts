// The `security` section of the configuration (`docs/protocols/secure.md` §13.1): its keys, their kinds and defaults, and the
// rules over them.

import * as z from 'zod';
import { DEFAULT_SECURITY, type ItlMode, type SecuritySettings } from '../security/settings.js';
import { field, oneOf, text } from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';
import type { Sections } from './schema.js';
import { secureModeKeys } from './secure-mode-schema.js';

const path = () => text(4096, 1);

const ITL_MODES: ReadonlyMap<unknown, ItlMode> = new Map<unknown, ItlMode>([
  ['off', 'off'],
  [false, 'off'],
  ['on', 'on'],
  [true, 'on'],
  ['rollback', 'rollback'],
]);

const ownIdentity = z.strictObject({
  certificate: path().describe('A PEM file with the certificate.'),
  key: path().describe('A PEM file with its key.'),
});

const own = (role: string) => ownIdentity.optional().describe(`In place of the one that labcm makes ${role}.`);

/** The schema of the section. */
export const securitySchema = z.strictObject({
  ...secureModeKeys,
  itl: field<ItlMode, ItlMode | boolean>(
    'off, on or rollback',
    { enum: ['off', 'on', 'rollback', true, false] },
    (value) => ITL_MODES.get(value),
  )
    .default(DEFAULT_SECURITY.itl)
    .describe(
      '`on`: phones get an identity trust list and signed files. **A phone that took the list refuses other call managers until somebody erases it by hand**, or until it took the empty list of `rollback`.',
    ),
  digest: oneOf('sha1', 'sha512')
    .default(DEFAULT_SECURITY.digest)
    .describe('The hash under lists and signed files. `sha512` only if all phones take it.'),
  names: oneOf('cucm', 'certutils')
    .default(DEFAULT_SECURITY.names)
    .describe(
      'What stands between the parts of a name in lists: `;` as in those of CUCM, or `,` as in those of certutils.',
    ),
  certificateHash: oneOf('sha256', 'sha1')
    .default(DEFAULT_SECURITY.certificateHash)
    .describe(
      'The hash under the certificates that labcm makes from now on: its own, and those of phones. `sha1` for old phones that take no other. Certificates that there are stay; `labcm trust roll` makes new ones.',
    ),
  alternateTftp: z
    .array(path())
    .max(16)
    .default([])
    .describe(
      'PEM files with call manager certificates of other clusters: phones take files that they signed, too. They stand in the CTL of a mixed cluster, else in the ITL.',
    ),
  certificates: z
    .strictObject({
      itlrecovery: own('to sign lists'),
      callmanager: own('for the call manager, which signs files'),
      'callmanager-ec': own('for files over HTTPS'),
      capf: own('to issue certificates for phones'),
      tvs: own('to vouch for certificates'),
    })
    .prefault({})
    .describe('Keys and certificates of your own.'),
  nodeCertificates: z
    .record(z.string(), path())
    .default({})
    .describe('With several nodes: a PEM file with the call manager certificate of each other node, by its name.'),
  encryptedConfig: z
    .record(z.string(), path())
    .default({})
    .describe(
      'Devices whose configuration is encrypted, each with a PEM file of the certificate that its phone has: `SEP00270DC01C92: certificates/SEP00270DC01C92.pem`. For phones that have no certificate of this cluster’s CAPF: one that CAPF gave goes before. Its file is then not served in clear. Needs `itl: on`.',
    ),
});

/** The settings of trust lists. `resolved` makes a path absolute. */
export const securitySettings = (
  { security }: Pick<Sections, 'security'>,
  resolved: (written: string) => string,
): SecuritySettings => {
  const { certificates, nodeCertificates, encryptedConfig, alternateTftp, ...rest } = security;
  const { itl, digest, names, certificateHash } = rest;
  return {
    ...{ itl, digest, names, certificateHash },
    alternateTftp: alternateTftp.map(resolved),
    certificates: Object.fromEntries(
      Object.entries(certificates).flatMap(([role, identity]) =>
        identity === undefined
          ? []
          : [[role, { certificate: resolved(identity.certificate), key: resolved(identity.key) }]],
      ),
    ),
    nodeCertificates: resolvedPaths(nodeCertificates, resolved),
    encryptedConfig: resolvedPaths(encryptedConfig, resolved),
  };
};

const resolvedPaths = (
  paths: Readonly<Record<string, string>>,
  resolved: (written: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(paths).map(([name, written]) => [name, resolved(written)]));

/** Roles that all nodes must have alike. */
const SHARED_ROLES = ['itlrecovery', 'capf'] as const;

/** Rules over trust lists and nodes. */
export const SECURITY_CHECKS: readonly Check[] = [
  ({ security, phones, nodes = [], self }) => {
    if (security === undefined) return [];
    const names = nodes.map(({ name }) => name);
    const problems = Object.keys(security.nodeCertificates).flatMap((name): KeyProblem[] =>
      names.includes(name) && name !== self
        ? []
        : [[['security', 'nodeCertificates', name], 'a name that no other node has', 'one of `nodes`, and not `self`']],
    );
    if (security.itl !== 'on' && Object.keys(security.encryptedConfig).length > 0)
      problems.push([
        ['security', 'encryptedConfig'],
        `it with security.itl: ${security.itl}`,
        'security.itl: on, since a phone takes an encrypted file only from who is in its trust list',
      ]);
    if (security.itl !== 'on' && (phones?.encryptedConfig.length ?? 0) > 0)
      problems.push([
        ['phones', 'encryptedConfig'],
        `it with security.itl: ${security.itl}`,
        'security.itl: on, since a phone takes an encrypted file only from who is in its trust list',
      ]);
    if (security.itl === 'off' || names.length < 2) return problems;
    for (const role of SHARED_ROLES)
      if (security.certificates[role] === undefined)
        problems.push([
          ['security', 'certificates', role],
          'nothing',
          'a key and a certificate that all nodes have alike: a phone that fails over refuses a list of another signer',
        ]);
    for (const name of names)
      if (name !== self && security.nodeCertificates[name] === undefined)
        problems.push([
          ['security', 'nodeCertificates', name],
          'nothing',
          `the call manager certificate of ${name}: a phone that fails over refuses what its list does not name`,
        ]);
    return problems;
  },
];
