// Every row of the table of misbehaving phones, against the servers as they are shipped, on a clock that is moved by hand.

import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../src/core/time.js';
import type { ConfiguredDevice, Protocol } from '../../src/devices/index.js';
import { identityOf } from '../../src/phone/identity.js';
import { FAULTS, FaultRunner, type Finding, faultsOf } from '../../src/phone/index.js';
import { aDevice } from '../support/devices.js';
import { type PhoneHarness, PRIMARY, phoneHarness } from './harness.js';

const NAME = 'SEP005056A1033D';
const HEALTHY = 'SEP0011223344AA';

const NEEDS_PASSWORD = new Set(['stale-digest', 'invented-digest']);

const devicesFor = (protocol: Protocol, fault: string): ConfiguredDevice[] => {
  const other = protocol === 'SCCP' ? 'SIP' : 'SCCP';
  const digest = NEEDS_PASSWORD.has(fault) ? { user: 'lab5005', password: 'secret' } : undefined;
  return [
    aDevice(NAME, { protocol: fault === 'wrong-protocol' ? other : protocol, lines: ['5005'], digest }),
    aDevice(HEALTHY, { protocol, lines: ['5006'] }),
  ];
};

const misbehave = async (
  protocol: Protocol,
  fault: string,
  peer?: string,
): Promise<{ lab: PhoneHarness; finding: Finding }> => {
  const lab = await phoneHarness({
    devices: devicesFor(protocol, fault),
    policy: { autoRegistration: undefined },
    calls: {},
  });
  const habits = { answer: milliseconds(0), sound: 'tone' } as const;
  const healthy = await lab.boot({ name: HEALTHY, protocol, ...(peer === undefined ? {} : { calls: habits }) });
  for (let passed = 0; passed < 60 && healthy.state !== 'registered'; passed += 1) await lab.pass(1);
  const identity = identityOf({ name: NAME, protocol });
  if ('fault' in identity) throw new Error(identity.fault);
  const bench = new FaultRunner(lab.environment, {
    identity,
    node: { name: 'CM1', address: PRIMARY, sccpPort: 2000, sipPort: 5060 },
    files: { address: PRIMARY, port: 69 },
    line: { dn: '5005', contact: '5005', authName: 'lab5005', authPassword: 'secret' },
    localAddress: '10.10.210.66',
    otherAddress: '10.10.210.67',
    peer,
  });
  let finding: Finding | undefined;
  const run = FAULTS[fault]?.run(bench).then((found) => {
    finding = found;
  });
  for (let passed = 0; passed < 1_200 && finding === undefined; passed += 1) await lab.pass(1);
  await run;
  if (finding === undefined) throw new Error('it never ends');
  expect(healthy.state, 'a healthy phone notices nothing').toBe('registered');
  expect(lab.primary.state(HEALTHY)).toBe('registered');
  return { lab, finding };
};

/** What the server's own facts say besides. */
const FACTS: Readonly<Record<string, (lab: PhoneHarness, protocol: Protocol) => void>> = {
  silent: (lab, protocol) => {
    const closed = lab.primary.probe.of(protocol === 'SCCP' ? 'sccp.link-closed' : 'sip.link-closed');
    expect(closed).toMatchObject([{ cause: 'mute' }]);
  },
  twice: (lab) => expect(lab.primary.state(NAME)).toBe('registered'),
  'two-links': (lab) => {
    expect(lab.primary.state(NAME)).toBe('registered');
    const ended = lab.primary.probe.of('device.unregistered').filter(({ device }) => device === NAME);
    if (ended.length > 0) expect(ended).toMatchObject([{ reason: 'superseded' }]);
  },
  moves: (lab) => expect(lab.primary.database.byName(NAME)?.registration?.address).toBe('10.10.210.67'),
  vanishes: (lab) =>
    expect(lab.primary.database.byName(NAME)).toMatchObject({ state: 'unregistered', reason: { reason: 'silence' } }),
  'wrong-model': (lab) =>
    expect(lab.primary.database.byName(NAME)).toMatchObject({ state: 'rejected', reason: { reason: 'wrong-model' } }),
  'wrong-protocol': (lab) => expect(lab.primary.database.byName(NAME)?.reason?.reason).toBe('wrong-protocol'),
  stranger: (lab) => expect(lab.primary.database.byName('SEP0200000000FA')).toBeUndefined(),
  'no-capabilities': (lab) => expect(lab.primary.database.byName(NAME)?.reason?.reason).toBe('no-capabilities'),
  'junk-capabilities': (lab) => expect(lab.primary.state(NAME)).not.toBe('unknown'),
  impostor: (lab) => expect(lab.primary.state(NAME)).toBe('unregistered'),
  storm: (lab) => expect(lab.primary.database.byName(NAME)?.reason?.reason).toBe('throttled'),
  'too-brief': (lab) => expect(lab.primary.state(NAME)).not.toBe('registered'),
  'low-cseq': (lab) => expect(lab.primary.state(NAME)).toBe('registered'),
  repeats: (lab) =>
    expect(lab.primary.probe.of('device.registered').filter(({ device }) => device === NAME)).toHaveLength(1),
  ...Object.fromEntries(
    ['stray-keys', 'no-codec', 'no-ack', 'bye-twice', 'late-cancel', 'huge-offer', 'calls-itself'].map((fault) => [
      fault,
      (lab: PhoneHarness) => expect(lab.primary.control?.calls.size, 'calls that are left over').toBe(0),
    ]),
  ),
  'junk-body': (lab) => expect(lab.primary.state(NAME)).toBe('registered'),
};

describe.each(['SCCP', 'SIP'] as const)('a phone that speaks %s', (protocol) => {
  it.each(faultsOf(protocol).map((fault) => [fault, FAULTS[fault]?.does ?? '', FAULTS[fault]?.must ?? '']))(
    '%s: it %s; the server must %s',
    async (fault) => {
      const { lab, finding } = await misbehave(protocol, fault);
      expect(finding).toEqual({ right: true, received: finding.received });
      FACTS[fault]?.(lab, protocol);
    },
  );
});

it('dies-mid-call in a call with another phone: the two talk on', async () => {
  const { finding } = await misbehave('SCCP', 'dies-mid-call', '5006');
  expect(finding).toEqual({
    right: true,
    received: expect.stringMatching(/^[1-9]\d* packets after the link was closed$/),
  });
});

it('every fault is of a protocol and tells itself in a sentence', () => {
  for (const [name, { protocols, does, must }] of Object.entries(FAULTS)) {
    expect(protocols.length, name).toBeGreaterThan(0);
    expect(does, name).toMatch(/^[a-z].*[a-z)\d]$/i);
    expect(must, name).toMatch(/^[a-z]/);
  }
});
