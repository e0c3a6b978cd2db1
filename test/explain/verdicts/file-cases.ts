// The causes at the files of a phone (`docs/protocols/explain.md` §2.3): what it asks for, and what it believes.

import { seconds } from '../../../src/core/time.js';
import { DHCP, wireOf } from './dhcp-wire.js';
import { missing, says, served, withheld } from './file-facts.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const NOBODY = 'SEP0011223344AA';
const OWN = `${PHONE}.cnf.xml`;
const IS_NO_DEVICE = 'it is no device';

/** The lists that a phone with a load of 9.0 or later asks for first. */
const lists = (name: string) => [missing(`CTL${name}.tlv`), missing(`ITL${name}.tlv`), missing('ITLFile.tlv')];

/** So long nothing comes of a phone that has its file. */
const silence = (lab: VerdictLab, span = 60): void => lab.wait(seconds(span));

const AUTO = { autoRegistration: { enabled: true, range: '1000-1099' } };

export const FILE_CASES: readonly VerdictCase[] = [
  {
    code: 'files.never-asks',
    config: { dhcp: DHCP } as VerdictCase['config'] & object,
    arrange: (lab) => {
      wireOf(lab).lease();
      silence(lab, 45);
    },
    sentence: `It has ${ADDRESS} and asks labcm for no file: an Alternate TFTP server set on the phone beats DHCP, or UDP 69 is blocked on the way.`,
    remedy: 'Alternate TFTP: No',
    mend: (lab) => lab.fetch(OWN),
  },
  {
    code: 'files.unknown-device',
    who: 'SEP001122334456',
    arrange: (lab) => lab.say(...lists('SEP001122334456'), missing('SEP001122334456.cnf.xml')),
    sentence:
      '"SEP001122334456" is not configured, so there is no file for it; perhaps SEP001122334455 is meant, which is configured.',
    remedy: 'name: SEP001122334456',
    lasts: IS_NO_DEVICE,
  },
  {
    code: 'files.unknown-device',
    title: 'files.unknown-device, whose jar shows what it is',
    who: 'SEP0A0000000001',
    arrange: (lab) => lab.say(missing('SEP0A0000000001.cnf.xml'), missing('English_United_States/gd-sip.jar')),
    sentence: '"SEP0A0000000001" is not configured, so there is no file for it.',
    remedy: 'model: 9971',
    lasts: IS_NO_DEVICE,
  },
  {
    code: 'files.default-ignored',
    who: NOBODY,
    config: AUTO as VerdictCase['config'] & object,
    arrange: (lab) => {
      lab.say(...lists(NOBODY), missing(`${NOBODY}.cnf.xml`), served('XMLDefault.cnf.xml'));
      silence(lab);
    },
    sentence:
      'It was given the default file, of which loads from 9.0 on use next to nothing, so it does not know where to register.',
    remedy: `name: ${NOBODY}`,
    lasts: IS_NO_DEVICE,
  },
  {
    code: 'files.foreign-trust-list',
    arrange: (lab) => {
      says(lab, ...lists(PHONE), missing(`${OWN}.sgn`), served(OWN));
      silence(lab);
    },
    sentence:
      'It asks for a signed file first, so it has the trust list of another cluster, and it believes no file of labcm.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.foreign-trust-list',
    title: 'files.foreign-trust-list, only lists',
    arrange: (lab) => {
      says(lab, ...lists(PHONE));
      silence(lab, 30);
    },
    sentence:
      'It asked for its trust lists and then for nothing, most likely because it has the list of another cluster and believes no file of labcm.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.foreign-trust-list',
    title: 'files.foreign-trust-list, whose signer it names',
    arrange: (lab) => {
      says(lab, missing(`CTL${PHONE}.tlv`), served(OWN), {
        type: 'sip.alarm',
        transport: 'tcp',
        address: ADDRESS,
        port: 50002,
        link: 1,
        device: PHONE,
        alarm: 'DeviceTLInfo',
        proven: false,
        values: { ITLSignerName: 'CN=old-cucm.example.org' },
      } as unknown as Said);
      silence(lab);
    },
    sentence: 'It trusts the cluster of "CN=old-cucm.example.org" and believes no file of labcm.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.signed-expected',
    arrange: (lab) => {
      for (const _ of [1, 2]) {
        says(lab, missing(`CTL${PHONE}.tlv`), missing(`${OWN}.sgn`));
        silence(lab, 25);
      }
    },
    sentence:
      'It asked 2 times for a signed file and for no other: its trust list has a TFTP entry, and labcm has no key of that list.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.encrypted-expected',
    arrange: (lab) => lab.say(missing(`${OWN}.enc.sgn`), missing(`${OWN}.enc.sgn`)),
    sentence: 'It wants its configuration encrypted, as its last cluster did, and labcm has no key of it.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.certificate-unknown',
    arrange: (lab) => {
      says(lab, withheld(`${OWN}.sgn`, 'no-certificate'), served(`${OWN}.sgn`));
      silence(lab);
    },
    sentence:
      'Its configuration is to be encrypted for its certificate, and labcm knows no certificate of it: it has not been at CAPF.',
    remedy: 'labcm capf install',
    mend: (lab) => says(lab, served(`${OWN}.sgn`), served(`${OWN}.enc.sgn`)),
  },
  {
    code: 'files.elliptic-certificate',
    arrange: (lab) => says(lab, withheld(`${OWN}.sgn`, 'elliptic-key'), served(`${OWN}.sgn`)),
    sentence:
      'Its configuration is to be encrypted, and its certificate has a key on an elliptic curve, or an RSA key of fewer than 1024 bits, for which nothing is encrypted.',
    remedy: '--key 2048',
    mend: (lab) => says(lab, served(`${OWN}.sgn`), served(`${OWN}.enc.sgn`)),
  },
  {
    code: 'files.encrypted-alone',
    arrange: (lab) => says(lab, withheld(OWN, 'asked-in-clear'), missing(OWN)),
    sentence:
      'It asks for its configuration in clear, which is given encrypted alone: it has not taken the trust list of this cluster.',
    remedy: 'encryptedConfig: false',
    mend: (lab) => says(lab, served(`${OWN}.sgn`), served(`${OWN}.enc.sgn`)),
  },
  {
    code: 'files.legacy-sip-names',
    arrange: (lab) => says(lab, missing('OS79XX.TXT'), missing('SIPDefault.cnf'), missing('SIP001122334455.cnf')),
    config: { devices: [{ name: PHONE, model: 'Cisco 7960', protocol: 'SIP', lines: ['5001'] }] },
    sentence:
      'It runs a SIP load of the 7940 and 7960, which reads `SIPDefault.cnf` and `SIP001122334455.cnf`, and there is no SIP001122334455.cnf.',
    remedy: 'put SIPDefault.cnf and SIP001122334455.cnf into',
    mend: (lab) => {
      lab.root.set('SIPDefault.cnf', '');
      lab.root.set('SIP001122334455.cnf', '');
      says(lab, served('SIPDefault.cnf'), served('SIP001122334455.cnf'), missing('dialplan.xml'));
    },
  },
  {
    code: 'files.config-not-believed',
    title: 'files.config-not-believed, again and again in one boot',
    arrange: (lab) => {
      says(lab, missing(`CTL${PHONE}.tlv`), served(OWN), served(OWN), served(OWN));
      silence(lab);
    },
    sentence:
      'It read its file 3 times and did nothing with it: it cannot use what stands there, or does not trust it.',
    remedy: 'factory reset',
  },
  {
    code: 'files.config-not-believed',
    arrange: (lab) => {
      for (const _ of [1, 2, 3]) {
        says(lab, missing(`CTL${PHONE}.tlv`), served(OWN));
        silence(lab, 30);
      }
      silence(lab, 30);
    },
    sentence:
      'It read its file 3 times and did nothing with it: it cannot use what stands there, or does not trust it.',
    remedy: 'factory reset',
  },
  {
    code: 'files.config-not-believed',
    title: 'files.config-not-believed, signed, in a cluster that has lists',
    arrange: (lab) => {
      says(lab, served(`ITL${PHONE}.tlv`), served(`${OWN}.sgn`), served(`${OWN}.sgn`), served(`${OWN}.sgn`));
      silence(lab);
    },
    sentence:
      'It read its file 3 times and did nothing with it: it cannot use what stands there, or does not trust it.',
    remedy: 'Trust List > ITL File',
  },
  {
    code: 'files.node-by-name',
    who: NOBODY,
    config: { ...AUTO, dhcp: DHCP } as VerdictCase['config'] & object,
    options: {
      root: {
        [`${NOBODY}.cnf.xml`]: '<device><callManager><processNodeName>cm1.lab</processNodeName></callManager></device>',
      },
    },
    arrange: (lab) => {
      lab.say(served(`${NOBODY}.cnf.xml`));
      silence(lab);
    },
    sentence: 'Its file names the call manager "cm1.lab", and its lease has no DNS server.',
    remedy: '<processNodeName>10.2.0.1</processNodeName>',
    lasts: IS_NO_DEVICE,
  },
  {
    code: 'files.stale',
    arrange: async (lab) => {
      lab.fetch(OWN);
      lab.database.facts.recordGiven(PHONE, OWN, { at: lab.now(), stamp: lab.stamp, transport: 'TFTP' });
      lab.register();
      lab.settle();
      lab.stamp = 'stamp-2';
      await lab.reload({ devices: [DEVICE_WITH_LABEL] });
      lab.register();
    },
    sentence: 'It still works by the file that it fetched before its configuration changed.',
    remedy: `labcm apply ${PHONE}`,
    mend: (lab) => {
      lab.database.facts.recordGiven(PHONE, OWN, { at: lab.now(), stamp: lab.stamp, transport: 'TFTP' });
      lab.database.recordReport(PHONE, { alarm: '104: applied' }, lab.now());
    },
  },
];

const DEVICE_WITH_LABEL = {
  name: PHONE,
  model: 'Cisco 7962',
  protocol: 'SCCP' as const,
  lines: [{ dn: '5001', label: 'Door' }],
};
