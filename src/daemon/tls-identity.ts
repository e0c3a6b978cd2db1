import { join } from 'node:path';
import type { Config, TlsConfig } from '../config/index.js';
import { ConfigError } from '../core/errors.js';
import { startOfYear, type WallTime, wallTime } from '../core/time.js';
import { readSecret, writeSecret } from '../net/files/secret-files.js';
import type { TlsIdentity } from '../net/ports.js';
import { faultOfIdentity, selfSignedIdentity } from '../security/certificate.js';

const YEARS = 20;
const YEAR_MS = 365.25 * 86_400_000;
/**
 * An earlier time means that the clock of the machine is not set yet. Twenty years from then may be over once it is.
 */
const CLOCK_IS_SET = startOfYear(2026);
const FILES = { key: 'node-key.pem', certificate: 'node-certificate.pem' } as const;

/**
 * The key and certificate of a TLS listener: those of the configuration, or a self-signed pair that this daemon made
 * and keeps in the state directory. Throws a `ConfigError` if the configured ones cannot be used.
 */
export const tlsIdentity = (
  service: 'sccp' | 'sip' | 'management',
  tls: TlsConfig,
  config: Config,
  now: WallTime,
): TlsIdentity =>
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

/** A self-signed pair that this daemon made and keeps in the state directory. */
export const generatedIdentity = ({ state, self, cluster }: Config, now: WallTime): TlsIdentity => {
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
