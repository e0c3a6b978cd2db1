// The causes at the registration (`docs/protocols/explain.md` §2.5).

import type { RefusalDetails, RefusalReason } from '../../../src/devices/index.js';
import type { LabcmEvent } from '../../../src/events.js';
import { anAttempt, aPeer } from '../../support/devices.js';
import { REGISTER_SECURITY_CASES } from './register-security-cases.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, LAB, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const SIP_PHONE = {
  devices: [
    {
      name: PHONE,
      model: 'Cisco 7962',
      protocol: 'SIP' as const,
      lines: ['5001'],
      digest: { user: 'lab5001', password: 'secret' },
    },
  ],
};

/** The same phone with other credentials. */
const withDigest = (digest: { readonly user: string; readonly password: string }) => ({
  devices: SIP_PHONE.devices.map((device) => ({ ...device, digest })),
});

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const OTHER = { ...DEVICE, name: 'SEP001122334466', lines: ['5002'] } as const;

const THRICE = [101, 102, 103] as const;

/** The answer to a REGISTER of the phone: by default a first challenge. */
const registerAnswered = (
  changes: Partial<Omit<Extract<LabcmEvent, { type: 'sip.register-answered' }>, 'type' | 'at'>>,
): Said => ({
  type: 'sip.register-answered',
  device: PHONE,
  dn: '5001',
  status: 401,
  warning: '',
  credentials: 'none',
  transport: 'udp',
  sentTo: `${ADDRESS}:49152`,
  source: `${ADDRESS}:49152`,
  callId: 'a84b4c76e66710',
  cseq: 101,
  repeat: false,
  ...changes,
});

/** A refusal of a service, before the database is asked. */
const refused = (lab: VerdictLab, reason: RefusalReason, details: RefusalDetails = {}): void => {
  const name = reason.startsWith('auto-') ? 'SEP0011223344AA' : PHONE;
  const protocol = lab.database.byName(name)?.configured.protocol ?? 'SCCP';
  lab.wait(100);
  lab.database.refuse(anAttempt(name, protocol, { address: ADDRESS, typeId: 404 }), reason, lab.now(), details);
};

export const REGISTER_CASES: readonly VerdictCase[] = [
  {
    code: 'register.unknown-device',
    who: 'SEP001122334456',
    arrange: (lab) => void lab.attempt('SEP001122334456'),
    sentence:
      '"SEP001122334456" is not configured and auto-registration is off; perhaps SEP001122334455 is meant, which is configured.',
    remedy: 'name: SEP001122334456',
    mend: (lab) => lab.reload({ autoRegistration: { enabled: true, range: '1000-1999' } }),
  },
  {
    code: 'register.unknown-device',
    title: 'register.unknown-device, whose name would be other lines of the configuration',
    who: 'x\npolicy: {}',
    arrange: (lab) => void lab.attempt('x\npolicy: {}'),
    sentence: '"x\\u{A}policy: {}" is not configured and auto-registration is off.',
    remedy: '- name: …\n',
    lasts: 'no device can have that name',
  },
  {
    code: 'register.unknown-device',
    title: 'register.unknown-device, mended by its configuration',
    who: 'SEP0A1122334456',
    arrange: (lab) => void lab.attempt('SEP0A1122334456'),
    sentence: '"SEP0A1122334456" is not configured and auto-registration is off.',
    remedy: 'model: 7962',
    mend: (lab) => lab.reload({ devices: [DEVICE, { ...DEVICE, name: 'SEP0A1122334456', lines: ['5009'] }] }),
  },
  {
    code: 'register.unknown-device',
    title: 'register.unknown-device, though there is auto-registration',
    who: 'SEP0A1122334456',
    config: { autoRegistration: { enabled: true, range: '1000-1001' } },
    arrange: (lab) => {
      const attempt = anAttempt('SEP0A1122334456', 'SCCP', { address: ADDRESS });
      lab.wait(100);
      lab.database.register({ ...attempt, typeId: undefined }, lab.now());
    },
    sentence: '"SEP0A1122334456" is not configured and it gives no device type.',
    remedy: 'name: SEP0A1122334456',
    lasts: 'it says no more',
  },
  {
    code: 'register.wrong-model',
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { typeId: 115 }),
    sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
    remedy: 'model: 7941',
    mend: (lab) => lab.reload({ devices: [{ ...LAB.devices?.[0], name: PHONE, model: 'Cisco 7941' }] }),
  },
  {
    code: 'register.wrong-model',
    title: 'register.wrong-model, mended by the policy',
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { typeId: 115 }),
    sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
    remedy: 'policy: { model: any }',
    mend: (lab) => lab.reload({ policy: { model: 'any' } }),
  },
  {
    code: 'register.wrong-protocol',
    arrange: (lab) => void lab.attempt(PHONE, 'SIP'),
    sentence: 'It registers over SIP; it is configured for SCCP.',
    remedy: 'protocol: SIP',
  },
  {
    code: 'register.wrong-line',
    config: SIP_PHONE,
    arrange: (lab) => void lab.attempt(PHONE, 'SIP', { dn: '5999' as never }),
    sentence:
      "It asks for the line 5999, which is not among its lines 5001: its file is older than the configuration, or the file is not labcm's.",
    remedy: 'lines: ["5001", "5999"]',
  },
  {
    code: 'register.duplicate-refused',
    config: { policy: { duplicate: 'refuse' } },
    arrange: (lab) => {
      lab.register(PHONE, 'SCCP', { port: 49152, link: 1 });
      lab.attempt(PHONE, 'SCCP', { address: '10.2.0.15', port: 50321, link: 2 });
    },
    sentence: `The phone at 10.2.0.15:50321 is refused because SEP001122334455 is registered from ${ADDRESS}:49152 and the policy keeps the first.`,
    remedy: 'policy: { duplicate: newest }',
    mend: (lab) => lab.reload({ policy: { duplicate: 'newest' } }),
  },
  {
    code: 'register.auto-exhausted',
    who: 'SEP0011223344AA',
    config: { autoRegistration: { enabled: true, range: '1000-1001' } },
    arrange: (lab) => {
      for (const name of ['SEP0011223344A8', 'SEP0011223344A9', 'SEP0011223344AA'])
        lab.attempt(name, 'SCCP', { typeId: 404, link: Number.parseInt(name.slice(-1), 16) });
    },
    sentence: 'Every number of 1000-1001 is taken, so it could not be given one.',
    remedy: 'autoRegistration: { enabled: true, range: 1000-2001 }',
    lasts: 'the range stays full',
  },
  {
    code: 'register.auto-busy',
    arrange: (lab) => refused(lab, 'auto-registration-busy'),
    sentence: 'So many new phones ask for a number at once that it was told to try again.',
    remedy: 'comes again by itself',
    who: 'SEP0011223344AA',
    lasts: 'it is no device',
  },
  {
    code: 'register.auto-unsaved',
    arrange: (lab) => refused(lab, 'auto-registration-unsaved'),
    sentence: 'Its new number could not be written below /lab/state.',
    remedy: 'df -h /lab/state',
    who: 'SEP0011223344AA',
    lasts: 'it is no device',
  },
  {
    code: 'register.unsupported-model',
    config: { autoRegistration: { enabled: true, range: '1000-1001' } },
    arrange: (lab) => void lab.attempt('SEP0011223344AA', 'SCCP', { typeId: 99_999 }),
    sentence: 'Its device type 99999 is none that labcm knows, or none that speaks SCCP.',
    remedy: 'model: …',
    who: 'SEP0011223344AA',
    lasts: 'it is no device',
  },
  {
    code: 'register.full',
    config: { policy: { maxDevices: 1 }, devices: [...(LAB.devices ?? []), OTHER] },
    arrange: (lab) => {
      lab.register(OTHER.name, 'SCCP', { link: 1 });
      lab.attempt();
    },
    sentence: 'labcm holds 1 registrations, and `policy.maxDevices` allows 1.',
    remedy: 'maxDevices: 2',
    mend: (lab) => lab.reload({ policy: { maxDevices: 2 } }),
  },
  {
    code: 'register.tls-required',
    config: { devices: [{ ...DEVICE, requireTls: true }] },
    arrange: (lab) => void lab.attempt(),
    sentence: 'Its configuration demands TLS and it came over TCP.',
    remedy: 'requireTls: false',
    mend: (lab) => lab.reload({}),
  },
  {
    code: 'register.wrong-certificate',
    config: { devices: [{ ...DEVICE, requireTls: true }] },
    arrange: (lab) =>
      void lab.attempt(PHONE, 'SCCP', { transport: 'tls', peer: aPeer({ names: ['SEP001122334466'] }) }),
    sentence: `Its certificate says "SEP001122334466", not ${PHONE}.`,
    remedy: 'requireTls: false',
    mend: (lab) => void lab.register(PHONE, 'SCCP', { transport: 'tls' }),
  },
  {
    code: 'register.wrong-certificate',
    title: 'register.wrong-certificate, of which its configuration asks no longer',
    config: { devices: [{ ...DEVICE, requireTls: true }] },
    arrange: (lab) =>
      void lab.attempt(PHONE, 'SCCP', { transport: 'tls', peer: aPeer({ names: ['SEP001122334466'] }) }),
    sentence: `Its certificate says "SEP001122334466", not ${PHONE}.`,
    remedy: 'common name is SEP001122334455',
    mend: (lab) => lab.reload({}),
  },
  ...REGISTER_SECURITY_CASES,
  {
    code: 'register.wrong-password',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'wrong-credentials', { given: 'lab5001', configured: 'lab5001' }),
    sentence: 'Its password for the digest user "lab5001" is not the configured one.',
    remedy: 'digest: { user: lab5001, password: … }',
  },
  {
    code: 'register.wrong-password',
    title: 'register.wrong-password, which the configuration has now',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'wrong-credentials', { given: 'lab5001', configured: 'lab5001' }),
    sentence: 'Its password for the digest user "lab5001" is not the configured one.',
    remedy: 'kill -HUP',
    mend: (lab) => lab.reload(withDigest({ user: 'lab5001', password: 'other' })),
  },
  {
    code: 'register.wrong-user',
    title: 'register.wrong-user, whom the configuration has now',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'wrong-credentials', { given: 'desk', configured: 'lab5001' }),
    sentence: 'It names itself "desk" in its credentials; the configured user is "lab5001".',
    remedy: 'the same as authName',
    mend: (lab) => lab.reload(withDigest({ user: 'desk', password: 'secret' })),
  },
  {
    code: 'register.wrong-user',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'wrong-credentials', { given: '', configured: 'lab5001' }),
    sentence: 'It names itself "" in its credentials; the configured user is "lab5001": its file has no authName.',
    remedy: 'digest: { user: lab5001, password: … }',
  },
  {
    code: 'register.locked-out',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'locked-out', { given: 10, configured: 30 }),
    sentence: 'It is locked out for 30 s after 10 wrong passwords, so its present one was not looked at.',
    remedy: 'right password',
  },
  {
    code: 'register.locked-out',
    title: 'register.locked-out, until that is over',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'locked-out', { given: 10, configured: 30, retryAfter: 30 }),
    sentence: 'It is locked out for 30 s after 10 wrong passwords, so its present one was not looked at.',
    remedy: 'for that time',
    mend: (lab) => {
      lab.wait(30_000);
      lab.say(registerAnswered({}));
    },
  },
  {
    code: 'register.bad-message',
    arrange: (lab) => refused(lab, 'malformed', { given: 'SEP0011223344AA', configured: PHONE }),
    sentence: 'Its Register cannot be read: it calls itself "SEP0011223344AA" there.',
    remedy: 'newer load',
  },
  {
    code: 'register.wrong-realm',
    config: SIP_PHONE,
    arrange: (lab) => lab.say(registerAnswered({ credentials: 'other', given: 'asterisk', configured: 'ccmsipline' })),
    sentence: 'It answers for the realm "asterisk" of another server and not for "ccmsipline".',
    remedy: 'sip: { realm: "asterisk" }',
  },
  {
    code: 'register.wrong-realm',
    title: 'register.wrong-realm, after a wrong password',
    config: SIP_PHONE,
    arrange: (lab) => {
      refused(lab, 'wrong-credentials', { given: 'lab5001', configured: 'lab5001' });
      lab.wait(1000);
      lab.say(registerAnswered({ credentials: 'other', given: 'asterisk', configured: 'ccmsipline' }));
    },
    sentence: 'It answers for the realm "asterisk" of another server and not for "ccmsipline".',
    remedy: 'sip: { realm: "asterisk" }',
  },
  {
    code: 'register.wrong-password',
    title: 'register.wrong-password, after a wrong realm',
    config: SIP_PHONE,
    arrange: (lab) => {
      lab.say(registerAnswered({ credentials: 'other', given: 'asterisk', configured: 'ccmsipline' }));
      lab.wait(1000);
      refused(lab, 'wrong-credentials', { given: 'lab5001', configured: 'lab5001' });
    },
    sentence: 'Its password for the digest user "lab5001" is not the configured one.',
    remedy: 'digest: { user: lab5001, password: … }',
  },
  {
    code: 'register.challenge-unanswered',
    config: SIP_PHONE,
    arrange: (lab) => lab.say(...THRICE.map((cseq) => registerAnswered({ cseq, sentTo: `${ADDRESS}:5060` }))),
    sentence:
      "It was asked for a password 3 times and never answered: labcm's answers go to port 5060, as its Via says, and it sends from 49152.",
    remedy: 'register over TCP',
  },
  {
    code: 'register.challenge-unanswered',
    title: 'register.challenge-unanswered, once, and silence',
    config: SIP_PHONE,
    arrange: (lab) => {
      lab.say(registerAnswered({}));
      lab.wait(5000);
    },
    sentence: `It was asked for a password once and never answered: it has no password, or labcm's answers to ${ADDRESS}:49152 do not reach it.`,
    remedy: "the device's `digest` user and password",
  },
  {
    code: 'register.too-brief',
    config: SIP_PHONE,
    arrange: (lab) => {
      const tooBrief = registerAnswered({ status: 423, asked: 10, least: 60 });
      lab.say(tooBrief, tooBrief);
    },
    sentence: 'It asked 2 times to be registered for 10 s, less than the 60 s allowed, and does not take the hint.',
    remedy: 'expires: { min: 10s }',
  },
  {
    code: 'register.cseq-back',
    config: SIP_PHONE,
    arrange: (lab) => lab.say(registerAnswered({ status: 500, cseq: 101, credentials: 'unchecked' })),
    sentence: 'It counts backwards, to CSeq 101, after a restart of its own; it will come with a new Call-ID.',
    remedy: 'next attempt',
  },
  {
    code: 'register.bad-message',
    title: 'register.bad-message, SIP',
    config: SIP_PHONE,
    arrange: (lab) =>
      lab.say(registerAnswered({ status: 400, credentials: 'unchecked', warning: 'Missing or faulty Call-ID' })),
    sentence: 'Its REGISTER cannot be read: Missing or faulty Call-ID.',
    remedy: 'newer load',
  },
  {
    code: 'register.never-completes',
    arrange: (lab) => {
      const answer = lab.attempt();
      if (!answer.accepted) return;
      lab.database.facts.said(answer.registration, 'CapabilitiesReqMessage');
      lab.database.end(answer.registration, 'no-capabilities', lab.now());
    },
    sentence: 'It was accepted and never said which codecs it has; the last that it heard was CapabilitiesReq.',
    remedy: 'maxProtocolVersion: 11',
  },
  {
    code: 'register.token-deferred',
    arrange: (lab) =>
      lab.say({
        type: 'sccp.token',
        station: { link: 1, device: PHONE, address: ADDRESS },
        granted: false,
        wait: 30,
      } as unknown as Said),
    sentence: 'It wants to come home and was told to wait 30 s, since many come at once.',
    remedy: 'tokens: { perSecond: 50 }',
  },
  {
    code: 'register.suspended',
    config: { devices: [{ name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'], suspended: true }] },
    arrange: (lab) => void lab.attempt(),
    sentence: 'It is suspended in the configuration.',
    remedy: 'suspended: false',
    mend: (lab) => lab.reload({}),
  },
];
