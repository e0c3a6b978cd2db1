// The causes at the lines of a phone (`docs/protocols/explain.md` §2.6).

import type { DirectoryNumber } from '../../../src/core/identifiers.js';
import { seconds } from '../../../src/core/time.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type VerdictLab } from './verdict-lab.js';

const phone = (lines: readonly unknown[], model = 'Cisco 7962', protocol: 'SCCP' | 'SIP' = 'SCCP', name = PHONE) => ({
  name,
  model,
  protocol,
  lines: lines as string[],
});
const OTHER = 'SEP001122334456';

/** Registers the first line alone, and waits. */
const bindsFirst = (lab: VerdictLab, wait = 40): void => {
  const answer = lab.attempt(PHONE, 'SIP');
  if (!answer.accepted) throw new Error(answer.reason);
  lab.database.bindLines(answer.registration, ['5001' as DirectoryNumber], lab.now());
  lab.wait(seconds(wait));
};

export const LINE_CASES: readonly VerdictCase[] = [
  {
    code: 'lines.none',
    config: { devices: [phone([])] },
    arrange: () => {},
    sentence: 'It has no line: no number is configured for it.',
    remedy: 'lines: ["1000"]',
    mend: (lab) => lab.reload({}),
    silent: true,
  },
  {
    code: 'lines.partial',
    config: { devices: [phone(['5001', '5002'], 'Cisco 7962', 'SIP')] },
    arrange: (lab) => bindsFirst(lab),
    sentence: '1 of its 2 lines is registered; 5002 is missing.',
    remedy: 'power it off and on',
  },
  {
    code: 'lines.partial',
    title: 'lines.partial of a line that was asked for a password',
    config: { devices: [phone(['5001', '5002'], 'Cisco 7962', 'SIP')] },
    arrange: (lab) => {
      bindsFirst(lab, 1);
      lab.say({
        type: 'sip.register-answered',
        device: PHONE,
        dn: '5002',
        status: 401,
        warning: '',
        credentials: 'none',
        transport: 'udp',
        sentTo: `${ADDRESS}:5060`,
        source: `${ADDRESS}:50002`,
        callId: '5002',
        cseq: 101,
        repeat: false,
      });
      lab.wait(seconds(40));
    },
    sentence: '1 of its 2 lines is registered; 5002 is missing: it was asked for a password and gave none.',
    remedy: 'labcm timeline',
  },
  {
    code: 'lines.shared',
    config: { devices: [phone(['5001']), phone(['5001'], 'Cisco 7962', 'SCCP', OTHER)] },
    arrange: (lab) => void lab.register(),
    sentence: `5001 is also a line of ${OTHER}; calls go to all of them.`,
    remedy: 'label: "Shared 5001"',
    mend: (lab) => {
      const lines = [{ dn: '5001', label: 'Shared 5001' }];
      return lab.reload({ devices: [phone(lines), phone(lines, 'Cisco 7962', 'SCCP', OTHER)] });
    },
    silent: true,
  },
  {
    code: 'lines.more-than-keys',
    title: 'lines.more-than-keys of a phone of another model',
    config: { devices: [phone(['5001', '5002', '5003'])], policy: { model: 'any' } },
    arrange: (lab) => void lab.register(PHONE, 'SCCP', { typeId: 434 }),
    sentence: 'It has 3 lines and 2 keys for them, so 5003 cannot be seen.',
    remedy: 'at most 2',
    mend: (lab) => lab.reload({ devices: [phone(['5001', '5002'])], policy: { model: 'any' } }),
    silent: true,
  },
  {
    code: 'lines.dn-in-auto-range',
    config: { autoRegistration: { enabled: true, range: '5000-5999' } },
    arrange: (lab) => void lab.register(),
    sentence: '5001 lies in the range for auto-registration; an unknown phone could have had it.',
    remedy: 'range: 6000-6999',
    mend: (lab) => lab.reload({}),
    silent: true,
  },
];
