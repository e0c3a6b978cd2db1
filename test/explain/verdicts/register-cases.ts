// The causes at the registration (`docs/protocols/explain.md` §2.5).

import type { RefusalDetails, RefusalReason } from '../../../src/devices/index.js';
import { anAttempt } from '../../support/devices.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, LAB, PHONE, type VerdictLab } from './verdict-lab.js';

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

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const OTHER = { ...DEVICE, name: 'SEP001122334466', lines: ['5002'] } as const;

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
      '"SEP001122334456" is not configured and auto-registration is off; is SEP001122334455 meant, which is configured.',
    remedy: 'name: SEP001122334456',
    silent: true,
    lasts: 'a name that nobody configured stays one',
  },
  {
    code: 'register.wrong-model',
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { typeId: 115 }),
    sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
    remedy: 'model: 7941',
    mend: (lab) => lab.reload({ devices: [{ ...LAB.devices?.[0], name: PHONE, model: 'Cisco 7941' }] }),
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
    remedy: 'autoRegistration: { enabled: true, range: 1000-2999 }',
    silent: true,
    lasts: 'the range stays full',
  },
  {
    code: 'register.auto-busy',
    arrange: (lab) => refused(lab, 'auto-registration-busy'),
    sentence: 'So many new phones ask for a number at once that it was told to try again.',
    remedy: 'comes again by itself',
    who: 'SEP0011223344AA',
    silent: true,
    lasts: 'it is no device',
  },
  {
    code: 'register.auto-unsaved',
    arrange: (lab) => refused(lab, 'auto-registration-unsaved'),
    sentence: 'Its new number could not be written below /lab/state.',
    remedy: 'df -h /lab/state',
    who: 'SEP0011223344AA',
    silent: true,
    lasts: 'it is no device',
  },
  {
    code: 'register.unsupported-model',
    config: { autoRegistration: { enabled: true, range: '1000-1001' } },
    arrange: (lab) => void lab.attempt('SEP0011223344AA', 'SCCP', { typeId: 99_999 }),
    sentence: 'Its device type 99999 is none that labcm knows, or none that speaks SCCP.',
    remedy: 'model: …',
    who: 'SEP0011223344AA',
    silent: true,
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
    arrange: (lab) => void lab.attempt(PHONE, 'SCCP', { transport: 'tls', certificateNames: ['SEP001122334466'] }),
    sentence: `Its certificate says "SEP001122334466", not ${PHONE}.`,
    remedy: 'requireTls: false',
    mend: (lab) => void lab.register(PHONE, 'SCCP', { transport: 'tls' }),
  },
  {
    code: 'register.wrong-password',
    config: SIP_PHONE,
    arrange: (lab) => refused(lab, 'wrong-credentials', { given: 'lab5001', configured: 'lab5001' }),
    sentence: 'Its password for the digest user "lab5001" is not the configured one.',
    remedy: 'digest: { user: lab5001, password: … }',
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
    code: 'register.bad-message',
    arrange: (lab) => refused(lab, 'malformed', { given: 'SEP0011223344AA', configured: PHONE }),
    sentence: 'Its Register cannot be read: it calls itself "SEP0011223344AA" there.',
    remedy: 'newer load',
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
