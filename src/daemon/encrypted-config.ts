// For whom configurations are encrypted (`docs/protocols/secure.md` §4): for the certificate that CAPF gave the phone or fetched from it, else
// the one that `security.encryptedConfig` names, else that of its factory, which it has registered with.

import type { Config } from '../config/index.js';
import { ConfigError, type ConfigurationProblem, ProtocolError } from '../core/errors.js';
import { deviceKey } from '../core/identifiers.js';
import { type ConfiguredDevice, wantsEncryptedConfig } from '../devices/index.js';
import { readSecret } from '../net/files/secret-files.js';
import type { ConfigurationEncryption, EncryptedFiles } from '../provisioning/trust-files.js';
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
      faults.push({
        file: path,
        key,
        found: read,
        wanted: 'a PEM certificate with an RSA key of 1024 bits or more, as the phone has it',
      });
    else recipients.set(device.toUpperCase(), { certificate: read, hash: certificateHash(read) });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return recipients;
};

/** Whether the configuration of a device is encrypted: it is wanted, and there is a trust list. */
export const isEncrypted = (
  { security, provisioning }: Pick<Config, 'security' | 'provisioning'>,
  device: ConfiguredDevice | undefined,
): boolean => {
  if (device === undefined || security.itl !== 'on') return false;
  const isNamed = Object.keys(security.encryptedConfig).some((name) => deviceKey(name) === deviceKey(device.name));
  return wantsEncryptedConfig(device, { models: provisioning.encryptedModels, isNamed });
};

/** What encrypts, and knows certificates. */
export interface EncryptionSources {
  /** The certificates that the owner names, by device name in capitals. */
  readonly named: ReadonlyMap<string, EncryptionRecipient>;
  /** What CAPF knows that the phone of a device has, as DER. `undefined`: nothing. */
  issued(device: string): Buffer | undefined;
  /** The certificate of its factory that the phone has registered with, as DER. `undefined`: none. */
  shown(device: string): Buffer | undefined;
  encrypt(name: string, plain: Buffer, recipient: ReadCertificate): Buffer;
}

/** The encryption of configurations. A certificate that a phone got meanwhile counts from its next request on. */
export const encryptedFiles = ({ named, issued, shown, encrypt }: EncryptionSources): EncryptedFiles => {
  const read = new WeakMap<Buffer, EncryptionRecipient | 'elliptic-key'>();
  const recipientOf = ({ name }: ConfiguredDevice): EncryptionRecipient | 'no-certificate' | 'elliptic-key' => {
    const der = issued(name) ?? (named.has(name.toUpperCase()) ? undefined : shown(name));
    if (der === undefined) return named.get(name.toUpperCase()) ?? 'no-certificate';
    const known = read.get(der) ?? recipientIn(der);
    read.set(der, known);
    return known;
  };
  return {
    isNamed: ({ name }) => named.has(name.toUpperCase()),
    encryptionOf: (device): ConfigurationEncryption => {
      const recipient = recipientOf(device);
      return typeof recipient === 'string' ? { state: recipient } : { state: 'ready', certificateHash: recipient.hash };
    },
    encrypt: (name, device, plain) => {
      const recipient = recipientOf(device);
      if (typeof recipient === 'string') throw new Error(`its phone has no certificate to encrypt for: ${recipient}`);
      return encrypt(name, plain, recipient.certificate);
    },
  };
};

const recipientIn = (der: Buffer): EncryptionRecipient | 'elliptic-key' => {
  const certificate = readCertificate(der);
  return canReceive(certificate) ? { certificate, hash: certificateHash(certificate) } : 'elliptic-key';
};

/** The certificate, or what was found instead. */
const certificateIn = (path: string): ReadCertificate | string => {
  const pem = readSecret(path);
  if (pem === undefined) return 'nothing that can be read';
  try {
    const certificate = readCertificate(pem);
    return canReceive(certificate)
      ? certificate
      : 'a certificate with an elliptic key, or with an RSA key of fewer than 1024 bits';
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return 'something else';
  }
};
