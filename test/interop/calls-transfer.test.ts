// baresip is held, hears music, and transfers by REFER through the daemon; linphone connects two calls by a REFER with Replaces.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/daemon.js';
import { Baresip, type BaresipOptions } from './support/baresip.js';
import { CallCapture } from './support/call-capture.js';
import { CALLERS, CallDaemon, RTP_PORTS } from './support/call-daemon.js';
import { Linphone } from './support/linphone.js';
import { expectRecorded, hearingOf } from './support/tones.js';

const TALK = 2_000;
const TONES = [425, 1_325, 625] as const;

let daemon: CallDaemon;
beforeAll(async () => {
  daemon = await CallDaemon.start(['6001', '6002', '6003', '6004'].map((dn) => ({ dn })));
});
afterAll(() => daemon.stop());

const three = (...options: readonly (Partial<BaresipOptions> & { readonly dn: string })[]) =>
  Promise.all(
    options.map((each, index) =>
      Baresip.start(daemon, { address: CALLERS[index] as string, plays: TONES[index] as number, ...each }),
    ),
  ) as Promise<[Baresip, Baresip, Baresip]>;

it('baresip transfers a call to a third, who hears the first and is heard', async () => {
  const [first, middle, third] = await three({ dn: '6001' }, { dn: '6002', transport: 'tcp' }, { dn: '6003' });
  const capture = await CallCapture.during(daemon, 'transfer', async () => {
    await first.command('dial', '6002');
    await middle.sees('CALL_INCOMING');
    await middle.command('accept');
    await first.sees('CALL_ESTABLISHED');
    await pause(TALK);
    await middle.command('transfer', 'sip:6003@127.61.0.1');
    await third.sees('CALL_INCOMING');
    await middle.sees('CALL_CLOSED');
    await third.command('accept');
    await third.sees('CALL_ESTABLISHED');
    await pause(TALK);
    await third.command('hangup');
    await first.sees('CALL_CLOSED');
    await daemon.quiet();
  });
  expect(capture.malformed).toEqual([]);
  expect(capture.count('sip.Method == "REFER"')).toBe(1);
  expect(capture.count('sip.Method == "NOTIFY" && sip.Event == "refer"')).toBe(2);
  expectRecorded(third.recording, TONES[0]);
  for (const tone of [TONES[1], TONES[2]]) expect(hearingOf(first.recording, tone).tone).toBeGreaterThan(1);
  await Promise.all([first, middle, third].map((phone) => phone.stop()));
});

it('baresip that is held hears the music of the daemon, and then the other again', async () => {
  const [first, middle] = await three({ dn: '6001' }, { dn: '6002' });
  const capture = await CallCapture.during(daemon, 'music', async () => {
    await first.command('dial', '6002');
    await middle.sees('CALL_INCOMING');
    await middle.command('accept');
    await first.sees('CALL_ESTABLISHED');
    await pause(TALK);
    await middle.command('hold');
    await pause(TALK);
    await middle.command('resume');
    await pause(TALK);
    await first.command('hangup');
    await middle.sees('CALL_CLOSED');
    await daemon.quiet();
  });
  expect(capture.malformed).toEqual([]);
  const music = capture.streams.filter(({ from }) => from >= RTP_PORTS.from && from <= RTP_PORTS.to);
  expect(music).toHaveLength(1);
  expect(music[0]?.packets).toBeGreaterThan(70);
  expect(music[0]?.packets).toBeLessThan(150);
  await eventually(() => expectRecorded(middle.recording, TONES[0]));
  await Promise.all([first, middle].map((phone) => phone.stop()));
});

it('linphone connects two calls of its own, and leaves', async () => {
  const [first, third] = await three({ dn: '6001', answers: 'auto' }, { dn: '6003', answers: 'auto' });
  const linphone = await Linphone.start(daemon, { dn: '6004', plays: TONES[2] });
  const capture = await CallCapture.during(daemon, 'attended', async () => {
    linphone.command('call 6001');
    await first.sees('CALL_ESTABLISHED');
    await pause(1_000);
    linphone.command('pause 1');
    await pause(1_000);
    linphone.command('call 6003');
    await third.sees('CALL_ESTABLISHED');
    await pause(1_000);
    linphone.command('transfer 1 --to-call 2');
    await pause(TALK * 2);
    await third.command('hangup');
    await first.sees('CALL_CLOSED');
    await daemon.quiet();
  });
  expect(capture.malformed).toEqual([]);
  expect(capture.fields('sip.Method == "REFER"', 'sip.Refer-To').join()).toContain('Replaces=');
  expectRecorded(third.recording, TONES[0]);
  // baresip 1.0.0 plays nothing any more once it has heard music: what reaches its port is counted.
  const talk = capture.streams.filter(({ from }) => from < RTP_PORTS.from || from > RTP_PORTS.to);
  expect(talk).toHaveLength(2);
  expect([talk[1]?.from, talk[1]?.to]).toEqual([talk[0]?.to, talk[0]?.from]);
  for (const { packets, lost } of talk) expect([packets > 100, lost]).toEqual([true, 0]);
  await Promise.all([first.stop(), third.stop(), linphone.stop()]);
});
