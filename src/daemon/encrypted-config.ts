// For whom configurations are encrypted: the certificates that `security.encryptedConfig` names (`docs/protocols/secure.md` §4).

import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem, ProtocolError } from '../core/errors.js';
import { readSecret } from '../net/files/secret-files.js';
import { canReceive, certificateHash } from '../security/encrypt-file.js';
import { opensEncrypted } from '../security/list-models.js';
import { type ReadCertificate, readCertificate } from '../security/read-certificate.js';

/** A phone's certificate, and what its stub calls it. */
export interface EncryptionRecipient {
  readonly certificate: ReadCertificate;
  readonly hash: string;
}

/**
 * Reads the certificates, by device name in capitals. Throws a `ConfigError` that names each that cannot be used, and each device that is
 * none or whose model opens no such file.
 */
export const encryptionRecipients = ({
  security,
  devices,
  file,
}: Pick<Config, 'security' | 'devices' | 'file'>): ReadonlyMap<string, EncryptionRecipient> => {
  const recipients = new Map<string, EncryptionRecipient>();
  const faults: ConfigurationProblem[] = [];
  const models = new Map(devices.map(({ name, model }) => [name.toUpperCase(), model]));
  for (const [device, path] of Object.entries(security.encryptedConfig)) {
    const key = `security.encryptedConfig.${device}`;
    const model = models.get(device.toUpperCase());
    const read = certificateIn(path);
    if (model === undefined) faults.push({ file, key, found: 'no device of that name', wanted: 'one of `devices`' });
    else if (!opensEncrypted(model.name))
      faults.push({
        file,
        key,
        found: `a ${model.name}`,
        wanted: 'a model that opens files with the key of its certificate',
      });
    else if (typeof read === 'string')
      faults.push({ file: path, key, found: read, wanted: 'a PEM certificate with an RSA key, as the phone has it' });
    else recipients.set(device.toUpperCase(), { certificate: read, hash: certificateHash(read) });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return recipients;
};

/** The certificate, or what was found instead. */
const certificateIn = (path: string): ReadCertificate | string => {
  const pem = readSecret(path);
  if (pem === undefined) return 'nothing that can be read';
  try {
    const certificate = readCertificate(pem);
    return canReceive(certificate) ? certificate : 'a certificate with an elliptic key, which wraps nothing';
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return 'something else';
  }
};
