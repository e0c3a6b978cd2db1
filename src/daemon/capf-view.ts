// What the API sees of CAPF.

import { randomInt, X509Certificate } from 'node:crypto';
import type { CapfOperation } from '../capf/operations.js';
import { type CapfRegistry, USUAL_DAYS } from '../capf/registry.js';
import { commonNamesOf } from '../core/certificate-names.js';
import type { Degradations } from '../core/degradations.js';
import type { DeviceName } from '../core/identifiers.js';
import { type Clock, parseWallTime, wallTime } from '../core/time.js';
import type { ApiCapfOperation, CapfView } from '../http/index.js';

const DAY_MS = 86_400_000;
const MILLION = 1_000_000;
const PART = 'operations of CAPF';

const withoutSecret = ({ device, operation, authentication, key, until }: CapfOperation): ApiCapfOperation => ({
  ...{ device, operation, authentication, key, until },
});

/** What the view is made with. */
export interface CapfViewDependencies {
  readonly clock: Clock;
  readonly degradations: Degradations;
  /** Bits of RSA keys where nobody says otherwise. */
  readonly keySize: number;
  /** Whether the configuration of a device is to be encrypted. */
  isEncrypted(device: DeviceName): boolean;
}

/** Makes the view. */
export const capfView = (
  registry: CapfRegistry,
  { clock, degradations, keySize, isEncrypted }: CapfViewDependencies,
): CapfView => {
  const kept = <T>(change: () => T): T | 'not-written' => {
    try {
      const result = change();
      degradations.end(PART);
      return result;
    } catch (error) {
      degradations.begin(PART, error instanceof Error ? error.message : String(error));
      return 'not-written';
    }
  };
  return {
    operations: () => registry.armed.map(withoutSecret),
    certificates: () =>
      registry.certificates.map(({ device, der }) => {
        const x509 = new X509Certificate(der);
        return {
          device,
          fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
          issuer: commonNamesOf(x509.issuer)[0] ?? '',
          notAfter: parseWallTime(x509.validTo) ?? wallTime(0),
        };
      }),
    arm: ({ device, operation, authentication, string, key = keySize, days = USUAL_DAYS }) => {
      if (operation === 'install' && typeof key === 'string' && isEncrypted(device)) return 'elliptic-key';
      const made = string ?? String(randomInt(MILLION)).padStart(6, '0');
      const password = authentication === 'string' ? made : undefined;
      const armed: CapfOperation = {
        ...{ device, operation, authentication, key },
        ...(password === undefined ? {} : { password }),
        until: wallTime(clock.wallTime(clock.now()) + days * DAY_MS),
      };
      return kept(() => {
        registry.arm(armed);
        return { armed: withoutSecret(armed), string: password };
      });
    },
    cancel: (device) => {
      const waiting = registry.armed.find((one) => one.device === device);
      if (waiting === undefined) return undefined;
      return kept(() => {
        registry.cancel(device);
        return withoutSecret(waiting);
      });
    },
  };
};
