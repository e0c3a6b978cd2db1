import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../src/sip/decode.js';
import { capturedBytes, capturedJson, describeCaptured } from '../support/fixtures.js';
import { mutated, seededRandom } from '../support/random.js';
import { ciscoRegister } from './phones.js';

describe('decoding', () => {
  it('shows a request by its headers\u2019 long names', () => {
    const bytes = Buffer.from(
      'OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP c;branch=z9hG4bK1\r\nf: <sip:x@y>;tag=1\r\nt: <sip:a@b>\r\ni: id\r\nCSeq: 1 OPTIONS\r\nk: one\r\nk: two\r\n__proto__: x\r\nl: 4\r\n\r\nbody',
    );
    expect(decodeFrame(bytes)).toEqual({
      name: 'OPTIONS',
      fields: expect.objectContaining({
        method: 'OPTIONS',
        requestUri: 'sip:a@b',
        version: 'SIP/2.0',
        Via: 'SIP/2.0/UDP c;branch=z9hG4bK1',
        'Call-ID': 'id',
        Supported: ['one', 'two'],
        'Content-Length': '4',
        body: 'body',
      }),
    });
  });

  it('shows a response by its status', () => {
    expect(
      decodeFrame(Buffer.from('SIP/2.0 404 Not Found\r\nVia: SIP/2.0/UDP c\r\nContent-Length: 0\r\n\r\n')),
    ).toMatchObject({
      name: '404',
      fields: { status: 404, reasonPhrase: 'Not Found' },
    });
  });

  it('says what is wrong and where', () => {
    expect(decodeFrame(Buffer.from('nonsense'))).toEqual({ error: 'no SIP start line', offset: 0 });
    const words = ciscoRegister().replace('101 REGISTER', '101 INVITE');
    expect(decodeFrame(Buffer.from(words))).toEqual({
      error: 'Bad Request - CSeq method differs from Request-Line',
      offset: words.indexOf('CSeq:'),
    });
  });

  it('never throws', () => {
    const random = seededRandom(99);
    const bytes = Buffer.from(ciscoRegister());
    for (let count = 0; count < 5_000; count += 1) decodeFrame(mutated(bytes, random));
  });
});

describeCaptured('decoding what was captured', () => {
  const { messages } = capturedJson<{ messages: { file: string; expect?: { parse?: string } }[] }>('sip/index.json');
  it.each(messages.filter(({ file }) => /^(cisco|generic|server)\//.test(file)).map(({ file }) => file))(
    '%s',
    (file) => {
      expect(decodeFrame(capturedBytes(`sip/${file}`))).toHaveProperty('name');
    },
  );
});
