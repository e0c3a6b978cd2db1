// What looks like a cause at files and is none: each row of `docs/protocols/explain.md` §2.3 has facts that exclude it.

import { describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../../src/config/index.js';
import { seconds } from '../../../src/core/time.js';
import { DHCP, SUBNET, wireOf } from './dhcp-wire.js';
import { brokenOff, missing, says, served } from './file-facts.js';
import { PHONE, type Said, VerdictLab } from './verdict-lab.js';

const OWN = `${PHONE}.cnf.xml`;
const LOAD = 'SCCP42.9-4-2SR3-1S';
const PART = 'cvm42sccp.9-4-2ES26.sbn';
const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] };
const LISTS = [missing(`CTL${PHONE}.tlv`), missing(`ITL${PHONE}.tlv`), missing('ITLFile.tlv')];
const ELSEWHERE = { ...DHCP, subnets: [{ ...SUBNET, option150: ['10.2.0.9'] }] };
const an8851 = { ...DEVICE, model: 'Cisco 8851', protocol: 'SIP' };

interface Exclusion {
  readonly title: string;
  /** The code that is not found. */
  readonly not: string;
  readonly config?: object;
  readonly root?: Readonly<Record<string, string>>;
  readonly happens: (lab: VerdictLab) => void;
}

const said =
  (...events: readonly Said[]) =>
  (lab: VerdictLab): void =>
    says(lab, ...events);

const leased = (lab: VerdictLab, vendorClass?: string): void => {
  wireOf(lab).lease(vendorClass === undefined ? {} : { vendorClass });
  lab.wait(seconds(46));
};

const EXCLUSIONS: readonly Exclusion[] = [
  {
    title: 'it takes the signed default file of a cluster that has lists',
    not: 'files.signed-expected',
    happens: (lab) => {
      for (const _ of [1, 2]) {
        says(lab, missing(`CTL${PHONE}.tlv`), missing(`${OWN}.sgn`), served('XMLDefault.cnf.xml.sgn'));
        lab.wait(seconds(25));
      }
    },
  },
  {
    title: 'its files come from another TFTP server, as its lease says',
    not: 'files.never-asks',
    config: { dhcp: ELSEWHERE },
    happens: leased,
  },
  {
    title: 'it goes on without files',
    not: 'files.never-asks',
    config: { dhcp: DHCP },
    happens: (lab) => {
      wireOf(lab).lease();
      says(lab, {
        type: 'net.knock',
        address: '10.2.0.14',
        service: 'SIP',
        transport: 'tcp',
        port: 5060,
        unsaid: 0,
      } as unknown as Said);
      lab.wait(seconds(46));
    },
  },
  {
    title: 'TFTP is off, and its files come from another server',
    not: 'files.tftp-off',
    config: { dhcp: ELSEWHERE, tftp: { enabled: false } },
    happens: leased,
  },
  {
    title: 'TFTP is off, and its model asks by HTTP',
    not: 'files.tftp-off',
    config: { dhcp: DHCP, tftp: { enabled: false }, devices: [an8851] },
    happens: (lab) => leased(lab, 'Cisco Systems, Inc. IP Phone CP-8851\0'),
  },
  {
    title: 'it waits for an answer over HTTP',
    not: 'files.foreign-trust-list',
    config: { devices: [an8851] },
    happens: (lab) => {
      says(lab, ...LISTS);
      lab.wait(seconds(31));
    },
  },
  {
    title: 'it took the plain file',
    not: 'files.encrypted-expected',
    happens: said(missing(`${OWN}.enc.sgn`), missing(`${OWN}.enc.sgn`), served(OWN), missing('mk-sccp.jar')),
  },
  {
    title: 'it asked for the plain file, too',
    not: 'files.signed-expected',
    happens: said(missing(`${OWN}.sgn`), missing(OWN), missing(`${OWN}.sgn`)),
  },
  {
    title: 'it registered in between',
    not: 'files.config-not-believed',
    happens: (lab) => {
      for (const _ of [1, 2, 3]) {
        says(lab, missing(`CTL${PHONE}.tlv`), served(OWN));
        lab.register();
        lab.database.end(lab.register(), 'unregistered', lab.now());
        lab.wait(seconds(30));
      }
      says(lab, missing(`CTL${PHONE}.tlv`), served(OWN));
      lab.wait(seconds(61));
    },
  },
  {
    title: 'it asks for a load that nobody told it to have',
    not: 'files.load-missing',
    happens: said(served(OWN), missing(`${LOAD}.loads`)),
  },
  {
    title: 'the part is no part of its load',
    not: 'files.load-part-missing',
    config: { devices: [{ ...DEVICE, load: LOAD }] },
    root: { [`${LOAD}.loads`]: 'jar42sccp.9-4-2ES26.sbn' },
    happens: said(served(OWN), served(`${LOAD}.loads`), missing(PART)),
  },
  {
    title: 'it runs the load that it fetched',
    not: 'files.load-loop',
    config: { devices: [{ ...DEVICE, load: LOAD }] },
    happens: (lab) => {
      says(lab, served(`${LOAD}.loads`), served(PART), served(`${LOAD}.loads`), served(PART));
      lab.register(PHONE, 'SCCP', { load: LOAD });
      says(lab, missing('mk-sccp.jar'));
    },
  },
  {
    title: 'a part was missing',
    not: 'files.load-loop',
    config: { devices: [{ ...DEVICE, load: LOAD }] },
    happens: said(served(`${LOAD}.loads`), missing(PART), served(`${LOAD}.loads`), missing(PART)),
  },
  {
    title: 'the load is of its family',
    not: 'files.load-wrong-family',
    config: { devices: [{ ...DEVICE, load: LOAD }] },
    happens: said(served(OWN), missing(`${LOAD}.loads`)),
  },
  {
    title: 'it has firmware after all',
    not: 'files.default-load-missing',
    happens: said(missing('term62.default.loads'), served(OWN), missing('mk-sccp.jar')),
  },
  {
    title: 'it changes its firmware',
    not: 'files.wrong-protocol-load',
    happens: said(missing('mk-sip.jar'), served(`${LOAD}.loads`), missing('x.xml')),
  },
  {
    title: 'any model may register',
    not: 'files.wrong-model-shown',
    config: { policy: { model: 'any' }, dhcp: DHCP },
    happens: (lab) => leased(lab, 'Cisco Systems, Inc. IP Phone CP-7941G\0'),
  },
  {
    title: 'the first of two requests is given up after the second was served',
    not: 'files.blocks-lost',
    happens: said(served(OWN), brokenOff(OWN)),
  },
  {
    title: 'a packet is lost now and then',
    not: 'files.slow',
    happens: said(served(OWN, { blocks: 4, resent: 2 }), missing('x.jar')),
  },
  {
    title: 'a small file waits',
    not: 'files.slow',
    happens: said(served(OWN, { octets: 5000, milliseconds: 4000 }), missing('x.jar')),
  },
  {
    title: 'the client ended a transfer for a reason of its own',
    not: 'files.options-refused',
    happens: said(brokenOff(OWN, { reason: 'client-error', errorCode: 0, resent: 0 })),
  },
];

describe.each(EXCLUSIONS.map((one) => [`${one.not}: ${one.title}`, one] as const))('no %s', (_, one) => {
  it('is found, or told', async () => {
    const { not, config = {}, root = {}, happens } = one;
    const lab = await VerdictLab.with(config as WrittenConfig, { root });
    happens(lab);
    lab.settle();
    const report = lab.report();
    const codes = [report?.verdict, ...(report?.others ?? []), ...lab.told].map((found) => found?.code);
    expect(codes).not.toContain(not);
  });
});

it('a file of the same content is not stale', async () => {
  const lab = await VerdictLab.with();
  lab.fetch(OWN);
  lab.database.facts.recordGiven(PHONE, OWN, { at: lab.now(), stamp: lab.stamp, transport: 'TFTP' });
  lab.register();
  await lab.reload({ devices: [{ ...DEVICE, description: 'by the door' }] } as WrittenConfig);
  lab.settle();
  expect(lab.verdict()?.code).not.toBe('files.stale');
});

it('a phone that works on its old load is degraded, and one that does not is blocked', async () => {
  const lab = await VerdictLab.with({ devices: [{ ...DEVICE, load: LOAD }] } as WrittenConfig);
  says(lab, served(`${LOAD}.loads`), served(PART), served(`${LOAD}.loads`), served(PART));
  expect(lab.verdict()).toMatchObject({ code: 'files.load-loop', severity: 'blocking' });
  lab.register(PHONE, 'SCCP', { load: 'SCCP42.8-2-1S' });
  expect(lab.verdict()).toMatchObject({ code: 'files.load-loop', severity: 'degraded' });
});
