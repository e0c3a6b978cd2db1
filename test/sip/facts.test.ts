// What SIP phones tell of themselves in one form for both protocols, and what is told of a REGISTER that registers nobody.

import { describe, expect, it } from 'vitest';
import type { SipRegisterAnswered } from '../../src/sip/events.js';
import { aDevice } from '../support/devices.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { OUT_OF_SERVICE_TOLD, outOfServiceXml } from '../support/out-of-service.js';
import { type SipHarness, type SipHarnessOptions, sipHarness } from './harness.js';
import { authorization, ciscoRegister, type PhoneRequest, plain } from './phones.js';

const SEED = 'SEP005056A1033D';
const HERE = { address: '10.10.210.200', port: 3311 };
const URI = 'sip:10.10.210.10';

const seed = (wishes: Parameters<typeof aDevice>[1] = {}) =>
  aDevice(SEED, { protocol: 'SIP', lines: ['5005'], ...wishes });

const registered = async (words: Partial<PhoneRequest> = {}, options: SipHarnessOptions = {}) => {
  const lab = await sipHarness([seed()], options);
  const phone = lab.tcp(HERE);
  phone.ask(ciscoRegister({ branch: 'z9hG4bKone', ...words }));
  return { ...lab, phone };
};

const record = ({ database }: Pick<SipHarness, 'database'>) => {
  const found = database.byName(SEED);
  if (found === undefined) throw new Error('no device');
  return found;
};

const reason = (text: string): string => `Reason: SIP;cause=200;text="${text}"`;

const alarmRefer = (xml: string): string => {
  const lines = [
    `REFER ${URI} SIP/2.0`,
    'Via: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bKalarm',
    'From: <sip:5005@10.10.210.200>;tag=t1',
    `To: <${URI}>`,
    'Call-ID: alarm-1@10.10.210.200',
    'CSeq: 1000 REFER',
    'Max-Forwards: 70',
    `Contact: <sip:5005@10.10.210.200:3311;transport=tcp>;+u.sip!devicename.ccm.cisco.com="${SEED}"`,
    'Refer-To: cid:1@10.10.210.200',
    'Content-Type: application/x-cisco-alarm+xml',
    `Content-Length: ${Buffer.byteLength(xml)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${xml}`;
};

describe('why a phone was out of service', () => {
  it('is in the Reason of its REGISTER', async () => {
    const text = `cisco-alarm:23 Name=${SEED} ActiveLoad=sip78xx.12-1.loads InactiveLoad=sip78xx.10-3.loads Last=reset-restart`;
    const lab = await registered({ headers: [reason(text)] });
    const told = { code: 23, words: 'reset-restart', load: 'sip78xx.12-1', inactiveLoad: 'sip78xx.10-3' };
    expect(record(lab).outOfService).toEqual({ at: lab.clock.now(), ...told });
    expect(lab.probe.of('device.out-of-service')).toMatchObject([{ device: SEED, ...told }]);
  });

  it('is in its XML alarm, if it is proved that the alarm is its own', async () => {
    const lab = await registered();
    lab.phone.ask(alarmRefer(outOfServiceXml({ DeviceName: SEED })));
    expect(record(lab).outOfService).toEqual({ at: lab.clock.now(), ...OUT_OF_SERVICE_TOLD });
    const other = await registered();
    other.tcp({ address: '10.10.210.99', port: 3399 }).ask(alarmRefer(outOfServiceXml({ DeviceName: SEED })));
    expect(record(other).outOfService).toBeUndefined();
  });
});

describeCaptured('the captured REGISTER of a 7821', () => {
  it('tells that it was restarted by the server, and its loads', async () => {
    const text = capturedText('sip/cisco/register-7821-bulk.sip').replaceAll(/\r?\n/g, '\r\n');
    const header = /^Reason: .*$/m.exec(text)?.[0].trim() ?? '';
    const lab = await registered({ headers: [header] });
    expect(record(lab).outOfService).toMatchObject({
      code: 23,
      words: 'reset-restart',
      load: 'sip78xx.12-1-1-12',
      inactiveLoad: 'sip78xx.10-3-1-12',
    });
  });
});

describe('the clock of a phone', () => {
  const dated = (date: string, words: Partial<PhoneRequest> = {}): string =>
    ciscoRegister(words).replace(/^Date: .*$/m, `Date: ${date}`);

  it('is none until it has the time', async () => {
    const lab = await registered();
    expect(record(lab).registration?.clockSkew).toBe('none');
  });

  it('is compared with ours as it registers, and once more at its first refresh', async () => {
    const lab = await sipHarness([seed()]);
    const phone = lab.tcp(HERE);
    const hourAhead = new Date(lab.clock.now() + 3_600_000).toUTCString();
    phone.ask(dated(hourAhead, { cseq: 101 }));
    const ahead = record(lab).registration?.clockSkew;
    expect(ahead).toBeLessThanOrEqual(3_600_000);
    expect(ahead).toBeGreaterThan(3_598_000);
    lab.clock.advance(60_000);
    phone.ask(dated(new Date(lab.clock.now()).toUTCString(), { cseq: 102 }));
    const mended = record(lab).registration?.clockSkew;
    expect(mended).toBeLessThanOrEqual(0);
    expect(mended).toBeGreaterThan(-2_000);
    phone.ask(dated(hourAhead, { cseq: 103 }));
    expect(record(lab).registration?.clockSkew).toBe(mended);
  });

  it.each(['', 'yesterday'])('is unknown by a Date that cannot be read: "%s"', async (date) => {
    const lab = await sipHarness([seed()]);
    lab.tcp(HERE).ask(dated(date));
    expect(record(lab).registration).toMatchObject({ clockSkew: undefined });
  });
});

describe('the last messages of a registration', () => {
  it('are named, also those of the fast path', async () => {
    const lab = await registered();
    expect(record(lab).registration).toMatchObject({ heard: 'REGISTER', said: '200' });
    lab.phone.ask(alarmRefer('<x-cisco-alarm><Alarm Name="DeviceTLInfo"></Alarm></x-cisco-alarm>'));
    expect(record(lab).registration).toMatchObject({ heard: 'REFER', said: '202' });
    lab.phone.ask(ciscoRegister({ cseq: 102 }));
    expect(record(lab).registration).toMatchObject({ heard: 'REGISTER', said: '200', keepAlives: 1 });
    lab.server.command(SEED, 'restart');
    expect(record(lab).registration).toMatchObject({ heard: 'REGISTER', said: 'NOTIFY' });
  });

  it('are remembered after its end', async () => {
    const lab = await registered();
    lab.phone.ask(ciscoRegister({ cseq: 102, expires: '0' }));
    expect(record(lab).registrations).toMatchObject([{ reason: 'unregistered', heard: 'REGISTER', said: '200' }]);
  });
});

describe('the answer to a REGISTER that registers nobody', () => {
  const answered = (lab: SipHarness): SipRegisterAnswered | undefined => lab.probe.of('sip.register-answered').at(-1);

  it('is told with the time that was asked for and the least that is allowed', async () => {
    const lab = await sipHarness([aDevice('SOFT', { protocol: 'SIP', lines: ['6001'] })]);
    (await lab.udp(HERE)).ask(plain('REGISTER', '6001', { transport: 'UDP', expires: '1' }));
    expect(answered(lab)).toMatchObject({ status: 423, phrase: 'Interval Too Brief', asked: 1 });
    expect(answered(lab)?.least).toBeGreaterThan(1);
  });

  it('is told with its reason, if a 400 or a 500', async () => {
    const lab = await sipHarness([aDevice('SOFT', { protocol: 'SIP', lines: ['6001'] })]);
    const phone = await lab.udp(HERE);
    phone.ask(plain('REGISTER', '6001', { transport: 'UDP', expires: '300', cseq: 7 }));
    expect(answered(lab)).not.toHaveProperty('phrase');
    phone.ask(plain('REGISTER', '6001', { transport: 'UDP', expires: '301', cseq: 6 }));
    expect(answered(lab)).toMatchObject({
      status: 500,
      phrase: 'Server Internal Error - CSeq out of order',
      device: 'SOFT',
    });
    phone.ask(plain('REGISTER', '6001', { transport: 'UDP', to: '<tel:6001>', callId: 'other' }));
    expect(answered(lab)).toMatchObject({ status: 400, phrase: expect.stringMatching(/^Bad Request/) });
  });

  it('is told with the user of its credentials, and again when it is repeated', async () => {
    const digest = { user: 'soft01', password: 'secret' };
    const lab = await sipHarness([aDevice('SOFT', { protocol: 'SIP', lines: ['6001'], digest })]);
    const phone = await lab.udp(HERE);
    const ask = (cseq: number, headers: readonly string[] = []) =>
      phone
        .ask(plain('REGISTER', '6001', { transport: 'UDP', expires: '300', cseq, headers, branch: `z9hG4bK${cseq}` }))
        .at(-1);
    const challenge = ask(1);
    expect(answered(lab)).not.toHaveProperty('user');
    const wrong = [authorization(challenge, 'somebody', 'secret', URI)];
    ask(2, wrong);
    expect(answered(lab)).toMatchObject({ status: 401, credentials: 'wrong', user: 'somebody', repeat: false });
    ask(2, wrong);
    expect(answered(lab)).toMatchObject({ status: 401, phrase: 'Unauthorized', repeat: true });
  });
});

describe('the end of a connection', () => {
  const closed = async (octets: string) => {
    const lab = await sipHarness([seed()]);
    const phone = lab.tcp(HERE);
    if (octets !== '') phone.link.deliver(Buffer.from(octets, 'latin1'));
    lab.clock.advance(300_000);
    phone.link.end();
    return lab.probe.of('sip.link-closed')[0];
  };
  const text = (bytes = ''): string => Buffer.from(bytes, 'hex').toString('latin1');

  it('shows the first octets of what was no message', async () => {
    const event = await closed('GET / HTTP/1.1\r\nHost: 10.10.210.10:5060\r\n\r\n');
    expect(event).toMatchObject({ cause: 'malformed', messages: 0 });
    expect(text(event?.bytes)).toBe('GET / HTTP/1.1\r\nHost: 10.10.210.');
  });

  it('shows the first octets of a message that never ended', async () => {
    const event = await closed('REGISTER sip:10.10.210.10 SIP/2.0\r\nVia:');
    expect(event).toMatchObject({ cause: 'unfinished', messages: 0 });
    expect(text(event?.bytes)).toBe('REGISTER sip:10.10.210.10 SIP/2.');
  });

  it('shows none if there were none, or a message', async () => {
    expect(await closed('')).not.toHaveProperty('bytes');
    expect(await closed(ciscoRegister())).not.toHaveProperty('bytes');
  });
});

describe('what stands between a phone and labcm', () => {
  const OTHER = '192.168.1.20';

  it('is a NAT, if its Contact has another address than it comes from', async () => {
    const lab = await registered({ sentBy: OTHER });
    expect(record(lab).registration).toMatchObject({ address: HERE.address, ownAddress: OTHER, moves: 0 });
    expect(lab.probe.of('device.registered')).toMatchObject([{ device: SEED, ownAddress: OTHER }]);
  });

  it('is nothing, if both are the same, or its Contact has no address', async () => {
    const lab = await registered();
    expect(record(lab).registration).toMatchObject({ ownAddress: HERE.address, contactChange: undefined });
    expect(lab.probe.of('device.registered')[0]).not.toHaveProperty('ownAddress');
    const named = await registered({ sentBy: 'phone.lab' });
    expect(record(named).registration?.ownAddress).toBeUndefined();
  });

  it('rewrites its SIP, if the Contact changes within a Call-ID', async () => {
    const callId = 'one@phone';
    const lab = await registered({ callId, cseq: 101, sentBy: OTHER });
    lab.clock.advance(60_000);
    lab.phone.ask(ciscoRegister({ callId, cseq: 102 }));
    expect(record(lab).registration?.contactChange).toEqual({
      at: lab.clock.now(),
      before: OTHER,
      now: HERE.address,
    });
    const anew = await registered({ callId, cseq: 101, sentBy: OTHER });
    anew.phone.ask(ciscoRegister({ callId: 'two@phone', cseq: 1 }));
    expect(record(anew).registration?.contactChange).toBeUndefined();
  });
});
