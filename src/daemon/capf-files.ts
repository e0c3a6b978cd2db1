// Where CAPF keeps what it knows: the operations that wait in `state/capf.json`, and the certificates of phones in
// `state/certificates/<device>.pem`; those of their factories in `state/factory-certificates`.

import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { FactoryCertificateStore } from '../capf/factory-certificates.js';
import type { CapfAuthentication, CapfKey, CapfOperation, CapfOperationStore } from '../capf/operations.js';
import { CAPF_AUTHENTICATIONS, CAPF_OPERATIONS } from '../capf/operations.js';
import type { PhoneCertificateStore } from '../capf/registry.js';
import { type DeviceName, parseDeviceName } from '../core/identifiers.js';
import { type WallTime, wallTime } from '../core/time.js';
import {
  readSecret,
  removeLater,
  removeSecret,
  secretsIn,
  writePublicLater,
  writeSecret,
} from '../net/files/secret-files.js';
import { pemOf } from '../security/der.js';

const OPERATIONS = 'capf.json';
const ENDING = '.pem';

/** The operations. They hold authentication strings, so only the owner may read the file. What cannot be read there is left out. */
export const capfOperationFile = (stateDirectory: string): CapfOperationStore => {
  const path = join(stateDirectory, OPERATIONS);
  return {
    load: () => {
      const text = readSecret(path);
      if (text === undefined) return [];
      try {
        const read: unknown = JSON.parse(text);
        return Array.isArray(read) ? read.flatMap((entry) => operationOf(entry) ?? []) : [];
      } catch {
        return [];
      }
    },
    save: (operations) => writeSecret(path, `${JSON.stringify(operations, undefined, 1)}\n`),
  };
};

const operationOf = (entry: unknown): CapfOperation | undefined => {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { device, operation, authentication, password, key, until } = entry as Record<string, unknown>;
  const name = typeof device === 'string' ? parseDeviceName(device) : undefined;
  const what = CAPF_OPERATIONS.find((one) => one === operation);
  const isKey = typeof key === 'number' || key === 'P-256' || key === 'P-384' || key === 'P-521';
  if (name === undefined || what === undefined || !isKey || typeof until !== 'number') return undefined;
  if (typeof authentication !== 'string' || !Object.hasOwn(CAPF_AUTHENTICATIONS, authentication)) return undefined;
  return {
    device: name,
    operation: what,
    authentication: authentication as CapfAuthentication,
    ...(typeof password === 'string' ? { password } : {}),
    key: key as CapfKey,
    until: wallTime(until) as WallTime,
  };
};

/** The certificates of phones, which anybody may read. Files that hold none are left out. */
export const phoneCertificateFiles = (stateDirectory: string): PhoneCertificateStore => {
  const { load, pathOf } = certificatesIn(join(stateDirectory, 'certificates'));
  return {
    load,
    save: (device, der) => writeSecret(pathOf(device), pemOf(der), true),
    remove: (device) => removeSecret(pathOf(device)),
  };
};

/** The same of those that factories gave phones. */
export const factoryCertificateFiles = (stateDirectory: string): FactoryCertificateStore => {
  const { load, pathOf } = certificatesIn(join(stateDirectory, 'factory-certificates'));
  return {
    load,
    save: (device, der) => writePublicLater(pathOf(device), pemOf(der)),
    remove: (device) => removeLater(pathOf(device)),
  };
};

const certificatesIn = (directory: string) => ({
  pathOf: (device: DeviceName): string => join(directory, `${device}${ENDING}`),
  load: () =>
    secretsIn(directory, ENDING).flatMap(({ name, text }) => {
      const device = parseDeviceName(name);
      const der = derOf(text);
      return device === undefined || der === undefined ? [] : [{ device, der }];
    }),
});

const derOf = (pem: string): Buffer | undefined => {
  try {
    return new X509Certificate(pem).raw;
  } catch {
    return undefined;
  }
};
