// The causes by which labcm gives a phone no address (`docs/protocols/explain.md` §2.2).

import { minutes, seconds } from '../../../src/core/time.js';
import { option } from '../../dhcp/harness.js';
import { DHCP, OTHER_SERVER, SERVER, SUBNET, wireOf } from './dhcp-wire.js';
import type { VerdictCase } from './verdict-cases.js';
import { PHONE, type VerdictLab } from './verdict-lab.js';

/** A computer, and a phone that nobody configured. */
const LAPTOP = 'F48E38112233';
const OTHER_MAC = '0A0000000001';
const OTHER = {
  name: `SEP${OTHER_MAC}`,
  model: 'Cisco 7962',
  protocol: 'SCCP' as const,
  lines: ['5002'],
};
const LAB_PHONE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP' as const, lines: ['5001'] };

const leases = (lab: VerdictLab): void => void wireOf(lab).lease();
/** Relay data that a switch adds. */
const OPTION_82 = option(82, [1, 4, 0, 1, 0, 7]);

const reconfigured = async (lab: VerdictLab, dhcp: object): Promise<void> => {
  await lab.reload({ dhcp: { ...DHCP, ...dhcp } });
  wireOf(lab).configure();
};

export const DHCP_CASES: readonly VerdictCase[] = [
  {
    code: 'dhcp.not-allowed',
    who: LAPTOP,
    config: { dhcp: DHCP },
    arrange: (lab) => void wireOf(lab).says('DISCOVER', { mac: LAPTOP, vendorClass: 'MSFT 5.0' }),
    sentence:
      'It asks for an address and labcm keeps silent, since it is no configured device and its vendor class "MSFT 5.0" is no phone\'s.',
    remedy: 'dhcp: { answer: all }',
    mend: (lab) => reconfigured(lab, { answer: 'all' }),
  },
  {
    code: 'dhcp.not-allowed',
    title: 'dhcp.not-allowed of a phone, where only known clients are answered',
    who: OTHER_MAC,
    config: { dhcp: { ...DHCP, answer: 'known' } },
    arrange: (lab) => void wireOf(lab).says('DISCOVER', { mac: OTHER_MAC }),
    sentence:
      'It asks for an address and labcm keeps silent, since it is no configured device and `dhcp.answer` lets no others in.',
    remedy: `name: SEP${OTHER_MAC}`,
    mend: (lab) => reconfigured(lab, { answer: 'all' }),
  },
  {
    code: 'dhcp.not-allowed',
    title: 'dhcp.not-allowed of Cisco equipment that may be no phone',
    who: LAPTOP,
    config: { dhcp: DHCP },
    arrange: (lab) => void wireOf(lab).says('DISCOVER', { mac: LAPTOP, vendorClass: 'Cisco Systems, Inc.' }),
    sentence:
      'It asks for an address and labcm keeps silent, since it is no configured device and its vendor class "Cisco Systems, Inc." is that of other equipment, too.',
    remedy: 'dhcp: { answer: all }',
    mend: (lab) => reconfigured(lab, { answer: 'all' }),
  },
  {
    code: 'dhcp.no-subnet',
    config: { dhcp: DHCP },
    arrange: (lab) => void wireOf(lab).says('DISCOVER', { relay: '10.9.0.1' }),
    sentence: 'It asks from behind the relay 10.9.0.1, for which no subnet is configured.',
    remedy: 'subnet: 10.9.0.0/24\n      pools: [10.9.0.128-10.9.0.250]\n      routers: [10.9.0.1]',
    mend: (lab) => reconfigured(lab, { subnets: [SUBNET, { subnet: '10.9.0.0/24', pools: ['10.9.0.10-10.9.0.20'] }] }),
  },
  {
    code: 'dhcp.no-subnet',
    title: 'dhcp.no-subnet of the own interface',
    config: { dhcp: { ...DHCP, subnets: [{ subnet: '10.3.0.0/24', pools: ['10.3.0.10-10.3.0.20'] }] } },
    arrange: (lab) => void wireOf(lab).says('DISCOVER'),
    sentence: 'It asks from the interface eth1, for which no subnet is configured.',
    remedy: 'give eth1 an address of a configured subnet',
  },
  {
    code: 'dhcp.pool-empty',
    config: { devices: [LAB_PHONE, OTHER], dhcp: { ...DHCP, subnets: [{ ...SUBNET, pools: ['10.2.0.14'] }] } },
    arrange: (lab) => {
      wireOf(lab).lease({ mac: OTHER_MAC });
      wireOf(lab).says('DISCOVER');
    },
    sentence: 'It gets no address because the one address of 10.2.0.0/24 is taken.',
    remedy: 'pools: [10.2.0.1-10.2.0.254]\n      exclusions: [10.2.0.254, 10.2.0.1]',
    mend: (lab) => {
      wireOf(lab).says('RELEASE', { mac: OTHER_MAC, ciaddr: '10.2.0.14', server: SERVER });
      wireOf(lab).lease();
    },
  },
  {
    code: 'dhcp.declined',
    config: { dhcp: DHCP },
    options: { neighbours: { '10.2.0.14': '0050568A0001' } },
    arrange: (lab) => {
      const requested = wireOf(lab).lease();
      wireOf(lab).says('DECLINE', { requested, server: SERVER });
    },
    sentence: 'It gave 10.2.0.14 back because another device (0050568A0001) uses it.',
    remedy: 'exclusions: [10.2.0.14]',
    mend: leases,
  },
  {
    code: 'dhcp.nak-loop',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      wireOf(lab).says('REQUEST', { requested: '10.3.0.14' });
      lab.wait(seconds(20));
      wireOf(lab).says('REQUEST', { requested: '10.3.0.14' });
    },
    sentence:
      'labcm refuses the address 10.3.0.14 that it asks for: the address is of another network than the one it is on.',
    remedy: 'power it off for a minute',
    mend: leases,
  },
  {
    code: 'dhcp.not-saved',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      const requested = wireOf(lab).says('DISCOVER')?.yiaddr ?? '';
      lab.say({ type: 'lease.file-failed', detail: 'ENOSPC: no space left on device' });
      wireOf(lab).saysUnsaved('REQUEST', { requested, server: SERVER });
    },
    sentence: 'It is given no lease because none can be written down: "ENOSPC: no space left on device".',
    remedy: 'df -h /lab/state',
    mend: leases,
  },
  {
    code: 'dhcp.no-room',
    config: { dhcp: DHCP },
    arrange: (lab) =>
      void wireOf(lab).says('DISCOVER', {
        relay: '10.2.0.254',
        clientId: `01${'ab'.repeat(250)}`,
        more: [option(82, [1, 100, ...Array.from({ length: 100 }, () => 7)])],
      }),
    sentence: 'The answer to it is larger than the 576 octets that it can take.',
    remedy: 'at the relay 10.2.0.254: shorter relay data (option 82)',
    mend: leases,
  },
  {
    code: 'dhcp.option-82',
    config: { dhcp: { ...DHCP, directRelayInformation: 'drop' } },
    arrange: (lab) => void wireOf(lab).says('DISCOVER', { more: [OPTION_82] }),
    sentence: 'Its request carries relay data but came without a relay: a switch with DHCP snooping adds it.',
    remedy: 'directRelayInformation: serve',
    mend: (lab) => reconfigured(lab, { directRelayInformation: 'serve' }),
  },
  {
    code: 'dhcp.throttled',
    who: OTHER_MAC,
    config: { dhcp: { ...DHCP, limits: { newClients: 1 } } },
    arrange: (lab) => {
      wireOf(lab).says('DISCOVER', { mac: '0A0000000002' });
      wireOf(lab).says('DISCOVER', { mac: OTHER_MAC });
    },
    sentence: 'So many phones start at once that its request was put off.',
    remedy: 'dhcp: { limits: { newClients: 2, newClientsPerLink: 2 } }',
    mend: (lab) => lab.wait(minutes(3)),
  },
];

/** Another server is on the network. */
const hearsOther =
  (kind: 'OFFER' | 'ACK', options: Readonly<Record<number, string>>, siaddr?: string) => (lab: VerdictLab) => {
    wireOf(lab).says('DISCOVER');
    wireOf(lab).hearsOther(kind, options, siaddr);
    wireOf(lab).takesOther();
    lab.wait(seconds(50));
  };

const hex = (text: string): string => Buffer.from(text).toString('hex');

export const OTHER_SERVER_CASES: readonly VerdictCase[] = [
  {
    code: 'dhcp.other-server-won',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      wireOf(lab).says('DISCOVER');
      wireOf(lab).takesOther();
      lab.wait(seconds(50));
    },
    sentence: `It took the address of another DHCP server, ${OTHER_SERVER}; whether it comes here depends on that server's option 150.`,
    remedy: 'labcm snippet',
    mend: leases,
  },
  {
    code: 'dhcp.other-server-text-150',
    config: { dhcp: DHCP },
    arrange: hearsOther('OFFER', { 150: hex('10.10.210.10') }),
    sentence:
      '10.2.0.2 sends option 150 as the text "10.10.210.10", so the phone reads 3 wrong addresses such as 49.48.46.49.',
    remedy: 'an array of IP addresses, not a string',
    mend: leases,
  },
  {
    code: 'dhcp.other-server-no-tftp',
    config: { dhcp: DHCP },
    arrange: hearsOther('ACK', { 1: 'ffffff00', 3: '0a0200fe' }),
    sentence: '10.2.0.2 gives it no TFTP server, so it never asks labcm.',
    remedy: 'labcm snippet',
    mend: leases,
  },
  {
    code: 'dhcp.other-server-no-tftp',
    title: 'dhcp.other-server-no-tftp, which has another one',
    config: { dhcp: DHCP },
    arrange: hearsOther('ACK', { 1: 'ffffff00' }, '10.2.0.9'),
    sentence: '10.2.0.2 gives it the TFTP server "10.2.0.9", so it never asks labcm.',
    remedy: 'all of them 10.2.0.1',
    mend: leases,
  },
  {
    code: 'dhcp.option-66-bytes',
    config: { dhcp: DHCP },
    arrange: hearsOther('ACK', { 66: '0a020001' }),
    sentence: '10.2.0.2 sends option 66 as raw bytes; phones read one name or one dotted address there.',
    remedy: 'option 66 as the plain text 10.2.0.1',
    mend: leases,
  },
  {
    code: 'dhcp.option-66-bytes',
    title: 'dhcp.option-66-bytes, a list',
    config: { dhcp: DHCP },
    arrange: hearsOther('ACK', { 66: hex('10.2.0.1,10.2.0.9') }),
    sentence: '10.2.0.2 sends option 66 as a list; phones read one name or one dotted address there.',
    remedy: 'labcm snippet',
    mend: leases,
  },
];
