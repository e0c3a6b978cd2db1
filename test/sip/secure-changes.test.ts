// A device that is to be more or less secure while its phone is registered: what the phone registers next is judged anew, also where it
// only refreshes, and where it goes on over another connection (`docs/protocols/secure.md` §9).

import { describe, expect, it, vi } from 'vitest';
import { minutes } from '../../src/core/time.js';
import type { TlsPeer } from '../../src/core/tls-peer.js';
import type { DeviceSecurityMode, SecurityPolicy } from '../../src/devices/device-security.js';
import { aDevice, aPeer } from '../support/devices.js';
import { type Peer, type SipHarness, sipHarness } from './harness.js';
import { ciscoRegister, header } from './phones.js';

const SEED = 'SEP005056A1033D';
const LSC = aPeer({ names: [SEED] });
const NULL_CIPHER = { ...LSC, cipher: 'NULL-SHA' };

const inMode = (mode: DeviceSecurityMode, changes: object = {}) =>
  aDevice(SEED, { protocol: 'SIP', lines: ['5005'], security: { mode, enrol: 'off' }, ...changes });

const mixed = (mode: DeviceSecurityMode, policy: Partial<SecurityPolicy> = {}, isTls = true): Promise<SipHarness> =>
  sipHarness([inMode(mode)], {
    settings: isTls ? { tls: { port: 5061, identity: { key: '', certificate: '', minVersion: 'TLSv1' } } } : {},
    policy: { security: { cluster: 'mixed', accept: ['lsc', 'mic'], tlsOnPlainDevice: 'refuse', ...policy } },
  });

const register = (peer: Peer, cseq: number) =>
  peer.ask(ciscoRegister({ cseq, transport: 'TCP' })).find(({ status }) => status >= 200);

/** `came`: what its TLS handshake showed; `undefined`: it came without. */
const CHANGES: readonly (readonly [
  before: DeviceSecurityMode,
  came: TlsPeer | undefined,
  after: DeviceSecurityMode,
  status: number,
  warning: string | undefined,
])[] = [
  ['none', undefined, 'authenticated', 403, 'Device security mismatch: expected TLS, received TCP/UDP'],
  ['none', undefined, 'encrypted', 403, 'Device security mismatch: expected TLS, received TCP/UDP'],
  ['authenticated', NULL_CIPHER, 'encrypted', 403, 'TLS authentication failure'],
  ['authenticated', LSC, 'encrypted', 200, undefined],
  ['encrypted', LSC, 'authenticated', 200, undefined],
  ['authenticated', LSC, 'none', 403, 'Device security mismatch: expected TCP/UDP, received TLS'],
  ['encrypted', LSC, 'none', 403, 'Device security mismatch: expected TCP/UDP, received TLS'],
];

describe('a registered phone whose device', () => {
  it.each(CHANGES)('was %s and is %3$s from now on', async (before, came, after, status, warning) => {
    const { tcp, database, probe, clock } = await mixed(before, {}, came !== undefined);
    const phone = tcp(undefined, came);
    expect(register(phone, 101)?.status).toBe(200);
    expect(register(phone, 102)?.status).toBe(200);
    database.put(inMode(after), 'configured', clock.now());
    expect(probe.of('device.security-changed')).toMatchObject([{ device: SEED, before, mode: after }]);
    // It is not thrown off at once.
    expect(database.byName(SEED)?.state).toBe('registered');
    const answer = register(phone, 103);
    expect(answer?.status).toBe(status);
    expect(header(answer, 'Warning')).toBe(warning === undefined ? undefined : `399 CM1 "${warning}"`);
    expect(database.byName(SEED)?.state).toBe('registered');
    expect(register(phone, 104)?.status).toBe(status);
    clock.advance(minutes(3));
    if (status === 403) expect(database.byName(SEED)?.reason).toMatchObject({ reason: 'silence' });
  });

  it('lost its profile may stay over TLS where the policy lets it', async () => {
    const { tcp, database, clock } = await mixed('encrypted', { tlsOnPlainDevice: 'accept' });
    const phone = tcp(undefined, LSC);
    register(phone, 101);
    database.put(inMode('none'), 'configured', clock.now());
    expect(register(phone, 102)?.status).toBe(200);
  });

  it('has another description is not judged anew, and nothing is told', async () => {
    const { tcp, database, probe, clock } = await mixed('encrypted');
    const phone = tcp(undefined, LSC);
    register(phone, 101);
    const { security } = inMode('encrypted');
    database.put(inMode('encrypted', { description: 'Lobby', security }), 'configured', clock.now());
    expect(probe.of('device.security-changed')).toEqual([]);
    expect(register(phone, 102)?.status).toBe(200);
  });

  it('is to be secure in a cluster that is not mixed stays as it is', async () => {
    const { tcp, database, probe, clock } = await mixed('none', { cluster: 'nonsecure' }, false);
    const phone = tcp();
    register(phone, 101);
    database.put(inMode('encrypted'), 'configured', clock.now());
    expect(probe.of('device.security-changed')).toEqual([]);
    expect(register(phone, 102)?.status).toBe(200);
  });
});

describe('a registration that goes on over another connection', () => {
  it('is judged once, also if the profile of its device is another since', async () => {
    const { tcp, database, clock } = await mixed('encrypted');
    const first = tcp({ address: '10.10.210.200', port: 3311 }, LSC);
    register(first, 101);
    database.put(inMode('authenticated'), 'configured', clock.now());
    first.link.hangUp();
    const judged = vi.spyOn(database, 'securityRefusalOf');
    const second = tcp({ address: '10.10.210.200', port: 3399 }, LSC);
    expect(register(second, 102)?.status).toBe(200);
    expect(judged).toHaveBeenCalledTimes(1);
    expect(register(second, 103)?.status).toBe(200);
    expect(judged).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['with its own certificate', LSC, 200, undefined],
    ['with that of another phone', { ...LSC, names: ['SEP00270DC01C93'] }, 403, 'wrong-certificate'],
    ['with none', aPeer({ names: [], verdict: 'none', origin: undefined }), 403, 'untrusted-certificate'],
    [
      'with one of an unknown issuer',
      { ...LSC, verdict: 'unknown-issuer', origin: undefined },
      403,
      'untrusted-certificate',
    ],
    ['without encryption', NULL_CIPHER, 403, 'wrong-cipher'],
  ] as const)('%s', async (_, came, status, reason) => {
    const { tcp, database, probe } = await mixed('encrypted');
    const first = tcp({ address: '10.10.210.200', port: 3311 }, LSC);
    register(first, 101);
    const generation = database.byName(SEED)?.registration?.generation;
    first.link.hangUp();
    const second = tcp({ address: '10.10.210.200', port: 3399 }, came);
    expect(register(second, 102)?.status).toBe(status);
    expect(probe.of('device.rejected').map((event) => event.reason)).toEqual(reason === undefined ? [] : [reason]);
    expect(database.byName(SEED)?.registration?.generation).toBe(generation);
  });
});
