// The causes at the registration of a cluster in mixed mode (`docs/protocols/secure.md` §9).

import type { DeviceSecurityMode } from '../../../src/devices/device-security.js';
import { aPeer } from '../../support/devices.js';
import type { VerdictCase } from './verdict-cases.js';
import { PHONE } from './verdict-lab.js';

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;

const mixed = (mode: DeviceSecurityMode) => ({
  security: { mode: 'mixed' as const, itl: 'on' as const },
  devices: [{ ...DEVICE, security: { mode } }],
});

const good = { transport: 'tls' as const, peer: aPeer({ names: [`CP-7962G-${PHONE}`] }) };

export const REGISTER_SECURITY_CASES: readonly VerdictCase[] = [
  {
    code: 'register.tls-required',
    title: 'register.tls-required, by its profile in mixed mode',
    config: mixed('encrypted'),
    arrange: (lab) => void lab.attempt(),
    sentence: 'Its configuration demands TLS and it came over TCP.',
    remedy: 'labcm capf install SEP001122334455',
    mend: (lab) => void lab.register(PHONE, 'SCCP', good),
  },
  {
    code: 'register.tls-unwanted',
    config: mixed('none'),
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', good),
    sentence: 'It comes over TLS, and its device has no security profile.',
    remedy: 'mode: encrypted',
  },
  {
    code: 'register.untrusted-certificate',
    config: mixed('authenticated'),
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { transport: 'tls', peer: aPeer({ verdict: 'other-key' }) }),
    sentence:
      'It comes over TLS, and the issuer of its certificate has the name of a trusted one and another key, as an older or foreign CAPF has (issuer "CAPF-a7fb32bf").',
    remedy: 'labcm capf install',
    mend: (lab) => void lab.register(PHONE, 'SCCP', good),
  },
  {
    code: 'register.untrusted-certificate',
    title: 'register.untrusted-certificate, without any',
    config: mixed('authenticated'),
    arrange: (lab) =>
      void lab.attempt(PHONE, 'SCCP', { transport: 'tls', peer: aPeer({ verdict: 'none', issuer: '' }) }),
    sentence: 'It comes over TLS, and it showed no certificate.',
    remedy: 'mode: none',
    mend: (lab) => void lab.register(PHONE, 'SCCP', good),
  },
  {
    code: 'register.wrong-cipher',
    config: mixed('encrypted'),
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { ...good, peer: aPeer({ names: [PHONE], cipher: 'NULL-SHA' }) }),
    sentence: 'Its TLS has the cipher NULL-SHA, which does not encrypt, and the mode of its device is encrypted.',
    remedy: 'mode: authenticated',
    mend: (lab) => void lab.register(PHONE, 'SCCP', good),
  },
  {
    code: 'register.wrong-certificate',
    title: 'register.wrong-certificate, in mixed mode',
    config: mixed('encrypted'),
    arrange: (lab) =>
      void lab.attempt(PHONE, 'SCCP', { transport: 'tls', peer: aPeer({ names: ['SEP001122334466'] }) }),
    sentence: `Its certificate says "SEP001122334466", not ${PHONE}.`,
    remedy: 'mode: none',
    mend: (lab) => void lab.register(PHONE, 'SCCP', good),
  },
];
