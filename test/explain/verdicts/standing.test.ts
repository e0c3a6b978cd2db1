// How verdicts stand: their order, that they do not flicker, and what they cost (`docs/protocols/explain.md` §1.7, §8).

import { describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../../src/config/index.js';
import { type Instant, minutes, seconds, wallTime } from '../../../src/core/time.js';
import { timeText } from '../../../src/explain/verdicts/shown-text.js';
import { ADDRESS, LAB, PHONE, type Said, VerdictLab } from './verdict-lab.js';

const DEVICE = { name: PHONE, model: 'Cisco 7962', protocol: 'SCCP', lines: ['5001'] } as const;
const FLEET = [PHONE, 'SEP0011223344A1', 'SEP0011223344A2', 'SEP0011223344A3'];
const FLEET_CONFIG = {
  devices: FLEET.map((name, index) => ({ ...DEVICE, name, lines: [`500${index}`] })),
};

const said = (event: object): Said => event as Said;

/** A boot of the phone of `register.wrong-model`: its alarm, its file, and the refusal. */
const bootsAsAnother = (lab: VerdictLab): void => {
  const context = { address: ADDRESS, port: 50000 };
  const file = `${PHONE}.cnf.xml`;
  lab.say(
    said({ type: 'device.reported', device: PHONE, facts: { alarm: '25: Name=x', alarmCode: 25 } }),
    said({
      type: 'tftp.completed',
      device: PHONE,
      file,
      context,
      octets: 4000,
      blocks: 8,
      resent: 0,
      milliseconds: 20,
    }),
  );
  lab.attempt(PHONE, 'SCCP', { typeId: 115 });
};

const leaseIsLost = said({ type: 'device.lease-ended', device: PHONE, address: ADDRESS });

describe('the order of causes', () => {
  it.each([
    [
      'certain before likely',
      (lab: VerdictLab) => {
        for (const link of [1, 2, 3]) {
          const registration = lab.register(PHONE, 'SCCP', { link });
          lab.wait(seconds(90));
          lab.database.end(registration, 'silence', lab.now());
        }
        lab.register(PHONE, 'SCCP', { link: 4, ownAddress: '192.168.1.20' });
      },
      ['stays.nat-address', 'stays.flap-keepalive'],
    ],
    [
      'blocking before attention',
      (lab: VerdictLab) => {
        bootsAsAnother(lab);
        lab.host.newerFiles = [{ file: '/lab/lab.yaml', changedAt: wallTime(lab.now()) }];
      },
      ['register.wrong-model', 'ops.not-reloaded'],
    ],
    [
      'blocking before degraded, though that is further',
      (lab: VerdictLab) => {
        lab.register(PHONE, 'SCCP', { link: 1 });
        lab.say(
          said({ type: 'call.one-way', device: PHONE, dn: '5001', call: 1, leg: 2, packetsSent: 4 }),
          said({ type: 'net.neighbour', device: PHONE, address: ADDRESS, mac: '02420A02000E', before: '001122334455' }),
        );
      },
      ['stays.duplicate-address', 'calls.one-way'],
    ],
    [
      'this host before the phone',
      (lab: VerdictLab) => {
        bootsAsAnother(lab);
        lab.host.descriptors = { limit: 64, usedUp: true };
      },
      ['ops.descriptors', 'register.wrong-model'],
    ],
  ])('%s', async (_, arrange, codes) => {
    const lab = await VerdictLab.with();
    arrange(lab);
    lab.settle();
    const { verdict, others = [] } = lab.report() ?? {};
    expect([verdict?.code, ...others.map(({ code }) => code)]).toEqual(codes);
  });

  it('has what explains three phones before what is about one', async () => {
    const lab = await VerdictLab.with({ ...FLEET_CONFIG } as WrittenConfig);
    for (const [index, name] of FLEET.entries()) {
      const registration = lab.register(name, 'SCCP', { link: index + 1, address: `10.2.0.${index + 14}` });
      lab.wait(seconds(1));
      lab.database.end(registration, 'silence', lab.now());
    }
    lab.settle();
    lab.settle();
    const [group] = lab.verdicts.groups();
    expect(group).toMatchObject({ code: 'stays.keepalive-lost', devices: FLEET });
    expect(group?.sentence).toContain('4 phones, all of them Cisco 7962');
    expect(lab.report()).toMatchObject({ verdict: { code: 'stays.keepalive-lost' }, alike: 3 });
  });
});

describe('a phone that is registered with another node', () => {
  it('is not judged here, and its verdict ends', async () => {
    const lab = await VerdictLab.with();
    bootsAsAnother(lab);
    lab.settle();
    expect(lab.told.at(-1)?.code).toBe('register.wrong-model');
    lab.elsewhere.add(PHONE);
    lab.verdicts.judgeAgain(PHONE);
    lab.settle();
    expect(lab.told).toHaveLength(2);
    expect(lab.told.at(-1)).toMatchObject({ code: undefined, before: 'register.wrong-model' });
    expect(lab.verdicts.groups()).toEqual([]);
    bootsAsAnother(lab);
    lab.settle();
    expect(lab.told).toHaveLength(2);
  });
});

describe('a phone that nobody configured', () => {
  it('is told that no place is left for it', async () => {
    const lab = await VerdictLab.with({
      policy: { maxDevices: 1 },
      autoRegistration: { enabled: true, range: '1000-1999' },
    } as WrittenConfig);
    lab.attempt('SEP0044223344C1', 'SCCP', { address: '10.2.0.19' });
    lab.settle();
    expect(lab.report('SEP0044223344C1')?.verdict).toMatchObject({
      code: 'register.full',
      sentence:
        '`policy.maxDevices` allows 1 registrations; with a place kept for each configured device none is left for it.',
    });
  });

  it.each([
    ['accuses the device of nearly its name', [PHONE], 'power.wrong-mac'],
    ['accuses nobody where it is as near to two', [PHONE, 'SEP001122334456'], 'power.never-seen'],
  ])('%s', async (_, names, code) => {
    const devices = names.map((name, index) => ({ ...DEVICE, name, lines: [`500${index}`] }));
    const lab = await VerdictLab.with({ devices } as WrittenConfig);
    lab.attempt('SEP001122334459', 'SCCP', { address: '10.2.0.19' });
    lab.wait(minutes(4));
    lab.settle();
    expect(lab.verdict()?.code).toBe(code);
  });
});

describe('a name that nobody configured', () => {
  const NEAR = ['SEP001122334451', 'SEP001122334452', 'SEP001122334453', 'SEP001122334454'];
  it.each([
    [1, '; perhaps SEP001122334451 is meant, which is configured.'],
    [2, '; perhaps SEP001122334451 or SEP001122334452 is meant, all of them are configured.'],
    [3, '; perhaps SEP001122334451, SEP001122334452 or SEP001122334453 is meant, all of them are configured.'],
    [4, ' is not configured and auto-registration is off.'],
  ])('has its %i neighbours named, all or none', async (count, said) => {
    const devices = NEAR.slice(0, count).map((name, index) => ({ ...DEVICE, name, lines: [`500${index}`] }));
    const lab = await VerdictLab.with({ devices } as WrittenConfig);
    lab.attempt('SEP00112233445A', 'SCCP', { address: '10.2.0.19' });
    lab.settle();
    expect(lab.report('SEP00112233445A')?.verdict?.sentence).toContain(said);
  });
});

describe('a phone on loopback', () => {
  it.each([
    ['is told that its call manager is elsewhere', '10.9.9.9', 'connect.node-not-ours'],
    ['may be sent to loopback', '127.0.0.1', 'connect.never'],
  ])('%s', async (_, address, code) => {
    const lab = await VerdictLab.with({ nodes: [{ name: 'CM1', address }] } as WrittenConfig);
    const context = { connection: 1, sequence: 1, address: '127.0.0.9', port: 50000 };
    const sent = {
      octets: 5000,
      blocks: 10,
      resent: 0,
      milliseconds: 12,
      socket: 40_000,
      blockSize: 512,
      windowSize: 1,
    };
    lab.say(said({ type: 'tftp.completed', context, file: `${PHONE}.cnf.xml`, device: PHONE, ...sent }));
    lab.wait(minutes(2));
    lab.settle();
    expect(lab.verdict()?.code).toBe(code);
  });
});

describe('several registrations that end by themselves', () => {
  it.each([
    ['of one address are a phone that restarts', [ADDRESS, ADDRESS, ADDRESS], 'stays.reset-loop'],
    ['of two addresses are none', [ADDRESS, '10.2.0.19', ADDRESS], undefined],
  ])('%s', async (_, addresses, code) => {
    const lab = await VerdictLab.with();
    for (const [index, address] of addresses.entries()) {
      const registration = lab.register(PHONE, 'SCCP', { link: index + 1, address });
      lab.wait(seconds(20));
      lab.database.facts.said(registration, 'UnregisterAckMessage');
      lab.database.end(registration, 'unregistered', lab.now());
      lab.wait(seconds(40));
      lab.say(said({ type: 'device.reported', device: PHONE, facts: { alarm: '25: Name=x', alarmCode: 25 } }));
    }
    lab.register(PHONE, 'SCCP', { link: 9 });
    lab.settle();
    expect(lab.verdict()?.code).toBe(code);
    if (code !== undefined) expect(lab.verdict()?.sentence).toBe('It restarts by itself after each registration.');
  });
});

describe('a verdict', () => {
  it('does not flicker while a phone retries', async () => {
    const lab = await VerdictLab.with();
    for (let boots = 0; boots < 5; boots += 1) {
      bootsAsAnother(lab);
      lab.settle();
      expect(lab.verdict()?.code).toBe('register.wrong-model');
      lab.wait(seconds(40));
      expect(lab.verdict()?.code).toBe('register.wrong-model');
    }
    expect(lab.told).toMatchObject([{ device: PHONE, code: 'register.wrong-model' }]);
  });

  it('goes by itself, where only time mends it', async () => {
    const lab = await VerdictLab.with();
    const registration = lab.register(PHONE, 'SCCP', { link: 1 });
    lab.wait(seconds(60));
    lab.database.end(registration, 'connection-lost', lab.now());
    lab.register(PHONE, 'SCCP', { link: 2 });
    lab.database.facts.recordOutOfService(PHONE, { code: 12, words: '' }, lab.now());
    lab.say(said({ type: 'device.reported', device: PHONE, facts: { alarm: '12' } }));
    lab.settle();
    expect(lab.told).toMatchObject([{ code: 'stays.reset-by-middle' }]);
    lab.wait(minutes(11));
    expect(lab.told).toMatchObject([{ code: 'stays.reset-by-middle' }, { before: 'stays.reset-by-middle' }]);
    expect(lab.told.at(-1)?.code).toBeUndefined();
    expect(lab.verdicts.groups()).toEqual([]);
  });

  it('costs nothing per message: no keepalive and no refresh of a healthy phone is looked at', async () => {
    const lab = await VerdictLab.with({
      devices: [...(LAB.devices ?? []), { ...DEVICE, name: 'SEP0011223344A1', protocol: 'SIP', lines: ['5002'] }],
    });
    const sccp = lab.register(PHONE, 'SCCP', { link: 1 });
    const sip = lab.register('SEP0011223344A1', 'SIP', { link: 2, address: '10.2.0.15' });
    lab.settle();
    lab.assessments = 0;
    const station = { link: 1, bound: true, device: PHONE, address: ADDRESS };
    for (let times = 0; times < 500; times += 1) {
      lab.database.keepAlive(sccp, lab.now());
      lab.database.keepAlive(sip, lab.now());
      lab.say(
        said({ type: 'sccp.received', station, name: 'KeepAliveMessage', octets: 4, fields: {} }),
        said({
          type: 'sip.register-answered',
          device: 'SEP0011223344A1',
          status: 200,
          credentials: 'right',
          source: '10.2.0.15:5060',
        }),
      );
      lab.wait(seconds(30));
    }
    expect(lab.assessments).toBe(0);
    expect(lab.told).toEqual([]);
    expect(lab.verdicts.counts.length).toBe(0);
  });

  it('of a healthy phone is none after an hour beside phones in trouble', async () => {
    const lab = await VerdictLab.with({ ...FLEET_CONFIG } as WrittenConfig);
    const registration = lab.register(PHONE, 'SCCP', { link: 1 });
    for (let times = 0; times < 120; times += 1) {
      lab.database.keepAlive(registration, lab.now());
      const lost = lab.register('SEP0011223344A1', 'SCCP', { link: 10 + times, address: '10.2.0.15' });
      lab.wait(seconds(30));
      lab.database.end(lost, 'connection-lost', lab.now());
    }
    lab.say(leaseIsLost);
    lab.settle();
    expect(lab.verdict('SEP0011223344A1')?.code).toBe('stays.flap-keepalive');
    expect(lab.report()).toMatchObject({ verdict: undefined, others: [] });
    expect(lab.toldOf(PHONE)).toEqual([]);
  });
});

describe('a cause that is mended', () => {
  const mendedAt = (lab: VerdictLab): string => timeText(lab.clock.wallTime(lab.now()), lab.clock.wallTime(lab.now()));
  const AS_7941 = { devices: [{ ...DEVICE, model: 'Cisco 7941' }] } as WrittenConfig;

  it('by a reload: says since when, that the phone has not tried again, and what to do', async () => {
    const lab = await VerdictLab.with();
    bootsAsAnother(lab);
    lab.settle();
    lab.wait(seconds(10));
    const at = mendedAt(lab);
    await lab.reload(AS_7941);
    lab.settle();
    const sentence = `What kept it out (register.wrong-model) was mended at ${at} by the reload; it has not tried again since.`;
    expect(lab.report()).toMatchObject({ verdict: undefined, mended: { code: 'register.wrong-model', sentence } });
    expect(lab.report()?.mended?.remedy.map(({ text, or }) => [text, or])).toEqual([
      ['wait: it usually tries again within 40 s', undefined],
      ['power it off and on', true],
    ]);
    expect(lab.told.at(-1)).toMatchObject({ code: undefined, mended: 'register.wrong-model', sentence });
    lab.register();
    expect(lab.report()).toMatchObject({ verdict: undefined, mended: undefined });
  });

  it('by a reload that mends another one: is none', async () => {
    const lab = await VerdictLab.with();
    bootsAsAnother(lab);
    await lab.reload({ policy: { duplicate: 'refuse' } } as WrittenConfig);
    lab.settle();
    expect(lab.report()).toMatchObject({ verdict: { code: 'register.wrong-model' }, mended: undefined });
  });

  it('and is refused again for another one: is none', async () => {
    const lab = await VerdictLab.with();
    bootsAsAnother(lab);
    await lab.reload(AS_7941);
    lab.attempt(PHONE, 'SCCP', { typeId: 437 });
    lab.settle();
    expect(lab.report()).toMatchObject({ verdict: { code: 'register.wrong-model' }, mended: undefined });
  });

  it('of a phone that nobody had configured: by adding it', async () => {
    const lab = await VerdictLab.with();
    const name = 'SEP0044223344C1';
    lab.attempt(name, 'SCCP', { address: '10.2.0.19' });
    lab.settle();
    await lab.reload({ devices: [DEVICE, { ...DEVICE, name, lines: ['5009'] }] } as WrittenConfig);
    lab.settle();
    expect(lab.report(name)).toMatchObject({ verdict: undefined, mended: { code: 'register.unknown-device' } });
    lab.register(name, 'SCCP', { address: '10.2.0.19', link: 7 });
    expect(lab.report(name)?.mended).toBeUndefined();
  });

  it('of a phone that nobody configured: by auto-registration', async () => {
    const lab = await VerdictLab.with();
    lab.attempt('SEP0044223344C1', 'SCCP', { address: '10.2.0.19' });
    await lab.reload({ autoRegistration: { enabled: true, range: '1000-1999' } } as WrittenConfig);
    expect(lab.report('SEP0044223344C1')).toMatchObject({ mended: { code: 'register.unknown-device' } });
  });
});

it('a device that is added while the daemon runs has three minutes from then', async () => {
  const lab = await VerdictLab.with();
  const name = 'SEP0044223344C1';
  lab.wait(minutes(30));
  expect(lab.verdict()?.code).toBe('power.never-seen');
  await lab.reload({ devices: [DEVICE, { ...DEVICE, name, lines: ['5009'] }] } as WrittenConfig);
  lab.wait(minutes(3) - 1000);
  expect(lab.verdict(name)).toBeUndefined();
  lab.wait(seconds(1));
  expect(lab.verdict(name)?.code).toBe('power.never-seen');
});

it('remedies name the whole path of a file', async () => {
  const lab = await VerdictLab.with({}, { place: { file: 'lab.yaml', line: 31 } });
  bootsAsAnother(lab);
  lab.settle();
  const files = lab.verdict()?.remedy.flatMap(({ file }) => file ?? []) ?? [];
  expect(files).toEqual([`${process.cwd()}/lab.yaml`, '/lab/lab.yaml']);
});

describe('a verdict is since the moment from which the thing is wrong', () => {
  it.each<[string, (lab: VerdictLab) => Instant | Promise<Instant>]>([
    [
      'stays.keepalive-lost',
      (lab) => {
        const registration = lab.register(PHONE, 'SCCP', { link: 1 });
        lab.wait(minutes(60));
        lab.database.keepAlive(registration, lab.now());
        const last = lab.now();
        lab.wait(seconds(90));
        lab.database.end(registration, 'silence', lab.now());
        return last;
      },
    ],
    [
      'register.never-completes',
      (lab) => {
        const answer = lab.attempt();
        if (!answer.accepted) throw new Error('it was refused');
        lab.wait(seconds(3));
        lab.database.facts.heard(answer.registration, 'HeadsetStatusMessage');
        lab.database.keepAlive(answer.registration, lab.now());
        lab.wait(seconds(27));
        lab.database.end(answer.registration, 'no-capabilities', lab.now());
        return answer.registration.startedAt;
      },
    ],
    [
      'stays.flap-keepalive',
      (lab) => {
        lab.register(PHONE, 'SCCP', { link: 9 });
        lab.wait(minutes(60));
        lab.database.end(lab.register(PHONE, 'SCCP', { link: 8 }), 'shutdown', lab.now());
        let first: Instant | undefined;
        for (const link of [1, 2, 3]) {
          const registration = lab.register(PHONE, 'SCCP', { link });
          lab.wait(seconds(90));
          lab.database.end(registration, 'silence', lab.now());
          first ??= lab.now();
        }
        return first ?? lab.now();
      },
    ],
    [
      'files.stale',
      async (lab) => {
        const file = `${PHONE}.cnf.xml`;
        lab.database.facts.recordGiven(PHONE, file, { at: lab.now(), stamp: lab.stamp, transport: 'TFTP' });
        lab.fetch(`${PHONE}.cnf.xml`);
        lab.register();
        lab.wait(minutes(60));
        lab.stamp = 'stamp-2';
        lab.say({ type: 'device.changed', device: PHONE } as unknown as Said);
        return lab.now();
      },
    ],
  ])('%s', async (code, arrange) => {
    const lab = await VerdictLab.with();
    const since = await arrange(lab);
    lab.settle();
    expect([lab.verdict()?.code, (lab.verdict()?.since ?? 0) - lab.clock.now()]).toEqual([
      code,
      since - lab.clock.now(),
    ]);
  });
});
