// The verdicts of phones that nobody configured: told once for each change of their code, and not without bound.

import { describe, expect, it } from 'vitest';
import type { WrittenConfig } from '../../../src/config/index.js';
import { minutes, seconds } from '../../../src/core/time.js';
import { UNKNOWN_TOLD } from '../../../src/explain/verdicts/unknown-verdicts.js';
import { LINES } from '../../../src/trace/index.js';
import { missing, served } from './file-facts.js';
import { LAB, VerdictLab } from './verdict-lab.js';

const STRANGER = 'SEP0A1122334456';
const FROM = { address: '10.2.0.99' };

const codes = (lab: VerdictLab): readonly (readonly [string, boolean, string | undefined])[] =>
  lab.told.map(({ device, configured, code }) => [device, configured, code]);

describe('the verdict of a phone that nobody configured', () => {
  it('is told once, however often it comes', async () => {
    const lab = await VerdictLab.with();
    for (let times = 0; times < 20; times += 1) {
      lab.attempt(STRANGER, 'SCCP', { ...FROM, link: times });
      lab.wait(seconds(40));
    }
    expect(codes(lab)).toEqual([[STRANGER, false, 'register.unknown-device']]);
  });

  it('is told again when its code changes', async () => {
    const lab = await VerdictLab.with();
    lab.say(missing(`${STRANGER}.cnf.xml`, { context: { connection: 1, sequence: 1, ...FROM, port: 50000 } }));
    lab.settle();
    lab.attempt(STRANGER, 'SCCP', FROM);
    lab.settle();
    expect(codes(lab)).toEqual([
      [STRANGER, false, 'files.unknown-device'],
      [STRANGER, false, 'register.unknown-device'],
    ]);
  });

  it('does not flicker while it boots again and again', async () => {
    const lab = await VerdictLab.with();
    const context = { connection: 1, sequence: 1, ...FROM, port: 50000 };
    for (let boots = 0; boots < 5; boots += 1) {
      lab.say(missing(`CTL${STRANGER}.tlv`, { context }), missing(`${STRANGER}.cnf.xml`, { context }));
      lab.wait(seconds(5));
      lab.attempt(STRANGER, 'SCCP', { ...FROM, link: boots });
      lab.wait(seconds(60));
    }
    expect(codes(lab).map(([, , code]) => code)).toEqual(['files.unknown-device', 'register.unknown-device']);
  });

  it('is told in time where it is about silence', async () => {
    const lab = await VerdictLab.with({ autoRegistration: { enabled: true, range: '1000-1999' } } as WrittenConfig);
    const context = { connection: 1, sequence: 1, ...FROM, port: 50000 };
    lab.say(
      missing(`${STRANGER}.cnf.xml`, { context }),
      served('XMLDefault.cnf.xml', { context }),
      served('SCCP42.9-4-2SR3-1S.loads', { context }),
    );
    lab.settle();
    const before = codes(lab);
    lab.wait(minutes(25));
    expect([before, codes(lab)[0]?.[0]]).toEqual([[], STRANGER]);
  });

  it('goes when it is configured, with what is so now', async () => {
    const lab = await VerdictLab.with();
    lab.attempt(STRANGER, 'SCCP', FROM);
    lab.settle();
    const device = { name: STRANGER, model: 'Cisco 7962', protocol: 'SCCP' as const, lines: ['5009'] };
    await lab.reload({ devices: [...(LAB.devices ?? []), device] });
    expect(lab.told.at(-1)).toMatchObject({
      device: STRANGER,
      configured: true,
      code: undefined,
      before: 'register.unknown-device',
      mended: 'register.unknown-device',
    });
    lab.register(STRANGER, 'SCCP', FROM);
    lab.settle();
    expect(lab.told).toHaveLength(2);
  });

  it('goes when a reload lets it in', async () => {
    const lab = await VerdictLab.with();
    lab.attempt(STRANGER, 'SCCP', FROM);
    lab.settle();
    await lab.reload({ autoRegistration: { enabled: true, range: '1000-1999' } } as WrittenConfig);
    lab.settle();
    expect(lab.told.at(-1)).toMatchObject({ device: STRANGER, code: undefined, mended: 'register.unknown-device' });
  });

  it('is bounded in all: ten thousand names are a hundred lines, and whoever asks gets the newest', async () => {
    const lab = await VerdictLab.with();
    const nameOf = (index: number): string => `SEP0A00${index.toString(16).toUpperCase().padStart(8, '0')}`;
    for (let index = 0; index < 10_000; index += 1) {
      const answer = { type: 'device.rejected', device: nameOf(index), protocol: 'SCCP', reason: 'unknown-device' };
      lab.bus.publish({ ...answer, at: lab.now(), address: `10.2.${index % 250}.9`, port: 1 } as never);
      lab.wait(1);
    }
    lab.wait(seconds(30));
    expect(lab.told).toHaveLength(UNKNOWN_TOLD.most);
    const listed = lab.verdicts.unknown();
    expect(listed).toHaveLength(32);
    expect(listed[0]).toMatchObject({
      name: nameOf(9_999),
      isNamed: true,
      verdict: { code: 'register.unknown-device' },
    });
    lab.wait(minutes(11));
    lab.attempt(STRANGER, 'SCCP', FROM);
    lab.settle();
    expect(lab.told.at(-1)).toMatchObject({ device: STRANGER });
  });

  it('costs its judging at most once a second', async () => {
    const lab = await VerdictLab.with();
    let judged = 0;
    const { ofUnknown } = lab.verdicts;
    lab.verdicts.ofUnknown = (phone) => {
      judged += 1;
      return ofUnknown.call(lab.verdicts, phone);
    };
    for (let times = 0; times < 1000; times += 1) lab.attempt(STRANGER, 'SCCP', { ...FROM, link: times });
    lab.settle();
    // A thousand attempts, 100 ms apart.
    expect(judged).toBeLessThanOrEqual(103);
    expect(judged).toBeGreaterThan(50);
  });

  it.each([
    [STRANGER, `\`labcm why ${STRANGER}\` says what to do`],
    ['x`; reboot', '`labcm why` says what to do'],
  ])('is a line for the console that a shell may be given: %s', (device, said) => {
    const line = LINES['device.verdict'].summary?.({
      type: 'device.verdict',
      at: 0 as never,
      device,
      configured: false,
      code: 'register.unknown-device',
      severity: 'blocking',
      confidence: 'certain',
      sentence: 'It is not configured.',
      mended: undefined,
      before: undefined,
    });
    expect(line).toMatchObject({ about: device, text: expect.stringContaining(said) });
  });
});
