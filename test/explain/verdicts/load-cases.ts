// The causes at firmware, and at what files show of a phone (`docs/protocols/explain.md` §2.3).

import { seconds } from '../../../src/core/time.js';
import { DHCP, wireOf } from './dhcp-wire.js';
import { missing, says, served } from './file-facts.js';
import type { VerdictCase } from './verdict-cases.js';
import { PHONE } from './verdict-lab.js';

const LOAD = 'SCCP42.9-4-2SR3-1S';
const PARTS = ['jar42sccp.9-4-2ES26.sbn', 'cnu42.9-4-2ES26.sbn', 'cvm42sccp.9-4-2ES26.sbn'];
const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const WITH_LOAD = { devices: [{ ...DEVICE, load: LOAD }] };
const MANIFEST = { [`${LOAD}.loads`]: PARTS.join('\r\n') };

const config = served(`${PHONE}.cnf.xml`);

export const LOAD_CASES: readonly VerdictCase[] = [
  {
    code: 'files.load-missing',
    config: WITH_LOAD,
    arrange: (lab) => says(lab, config, missing(`${LOAD}.loads`)),
    sentence: `Its load "${LOAD}" is not among the files, so it keeps what it runs.`,
    remedy: `unpack ${LOAD} into`,
    mend: (lab) => {
      lab.root.set(`${LOAD}.loads`, '');
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
  },
  {
    code: 'files.load-missing',
    title: 'files.load-missing, the load of the model',
    config: { phones: { loads: { 7962: LOAD } } } as unknown as VerdictCase['config'] & object,
    arrange: (lab) => says(lab, config, missing(`${LOAD}.loads`)),
    sentence: `Its load "${LOAD}" is not among the files, so it keeps what it runs.`,
    remedy: 'phones: { loads: {} }',
  },
  {
    code: 'files.load-part-missing',
    config: WITH_LOAD,
    options: { root: MANIFEST },
    arrange: (lab) => says(lab, config, served(`${LOAD}.loads`), served(PARTS[0] ?? ''), missing(PARTS[1] ?? '')),
    sentence: `It cannot load "${LOAD}": "${PARTS[1]}", part 2 of 3, is missing.`,
    remedy: `copy ${PARTS[1]}`,
  },
  {
    code: 'files.load-in-subfolder',
    config: WITH_LOAD,
    options: { root: { [`loads/7962/${LOAD}.loads`]: '' } },
    arrange: (lab) => says(lab, config, missing(`${LOAD}.loads`)),
    sentence: `It asks for "${LOAD}.loads" at the top of the served folder, and that lies in "loads/7962/${LOAD}.loads".`,
    remedy: `loads/7962/${LOAD}.loads`,
    mend: (lab) => {
      lab.root.set(`${LOAD}.loads`, '');
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
  },
  {
    code: 'files.load-loop',
    config: WITH_LOAD,
    options: { root: MANIFEST },
    arrange: (lab) => {
      lab.register(PHONE, 'SCCP', { load: 'SCCP42.8-2-1S' });
      for (const _ of [1, 2, 3]) {
        says(lab, missing(`CTL${PHONE}.tlv`), config, ...[`${LOAD}.loads`, ...PARTS].map((file) => served(file)));
        lab.wait(seconds(90));
      }
      lab.register(PHONE, 'SCCP', { load: 'SCCP42.8-2-1S' });
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
    sentence: `It fetched "${LOAD}" 3 times and still runs "SCCP42.8-2-1S": it cannot verify the signature from there.`,
    remedy: 'a stepping stone first',
    mend: (lab) => {
      lab.register(PHONE, 'SCCP', { load: LOAD });
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
  },
  {
    code: 'files.load-loop',
    title: 'files.load-loop, which it reports itself',
    config: WITH_LOAD,
    arrange: (lab) => {
      lab.database.facts.recordAlarm(
        PHONE,
        {
          kind: 'load',
          report: { download: 'failed', running: 'SCCP42.8-2-1S', failed: LOAD, failureReason: '7' },
        },
        lab.now(),
      );
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
    sentence: `It could not load "${LOAD}" and still runs "SCCP42.8-2-1S": it gives the reason "7".`,
    remedy: 'a stepping stone first',
    mend: (lab) => {
      lab.register(PHONE, 'SCCP', { load: LOAD });
      says(lab, missing('English_United_States/mk-sccp.jar'));
    },
  },
  {
    code: 'files.load-wrong-family',
    config: { devices: [{ ...DEVICE, load: 'SCCP75.9-4-2SR3-1S' }] },
    arrange: (lab) => says(lab, config, missing('SCCP75.9-4-2SR3-1S.loads')),
    sentence: 'Its load "SCCP75.9-4-2SR3-1S" is firmware of another model (7975) than the Cisco 7962 that it is.',
    remedy: 'load: …',
    mend: (lab) => lab.reload({}),
  },
  {
    code: 'files.default-load-missing',
    arrange: (lab) => says(lab, missing('term62.default.loads')),
    sentence: 'It was reset to its factory state and looks for "term62.default.loads", which is not there.',
    remedy: 'put term62.default.loads',
  },
  {
    code: 'files.wrong-protocol-load',
    arrange: (lab) => says(lab, config, missing('English_United_States/mk-sip.jar')),
    sentence:
      'It runs SIP firmware, as its request for "English_United_States/mk-sip.jar" shows, and it is configured for SCCP.',
    remedy: 'protocol: SIP',
    mend: (lab) => lab.reload({ devices: [{ ...DEVICE, protocol: 'SIP' }] }),
  },
  {
    code: 'files.wrong-model-shown',
    config: { dhcp: DHCP } as VerdictCase['config'] & object,
    arrange: (lab) => {
      wireOf(lab).lease({ vendorClass: 'Cisco Systems, Inc. IP Phone CP-7941G\0' });
      lab.say(config, missing('English_United_States/mk-sccp.jar'));
    },
    sentence: 'It calls itself a Cisco 7941 in DHCP; it is configured as a Cisco 7962 and will be refused.',
    remedy: 'model: 7941',
    mend: (lab) => lab.reload({ dhcp: DHCP, devices: [{ ...DEVICE, model: 'Cisco 7941' }] } as never),
  },
  {
    code: 'files.wrong-model-shown',
    title: 'files.wrong-model-shown, by its jar',
    config: { devices: [{ ...DEVICE, model: 'Cisco 9951', protocol: 'SIP' }] },
    arrange: (lab) => says(lab, config, missing('English_United_States/gd-sip.jar')),
    sentence:
      'It asks for "English_United_States/gd-sip.jar", as a Cisco 9971 does; it is configured as a Cisco 9951 and will be refused.',
    remedy: 'model: 9971',
    mend: (lab) => lab.reload({ devices: [{ ...DEVICE, model: 'Cisco 9971', protocol: 'SIP' }] }),
  },
];
