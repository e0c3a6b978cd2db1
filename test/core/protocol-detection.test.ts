import { describe, expect, it } from 'vitest';
import { detectProtocol } from '../../src/core/protocol-detection.js';

const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('what the other end speaks', () => {
  it.each([
    ['TLS', octets('16 03 01 02 00 01 00 01 fc 03 03')],
    ['TLS', octets('16')],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n')],
    ['HTTP', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['HTTP', Buffer.from('OPTIONS * HTTP/1.1\r\n')],
    ['SIP', Buffer.from('REGISTER sip:10.10.210.10 SIP/2.0\r\n')],
    ['SIP', Buffer.from('OPTIONS sips:cm1 SIP/2.0\r\n')],
    ['SIP', Buffer.from('SIP/2.0 200 OK\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['SCCP', octets('04 00 00 00 00 00 00 00 00 00 00 00')],
    ['SCCP', octets('60 00 00 00 16 00 00 00 01 00 00 00 53 45 50')],
  ])('is %s by its first octets', (spoken, bytes) => {
    expect(detectProtocol(bytes)).toBe(spoken);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(32)],
    ['words', Buffer.from('hello there, who is it?')],
    ['other octets', octets('ff ff ff ff 00 00 00 00')],
  ])('is not known in %s', (_, bytes) => {
    expect(detectProtocol(bytes)).toBeUndefined();
  });
});
