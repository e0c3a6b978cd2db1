// The causes on the way between a phone and labcm's DHCP, and those by which nothing is heard of a phone
// (`docs/protocols/explain.md` §§2.1, 2.2).

import type { MacAddress } from '../../../src/core/identifiers.js';
import { after, instant, minutes, seconds } from '../../../src/core/time.js';
import { DHCP, discoverAgain, SERVER, SUBNET, wireOf } from './dhcp-wire.js';
import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, MAC, PHONE, type VerdictLab } from './verdict-lab.js';

const sccp = (name: string, dn: string) => ({ name, model: 'Cisco 7962', protocol: 'SCCP' as const, lines: [dn] });
const FELLOWS = ['SEP0A0000000001', 'SEP0A0000000002', 'SEP0A0000000003'];
const DEVICES = [sccp(PHONE, '5001'), ...FELLOWS.map((name, index) => sccp(name, `510${index}`))];
const VOICE = { subnet: '10.3.0.0/24', pools: ['10.3.0.10-10.3.0.99'] };

const leases = (lab: VerdictLab): void => void wireOf(lab).lease();

/** They fall silent one after the other, `PHONE` last. */
const allSilent = (lab: VerdictLab): void => {
  const names = [...FELLOWS, PHONE];
  const registrations = names.map((name, index) =>
    lab.register(name, 'SCCP', { address: `10.2.0.${50 + index}`, link: index }),
  );
  for (const name of names)
    lab.database.facts.recordOutOfService(name, { code: 25, words: 'initialized', switch: 'access-sw-3' }, lab.now());
  lab.wait(minutes(60));
  for (const registration of registrations) {
    lab.wait(seconds(2));
    lab.database.end(registration, 'silence', lab.now());
  }
};

export const NETWORK_CASES: readonly VerdictCase[] = [
  {
    code: 'dhcp.offer-not-taken',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      discoverAgain(lab, 4);
      lab.wait(seconds(70));
    },
    sentence: 'labcm offers 10.2.0.14 and the phone never answers: the offer does not reach it, or it dislikes it.',
    remedy: 'nft list ruleset',
    mend: leases,
  },
  {
    code: 'dhcp.wrong-vlan',
    config: { dhcp: { ...DHCP, subnets: [SUBNET, VOICE] } },
    arrange: (lab) => {
      const ciaddr = wireOf(lab).lease();
      lab.wait(seconds(8));
      wireOf(lab).says('RELEASE', { ciaddr, server: SERVER });
      lab.wait(seconds(50));
    },
    sentence: 'It has an address of 10.2.0.0/24, the data network; its voice VLAN gives it none.',
    remedy: 'switchport voice vlan',
    mend: (lab) => void wireOf(lab).lease({ relay: '10.3.0.1' }),
  },
  {
    code: 'dhcp.wrong-vlan',
    title: 'dhcp.wrong-vlan of a phone whose fellows are in another subnet',
    config: { devices: DEVICES, dhcp: { ...DHCP, subnets: [SUBNET, VOICE] } },
    arrange: (lab) => {
      for (const name of FELLOWS) {
        const address = wireOf(lab).lease({ mac: name.slice(3), relay: '10.3.0.1' });
        lab.register(name, 'SCCP', { address });
      }
      wireOf(lab).lease();
      lab.wait(seconds(50));
    },
    sentence: 'It has an address of 10.2.0.0/24, the data network; its voice VLAN gives it none.',
    remedy: 'Admin. VLAN Id',
  },
  {
    code: 'dhcp.relay-missing',
    config: { dhcp: { ...DHCP, subnets: [VOICE] } },
    arrange: (lab) => lab.wait(minutes(4)),
    sentence: 'Nothing ever came from the relay of 10.3.0.0/24; the router there does not pass DHCP on.',
    remedy: 'ip helper-address 10.2.0.1',
    silent: true,
  },
  {
    code: 'dhcp.no-router',
    config: {
      nodes: [{ name: 'CM1', address: '10.9.0.1' }],
      dhcp: { ...DHCP, subnets: [{ ...SUBNET, routers: [] }] },
    },
    options: { localAddresses: ['10.2.0.1', '10.9.0.1'] },
    arrange: (lab) => {
      wireOf(lab).lease();
      lab.fetch(`${PHONE}.cnf.xml`);
      lab.wait(seconds(65));
    },
    sentence: 'It has no router, and its call manager 10.9.0.1 is on another network.',
    remedy: 'routers: [10.2.0.1]',
  },
  {
    code: 'dhcp.lease-over',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      const registration = lab.register(PHONE, 'SCCP', { address: wireOf(lab).lease() });
      lab.wait(minutes(61));
      lab.database.end(registration, 'silence', lab.now());
    },
    sentence:
      'It let its lease of 10.2.0.14 run out: its renewals do not reach labcm (they come by unicast, without the relay).',
    remedy: 'leaseTime: 30d',
    mend: leases,
  },
  {
    code: 'dhcp.static',
    config: { dhcp: DHCP },
    arrange: (lab) => void lab.register(),
    sentence: `It uses the fixed address ${ADDRESS}; labcm did not give it.`,
    remedy: 'exclusions: [10.2.0.14]',
    mend: (lab) => lab.reload({ dhcp: { ...DHCP, subnets: [{ ...SUBNET, exclusions: [ADDRESS] }] } }),
    silent: true,
  },
  {
    code: 'power.never-seen',
    arrange: (lab) => lab.wait(minutes(4)),
    sentence: 'Nothing was ever heard of it: no DHCP, no file, no registration.',
    remedy: '0011.2233.4455',
    silent: true,
  },
  {
    code: 'power.never-seen-after-restart',
    arrange: (lab) => {
      const at = instant(lab.now() - minutes(30));
      lab.database.recordLease(
        { address: ADDRESS, mac: MAC.replaceAll(':', '') as MacAddress, at, until: after(at, minutes(60)) },
        lab.now(),
      );
      lab.wait(minutes(11));
    },
    sentence:
      'It was last heard before labcm was restarted; either it is off, or it registered with another call manager.',
    remedy: '**#**',
    silent: true,
  },
  {
    code: 'power.no-image',
    config: { dhcp: DHCP },
    arrange: (lab) => {
      for (let round = 0; round < 5; round += 1) {
        wireOf(lab).lease();
        lab.wait(seconds(20));
      }
    },
    sentence:
      'It gets an address every 20 s and never asks for a file: it has no runnable firmware, or asks another TFTP server.',
    remedy: 'default.loads',
    mend: (lab) => lab.fetch(`CTL${PHONE}.tlv`),
  },
  {
    code: 'power.together',
    config: { devices: DEVICES },
    arrange: allSilent,
    sentence: 'It fell silent together with 3 others behind "access-sw-3".',
    remedy: 'show power inline',
  },
  {
    code: 'power.wrong-mac',
    arrange: (lab) => {
      lab.attempt('SEP001122334459', 'SCCP', { address: '10.2.0.19' });
      lab.wait(seconds(40));
    },
    sentence:
      'SEP001122334459 is heard and SEP001122334455 is not: the MAC in the configuration is probably a misreading of SEP001122334459.',
    remedy: 'name: SEP001122334459',
    silent: true,
  },
];
