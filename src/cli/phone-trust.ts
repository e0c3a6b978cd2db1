// What `labcm phone` reads and keeps of certificates: the directory of trust stores, and the certificate of a phone's factory.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { readSecret } from '../net/files/secret-files.js';
import type { TlsIdentity } from '../net/ports.js';
import type { CliEnvironment } from './environment.js';
import { OptionFailure } from './failure.js';

/** Makes the directory of `--trust-dir`, if it is not there. Returns its path. Throws an `OptionFailure` if nothing can be kept there. */
export const trustDirectory = ({ directory }: Pick<CliEnvironment, 'directory'>, given: string): string => {
  const path = resolve(directory, given);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    const { code = 'no directory' } = error as NodeJS.ErrnoException;
    throw new OptionFailure('--trust-dir', `${path} (${code})`, 'a directory that this user may read and write');
  }
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;
const KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END (?:RSA |EC )?PRIVATE KEY-----/;

/** Reads the file of `--mic`. Throws an `OptionFailure`. */
export const factoryIdentity = ({ directory }: Pick<CliEnvironment, 'directory'>, given: string): TlsIdentity => {
  const path = resolve(directory, given);
  const wanted = 'a PEM file with a certificate and its private key';
  const text = readSecret(path);
  if (text === undefined) throw new OptionFailure('--mic', `${path}, which cannot be read`, wanted);
  const [certificate] = CERTIFICATE.exec(text) ?? [];
  const [key] = KEY.exec(text) ?? [];
  if (certificate === undefined || key === undefined)
    throw new OptionFailure(
      '--mic',
      `${path} without ${certificate === undefined ? 'a certificate' : 'a key'}`,
      wanted,
    );
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return { certificate, key };
  } catch (error) {
    throw new OptionFailure('--mic', `${path} (${error instanceof Error ? error.message : String(error)})`, wanted);
  }
  throw new OptionFailure('--mic', `${path}, whose key is not that of its certificate`, wanted);
};
