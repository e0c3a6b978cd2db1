// A certificate of a factory counts for encryption as long as its phone could register with it.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/index.js';
import { type WallTime, wallTime } from '../../src/core/time.js';
import type { CertificateOrigin } from '../../src/core/tls-peer.js';
import { countedCertificates } from '../../src/daemon/counted-certificates.js';
import { DEFAULT_POLICY, NONSECURE } from '../../src/devices/index.js';
import { issueLsc } from '../../src/security/identity.js';
import { identity, NOW } from '../security/identities.js';

const folder = mkdtempSync(join(tmpdir(), 'labcm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const manufacturer = identity('capf', 'FACTORY');
const issuers = { ofPhone: join(folder, 'factory.pem'), ofOthers: join(folder, 'other.pem') };
writeFileSync(issuers.ofPhone, manufacturer.certificate);
writeFileSync(issuers.ofOthers, identity('capf', 'OTHER').certificate);

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = issueLsc(manufacturer, {
  device: 'CP-7962G-SEP00270DC01C92',
  publicKey: publicKey.export({ type: 'spki', format: 'der' }),
  now: NOW,
  years: 5,
});
const years = (count: number): WallTime => wallTime(NOW + count * 365 * 86_400_000);

const counted = (
  trusted: readonly string[],
  {
    isProven = false,
    accept = ['lsc', 'mic'],
    now = NOW,
  }: { readonly isProven?: boolean; readonly accept?: readonly CertificateOrigin[]; readonly now?: WallTime } = {},
) => {
  const config = {
    file: 'labcm.yaml',
    secureMode: { phoneIssuers: trusted },
    policy: { ...DEFAULT_POLICY, security: { ...NONSECURE, accept } },
  } as unknown as Config;
  return countedCertificates(config, () => now)({ der, isProven });
};

describe('a certificate of a factory', () => {
  it('counts if its issuer is trusted', () => {
    expect(counted([issuers.ofPhone])).toBe(der);
    expect(counted([issuers.ofOthers, issuers.ofPhone])).toBe(der);
  });

  it('counts by the chain that its phone showed since the start', () => {
    expect(counted([issuers.ofOthers])).toBeUndefined();
    expect(counted([issuers.ofOthers], { isProven: true })).toBe(der);
  });

  it('counts no more without its issuer, without `mic`, and out of its time', () => {
    expect(counted([])).toBeUndefined();
    expect(counted([], { isProven: true })).toBeUndefined();
    expect(counted([issuers.ofPhone], { accept: ['lsc'], isProven: true })).toBeUndefined();
    expect(counted([issuers.ofPhone], { now: years(6), isProven: true })).toBeUndefined();
    expect(counted([issuers.ofPhone], { now: years(-1), isProven: true })).toBeUndefined();
    expect(counted([issuers.ofPhone], { now: years(4) })).toBe(der);
  });

  it('is none where no phone showed one', () => {
    const config = { secureMode: { phoneIssuers: [issuers.ofPhone] }, policy: DEFAULT_POLICY } as unknown as Config;
    expect(countedCertificates(config, () => NOW)(undefined)).toBeUndefined();
  });
});
