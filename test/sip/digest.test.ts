import { describe, expect, it } from 'vitest';
import { instant, after as later, minutes, seconds } from '../../src/core/time.js';
import {
  type Credentials,
  type DigestInput,
  DigestVerifier,
  expectedResponse,
  parseCredentials,
} from '../../src/sip/registrar/digest.js';
import { seededRandom } from '../support/random.js';

const VECTOR: DigestInput = {
  algorithm: 'MD5',
  session: false,
  user: 'phone01',
  realm: 'ccmsipline',
  password: 'secret01',
  method: 'REGISTER',
  uri: 'sip:192.168.80.100',
  nonce: 'vP42jVSdIItGRD5nYmE71/4JD/ZYUQvL',
};
const QUALITY = { qop: 'auth', count: '00000001', clientNonce: '0a4f113b' };

describe('the response of RFC 2617 and RFC 7616', () => {
  it.each([
    ['MD5 without qop', VECTOR, '259ac01086e0887e3b186104294063ae'],
    ['MD5 with qop', { ...VECTOR, qopFields: QUALITY }, '1635844fa63beb938c004e37afe75b92'],
    [
      'SHA-256 without qop',
      { ...VECTOR, algorithm: 'SHA-256' },
      'e8e13200fc1fca072e8dd0e56685a7a7bad14826e0379c5b48217d6a203e3704',
    ],
    [
      'SHA-256 with qop',
      { ...VECTOR, algorithm: 'SHA-256', qopFields: QUALITY },
      'cbe74f4358fd52e7bf2c195e0f6ff0564bc73ba2680c16f922af847630fe17aa',
    ],
    // RFC 7616 §3.9.1
    [
      'the RFC\u2019s own',
      {
        algorithm: 'SHA-256',
        session: false,
        user: 'Mufasa',
        realm: 'http-auth@example.org',
        password: 'Circle of Life',
        method: 'GET',
        uri: '/dir/index.html',
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
        qopFields: { qop: 'auth', count: '00000001', clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
      },
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
  ] as const)('%s', (_case, question, response) => expect(expectedResponse(question as DigestInput)).toBe(response));
});

describe('credentials', () => {
  it('are read with and without quotes, in any order', () => {
    const fields = parseCredentials(
      'Digest nonce="461b",  realm="true,conf", username="0ci\\"s" ,uri="sip:10.4.126.96",response=a6ea, algorithm=md5',
    );
    expect(Object.fromEntries(fields ?? [])).toEqual({
      nonce: '461b',
      realm: 'true,conf',
      username: '0ci"s',
      uri: 'sip:10.4.126.96',
      response: 'a6ea',
      algorithm: 'md5',
    });
  });

  it.each(['Basic abc', 'Bearer x', 'Digest', 'Digest username=', 'Digest username="open', 'Digest =x', 'Digest a b'])(
    '%s is as good as none',
    (text) => expect([undefined, 0]).toContain(parseCredentials(text)?.size),
  );
});

const NOW = instant(Date.UTC(2026, 0, 1));
const HERE = '10.10.210.200';
const guard = () => new DigestVerifier(seededRandom(7));
const ours = (): boolean => true;

/** Credentials as a client makes them from a challenge. */
const answer = (
  challenge: string,
  changes: Partial<DigestInput> & { more?: Record<string, string> } = {},
): Credentials => {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? '';
  const question = { ...VECTOR, nonce, ...changes };
  return new Map(
    Object.entries({
      username: question.user,
      realm: question.realm,
      nonce,
      uri: question.uri,
      algorithm: question.algorithm,
      response: expectedResponse(question),
      ...(question.qopFields === undefined
        ? {}
        : { qop: question.qopFields.qop, nc: question.qopFields.count, cnonce: question.qopFields.clientNonce }),
      ...changes.more,
    }),
  );
};
const judge = (
  of: DigestVerifier,
  credentials: Credentials,
  now = NOW,
  password: string | undefined = 'secret01',
  accept = ours,
  from = HERE,
) => of.verify({ realm: 'ccmsipline', from, credentials, method: 'REGISTER', password, acceptUri: accept, now });

describe('a challenge', () => {
  it('to a Cisco phone is one line of MD5 without qop, 32 characters of nonce', () => {
    expect(
      guard().challenge({ realm: 'ccmsipline', from: HERE, simple: true, algorithms: [], stale: false, now: NOW }),
    ).toMatch(/^WWW-Authenticate: Digest realm="ccmsipline", nonce="[A-Za-z0-9+/=]{32}", algorithm=MD5\r\n$/);
  });

  it('to others offers what it is to offer, in its order', () => {
    const lines = guard()
      .challenge({
        realm: 'ccmsipline',
        from: HERE,
        simple: false,
        algorithms: ['SHA-256', 'MD5'],
        stale: true,
        now: NOW,
      })
      .split('\r\n');
    expect(lines.map((line) => /algorithm=([^,]*)/.exec(line)?.[1])).toEqual(['SHA-256', 'MD5', undefined]);
    expect(lines[0]).toContain('stale=true');
    expect(lines[0]).toContain('qop="auth"');
  });
});

describe('a verdict', () => {
  it.each(['MD5', 'SHA-256', 'SHA-512-256'] as const)('%s is right with and without qop', (algorithm) => {
    const own = guard();
    const challenge = own.challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: true,
      algorithms: [],
      stale: false,
      now: NOW,
    });
    expect(judge(own, answer(challenge, { algorithm }))).toBe('right');
    expect(judge(own, answer(challenge, { algorithm, qopFields: QUALITY }))).toBe('right');
  });

  it('reads the algorithm without case, and takes none for MD5', () => {
    const own = guard();
    const challenge = own.challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: true,
      algorithms: [],
      stale: false,
      now: NOW,
    });
    expect(judge(own, answer(challenge, { more: { algorithm: 'md5' } }))).toBe('right');
    expect(judge(own, answer(challenge, { more: { algorithm: '' } }))).toBe('right');
    expect(judge(own, answer(challenge, { session: true, more: { algorithm: 'MD5-sess' }, qopFields: QUALITY }))).toBe(
      'right',
    );
  });

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['another realm', { realm: 'trueconf' }],
    ['another method', { method: 'INVITE' }],
    ['an unknown algorithm', { more: { algorithm: 'SHA-3' } }],
    ['another qop', { qopFields: { ...QUALITY, qop: 'auth-int' } }],
    ['no nonce', { more: { nonce: '' } }],
    ['no response', { more: { response: '' } }],
    ['a longer response', { more: { response: 'x'.repeat(5_000) } }],
  ])('%s is wrong', (_case, changes) => {
    const own = guard();
    expect(
      judge(
        own,
        answer(
          own.challenge({ realm: 'ccmsipline', from: HERE, simple: true, algorithms: [], stale: false, now: NOW }),
          changes as Partial<DigestInput>,
        ),
      ),
    ).toBe('wrong');
  });

  it('no such user is wrong as a wrong password is', () => {
    const own = guard();
    expect(
      own.verify({
        realm: 'ccmsipline',
        from: HERE,
        credentials: answer(
          own.challenge({ realm: 'ccmsipline', from: HERE, simple: true, algorithms: [], stale: false, now: NOW }),
        ),
        method: 'REGISTER',
        password: undefined,
        acceptUri: ours,
        now: NOW,
      }),
    ).toBe('wrong');
  });

  it('a URI that is not ours is wrong', () => {
    const own = guard();
    expect(
      judge(
        own,
        answer(
          own.challenge({ realm: 'ccmsipline', from: HERE, simple: true, algorithms: [], stale: false, now: NOW }),
        ),
        NOW,
        'secret01',
        () => false,
      ),
    ).toBe('wrong');
  });

  it('the right answer to a nonce that was given before a restart, or by nobody, is foreign', () => {
    const before = new DigestVerifier(seededRandom(1)).challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: true,
      algorithms: [],
      stale: false,
      now: NOW,
    });
    const own = new DigestVerifier(seededRandom(2));
    expect(judge(own, answer(before))).toBe('unknown-nonce');
    expect(judge(own, answer(`nonce="${VECTOR.nonce}"`))).toBe('unknown-nonce');
    expect(judge(own, answer(before, { password: 'wrong' }))).toBe('wrong');
  });

  it('a genuine nonce that has grown old is stale, one from the future is not ours', () => {
    const own = guard();
    const challenge = own.challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: true,
      algorithms: [],
      stale: false,
      now: NOW,
    });
    expect(judge(own, answer(challenge), later(NOW, minutes(10)))).toBe('right');
    expect(judge(own, answer(challenge), later(NOW, minutes(11)))).toBe('stale');
    expect(judge(own, answer(challenge), later(NOW, seconds(-1)))).toBe('unknown-nonce');
    expect(judge(own, answer(challenge, { password: 'wrong' }), later(NOW, minutes(11)))).toBe('wrong');
  });

  it('without a count credentials are good where their nonce was given alone, with one wherever the client is', () => {
    const own = guard();
    const challenge = own.challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: true,
      algorithms: [],
      stale: false,
      now: NOW,
    });
    const from = (address: string, of: Credentials) => judge(own, of, NOW, 'secret01', ours, address);
    expect([from(HERE, answer(challenge)), from(HERE, answer(challenge))]).toEqual(['right', 'right']);
    expect(from('192.0.2.66', answer(challenge))).toBe('stale');
    expect(from('192.0.2.66', answer(challenge, { qopFields: QUALITY }))).toBe('right');
  });

  it('a count is taken once: a replay is stale, a rise and a late arrival are not', () => {
    const own = guard();
    const challenge = own.challenge({
      realm: 'ccmsipline',
      from: HERE,
      simple: false,
      algorithms: ['MD5'],
      stale: false,
      now: NOW,
    });
    const with_ = (count: string) => judge(own, answer(challenge, { qopFields: { ...QUALITY, count } }));
    expect([
      with_('00000001'),
      with_('00000001'),
      with_('00000003'),
      with_('00000002'),
      with_('00000002'),
      with_('00000003'),
    ]).toEqual(['right', 'stale', 'right', 'right', 'stale', 'stale']);
    expect([with_('00000100'), with_('00000004'), with_('000000ff'), with_('00000000'), with_('zz')]).toEqual([
      'right',
      'stale',
      'right',
      'stale',
      'stale',
    ]);
  });
});
