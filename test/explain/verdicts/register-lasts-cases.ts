// The causes of registrations that were accepted and did not last (`docs/protocols/explain.md` §2.5).

import { seconds } from '../../../src/core/time.js';
import type { EndReason } from '../../../src/devices/reasons.js';
import type { VerdictCase } from './verdict-cases.js';
import { PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const CISCO_SIP = { devices: [{ name: PHONE, model: 'Cisco 8851', lines: ['5001'] }] };
const OTHER_SIP = { devices: [{ name: PHONE, model: 'Third-party SIP Device (Basic)', lines: ['5001'] }] };
const BRIEF = { sip: { expires: { min: '30s', granted: '60s' } } } as const;

/** The phone registers, and leaves after so long. */
const leaves = (
  lab: VerdictLab,
  {
    after = seconds(2),
    reason = 'connection-lost' as EndReason,
    protocol = 'SCCP' as 'SCCP' | 'SIP',
    said = 'SoftKeyTemplateResMessage',
  },
): void => {
  const registration = lab.register(PHONE, protocol);
  lab.database.facts.heard(registration, 'SoftKeyTemplateReqMessage');
  lab.database.facts.said(registration, said);
  lab.wait(after);
  lab.database.end(registration, reason, lab.now());
};

export const REGISTER_LASTS_CASES: readonly VerdictCase[] = [
  {
    code: 'register.granted-too-short',
    config: { ...CISCO_SIP, ...BRIEF },
    arrange: (lab) => leaves(lab, { protocol: 'SIP', reason: 'unregistered' }),
    sentence: 'It was granted 60 s; a Cisco phone takes less than 65 s for a failure.',
    remedy: 'sip: { expires: { granted: 120s } }',
    mend: async (lab) => {
      await lab.reload({ ...CISCO_SIP, sip: { expires: { granted: '120s' } } });
    },
  },
  {
    code: 'register.granted-too-short',
    title: 'register.granted-too-short, where no more may be granted',
    config: { ...CISCO_SIP, sip: { expires: { min: '30s', granted: '60s', max: '60s' } } },
    arrange: (lab) => leaves(lab, { protocol: 'SIP', reason: 'unregistered' }),
    sentence: 'It was granted 60 s; a Cisco phone takes less than 65 s for a failure.',
    remedy: 'granted: 120s, max: 120s',
  },
  {
    code: 'register.stops-after',
    arrange: (lab) => {
      leaves(lab, {});
      lab.wait(seconds(20));
      leaves(lab, { after: seconds(3) });
    },
    sentence: 'It leaves each time after SoftKeyTemplateRes: it stumbles over that message.',
    remedy: 'maxProtocolVersion: 20',
  },
  {
    code: 'register.too-slow',
    arrange: (lab) => {
      const answer = lab.attempt();
      if (answer.accepted) lab.database.end(answer.registration, 'connection-lost', lab.now());
      lab.wait(seconds(12));
      lab.database.facts.recordOutOfService(PHONE, { code: 17, words: 'LastTimeRegistrationTimeOut' }, lab.now());
      lab.say({ type: 'device.reported', device: PHONE, facts: { alarm: '17: Name=…' } } as unknown as Said);
    },
    sentence:
      'It gave up waiting for an answer that labcm had sent 12 s before: it did not arrive, or it meant another node.',
    remedy: 'labcm pcap SEP001122334455',
  },
];

/** What looks like one of these causes and is none. */
export const NOT_LASTING_CASES: readonly (Pick<VerdictCase, 'config' | 'arrange'> & { readonly title: string })[] = [
  {
    title: 'a phone of another maker that is granted a minute and leaves',
    config: { ...OTHER_SIP, ...BRIEF },
    arrange: (lab) => leaves(lab, { protocol: 'SIP', reason: 'unregistered' }),
  },
  {
    title: 'a Cisco phone that stays for a minute with what it was granted',
    config: { ...CISCO_SIP, ...BRIEF },
    arrange: (lab) => leaves(lab, { protocol: 'SIP', after: seconds(60), reason: 'unregistered' }),
  },
  { title: 'a phone that left once', arrange: (lab) => leaves(lab, {}) },
  {
    title: 'a phone that left after different messages',
    arrange: (lab) => {
      leaves(lab, {});
      leaves(lab, { said: 'ButtonTemplateMessage' });
    },
  },
  {
    title: 'a phone that unregistered twice',
    arrange: (lab) => {
      leaves(lab, { reason: 'unregistered' });
      leaves(lab, { reason: 'unregistered' });
    },
  },
  {
    title: 'a phone that tells of a time-out at another node',
    arrange: (lab) => {
      lab.database.facts.recordOutOfService(PHONE, { code: 17, words: 'LastTimeRegistrationTimeOut' }, lab.now());
      lab.say({ type: 'device.reported', device: PHONE, facts: { alarm: '17: Name=…' } } as unknown as Said);
    },
  },
];
