// `labcm decode` and `labcm messages`: what labcm makes of the wire, for people and programs.

import { describe, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { describeCaptured } from '../support/fixtures.js';
import { capturedFrames } from '../support/sccp-captures.js';
import { labcm } from './harness.js';

/** What is printed of good frames and of bad ones, which make the exit code 1. */
const decoded = async (protocol: string, ...input: string[]) => {
  const { code, out, err } = await labcm(['decode', protocol, '--json'], { input });
  expect(err).toBe('');
  const shown = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly error?: string; readonly missing?: string });
  expect(code).toBe(shown.some(({ error, missing }) => error !== undefined || missing !== undefined) ? 1 : 0);
  return shown;
};

const RRQ = '0001616263006f6374657400';

describe('labcm decode', () => {
  it('prints one object a line, in order, whatever the lines are', async () => {
    expect(await decoded('tftp', `${RRQ}\n\n00 04 00 01\r\n`, '00:09\nxyz\n123\n')).toEqual([
      { name: 'RRQ', id: '0x0001', fields: { file: 'abc', mode: 'octet', options: {} } },
      { name: 'ACK', id: '0x0004', fields: { block: 1 } },
      { error: expect.any(String), offset: 0 },
      { error: '"x" is no hexadecimal digit', offset: 0 },
      { error: 'half an octet at the end', offset: 1 },
    ]);
  });

  it('reads lines that come in pieces, the last without an end', async () => {
    expect(await decoded('tftp', ...RRQ)).toEqual([expect.objectContaining({ name: 'RRQ' })]);
  });

  it('without --json, one line each and easier on the eyes', async () => {
    const { out } = await labcm(['decode', 'tftp'], { input: [RRQ] });
    expect(out).toBe(
      '{ "name": "RRQ", "id": "0x0001", "fields": { "file": "abc", "mode": "octet", "options": {} } }\n',
    );
  });

  it('keeps a text with line breaks on its line', async () => {
    const error = `00050001${Buffer.from('a\n  b').toString('hex')}00`;
    const { out } = await labcm(['decode', 'tftp'], { input: [error] });
    expect(JSON.parse(out)).toMatchObject({ fields: { message: 'a\n  b' } });
    expect(out.trimEnd()).not.toContain('\n');
  });

  it('knows SCCP, and its version where the frame does not say it', async () => {
    const frame = encode('KeepAliveReqMessage', {}, 0).toString('hex');
    expect(await decoded('sccp', frame)).toEqual([{ name: 'KeepAliveReqMessage', id: '0x0000', fields: {} }]);
    const line = encode('LineStatMessage', { lineNumber: 1, lineDirNumber: '5002' } as never, 17).toString('hex');
    const { out } = await labcm(['decode', 'sccp', '--json', '--version', '17'], { input: [line] });
    expect(JSON.parse(out)).toMatchObject({ name: 'LineStatMessage', fields: { lineDirNumber: '5002' } });
  });

  it('knows DHCP', async () => {
    const discover = Buffer.alloc(244);
    discover.set([1, 1, 6, 0, 0, 0, 0x1b, 0x3a]);
    discover.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255], 236);
    expect(await decoded('dhcp', discover.toString('hex'), '\n0101')).toEqual([
      expect.objectContaining({ name: expect.stringContaining('DISCOVER') }),
      { fields: { op: 1, htype: 1 }, error: expect.any(String), offset: 2 },
    ]);
  });

  it('knows SIP', async () => {
    const register = [
      'REGISTER sip:10.10.210.10 SIP/2.0',
      'Via: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK00003855',
      'From: <sip:5005@10.10.210.10>;tag=1',
      'To: <sip:5005@10.10.210.10>',
      'Call-ID: 1@10.10.210.200',
      'Max-Forwards: 70',
      'CSeq: 101 REGISTER',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    expect(await decoded('sip', Buffer.from(register).toString('hex'), '\n00')).toEqual([
      expect.objectContaining({ name: 'REGISTER' }),
      { error: 'no SIP start line', offset: 0 },
    ]);
  });

  it('a line that never ends is refused before it fills the memory', async () => {
    const { code, err } = await labcm(['decode', 'tftp'], { input: Array(300).fill('0'.repeat(1000)) });
    expect(code).toBe(1);
    expect(err).toContain('found a line without an end');
  });
});

describeCaptured('labcm decode of captured SCCP frames', () => {
  it.each([1, 7, 64, 4_093, 1_000_000])('shows what they say, in pieces of %i characters', async (size) => {
    const frames = capturedFrames();
    const lines = `${frames.map(({ hex }) => hex).join('\n')}\n`;
    const pieces = Array.from({ length: Math.ceil(lines.length / size) }, (_, index) =>
      lines.slice(index * size, (index + 1) * size),
    );
    expect(await decoded('sccp', ...pieces)).toEqual(
      frames.map(({ name, messageId, fields }) => ({
        name,
        id: messageId,
        fields: Object.fromEntries(fields.map((field) => [field.name, field.value])),
      })),
    );
  });
});

describe('labcm messages', () => {
  it('is the table of the declarations', async () => {
    const { out, err } = await labcm(['messages']);
    expect(out).toMatch(/^ID +NAME +DIRECTION +ANSWER +LAYOUT$/m);
    expect(out).toMatch(/^0x0001 +RegisterReqMessage +phone→server +RegisterAckMessage.* captured$/m);
    expect(err).toMatch(/^\d+ messages\n$/);
  });

  it.each(['RegisterReqMessage', 'registerreqmessage', '0x0001', '1'])(
    '%s shows its fields, version by version',
    async (name) => {
      const { out } = await labcm(['messages', name]);
      expect(out).toMatch(/^0x0001 RegisterReqMessage\n/);
      expect(out).toMatch(/^ {2}deviceName +string\[16\]/m);
    },
  );

  it('gives JSON to programs', async () => {
    const rows = JSON.parse((await labcm(['messages', '--json'])).out) as { readonly name: string }[];
    expect(rows).toContainEqual(expect.objectContaining({ id: '0x0081', name: 'RegisterAckMessage' }));
  });

  it.each([
    ['StationRegisterMessageID', 'RegisterReqMessage'],
    ['StationRegisterMessageId', 'RegisterReqMessage'],
    ['StationCapabilitiesResMessageID', 'CapabilitiesResMessage'],
    ['StationKeepAliveMessageID', 'KeepAliveReqMessage'],
    ['StationOutputRegisterAck', 'RegisterAckMessage'],
    ['ButtonTemplateReq', 'ButtonTemplateReqMessage'],
  ])('%s, as a trace has it, is %s', async (traced, name) => {
    const { code, out } = await labcm(['messages', traced]);
    expect([code, out.split('\n')[0]]).toEqual([0, expect.stringMatching(new RegExp(`^0x[0-9A-F]{4} ${name}$`))]);
  });

  it('a part of a name: which ones have it', async () => {
    const { code, err } = await labcm(['messages', 'StationSoftKey']);
    expect(code).toBe(1);
    expect(err).toMatch(/is one of .*SoftKeyTemplateReqMessage.* meant\?/);
  });

  it('a name that nobody has: which one was probably meant', async () => {
    const { code, err } = await labcm(['messages', 'RegisterReqMesage']);
    expect(code).toBe(1);
    expect(err).toContain('is RegisterReqMessage meant?');
  });
});
