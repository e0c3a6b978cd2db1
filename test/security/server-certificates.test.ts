// What lists say of the certificate that a server shows: by comparison of the certificate, for a purpose, at a time.

import { describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import type { HeldLists } from '../../src/security/held-lists.js';
import {
  namesNoCallManager,
  recogniseServer,
  type ServerRole,
  tvsCertificates,
  wantsHttps,
} from '../../src/security/server-certificates.js';
import { readTrustListFile } from '../../src/security/trust-list.js';
import { identity, listOf, NOW, usualList } from './identities.js';

const ITL = readTrustListFile(usualList());
const CTL = readTrustListFile(
  listOf(
    identity('itlrecovery'),
    [
      ['SAST', identity('itlrecovery')],
      ['CCM+TFTP', identity('callmanager')],
      ['CAPF', identity('capf')],
    ],
    { fileName: 'CTLFile.tlv' },
  ),
);
const emptied = readTrustListFile(
  listOf(
    identity('itlrecovery'),
    [
      ['SAST', identity('itlrecovery')],
      ['CCM+TFTP', undefined],
    ],
    { fileName: 'CTLFile.tlv' },
  ),
);

const CENTURY = 100 * 365.25 * 86_400_000;
const ask = (held: HeldLists, der: Buffer, role: ServerRole, now = NOW) =>
  recogniseServer(held, der, role, now).recognition;
const der = (role: 'callmanager' | 'capf' | 'tvs' | 'itlrecovery', node?: string): Buffer =>
  identity(role, node).read.der;

describe('the certificate of a server', () => {
  it.each<[string, HeldLists, Buffer, ServerRole, object]>([
    ['without a list', {}, der('callmanager'), 'call-manager', { kind: 'no-list' }],
    ['a call manager of the CTL', { CTL }, der('callmanager'), 'call-manager', { kind: 'listed', list: 'CTL' }],
    ['the same for files', { CTL }, der('callmanager'), 'files', { kind: 'listed', list: 'CTL' }],
    ['CAPF of the CTL', { CTL, ITL }, der('capf'), 'capf', { kind: 'listed', list: 'CTL' }],
    ['TVS of the ITL', { CTL, ITL }, der('tvs'), 'tvs', { kind: 'listed', list: 'ITL' }],
    ['TVS, where there is no ITL', { CTL }, der('tvs'), 'tvs', { kind: 'unknown' }],
    ['who only signs files', { ITL }, der('callmanager'), 'call-manager', { kind: 'other-role', functions: ['TFTP'] }],
    ['who only signs lists', { CTL, ITL }, der('itlrecovery'), 'capf', { kind: 'other-role', functions: ['SAST'] }],
    ['of the same names and another key', { CTL }, der('callmanager', 'CM2'), 'call-manager', { kind: 'unknown' }],
  ])('%s', (_title, held, certificate, role, expected) => {
    expect(ask(held, certificate, role)).toEqual(expected);
  });

  it('counts only while it is in force', () => {
    for (const by of [-CENTURY, CENTURY])
      expect(ask({ CTL }, der('callmanager'), 'call-manager', wallTime(NOW + by))).toEqual({ kind: 'not-in-force' });
  });

  it('that is none is told, at every length, and with every octet changed', () => {
    const whole = der('callmanager');
    expect(ask({ CTL }, Buffer.alloc(0), 'call-manager')).toMatchObject({ kind: 'unreadable' });
    for (let at = 0; at < whole.length; at += 1) {
      expect(ask({ CTL }, whole.subarray(0, at), 'call-manager')).toMatchObject({ kind: 'unreadable' });
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(['unreadable', 'unknown']).toContain(ask({ CTL }, changed, 'call-manager').kind);
    }
  });
});

describe('lists', () => {
  it('name who may be asked about others', () => {
    expect(tvsCertificates({ CTL, ITL }).map(({ der: found }) => found)).toEqual([der('tvs')]);
    expect(tvsCertificates({ CTL })).toEqual([]);
  });

  it('take the call managers away, where a CTL names nobody for them', () => {
    expect(namesNoCallManager({})).toBe(false);
    expect(namesNoCallManager({ ITL })).toBe(false);
    expect(namesNoCallManager({ CTL, ITL })).toBe(false);
    expect(namesNoCallManager({ CTL: emptied, ITL })).toBe(true);
    expect(namesNoCallManager({ CTL: emptied, ITL: CTL })).toBe(false);
  });

  it('have phones ask over HTTPS by their version alone', () => {
    expect(wantsHttps({ ITL })).toBe(false);
    expect(wantsHttps({ ITL: { ...ITL, container: { ...ITL.container, listVersion: '1.1' } } })).toBe(true);
    expect(wantsHttps({ CTL: { ...CTL, container: { ...CTL.container, listVersion: '1.1' } } })).toBe(false);
  });
});
