// The causes at the registration (`docs/protocols/explain.md` §2.5).

import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, LAB, PHONE } from './verdict-lab.js';

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
    code: 'register.suspended',
    config: { devices: [{ name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'], suspended: true }] },
    arrange: (lab) => void lab.attempt(),
    sentence: 'It is suspended in the configuration.',
    remedy: 'suspended: false',
    mend: (lab) => lab.reload({}),
  },
];
