// Causes by which labcm does not believe that a phone is the device that it says: passwords (`docs/protocols/explain.md`
// §2.5).

import { cause, causes } from '../cause.js';
import { yaml } from '../pasted-text.js';
import { deviceKeys, look } from '../remedies.js';
import { quoted } from '../shown-text.js';
import { BOTH, hasOtherRealmSince, isChangedSince, refused } from './register-facts.js';

export const registerCredentialsCauses = causes({
  'register.wrong-password': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected',
    evidence: BOTH,
    fits: (view) => {
      const sides = refused(view, 'wrong-credentials');
      return sides === undefined || sides.given !== sides.configured ? undefined : { user: sides.configured };
    },
    // A later answer for another realm says nothing about its password, and is what fails now.
    excludedBy: (view) => isChangedSince(view) || hasOtherRealmSince(view),
    sentence: ({ user }) => `Its password for the digest user ${quoted(user)} is not the configured one.`,
    remedy: ({ user }, place) => [
      deviceKeys(place, yaml`digest: { user: ${user}, password: … }`),
      look('then power it off and on, so that it reads its file again'),
    ],
    example: { user: 'lab5005' },
  }),
  'register.wrong-user': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected',
    evidence: BOTH,
    fits: (view) => {
      const sides = refused(view, 'wrong-credentials');
      return sides === undefined || sides.given === sides.configured
        ? undefined
        : { user: sides.given, configured: sides.configured };
    },
    excludedBy: ({ configured: device }, { user }) => device?.digest === undefined || device.digest.user === user,
    sentence: ({ user, configured }) =>
      `It names itself ${quoted(user)} in its credentials; the configured user is ${quoted(configured)}${user === '' ? ': its file has no authName' : ''}.`,
    remedy: ({ configured }, place) => [
      deviceKeys(place, yaml`digest: { user: ${configured}, password: … }   # the same as authName in the phone`),
    ],
    example: { user: '', configured: 'lab5005' },
  }),
  'register.locked-out': cause({
    stage: 'register',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registration Rejected',
    evidence: BOTH,
    fits: (view) => {
      const sides = refused(view, 'locked-out');
      return sides === undefined ? undefined : { wrong: sides.given, seconds: sides.configured };
    },
    excludedBy: ({ config, configured, refusal, now }) =>
      config.sip.lockout === undefined ||
      configured?.digest === undefined ||
      (refusal?.retryAfter !== undefined && now > refusal.at + refusal.retryAfter * 1000),
    sentence: ({ wrong, seconds }) =>
      `It is locked out for ${seconds} s after ${wrong} wrong passwords, so its present one was not looked at.`,
    remedy: (_, place) => [
      look('stop the phone for that time, and give it the right password'),
      deviceKeys(place, yaml`digest: { user: …, password: … }`),
    ],
    example: { wrong: '10', seconds: '30' },
  }),
});
