// The certificate of a TLS listener: the owner's own, or one that this daemon made and keeps in `state/`.

import { join } from 'node:path';
import type { Config, TlsConfig } from '../config/index.js';
import { ConfigError } from '../core/errors.js';
import { startOfYear, type WallTime, wallTime } from '../core/time.js';
import { readSecret, writeSecret } from '../net/files/secret-files.js';
import type { TlsIdentity } from '../net/ports.js';
import { faultOfIdentity, selfSignedIdentity } from '../net/sockets/certificate.js';

const YEARS = 20;
const YEAR_MS = 365.25 * 86_400_000;
/** Before this the machine’s clock is not set yet, and twenty years from then may be over as soon as it is. */
const CLOCK_IS_SET = startOfYear(2026);
const FILES = { key: 'node-key.pem', certificate: 'node-certificate.pem' } as const;

/** Throws a `ConfigError` where the owner's own cannot be used. */
export const tlsIdentity = (service: 'sccp' | 'sip', tls: TlsConfig, config: Config, now: WallTime): TlsIdentity =>
  tls.certificate === undefined || tls.key === undefined
    ? generatedIdentity(config, now)
    : configuredIdentity(service, tls.certificate, tls.key, now);

const configuredIdentity = (service: string, certificatePath: string, keyPath: string, now: WallTime): TlsIdentity => {
  const certificate = readSecret(certificatePath);
  const key = readSecret(keyPath);
  const wanted = 'a PEM file that this daemon may read';
  const faults = [
    ...(certificate === undefined
      ? [{ file: certificatePath, key: `${service}.certificate`, found: 'nothing that can be read', wanted }]
      : []),
    ...(key === undefined ? [{ file: keyPath, key: `${service}.key`, found: 'nothing that can be read', wanted }] : []),
  ];
  if (certificate === undefined || key === undefined) throw new ConfigError(faults);
  const fault = faultOfIdentity({ certificate, key }, now);
  if (fault !== undefined)
    throw new ConfigError([
      {
        file: certificatePath,
        key: `${service}.certificate`,
        found: fault,
        wanted: `a certificate in force for ${keyPath}`,
      },
    ]);
  return { certificate, key };
};

const generatedIdentity = ({ state, self, cluster }: Config, now: WallTime): TlsIdentity => {
  const paths = { key: join(state.directory, FILES.key), certificate: join(state.directory, FILES.certificate) };
  const kept = { key: readSecret(paths.key) ?? '', certificate: readSecret(paths.certificate) ?? '' };
  if (faultOfIdentity(kept, now) === undefined) return kept;
  const made = selfSignedIdentity({
    commonName: self.name,
    organization: cluster,
    alternatives: [...new Set([self.address, '127.0.0.1', 'localhost'])],
    notBefore: wallTime(now - 86_400_000), // phones whose clock is a little behind
    notAfter: wallTime(Math.max(now, CLOCK_IS_SET) + YEARS * YEAR_MS),
  });
  writeSecret(paths.key, made.key);
  writeSecret(paths.certificate, made.certificate);
  return made;
};
