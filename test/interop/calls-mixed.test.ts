// An SCCP phone and baresip call each other through the daemon, and two SCCP phones do: what one plays is what the other
// hears, and Wireshark finds nothing malformed and no packet lost.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Baresip } from './support/baresip.js';
import { CallCapture } from './support/call-capture.js';
import { CALLERS, CallDaemon } from './support/call-daemon.js';
import { SccpCaller } from './support/sccp-caller.js';
import { expectRecorded } from './support/tones.js';

const TALK = 2_000;
const SCCP_TONES = [425, 625] as const;
const SIP_TONE = 1_025;
const RING_IN = 4;
const CONNECTED = 5;
const HOLD = 8;
const ON_HOOK = 2;
const BUSY = 6;
const INVALID_NUMBER = 14;
/** The tone of the service number *42. */
const MILLIWATT = 1_000;

let daemon: CallDaemon;
let sccp: SccpCaller;
let other: SccpCaller;
let sip: Baresip;
beforeAll(async () => {
  daemon = await CallDaemon.start(
    [
      { dn: '5001', protocol: 'SCCP' },
      { dn: '5002', protocol: 'SCCP' },
      { dn: '6001', digest: true },
    ],
    '{ moh: none }',
  ); // music has tests of its own
  [sccp, other, sip] = await Promise.all([
    SccpCaller.start(daemon, { dn: '5001', address: CALLERS[0], plays: SCCP_TONES[0] }),
    SccpCaller.start(daemon, { dn: '5002', address: CALLERS[1], plays: SCCP_TONES[1] }),
    Baresip.start(daemon, { dn: '6001', address: CALLERS[2], plays: SIP_TONE, digest: true }),
  ]);
});
afterAll(async () => {
  await Promise.all([sccp.stop(), other.stop(), sip.stop()]);
  await daemon.stop();
});

const expectSccpRecorded = (phone: SccpCaller, tone: number): void => {
  const file = join(daemon.folder, `recorded-${phone.dn}.wav`);
  phone.record(file);
  expectRecorded(file, tone);
};

it('the SCCP phone calls baresip and hangs up', async () => {
  const capture = await CallCapture.during(daemon, 'sccp-to-sip', async () => {
    sccp.dial(sip.dn);
    await sip.sees('CALL_INCOMING');
    await sip.command('accept');
    await Promise.all([sccp.becomes(CONNECTED), sip.sees('CALL_ESTABLISHED')]);
    await pause(TALK);
    sccp.press('endCall');
    await Promise.all([sccp.becomes(ON_HOOK), sip.sees('CALL_CLOSED')]);
    await daemon.quiet();
  });
  expectSccpRecorded(sccp, SIP_TONE);
  expectRecorded(sip.recording, SCCP_TONES[0]);
  expect(capture.expectOneCall()).toContain(sccp.mediaPort);
});

it('baresip calls the SCCP phone, which holds and resumes, and hangs up', async () => {
  await sip.command('dial', sccp.dn);
  await sccp.becomes(RING_IN);
  await sip.sees('CALL_RINGING');
  sccp.press('answer');
  await Promise.all([sccp.becomes(CONNECTED), sip.sees('CALL_ESTABLISHED', 2)]);
  await pause(500);
  sccp.press('hold');
  await sccp.becomes(HOLD);
  await pause(500);
  sccp.press('resume');
  await sccp.becomes(CONNECTED);
  await pause(TALK);
  await sip.command('hangup');
  await Promise.all([sccp.becomes(ON_HOOK), sip.sees('CALL_CLOSED', 2)]);
  await daemon.quiet();
  expectSccpRecorded(sccp, SIP_TONE);
  expectRecorded(sip.recording, SCCP_TONES[0]);
});

it('an SCCP phone calls another', async () => {
  const capture = await CallCapture.during(daemon, 'sccp-to-sccp', async () => {
    sccp.dial(other.dn);
    await other.becomes(RING_IN);
    other.press('answer');
    await Promise.all([sccp.becomes(CONNECTED), other.becomes(CONNECTED)]);
    await pause(TALK);
    other.press('endCall');
    await Promise.all([sccp.becomes(ON_HOOK), other.becomes(ON_HOOK)]);
    await daemon.quiet();
  });
  expectSccpRecorded(sccp, SCCP_TONES[1]);
  expectSccpRecorded(other, SCCP_TONES[0]);
  expect([...capture.expectOneCall()].sort()).toEqual([sccp.mediaPort, other.mediaPort].sort());
});

it('an SCCP phone calls service numbers', async () => {
  sccp.dial('*42');
  await sccp.becomes(CONNECTED);
  await pause(TALK);
  sccp.press('endCall');
  await sccp.becomes(ON_HOOK);
  expectSccpRecorded(sccp, MILLIWATT);
  for (const [number, state] of [
    ['*43', BUSY],
    ['*45', INVALID_NUMBER],
  ] as const) {
    sccp.dial(number);
    await sccp.becomes(state);
    sccp.press('endCall');
    await sccp.becomes(ON_HOOK);
  }
  await daemon.quiet();
});
