// baresip and linphone call the numbers that the daemon answers itself (`docs/protocols/calls.md` §5.4, §5.5).

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/daemon.js';
import { Baresip } from './support/baresip.js';
import { CallCapture } from './support/call-capture.js';
import { CallDaemon, DAEMON, RTP_PORTS } from './support/call-daemon.js';
import { Linphone } from './support/linphone.js';
import { expectRecorded, hearingOf } from './support/tones.js';

const TALK = 2_000;
const TONE = 425;
const MILLIWATT = 1_000;
/** The tones of an announcement to emergency callers, a third of a second each, once in two and a half. */
const SPECIAL_INFORMATION = [950, 1_400, 1_800] as const;
const announced = (recording: string): number =>
  SPECIAL_INFORMATION.reduce((sum, hertz) => sum + hearingOf(recording, hertz).tone, 0);
/** Sounds that nobody can take for one another: no two packets of them are the same. */
const NOISE = Int16Array.from({ length: 80_000 }, (_, index) => 6_000 * Math.sin(index * index * 0.000_37));

let daemon: CallDaemon;
let baresip: Baresip;
let linphone: Linphone;
beforeAll(async () => {
  daemon = await CallDaemon.start([{ dn: '6001' }, { dn: '6002', digest: true }]);
  [baresip, linphone] = await Promise.all([
    // Its sound comes from this address, whatever it says: an echo takes it from nowhere else.
    Baresip.start(daemon, { dn: '6001', address: '127.0.0.1', plays: NOISE }),
    Linphone.start(daemon, { dn: '6002', plays: TONE, transport: 'tcp', digest: true }),
  ]);
});
afterAll(async () => {
  await Promise.all([baresip.stop(), linphone.stop()]);
  await daemon.stop();
});

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe('baresip', () => {
  const talk = async (number: string): Promise<void> => {
    baresip.events.length = 0;
    await baresip.command('dial', number);
    await baresip.sees('CALL_ESTABLISHED');
    await pause(TALK);
    await baresip.command('hangup');
    await baresip.sees('CALL_CLOSED');
    await daemon.quiet();
  };
  const refused = async (number: string): Promise<string | undefined> => {
    baresip.events.length = 0;
    await baresip.command('dial', number);
    const { param } = await baresip.sees('CALL_CLOSED');
    await daemon.quiet();
    return param;
  };

  it('hears from *41 what it sends, 200 ms later', async () => {
    const capture = await CallCapture.during(daemon, 'echo', () => talk('*41'));
    const ours = capture.expectOneCall().find((port) => port >= RTP_PORTS.from && port <= RTP_PORTS.to);
    const sent = new Map<string, number>();
    const delays: number[] = [];
    for (const [source, time, payload = ''] of capture.fields(
      'rtp',
      'udp.srcport',
      'frame.time_epoch',
      'rtp.payload',
    )) {
      if (Number(source) === ours) {
        const at = sent.get(payload);
        if (at !== undefined) delays.push(Number(time) - at);
      } else sent.set(payload, Number(time));
    }
    expect(delays.length).toBeGreaterThan(50);
    expect(middle(delays)).toBeGreaterThan(0.17);
    expect(middle(delays)).toBeLessThan(0.25);
  });

  it('hears from *42 a tone of 1 kHz', async () => {
    await talk('*42');
    expectRecorded(baresip.recording, MILLIWATT);
  });

  it('is refused by *43, which is busy, and *45, which is unobtainable', async () => {
    expect(await refused('*43')).toContain('486');
    expect(await refused('*45')).toContain('404');
  });

  it('hears the announcement of an emergency number, and no call leaves', async () => {
    const capture = await CallCapture.during(daemon, 'emergency', () => talk('112'));
    expect(announced(baresip.recording)).toBeGreaterThan(0.35);
    expect(capture.malformed).toEqual([]);
    expect(capture.count(`sip.Method == "INVITE" && ip.src != ${DAEMON}`)).toBeGreaterThan(0);
    expect(capture.count(`sip.Method == "INVITE" && ip.src == ${DAEMON}`)).toBe(0);
    expect(daemon.facts('call.ended').at(-1)?.dest?.device).toBeUndefined();
  });
});

describe('linphone', () => {
  const talk = async (number: string): Promise<void> => {
    linphone.renewFiles();
    linphone.command(`call ${number}`);
    await linphone.says(/connected/);
    await pause(TALK);
    linphone.command('terminate');
    await linphone.says(/ended/);
    await daemon.quiet();
  };
  const refused = async (number: string, status: string): Promise<void> => {
    linphone.renewFiles();
    linphone.command(`call ${number}`);
    await linphone.says(/error/);
    await daemon.quiet();
    await eventually(() => expect(daemon.facts('sip.sent').at(-1)?.name).toBe(status));
  };

  it('hears itself from *41', async () => {
    await talk('*41');
    expectRecorded(linphone.recording, TONE);
  });

  it('hears from *42 a tone of 1 kHz', async () => {
    await talk('*42');
    expectRecorded(linphone.recording, MILLIWATT);
  });

  it('is refused by *43, which is busy, and *45, which is unobtainable', async () => {
    await refused('*43', '486');
    await refused('*45', '404');
  });

  it('hears the announcement of an emergency number', async () => {
    await talk('112');
    expect(announced(linphone.recording)).toBeGreaterThan(0.35);
  });
});
