// The trace lines of CAPF and TVS: who was given which certificate, and what is vouched for. No password, and no key.

import type { CapfEvent, CapfOutcome } from '../../capf/events.js';
import type { TvsEvent } from '../../tvs/events.js';
import type { Rows } from '../row.js';

const OUTCOMES: Readonly<Record<CapfOutcome, string>> = {
  done: 'it was done',
  'nothing-to-do': 'nothing waits for it',
  'unknown-device': 'no device of that name is configured',
  'wrong-password': 'its authentication string is wrong',
  'not-proven': 'it did not prove itself by its certificate',
  'phone-failed': 'the phone says that it failed',
  'bad-key': 'its key cannot be used',
  'too-many': 'too many were given to its address within an hour',
  malformed: 'what it sent is no message that was expected',
  timeout: 'it did not answer in time',
  'ended-by-phone': 'the phone ended it',
  failed: 'labcm could not do it',
};

const DONE = { install: 'has a new certificate', delete: 'has no certificate now', fetch: 'showed its certificate' };

const CHANGES = {
  armed: 'waits for its phone',
  cancelled: 'was cancelled',
  expired: 'is over: its phone did not come in time',
  locked: 'is over: its phone sent five wrong authentication strings',
} as const;

const short = (fingerprint: string): string => fingerprint.slice(0, 16);

export const certificateLines = {
  'capf.session-ended': {
    component: 'CCM',
    level: 'significant',
    text: ({ address, port, session, device, operation, outcome, detail, fingerprint, unsaid }) =>
      `CAPF session ${session} ended|Device=${device}|IPAddr=${address}|Port=${port}|Operation=${operation ?? ''}|Outcome=${outcome}|Detail=${detail ?? ''}|Fingerprint=${fingerprint ?? ''}|Unsaid=${unsaid}`,
    summary: ({ address, device, operation, outcome, detail, fingerprint }) => ({
      tone: outcome === 'done' ? 'good' : outcome === 'nothing-to-do' ? 'plain' : 'bad',
      about: device === '' ? address : device,
      text:
        outcome === 'done' && operation !== undefined
          ? `${DONE[operation]} from CAPF${fingerprint === undefined ? '' : `, ${short(fingerprint)}…`}`
          : `asked CAPF${operation === undefined ? '' : ` to ${operation}`}: ${OUTCOMES[outcome]}${detail === undefined ? '' : ` (${detail})`}`,
    }),
  },
  'capf.operation': {
    component: 'CCM',
    level: 'special',
    text: ({ device, operation, authentication, change }) =>
      `CAPF operation ${operation} of ${device} ${change}|Authentication=${authentication}`,
    summary: ({ device, operation, change }) => ({
      tone: change === 'armed' ? 'plain' : change === 'cancelled' ? 'quiet' : 'bad',
      about: device,
      text: `the operation ${operation} of its certificate ${CHANGES[change]}`,
    }),
  },
  'capf.link-refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, port, limit, count }) =>
      `CAPF: Connection refused. IPAddr=${address}, Port=${port}, Limit=${limit}, Refused=${count}`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address,
      text: `${count} CAPF connections over the bound on ${limit} were refused`,
    }),
  },
  'tvs.answered': {
    component: 'CCM',
    level: 'detailed',
    limited: 'by-second',
    // The lines of CUCM's own service log (`secure.md` §5.1).
    text: ({ kind, session, device, address, subject, known, roles }) => [
      `Incoming Phone Msg: MsgType : ${kind === 'query' ? 'TVS_MSG_QUERY_CERT_REQ' : 'TVS_MSG_CERT_VERIFICATION_REQ'} Session Id : ${session} Device : ${device} IPAddr=${address}`,
      known
        ? `CertificateDBCache::getCertificateInformation - Found entry {rolecount : ${roles.length}} Subject Name is: ${subject}`
        : `ERROR:CertificateCTLCache::getCertificateInformation - Cannot find the certificate in the cache ${subject}`,
    ],
    summary: ({ address, device, subject, known }) => ({
      tone: known ? 'quiet' : 'bad',
      about: device === '' ? address : device,
      text: known
        ? `asked whether ${subject} can be trusted: it can`
        : `asked about a certificate that labcm does not vouch for${subject === '' ? '' : `: ${subject}`}`,
    }),
  },
  'tvs.malformed': {
    component: 'CCM',
    level: 'error',
    text: ({ address, port, reason, unsaid }) =>
      `TVS: not a request. IPAddr=${address}, Port=${port}, Reason=${reason}, Unsaid=${unsaid}`,
    summary: ({ address, reason }) => ({ tone: 'bad', about: address, text: `sent TVS what is no request: ${reason}` }),
  },
  'tvs.link-refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, port, limit, count }) =>
      `TVS: Connection refused. IPAddr=${address}, Port=${port}, Limit=${limit}, Refused=${count}`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address,
      text: `${count} TVS connections over the bound on ${limit} were refused`,
    }),
  },
} satisfies Rows<CapfEvent['type'] | TvsEvent['type']>;
