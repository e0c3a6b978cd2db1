// Each fault of the table planted by itself in a sound lab: exactly its line appears.

import { describe, expect, it } from 'vitest';
import { DOCTOR_TABLE } from '../../src/doctor/table.js';
import { ADDRESS_FAULTS } from './address-faults.js';
import { CONFIG_FAULTS } from './config-faults.js';
import { DEVICE_FAULTS } from './device-faults.js';
import type { FaultCase } from './fault-case.js';
import { FILE_FAULTS } from './file-faults.js';
import { findingsIn, type Planted, SOUND, troubles } from './harness.js';
import { HOST_FAULTS } from './host-faults.js';
import { ETH1, LOOPBACK } from './memory-host.js';
import { GOOD_OFFER, OFFER_CASES } from './offer-cases.js';

const CASES: readonly FaultCase[] = [
  ...CONFIG_FAULTS,
  ...ADDRESS_FAULTS,
  ...FILE_FAULTS,
  ...HOST_FAULTS,
  ...DEVICE_FAULTS,
  ...OFFER_CASES.map((one): FaultCase => ({ ...one, only: ['other-servers'], options: ['offer'] })),
];

describe('a sound lab', () => {
  it('has no trouble, with a daemon', async () => {
    expect(troubles(await findingsIn({ options: ['offer', 'listen'] }))).toEqual([]);
  });

  it('without a daemon is missing only what a daemon says', async () => {
    const found = troubles(await findingsIn({ daemon: 'none' }));
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['ops.no-daemon']));
    expect(found.map(({ check }) => check)).toEqual(
      DOCTOR_TABLE.filter(({ asksDaemon, option }) => asksDaemon === true && option === undefined).map(
        ({ name }) => name,
      ),
    );
  });
});

describe('each fault, planted by itself', () => {
  it.each(CASES.map((one, index) => [`${one.code} (${index})`, one] as const))(
    '%s: exactly its line',
    async (_, planted) => {
      const { code, state, found, fix } = planted;
      const seen = troubles(await findingsIn(planted));
      expect(seen.map((finding) => `${finding.state} ${finding.code}`)).toEqual([`${state} ${code}`]);
      const [finding] = seen;
      expect(finding?.found).toMatch(found);
      if (fix === undefined) expect(finding?.fix).toEqual([]);
      else expect(finding?.fix[0]).toMatch(fix);
    },
  );

  it('covers every code of the table', () => {
    const planted = new Set(CASES.map(({ code }) => code));
    const withoutFault = new Set([
      'harmless.locale-jar',
      'harmless.tones',
      'ops.no-verdicts',
      'dhcp.no-other-server',
      'power.heard',
      'api.reached',
      '(the code of the verdict)',
    ]);
    const codes = DOCTOR_TABLE.flatMap(({ finds }) => Object.keys(finds));
    expect(codes.filter((code) => !planted.has(code) && !withoutFault.has(code))).toEqual([]);
  });

  it('names of checks differ', () => {
    const names = DOCTOR_TABLE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('files that never come', () => {
  it('are told as such, and what else the check found is not lost', async () => {
    const mute = (): Promise<never> => new Promise(() => {});
    const found = troubles(await findingsIn({ view: { tftp: mute }, only: ['device-files'] }));
    expect(found.map(({ code, found: text }) => `${code} ${text}`)).toEqual([
      'files.not-served SEP001122334455.cnf.xml does not come by TFTP: no answer in time',
      'files.not-served SEP0050564F6E88.cnf.xml does not come by TFTP: no answer in time',
    ]);
  });
});

describe('what is well is said with --all', () => {
  it.each([
    ['harmless.locale-jar', /mk-sccp\.jar|menus are English/, {}],
    ['harmless.tones', /tones are the American ones$/, {}],
    [
      'power.heard',
      /^SEP001122334455 was heard: tftp\.request$/,
      {
        options: ['listen'],
        view: { device: 'SEP001122334455' },
        daemon: { events: async () => [{ type: 'tftp.request', file: 'CTLSEP001122334455.tlv' }] },
      },
    ],
    ['ops.no-verdicts', /^this daemon gives no verdicts/, { daemon: { verdicts: async () => undefined } }],
    ['dhcp.no-other-server', /^no other server answers 10\.10\.210\.10 on eth1; those that/, { options: ['offer'] }],
    ['api.reached', /http:\/\/127\.0\.0\.1:8088/, {}],
    [
      'dhcp.other-server',
      /answers on eth1, too/,
      {
        options: ['offer'],
        only: ['other-servers'],
        yaml: SOUND.replace('enabled: true', 'enabled: false'),
        view: { discover: async () => ({ kind: 'heard', interface: 'eth1', offers: [GOOD_OFFER] }) },
      },
    ],
  ] satisfies readonly (readonly [string, RegExp, Planted])[])('%s', async (code, text, planted) => {
    const found = await findingsIn(planted);
    expect(found.find((finding) => finding.code === code)).toMatchObject({
      state: 'well',
      found: expect.stringMatching(text),
    });
  });
});

describe('addresses of a machine without the network', () => {
  it('loopback alone has nothing to fear of a firewall', async () => {
    const host = { addresses: [LOOPBACK], programs: { nft: { code: 1, out: '' } } };
    const seen = troubles(await findingsIn({ host, only: ['firewall'] }));
    expect(seen).toEqual([]);
    expect(
      troubles(await findingsIn({ host: { ...host, addresses: [LOOPBACK, ETH1] }, only: ['firewall'] })),
    ).toHaveLength(1);
  });
});
