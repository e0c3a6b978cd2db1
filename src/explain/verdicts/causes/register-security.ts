// Causes by which labcm does not believe that a phone is the device that it says, or finds its connection not secure enough:
// TLS and certificates (`docs/protocols/explain.md` §2.5, `docs/protocols/secure.md` §9).

import type { ConfiguredDevice } from '../../../devices/device.js';
import { mustUseTls } from '../../../devices/device-security.js';
import { describeCertificateFault, type RefusalReason } from '../../../devices/reasons.js';
import { cause, causes } from '../cause.js';
import { type YamlText, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { deviceKeys, look, or } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { isChangedSince, REFUSED, refused } from './register-facts.js';

/** Whether its configuration demands TLS now. */
const demandsTls = ({ configured, config }: PhoneView): boolean =>
  configured !== undefined && mustUseTls(configured, config.policy.security);

const isRefusedFor = (reason: RefusalReason) => (view: PhoneView) => {
  const sides = refused(view, reason);
  if (sides === undefined) return undefined;
  const isByProfile = view.config.policy.security.cluster === 'mixed';
  return { ...sides, profile: isByProfile ? 'yes' : 'no', device: String(view.configured?.name ?? '') };
};

/** What takes the demand for TLS away, wherever it stands. */
const withoutTls = (profile: string): YamlText =>
  profile === 'yes' ? yaml`security: { mode: none }` : yaml`requireTls: false`;

const modeOf = (configured: ConfiguredDevice | undefined) => configured?.security.mode;

export const registerSecurityCauses = causes({
  'register.tls-required': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Security',
    evidence: REFUSED,
    fits: isRefusedFor('tls-required'),
    excludedBy: (view) => !demandsTls(view),
    sentence: ({ given }) => `Its configuration demands TLS and it came over ${given}.`,
    remedy: ({ profile, device }, place) => [
      deviceKeys(place, withoutTls(profile)),
      ...(profile === 'yes'
        ? or(look(`give it a certificate, without which it cannot come over TLS: labcm capf install ${device}`))
        : or(look('power it off and on, so that it reads a file with the secure port'))),
    ],
    example: { given: 'TCP', configured: 'TLS', profile: 'no', device: 'SEP001122334455' },
  }),
  'register.tls-unwanted': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Security',
    evidence: REFUSED,
    fits: isRefusedFor('tls-unwanted'),
    excludedBy: (view) => modeOf(view.configured) !== 'none' || isChangedSince(view),
    sentence: () => 'It comes over TLS, and its device has no security profile.',
    remedy: (_, place) => [
      deviceKeys(place, yaml`security: { mode: encrypted }`),
      ...or(look('power it off and on, so that it reads a file with the port without TLS')),
    ],
    example: { given: 'TLS', configured: 'TCP or UDP', profile: 'yes', device: 'SEP001122334455' },
  }),
  'register.untrusted-certificate': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Authentication',
    evidence: REFUSED,
    fits: isRefusedFor('untrusted-certificate'),
    excludedBy: (view) => modeOf(view.configured) === 'none' || isChangedSince(view),
    sentence: ({ given, configured }) =>
      `It comes over TLS, and ${describeCertificateFault(given, configured === '' ? '' : quoted(configured))}.`,
    remedy: ({ device }, place) => [
      look(`give it a certificate of this cluster: labcm capf install ${device}`),
      ...or(deviceKeys(place, yaml`security: { mode: none }`)),
    ],
    example: { given: 'unknown-issuer', configured: 'CAPF-a7fb32bf', profile: 'yes', device: 'SEP001122334455' },
  }),
  'register.wrong-cipher': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Security',
    evidence: REFUSED,
    fits: isRefusedFor('wrong-cipher'),
    excludedBy: (view) => modeOf(view.configured) !== 'encrypted' || isChangedSince(view),
    sentence: ({ given }) =>
      `Its TLS has the cipher ${given}, which does not encrypt, and the mode of its device is encrypted.`,
    remedy: (_, place) => [
      deviceKeys(place, yaml`security: { mode: authenticated }`),
      ...or(look('power it off and on, so that it reads a file of the mode encrypted')),
    ],
    example: { given: 'NULL-SHA', configured: 'encrypted', profile: 'yes', device: 'SEP001122334455' },
  }),
  'register.wrong-certificate': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Error Security',
    evidence: REFUSED,
    fits: isRefusedFor('wrong-certificate'),
    excludedBy: (view) => !demandsTls(view),
    sentence: ({ given, configured }) => `Its certificate says ${quoted(given)}, not ${configured}.`,
    remedy: ({ configured, profile }, place) => [
      look(`give it a certificate whose common name is ${configured}`),
      ...or(deviceKeys(place, withoutTls(profile))),
    ],
    example: {
      given: 'CP-7962G-SEP001122334455',
      configured: 'SEP001122334456',
      profile: 'no',
      device: 'SEP001122334456',
    },
  }),
});
