// Identities and lists for tests. Keys take a fraction of a second each, so each is made once, when it is first wanted.

import { wallTime } from '../../src/core/time.js';
import { type Identity, type IdentityRole, makeIdentity } from '../../src/security/identity.js';
import type { ListDigest } from '../../src/security/settings.js';
import { LIST_FUNCTION } from '../../src/security/trust-list.js';
import { writeContainer, writeRecord } from '../../src/security/write-container.js';
import { withKeysOfProcess } from '../support/key-stock.js';

export const NOW = wallTime(Date.UTC(2026, 0, 1));

const made = new Map<string, Identity>();

/** The identity of a role on a node of that name. */
export const identity = (role: IdentityRole, node = 'CM1'): Identity => {
  const key = `${role} ${node}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = withKeysOfProcess(() =>
    makeIdentity(role, { node, cluster: 'Lab', alternatives: [], now: NOW, hash: 'sha256' }),
  );
  made.set(key, fresh);
  return fresh;
};

type RecordOf = readonly [name: keyof typeof LIST_FUNCTION, whose: Identity | undefined];

/** A list of these records, signed by this identity. */
export const listOf = (
  signer: Identity,
  records: readonly RecordOf[],
  { fileName = 'ITLFile.tlv', timestamp = 1_700_000_000, digest = 'sha1' as ListDigest } = {},
): Buffer =>
  writeContainer(
    {
      version: [1, 2],
      fileName,
      timestamp,
      body: Buffer.concat(
        records.map(([name, whose]) =>
          writeRecord({ function: LIST_FUNCTION[name], dnsName: 'CM1', certificate: whose?.read }, 'cucm'),
        ),
      ),
    },
    { certificate: signer.read, key: signer.privateKey, digest, names: 'cucm' },
  );

/** The usual list of a cluster whose nodes are not secured. */
export const usualList = (): Buffer =>
  listOf(identity('itlrecovery'), [
    ['SAST', identity('itlrecovery')],
    ['TFTP', identity('callmanager')],
    ['TVS', identity('tvs')],
  ]);

/** A signed file. */
export const signedFile = (signer: Identity, fileName: string, body: Buffer, digest: ListDigest = 'sha1'): Buffer =>
  writeContainer(
    { version: [1, 0], fileName, timestamp: 1_700_000_000, body },
    { certificate: signer.read, key: signer.privateKey, digest, names: 'cucm' },
  );
