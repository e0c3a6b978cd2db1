// Who registers by the mode of the cluster, the mode of the device and what came (`docs/protocols/secure.md` §9), over the
// captured table and over all that it leaves out.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { CertificateVerdict, TlsPeer } from '../../src/core/tls-peer.js';
import type { DeviceSecurityMode, SecurityPolicy } from '../../src/devices/device-security.js';
import { DeviceDatabase, type DeviceEvent, REFUSALS } from '../../src/devices/index.js';
import { certificateNamesDevice } from '../../src/devices/names-of-device.js';
import { DEFAULT_POLICY } from '../../src/devices/policy.js';
import type { RegistrationRefusal } from '../../src/devices/reasons.js';
import { aDevice, anAttempt, aPeer } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const DEVICE = 'SEP00270DC01C92';
const FILE = join(process.env.LABCM_FIXTURES ?? '', 'secure/policy/registration.json');

interface Row {
  readonly cluster: SecurityPolicy['cluster'];
  readonly deviceMode: 1 | 2 | 3 | null;
  readonly came: string;
  readonly verdict: 'accept' | 'refuse';
  readonly reason?: string;
  readonly number?: number;
  readonly lenient?: 'accept';
  readonly sip?: { readonly status: number; readonly warning: string };
}

const table: { readonly rows: readonly Row[]; readonly names: readonly { commonName: string; matches: boolean }[] } =
  existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { rows: [], names: [] };

const MODES: Readonly<Record<number, DeviceSecurityMode>> = { 1: 'none', 2: 'authenticated', 3: 'encrypted' };
const GOOD = aPeer({ names: [`CP-8845-${DEVICE}`] });

/** What the words of the table mean; `undefined`: it came without TLS. */
const CAME: Readonly<Record<string, TlsPeer | undefined>> = {
  plain: undefined,
  'plain, unknown device, auto-registration on': undefined,
  'plain, unknown device, auto-registration off': undefined,
  tls: GOOD,
  'tls, no certificate': aPeer({ verdict: 'none', issuer: '' }),
  'tls, issuer unknown': { ...GOOD, verdict: 'unknown-issuer', origin: undefined },
  'tls, same issuer name but another key': { ...GOOD, verdict: 'other-key', origin: undefined },
  'tls, certificate expired': { ...GOOD, verdict: 'not-in-force', origin: undefined },
  'tls, certificate not for clients': { ...GOOD, verdict: 'not-for-clients', origin: undefined },
  'tls, good certificate of another device': { ...GOOD, names: ['SEP00270DC01C93'] },
  'tls AES, good LSC': GOOD,
  'tls AES, good MIC': { ...GOOD, origin: 'mic' },
  'tls NULL-SHA, good LSC': { ...GOOD, cipher: 'NULL-SHA' },
};

const decision = (
  security: Partial<SecurityPolicy>,
  mode: DeviceSecurityMode,
  peer: TlsPeer | undefined,
  options: { readonly name?: string; readonly autoRegistration?: boolean; readonly requireTls?: boolean } = {},
) => {
  const clock = new ManualClock();
  const database = new DeviceDatabase(
    new EventBus<DeviceEvent>((error) => {
      throw error;
    }),
    {
      policy: {
        ...DEFAULT_POLICY,
        autoRegistration: options.autoRegistration === true ? { first: 7000, last: 7001 } : undefined,
        security: { ...DEFAULT_POLICY.security, ...security },
      },
    },
  );
  const { requireTls = false } = options;
  database.configure(
    [aDevice(DEVICE, { model: '8845', protocol: 'SIP', security: { mode, enrol: 'off' }, requireTls })],
    clock.now(),
  );
  const attempt = anAttempt(options.name ?? DEVICE, 'SIP', {
    typeId: options.name === undefined ? undefined : 435,
    transport: peer === undefined ? 'tcp' : 'tls',
    peer,
  });
  const result = database.register(attempt, clock.now());
  return result.accepted ? 'accept' : result.reason;
};

describe.skipIf(table.rows.length === 0)('the captured table', () => {
  it.each(table.rows.map((row) => [`${row.cluster}, mode ${row.deviceMode}, ${row.came}`, row] as const))(
    '%s',
    (_, row) => {
      expect(Object.keys(CAME)).toContain(row.came);
      const isUnknown = row.deviceMode === null;
      const decide = (tlsOnPlainDevice: SecurityPolicy['tlsOnPlainDevice']) =>
        decision({ cluster: row.cluster, tlsOnPlainDevice }, MODES[row.deviceMode ?? 1] ?? 'none', CAME[row.came], {
          ...(isUnknown ? { name: 'SEP0000000000FF', autoRegistration: row.came.endsWith('on') } : {}),
        });
      const decided = decide('refuse');
      if (row.verdict === 'accept') expect(decided).toBe('accept');
      else {
        const { name, number, sip }: RegistrationRefusal = REFUSALS[decided as keyof typeof REFUSALS];
        expect([name, number]).toEqual([row.reason, row.number]);
        if (row.sip !== undefined) expect({ status: sip.status, warning: sip.warning }).toEqual(row.sip);
      }
      if (row.lenient !== undefined) expect(decide('accept')).toBe(row.lenient);
    },
  );

  it.each(table.names)('the common name $commonName: $matches', ({ commonName, matches }) => {
    expect(certificateNamesDevice(commonName, DEVICE)).toBe(matches);
  });
});

describe('in mixed mode', () => {
  const mixed = { cluster: 'mixed' } as const;
  const VERDICTS: readonly CertificateVerdict[] = [
    'none',
    'unknown-issuer',
    'other-key',
    'not-in-force',
    'not-for-clients',
    'unusable',
  ];

  it.each(VERDICTS)('a certificate of the verdict %s is no certificate, whatever its name and cipher', (verdict) => {
    for (const mode of ['authenticated', 'encrypted'] as const)
      for (const cipher of ['AES128-SHA', 'NULL-SHA'])
        for (const names of [[], [DEVICE], ['SEP00270DC01C93']])
          expect(decision(mixed, mode, aPeer({ verdict, origin: undefined, cipher, names }))).toBe(
            'untrusted-certificate',
          );
  });

  it('the order is transport, certificate, cipher, name', () => {
    const all = aPeer({ verdict: 'none', cipher: 'NULL-SHA', names: ['other'] });
    expect(decision(mixed, 'encrypted', undefined)).toBe('tls-required');
    expect(decision(mixed, 'encrypted', all)).toBe('untrusted-certificate');
    expect(decision(mixed, 'encrypted', { ...all, verdict: 'trusted' })).toBe('wrong-cipher');
    expect(decision(mixed, 'encrypted', { ...all, verdict: 'trusted', cipher: 'AES256-SHA' })).toBe(
      'wrong-certificate',
    );
  });

  it('a factory certificate is refused where only those of the cluster are accepted, and the other way round', () => {
    const mic = { ...GOOD, origin: 'mic' } as const;
    expect(decision({ ...mixed, accept: ['lsc'] }, 'encrypted', mic)).toBe('untrusted-certificate');
    expect(decision({ ...mixed, accept: ['lsc'] }, 'encrypted', GOOD)).toBe('accept');
    expect(decision({ ...mixed, accept: ['mic'] }, 'encrypted', GOOD)).toBe('untrusted-certificate');
  });

  it('an alternative name counts, and an ending of one does not', () => {
    expect(decision(mixed, 'encrypted', aPeer({ names: ['gateway', DEVICE.toLowerCase()] }))).toBe('accept');
    expect(decision(mixed, 'encrypted', aPeer({ names: [`host-${DEVICE}`, `${DEVICE}.lab`] }))).toBe(
      'wrong-certificate',
    );
  });
});

describe('in a cluster without security', () => {
  it('`requireTls` asks for TLS, and refuses a certificate that names another device', () => {
    const requireTls = { requireTls: true };
    expect(decision({}, 'none', undefined, requireTls)).toBe('tls-required');
    expect(decision({}, 'none', aPeer({ verdict: 'none' }), requireTls)).toBe('accept');
    expect(decision({}, 'none', aPeer({ verdict: 'unknown-issuer', names: [`CP-8845-${DEVICE}`] }), requireTls)).toBe(
      'accept',
    );
    expect(decision({}, 'none', aPeer({ names: ['SEP00270DC01C93'] }), requireTls)).toBe('wrong-certificate');
  });
});

describe('names of certificates', () => {
  it.each([
    ['CP-8831-EX-SEP00270DC01C92', true],
    ['CP-8845-X-SEP00270DC01C92', false],
    ['CP--SEP00270DC01C92', false],
    ['CP-88 45-SEP00270DC01C92', false],
    ['CP-8845-SEP00270DC01C92 ', false],
    ['XCP-8845-SEP00270DC01C92', false],
    ['-SEP00270DC01C92', false],
  ])('%s: %s', (name, matches) => expect(certificateNamesDevice(name, DEVICE)).toBe(matches));

  it('a device whose name has a hyphen is not taken for a model', () => {
    expect(certificateNamesDevice('CP-8845-LAB-1', 'LAB-1')).toBe(true);
    expect(certificateNamesDevice('CP-8845-LAB-1', '1')).toBe(false);
  });
});
