// Causes by which a phone does not get its configuration because that is encrypted (`docs/protocols/secure.md` §4.2).

import { cause, causes } from '../cause.js';
import { FILE_EVENTS, lastFile } from '../file-events.js';
import { shell, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, deviceKeys, look, onPhone, or } from '../remedies.js';

type Why = 'asked-in-clear' | 'no-certificate' | 'elliptic-key';

/** It did not get its configuration for this reason, and nothing better came of it in this boot. */
const isWithheld = (why: Why) => (view: PhoneView) => {
  const last = view.facts.last('file.withheld');
  return last?.why === why && view.boot.furthest === 'files' ? { device: String(last.device) } : undefined;
};

/** Whether it has got the encrypted file since. */
const hasGotIt = ({ facts }: PhoneView): boolean => {
  const withheld = facts.last('file.withheld');
  const served = lastFile(facts, 'served', (name) => /\.cnf\.xml\.enc\.sgn$/i.test(name));
  return withheld !== undefined && served !== undefined && served.at >= withheld.at;
};

const inClear = yaml`security: { encryptedConfig: false }`;

const row = {
  stage: 'files',
  severity: 'blocking',
  evidence: ['file.withheld', ...FILE_EVENTS],
  excludedBy: hasGotIt,
} as const;

export const encryptedFileCauses = causes({
  'files.certificate-unknown': cause({
    ...row,
    confidence: 'certain',
    shows: 'it keeps its old configuration',
    // A phone that goes to CAPF by itself is soon back.
    fits: (view) => (view.isOverdue ? isWithheld('no-certificate')(view) : undefined),
    sentence: () =>
      'Its configuration is to be encrypted for its certificate, and labcm knows no certificate of it: it has not been at CAPF.',
    remedy: ({ device }, place) => [command(shell`labcm capf install ${device}`), ...or(deviceKeys(place, inClear))],
    example: { device: 'SEP001122334455' },
  }),
  'files.elliptic-certificate': cause({
    ...row,
    confidence: 'certain',
    shows: 'it keeps its old configuration',
    fits: isWithheld('elliptic-key'),
    sentence: () =>
      'Its configuration is to be encrypted, and its certificate has a key on an elliptic curve, or an RSA key of fewer than 1024 bits, for which nothing is encrypted.',
    remedy: ({ device }, place) => [
      command(shell`labcm capf install ${device} --key 2048`),
      ...or(deviceKeys(place, inClear)),
    ],
    example: { device: 'SEP001122334455' },
  }),
  'files.encrypted-alone': cause({
    ...row,
    confidence: 'certain',
    shows: 'File not found, Unprovisioned',
    fits: isWithheld('asked-in-clear'),
    sentence: () =>
      'It asks for its configuration in clear, which is given encrypted alone: it has not taken the trust list of this cluster.',
    remedy: (_, place) => [
      onPhone('power it off and on, so that it asks for the trust list first'),
      look('whether it asked for an ITL or CTL at all: very old loads do not'),
      ...or(deviceKeys(place, inClear)),
    ],
    example: { device: 'SEP001122334455' },
  }),
});
