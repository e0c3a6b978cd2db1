// baresip calls baresip through the daemon: what one plays is what the other hears.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Baresip, type BaresipOptions } from './support/baresip.js';
import { CallCapture } from './support/call-capture.js';
import { CALLERS, CallDaemon } from './support/call-daemon.js';
import { expectRecorded } from './support/tones.js';

/** Long enough for a second of tone at each side, however busy the machine is. */
const TALK = 2_000;
const TONES = [425, 1_025] as const;

let daemon: CallDaemon;
beforeAll(async () => {
  daemon = await CallDaemon.start(
    [
      ...['6001', '6002', '6003', '6004'].map((dn) => ({ dn })),
      ...['7001', '7002'].map((dn) => ({ dn, digest: true })),
    ],
    '{ moh: none }',
  ); // music has tests of its own
});
afterAll(() => daemon.stop());

const pair = (options: readonly [Partial<BaresipOptions> & { dn: string }, Partial<BaresipOptions> & { dn: string }]) =>
  Promise.all(
    options.map((each, index) =>
      Baresip.start(daemon, { address: CALLERS[index] as string, plays: TONES[index] as number, ...each }),
    ),
  ) as Promise<[Baresip, Baresip]>;

const expectBothRecorded = (one: Baresip, other: Baresip): void => {
  expectRecorded(one.recording, TONES[1]);
  expectRecorded(other.recording, TONES[0]);
};

describe.each([
  ['UDP', { dn: '6001' }, { dn: '6002' }],
  ['TCP', { dn: '6001', transport: 'tcp' }, { dn: '6002', transport: 'tcp' }],
  [
    'UDP to TCP, wide-band',
    { dn: '6003', codecs: ['g722', 'g711'] },
    { dn: '6004', transport: 'tcp', codecs: ['g722'] },
  ],
  ['UDP and TCP, with digest', { dn: '7001', digest: true, transport: 'tcp' }, { dn: '7002', digest: true }],
] as const)('over %s', (_name, one, other) => {
  it('each calls the other, hears it, and each hangs up', async () => {
    const [first, second] = await pair([one, other]);
    for (const [caller, called, hangsUp] of [
      [first, second, first],
      [second, first, first],
    ] as const) {
      for (const phone of [caller, called]) phone.events.length = 0;
      await caller.command('dial', called.dn);
      await caller.sees('CALL_RINGING');
      await called.sees('CALL_INCOMING');
      await called.command('accept');
      await Promise.all([caller.sees('CALL_ESTABLISHED'), called.sees('CALL_ESTABLISHED')]);
      await pause(TALK);
      await hangsUp.command('hangup');
      await Promise.all([caller.sees('CALL_CLOSED'), called.sees('CALL_CLOSED')]);
      expectBothRecorded(first, second);
      await daemon.quiet();
    }
    await Promise.all([first.stop(), second.stop()]);
  });
});

it('is clean for Wireshark', async () => {
  const [first, second] = await pair([
    { dn: '6001', transport: 'tcp' },
    { dn: '7002', digest: true },
  ]);
  const capture = await CallCapture.during(daemon, 'call', async () => {
    await first.command('dial', second.dn);
    await second.sees('CALL_INCOMING');
    await second.command('accept');
    await first.sees('CALL_ESTABLISHED');
    await pause(TALK);
    await first.command('hold');
    await pause(300);
    await first.command('resume');
    await pause(TALK);
    await second.command('hangup');
    await first.sees('CALL_CLOSED');
    await daemon.quiet();
  });
  capture.expectOneCall();
  expect(capture.count('sdp && sip.Method == "INVITE"')).toBeGreaterThan(3);
  expectBothRecorded(first, second);
  await Promise.all([first.stop(), second.stop()]);
});
