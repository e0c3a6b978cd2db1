// What a phone must prove before it registers, by the mode of the cluster and of its device: the table of `secure.md` §9, in
// its order. One reason is given, the first.

import { isNullCipher } from '../core/tls-peer.js';
import { modeInForce, mustUseTls } from './device-security.js';
import { certificateNamesDevice } from './names-of-device.js';
import type { CertificateFault } from './reasons.js';
import type { Circumstances, RegistrationCheck } from './registration-check.js';

const modeOf = ({ record, policy }: Circumstances) => modeInForce(record.configured, policy.security);

/** What is wrong with the certificate; `undefined`: nothing. A phone that shows none has proved nothing. */
const certificateFault = ({ attempt: { peer }, policy }: Circumstances): CertificateFault | undefined => {
  const verdict = peer?.verdict ?? 'none';
  if (verdict !== 'trusted') return verdict;
  return peer?.origin === undefined || policy.security.accept.includes(peer.origin)
    ? undefined
    : `only-${OTHER[peer.origin]}`;
};

const OTHER = { lsc: 'mic', mic: 'lsc' } as const;

/**
 * Names are compared where the mode demands a certificate. With `requireTls` alone, in a cluster without issuers, nobody
 * vouches for a certificate; then one that names another device is refused, and none is needed.
 */
const hasOtherName = (circumstances: Circumstances): boolean => {
  const { attempt, record } = circumstances;
  const names = attempt.peer?.names ?? [];
  const compares = modeOf(circumstances) !== 'none' || (record.configured.requireTls && names.length > 0);
  return compares && !names.some((name) => certificateNamesDevice(name, record.configured.name));
};

/** The checks of transport, certificate, cipher and name. */
export const SECURITY_CHECKS: readonly RegistrationCheck[] = [
  {
    reason: 'tls-required',
    applies: ({ attempt, record, policy }) =>
      attempt.transport !== 'tls' && mustUseTls(record.configured, policy.security),
    given: ({ attempt }) => attempt.transport.toUpperCase(),
    configured: () => 'TLS',
  },
  {
    reason: 'tls-unwanted',
    applies: ({ attempt, record, policy: { security } }) =>
      attempt.transport === 'tls' &&
      security.cluster === 'mixed' &&
      security.tlsOnPlainDevice === 'refuse' &&
      record.configured.security.mode === 'none',
    given: () => 'TLS',
    configured: () => 'TCP or UDP',
  },
  {
    reason: 'untrusted-certificate',
    applies: (circumstances) => modeOf(circumstances) !== 'none' && certificateFault(circumstances) !== undefined,
    given: (circumstances) => certificateFault(circumstances) ?? '',
    configured: ({ attempt }) => attempt.peer?.issuer ?? '',
  },
  {
    reason: 'wrong-cipher',
    applies: (circumstances) =>
      modeOf(circumstances) === 'encrypted' &&
      circumstances.attempt.peer !== undefined &&
      isNullCipher(circumstances.attempt.peer),
    given: ({ attempt }) => attempt.peer?.cipher ?? '',
    configured: () => 'encrypted',
  },
  {
    reason: 'wrong-certificate',
    applies: hasOtherName,
    given: ({ attempt }) => (attempt.peer?.names ?? []).join(', '),
    configured: ({ record }) => record.configured.name,
  },
];
