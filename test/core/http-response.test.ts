// HTTP responses as they come in: whole, in pieces, with and without a length, and broken.

import { describe, expect, it } from 'vitest';
import { readHttpResponse } from '../../src/core/http-response.js';

const read = (text: string, ended = false) => {
  const found = readHttpResponse(Buffer.from(text, 'latin1'), ended);
  return typeof found === 'string' ? found : { status: found.status, body: found.body.toString('latin1') };
};

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('an HTTP response', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', { status: 200, body: 'abc' }],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef', { status: 200, body: 'abc' }],
    ['HTTP/1.0 401\r\ncontent-length:0\r\n\r\n', { status: 401, body: '' }],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', { status: 200, body: 'a' }],
    [`${CHUNKED}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`, { status: 200, body: 'abc0123456789' }],
    ['HTTP/1.1 200 OK\r\n\r\nto the end', 'more'],
    ['', 'more'],
    ['HTT', 'more'],
    ['HTTP/1.1 200 OK\r\nContent-Le', 'more'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'more'],
    [`${CHUNKED}3\r\nab`, 'more'],
    [`${CHUNKED}zz\r\nab`, 'no-http'],
    [`${CHUNKED}ffffffffff\r\nab`, 'no-http'],
    ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'no-http'],
    ['HTTP/1.1 2x0 OK\r\n\r\n', 'no-http'],
    ['SIP/2.0 200 OK\r\n\r\n', 'no-http'],
  ])('%j is %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\n\r\nto the end', { status: 200, body: 'to the end' }],
    ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'no-http'],
    [`${CHUNKED}3\r\nab`, 'no-http'],
    ['HTTP/1.1 200 OK\r\nContent', 'no-http'],
    ['', 'no-http'],
  ])('%j that ends there is %j', (text, expected) => {
    expect(read(text, true)).toEqual(expected);
  });

  it('is complete with its last chunk and not before, wherever it is cut', () => {
    const whole = `${CHUNKED}5\r\nabcde\r\n0\r\n`;
    for (let length = 0; length < whole.length; length += 1) expect(read(whole.slice(0, length))).toBe('more');
    expect(read(whole)).toEqual({ status: 200, body: 'abcde' });
  });
});
