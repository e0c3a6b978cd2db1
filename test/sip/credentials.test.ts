// What digest credentials are worth, and what is told of it: lock-outs, other realms, several answers in one request.

import { describe, expect, it } from 'vitest';
import { describeReason } from '../../src/devices/index.js';
import { ID } from '../../src/sip/message/headers.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { aDevice } from '../support/devices.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { type SipHarnessOptions, sipHarness } from './harness.js';
import { authorization, header, plain } from './phones.js';

const SOFT = aDevice('SOFT', { protocol: 'SIP', lines: ['6001'], digest: { user: 'soft01', password: 'secret' } });
const URI = 'sip:10.10.210.10';
const HERE = { address: '10.10.210.200', port: 3311 };

const start = async (wishes: SipHarnessOptions = {}) => {
  const lab = await sipHarness([SOFT], wishes);
  let cseq = 0;
  const client = async (remote = HERE) => {
    const phone = await lab.udp(remote);
    return (headers: string[] = [], words: Parameters<typeof plain>[2] = {}) =>
      phone
        .ask(plain('REGISTER', '6001', { transport: 'UDP', cseq: ++cseq, expires: '300', headers, ...words }))
        .find(({ status }) => status >= 200);
  };
  return { ...lab, client, ask: await client() };
};

describe('a lock-out', () => {
  it('says that it is one, for how long, and that the present credentials were not looked at', async () => {
    const { ask, probe, clock, database } = await start();
    const challenge = ask();
    for (let guess = 0; guess < 10; guess += 1) ask([authorization(challenge, 'soft01', 'wrong', URI)]);
    clock.advance(6_000);
    const locked = ask([authorization(challenge, 'soft01', 'secret', URI)]);
    expect([locked?.status, header(locked, 'Retry-After'), header(locked, 'Warning')]).toEqual([
      403,
      '24',
      '399 CM1 "Locked out after failed authentications"',
    ]);
    const fact = { reason: 'locked-out', given: 10, configured: 30, retryAfter: 24 };
    expect(probe.of('device.rejected').at(-1)).toMatchObject({ device: 'SOFT', ...fact });
    const reason = database.byName('SOFT')?.reason;
    expect(reason).toMatchObject(fact);
    expect(describeReason(reason?.reason ?? 'full', reason).text).toBe(
      'it is locked out for 30 s after 10 wrong answers; its present credentials were not looked at; it may try again in 24 s',
    );
    expect(probe.of('sip.register-answered').at(-1)).toMatchObject({ status: 403, credentials: 'unchecked' });
    clock.advance(24_000);
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('is not had by a forger of addresses, who never sees the nonce that is given to the phone', async () => {
    const { ask, client } = await start();
    const elsewhere = await client({ address: '10.10.210.66', port: 5060 });
    const forged = await client({ address: HERE.address, port: 9_999 });
    const ofForger = elsewhere();
    for (let guess = 0; guess < 20; guess += 1) {
      expect(forged([authorization(ofForger, 'soft01', 'wrong', URI)])?.status).toBe(401);
      expect(forged([authorization(undefined, 'soft01', 'wrong', URI)])?.status).toBe(401);
    }
    expect(ask([authorization(ask(), 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('comes and lasts as its owner wants it', async () => {
    const { ask, clock } = await start({ settings: { lockout: { failures: 2, for: DEFAULT_SIP.grace } } });
    const challenge = ask();
    const guess = () => ask([authorization(challenge, 'soft01', 'wrong', URI)])?.status;
    expect([guess(), guess(), guess()]).toEqual([401, 401, 403]);
    clock.advance(15_000);
    expect(guess()).toBe(401);
  });

  it('never comes where it is off', async () => {
    const { ask } = await start({ settings: { lockout: undefined } });
    const challenge = ask();
    for (let guess = 0; guess < 30; guess += 1)
      expect(ask([authorization(challenge, 'soft01', 'wrong', URI)])?.status).toBe(401);
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(200);
  });
});

describe('credentials', () => {
  it('are each tried: one that is right lets in, whatever stands before it', async () => {
    const { ask } = await start();
    const challenge = ask();
    const wrong = authorization(challenge, 'soft01', 'wrong', URI);
    const unknown = authorization(challenge, 'nobody', 'secret', URI);
    expect(ask([wrong, unknown, authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('are tried in a bounded number, and are one failure', async () => {
    const { ask, probe } = await start();
    const challenge = ask();
    const wrong = authorization(challenge, 'soft01', 'wrong', URI);
    expect(ask([...Array<string>(8).fill(wrong), authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(401);
    expect(probe.of('device.rejected')).toHaveLength(1);
    for (let guess = 0; guess < 8; guess += 1) ask([wrong, wrong]);
    expect(ask([authorization(challenge, 'soft01', 'secret', URI)])?.status).toBe(200);
  });

  it('hashed for another server are wrong, where its own names are not configured too', async () => {
    const { ask, probe } = await start();
    const elsewhere = 'sip:192.0.2.99';
    expect(ask([authorization(ask(), 'soft01', 'secret', elsewhere)])?.status).toBe(401);
    expect(probe.of('device.rejected')).toMatchObject([
      { reason: 'wrong-credentials', given: 'soft01', configured: 'soft01' },
    ]);
    const spelled = 'sip:10.10.210.10:5060;transport=udp';
    expect(ask([authorization(ask(), 'soft01', 'secret', spelled)])?.status).toBe(200);
  });
});

describe('the answer to a REGISTER', () => {
  it('is told with what its credentials were worth', async () => {
    const { ask, probe, clock } = await start({ settings: { lockout: undefined } });
    const challenge = ask();
    ask([authorization(challenge, 'soft01', 'wrong', URI)]);
    ask([authorization(undefined, 'soft01', 'secret', URI)]);
    ask([authorization(challenge, 'soft01', 'secret', URI)]);
    clock.advance(11 * 60_000);
    ask([authorization(challenge, 'soft01', 'secret', URI)]);
    const answered = probe.of('sip.register-answered');
    expect(answered.map(({ status, credentials }) => `${status} ${credentials}`)).toEqual([
      '401 none',
      '401 wrong',
      '401 right',
      '200 right',
      '401 right',
    ]);
    expect(answered[0]).toEqual({
      type: 'sip.register-answered',
      at: expect.any(Number),
      device: 'SOFT',
      dn: '6001',
      status: 401,
      warning: '',
      credentials: 'none',
      phrase: 'Unauthorized',
      transport: 'udp',
      sentTo: '10.10.210.200:3311',
      source: '10.10.210.200:3311',
      callId: 'call-6001',
      cseq: 1,
      repeat: false,
    });
  });

  it('is told with its warning, as a repetition, and of a request that was not read so far', async () => {
    const { probe, udp } = await start();
    const phone = await udp({ address: HERE.address, port: 4_444 });
    const brief = plain('REGISTER', '6001', { transport: 'UDP', port: 4_444, expires: '300' });
    phone.ask(brief);
    phone.ask(brief);
    phone.ask(plain('REGISTER', '6001', { transport: 'UDP', headers: ['Require: magic'], callId: 'x' }));
    expect(probe.of('sip.register-answered')).toMatchObject([
      { status: 401, repeat: false, device: 'SOFT' },
      { status: 401, repeat: true, dn: '6001' },
      { status: 420, credentials: 'none' },
    ]);
    expect(probe.of('sip.register-answered')[2]).not.toHaveProperty('device');
  });

  it('is not told of a refresh that the quick way answers', async () => {
    const { udp, probe } = await sipHarness([aDevice('OPEN', { protocol: 'SIP', lines: ['6002'] })]);
    const phone = await udp();
    for (let cseq = 1; cseq <= 5; cseq += 1)
      phone.ask(plain('REGISTER', '6002', { transport: 'UDP', cseq, expires: '300' }));
    expect(probe.of('sip.register-answered')).toHaveLength(1);
  });
});

describeCaptured('credentials for a realm of somebody else', () => {
  it('are challenged for ours, and both realms are told', async () => {
    const { udp, probe } = await sipHarness([
      aDevice('REP24', { protocol: 'SIP', lines: ['7024'], digest: { user: 'rep24', password: 'x' } }),
    ]);
    const filled = Object.entries({
      '@HOST@': '10.10.210.10',
      '@IP@': '10.10.210.200',
      '@PORT@': '3311',
      '@BRANCH@': 'one',
      '@CALLID@': 'call',
    }).reduce((text, [name, value]) => text.replaceAll(name, value), capturedText('reports/digest-foreign-realm.sip'));
    const answer = (await udp()).ask(filled.replaceAll(/\r?\n/g, '\r\n')).at(-1);
    expect(answer?.status).toBe(401);
    expect(answer?.text(ID['WWW-Authenticate'])).toContain('realm="ccmsipline"');
    expect(probe.of('sip.register-answered')).toMatchObject([
      { device: 'REP24', credentials: 'other', given: 'asterisk', configured: 'ccmsipline' },
    ]);
    expect(probe.of('device.rejected')).toEqual([]);
  });
});
