// Trunks to other PBXs that others wrote: kamailio with a baresip behind it, which asks for passwords, and sipp, which checks
// each message. No emergency call reaches them (`docs/protocols/calls.md` §6, §10).

import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/daemon.js';
import { Baresip } from './support/baresip.js';
import { CallCapture } from './support/call-capture.js';
import { CALLERS, CallDaemon, deviceName } from './support/call-daemon.js';
import { Kamailio } from './support/kamailio.js';
import { SccpCaller } from './support/sccp-caller.js';
import { register, type SippPhone, scenario } from './support/sipp.js';
import { expectRecorded } from './support/tones.js';

const TALK = 2_000;
const TONES = [425, 1_025] as const;
const CONNECTED = 5;
const HOLD = 8;
const ON_HOOK = 2;
const KAMAILIO = { address: '127.61.0.31', port: 5060 };
const SIPP: SippPhone = { dn: '5000', address: '127.61.0.32', port: 5060, rtp: 17_010 };

describe('kamailio, which asks for a password', () => {
  let daemon: CallDaemon;
  let kamailio: Kamailio;
  let ours: Baresip;
  let sccp: SccpCaller;
  let theirs: Baresip;

  beforeAll(async () => {
    const login = 'digest: { user: labcm, password: secret }, register: { user: labcm }';
    daemon = await CallDaemon.start(
      [{ dn: '6001' }, { dn: '6003', protocol: 'SCCP' }],
      `{ moh: none, trunks: [{ name: KAMAILIO, address: ${KAMAILIO.address}, earlyOffer: true, ${login} }], patterns: [{ match: "9.!", trunk: KAMAILIO, discard: predot }, { match: 9.5XXX, trunk: KAMAILIO, discard: predot, urgent: true }] }`,
    );
    kamailio = Kamailio.start(daemon, KAMAILIO);
    await eventually(() => expect(daemon.facts('sip.trunk-up').length, kamailio.said).toBe(1));
    const elsewhere = { server: `${KAMAILIO.address}:${KAMAILIO.port}`, user: 'labcm', password: 'secret' };
    [ours, theirs, sccp] = await Promise.all([
      Baresip.start(daemon, { dn: '6001', address: CALLERS[0], plays: TONES[0] }),
      Baresip.start(daemon, { dn: '5000', address: CALLERS[1], plays: TONES[1], elsewhere }),
      SccpCaller.start(daemon, { dn: '6003', address: CALLERS[2], plays: TONES[0] }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([ours.stop(), theirs.stop(), sccp.stop()]);
    await kamailio.stop();
    await daemon.stop();
  });

  it('answers OPTIONS and registers labcm', async () => {
    expect(daemon.facts('sip.trunk-up')).toMatchObject([{ trunk: 'KAMAILIO', status: 483 }]);
    await eventually(() => expect(daemon.facts('sip.trunk-registration')).toMatchObject([{ status: 200 }]));
  });

  it('is called and calls: both talk, each hangs up, and Wireshark finds nothing against the rules', async () => {
    const capture = await CallCapture.during(daemon, 'trunk', async () => {
      for (const [caller, called, number] of [
        [ours, theirs, '95000'],
        [theirs, ours, '6001'],
      ] as const) {
        for (const phone of [caller, called]) phone.events.length = 0;
        await caller.command('dial', number);
        await called.sees('CALL_INCOMING');
        await called.command('accept');
        await Promise.all([caller.sees('CALL_ESTABLISHED'), called.sees('CALL_ESTABLISHED')]);
        await pause(TALK);
        await called.command('hangup');
        await Promise.all([caller.sees('CALL_CLOSED'), called.sees('CALL_CLOSED')]);
        expectRecorded(ours.recording, TONES[1]);
        expectRecorded(theirs.recording, TONES[0]);
        await daemon.quiet();
      }
    });
    expect(capture.malformed).toEqual([]);
    expect(capture.count('sip.Status-Code == 407')).toBeGreaterThan(0); // labcm was asked, and
    expect(capture.count('sip.Status-Code == 401')).toBeGreaterThan(0); // asked itself
    expect(daemon.facts('call.ended')).toMatchObject([
      { dialled: '95000', dest: { device: 'KAMAILIO' }, pattern: '9.5XXX' },
      { dialled: '6001', orig: { device: 'KAMAILIO' } },
    ]);
  });

  it('is called by an SCCP phone with an offer, and calls it', async () => {
    theirs.events.length = 0;
    sccp.dial('95000');
    await theirs.sees('CALL_INCOMING');
    await theirs.command('accept');
    await Promise.all([sccp.becomes(CONNECTED), theirs.sees('CALL_ESTABLISHED')]);
    await pause(TALK);
    sccp.press('endCall');
    await Promise.all([sccp.becomes(ON_HOOK), theirs.sees('CALL_CLOSED')]);
    expectRecorded(theirs.recording, TONES[0]);
    await daemon.quiet();
  });

  it.each([
    ['labcm’s phone', 'its', '95000'],
    ['its phone', 'labcm’s', '6001'],
  ])('%s calls %s; each holds and resumes, and both are heard again', async (_caller, _called, number) => {
    const [caller, called] = number === '95000' ? [ours, theirs] : [theirs, ours];
    const [held, resumed] = [daemon.facts('call.held').length, daemon.facts('call.resumed').length];
    for (const phone of [ours, theirs]) phone.events.length = 0;
    await caller.command('dial', number);
    await called.sees('CALL_INCOMING');
    await called.command('accept');
    await Promise.all([caller.sees('CALL_ESTABLISHED'), called.sees('CALL_ESTABLISHED')]);
    await pause(TALK);
    for (const [index, holder] of [ours, theirs].entries()) {
      await holder.command('hold');
      await eventually(() => expect(daemon.facts('call.held').length).toBe(held + index + 1));
      await pause(300);
      await holder.command('resume');
      await eventually(() => expect(daemon.facts('call.resumed').length).toBe(resumed + index + 1));
      await pause(TALK / 2);
    }
    await caller.command('hangup');
    await Promise.all([caller.sees('CALL_CLOSED'), called.sees('CALL_CLOSED')]);
    expectRecorded(ours.recording, TONES[1]);
    expectRecorded(theirs.recording, TONES[0]);
    await daemon.quiet();
    expect(
      daemon
        .facts('call.held')
        .slice(held)
        .map(({ device }) => device),
    ).toEqual([deviceName('6001'), 'KAMAILIO']);
  });

  it('is called by an SCCP phone, which holds and resumes', async () => {
    theirs.events.length = 0;
    sccp.dial('95000');
    await theirs.sees('CALL_INCOMING');
    await theirs.command('accept');
    await Promise.all([sccp.becomes(CONNECTED), theirs.sees('CALL_ESTABLISHED')]);
    await pause(500);
    sccp.press('hold');
    await sccp.becomes(HOLD);
    await pause(500);
    sccp.press('resume');
    await sccp.becomes(CONNECTED);
    await pause(TALK);
    await theirs.command('hangup');
    await Promise.all([sccp.becomes(ON_HOOK), theirs.sees('CALL_CLOSED')]);
    expectRecorded(theirs.recording, TONES[0]);
    await daemon.quiet();
  });

  it('sees no call of an emergency number, however it is dialled', async () => {
    const capture = await CallCapture.during(daemon, 'emergency', async () => {
      for (const number of ['112', '9112', '911', '9911', '110', '9110', '999', '9999']) {
        const { length } = daemon.facts('call.analysed');
        await ours.command('dial', number);
        await eventually(() => expect(daemon.facts('call.analysed').length).toBe(length + 1));
        await ours.command('hangup');
        await daemon.quiet();
      }
      await pause(500);
    });
    expect(
      daemon
        .facts('call.analysed')
        .slice(-8)
        .map(({ target }) => target?.kind),
    ).toEqual(Array(8).fill('emergency'));
    expect(capture.count(`sip.Method == "INVITE" && ip.dst == ${KAMAILIO.address}`)).toBe(0);
  });
});

describe('sipp as the far end', () => {
  const CALLED: SippPhone = { dn: '6001', address: CALLERS[0], port: 5070, rtp: 17_000 };
  let daemon: CallDaemon;

  const open = async (trunk: string): Promise<void> => {
    // Its first ping is answered here; the next one comes after a minute.
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(SIPP.port, SIPP.address, resolve));
    socket.on('message', (bytes, from) => {
      const headers = bytes
        .toString('latin1')
        .match(/^(Via|From|To|Call-ID|CSeq):.*\r\n/gm)
        ?.join('');
      socket.send(`SIP/2.0 200 OK\r\n${headers}Content-Length: 0\r\n\r\n`, from.port, from.address);
    });
    daemon = await CallDaemon.start(
      [{ dn: '6001' }],
      `{ noAnswer: 20s, moh: none, trunks: [{ name: SIPP, address: ${SIPP.address}, ${trunk} }], patterns: [{ match: "9.5XXX", trunk: SIPP, discard: predot }] }`,
    );
    await eventually(() => expect(daemon.facts('sip.trunk-up').length).toBe(1));
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    await register(daemon, CALLED);
  };
  const far = ({ address, rtp }: SippPhone, more: Readonly<Record<string, string | number>> = {}) => ({
    farAddress: address.replaceAll('.', '\\.'),
    farPort: rtp,
    ...more,
  });
  const callOut = async (ours: string, theirs: string, more: Readonly<Record<string, string | number>> = {}) => {
    await Promise.all([
      scenario(daemon, SIPP, theirs, SIPP.dn, far(CALLED, more)),
      scenario(daemon, CALLED, ours, '95000', far(SIPP, more)),
    ]);
    await daemon.quiet();
  };
  const callIn = async (ours: string, theirs: string) => {
    await Promise.all([
      scenario(daemon, CALLED, ours, CALLED.dn, far(SIPP)),
      scenario(daemon, SIPP, theirs, CALLED.dn, far(CALLED)),
    ]);
    await daemon.quiet();
  };

  it('that is offered: basic calls, holds, refusals and cancels, both ways', async () => {
    await open('earlyOffer: true');
    await callOut('caller-basic', 'called-basic');
    await callOut('caller-hears-end', 'called-hangs-up');
    await callOut('caller-holds', 'called-held');
    await callOut('caller-basic', 'called-early');
    await callIn('called-basic', 'caller-basic');
    await callIn('called-hangs-up', 'caller-hears-end');
    await callIn('called-held', 'caller-holds');
    // Last, since a refusal that is repeated over UDP must not meet the next sipp at this port.
    for (const [status, phrase, cause] of [
      [486, 'Busy Here', 17],
      [603, 'Decline', 21],
    ] as const)
      await callOut('caller-refused', 'called-refuses', { status, phrase, cause });
    await callOut('caller-cancels', 'called-cancelled');
    await daemon.stop();
    await open('earlyOffer: true'); // a 487 that is repeated over UDP must not meet the next sipp at this port
    await callIn('called-cancelled', 'caller-cancels');
    await daemon.stop();
  });

  it('that makes the offer itself', async () => {
    await open('earlyOffer: false');
    await callOut('caller-basic', 'called-offers');
    await daemon.stop();
  });
});
