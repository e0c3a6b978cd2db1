// Keepalives in every state, standby links, silence, and how long what is waited for.

import { describe, expect, test } from 'vitest';
import { names, sccpHarness } from '../support/sccp-harness.js';

const ACK = '040000000000000000010000';

describe('a keepalive is answered', () => {
  test('before anything else was said', async () => {
    const rig = await sccpHarness();
    expect(rig.phone().say('KeepAliveReqMessage', {})[0]?.frame.toString('hex')).toBe(ACK);
  });

  test('while registering, when registered, and after Unregister, at any version', async () => {
    for (const protocolVer of [3, 11, 22]) {
      const rig = await sccpHarness();
      const phone = rig.phone();
      const answer = (): string | undefined => phone.say('KeepAliveReqMessage', {})[0]?.frame.toString('hex');
      phone.register('ipctest2', { protocolVer });
      expect(answer()).toBe(ACK);
      phone.comeUp('ipctest2', { protocolVer });
      expect(answer()).toBe(ACK);
      phone.say('UnregisterReqMessage', {});
      expect(answer()).toBe(ACK);
    }
  });

  test('and counted, with its jitter, on the record of the device', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    for (const wait of [30_000, 30_000, 31_600]) {
      rig.clock.advance(wait);
      phone.say('KeepAliveReqMessage', {});
    }
    expect(rig.record('ipctest2').registration).toMatchObject({ keepAlives: 3, jitter: 100 });
  });
});

describe('a standby link', () => {
  test('is kept for as long as its keepalives come, and shows nothing', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    for (let minute = 0; minute < 120; minute += 1) {
      expect(names(phone.say('KeepAliveReqMessage', {}))).toEqual(['KeepAliveAckMessage']);
      rig.clock.advance(60_000);
    }
    expect(phone.link.closed).toBeUndefined();
    expect(rig.record('ipctest2').state).toBe('unknown');
  });

  test('is told of once, at its second keepalive', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('KeepAliveReqMessage', {});
    expect(rig.probe.of('sccp.standby')).toEqual([]);
    const second = rig.clock.now() + 60_000;
    for (let minute = 0; minute < 3; minute += 1) {
      rig.clock.advance(60_000);
      phone.say('KeepAliveReqMessage', {});
    }
    expect(rig.probe.of('sccp.standby')).toMatchObject([{ at: second, station: { link: 1, bound: false } }]);
  });

  test('is none on which a phone registers, however long it keeps that alive', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('KeepAliveReqMessage', {});
    phone.comeUp('ipctest2');
    for (let minute = 0; minute < 3; minute += 1) phone.say('KeepAliveReqMessage', {});
    expect(rig.probe.of('sccp.standby')).toEqual([]);
  });

  test('registers on that same link when the phone loses its primary', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('KeepAliveReqMessage', {});
    rig.clock.advance(60_000);
    expect(names(phone.comeUp('ipctest2'))).toContain('RegisterAckMessage');
    rig.clock.advance(89_000);
    expect(phone.link.closed).toBeUndefined();
  });

  test('of a registered phone is no second registration', async () => {
    const rig = await sccpHarness();
    const active = rig.phone();
    active.comeUp('ipctest2');
    const standby = rig.phone();
    standby.say('AlarmMessage', { alarmSeverity: 2, text: '25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized' });
    standby.say('KeepAliveReqMessage', {});
    expect(active.link.closed).toBeUndefined();
    expect(rig.record('ipctest2').registration?.link).toBe(1);
  });

  test('that falls silent is ended after three of its intervals', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    rig.clock.advance(20_000);
    phone.say('KeepAliveReqMessage', {});
    rig.clock.advance(179_999);
    expect(phone.link.closed).toBeUndefined();
    rig.clock.advance(1);
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'silent', messages: 1 }]);
  });

  test('that never says a word is ended sooner', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    rig.clock.advance(30_000);
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'mute', messages: 0 }]);
  });
});

describe('a registered phone', () => {
  test('that falls silent expires after its patience, and its link with it', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    rig.clock.advance(89_999);
    expect(rig.record('ipctest2').state).toBe('registered');
    rig.clock.advance(1);
    expect(rig.record('ipctest2')).toMatchObject({ state: 'unregistered', reason: { reason: 'silence' } });
    expect(phone.link.closed).toBe('closed-here');
    expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ cause: 'ended-elsewhere' }]);
  });

  test('is alive with every octet it sends, not with keepalives alone', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    for (let step = 0; step < 20; step += 1) {
      rig.clock.advance(80_000);
      phone.link.deliver(Buffer.from([step === 0 ? 4 : 0]));
      if (step === 11) break;
    }
    expect(rig.record('ipctest2').state).toBe('registered');
    expect(rig.record('ipctest2').registration?.keepAlives).toBe(1);
  });

  test('has its link kept through a hundred keepalives without a timer left behind', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    for (let count = 0; count < 100; count += 1) {
      rig.clock.advance(30_000);
      phone.say('KeepAliveReqMessage', {});
    }
    expect(rig.clock.armed).toBeLessThanOrEqual(2);
    expect(rig.record('ipctest2').registration?.keepAlives).toBe(100);
  });
});
