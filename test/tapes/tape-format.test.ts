// The file of a tape: what is written is read back, and what is wrong is told by line.

import { describe, expect, it } from 'vitest';
import type { Tape } from '../../src/tapes/tape.js';
import { readTape, tapeText } from '../../src/tapes/tape-format.js';
import { bootPackets, inEthernet } from '../support/boot-capture.js';
import { pcapFile } from '../support/capture-files.js';
import { tapeOf } from '../support/tapes.js';

const BOOT = tapeOf(pcapFile(inEthernet(bootPackets())));
const HEADER = '{"tape":1,"device":"SEP1"}';
const message = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    ...{ at: 0, from: 'phone', protocol: 'sccp', transport: 'tcp', conversation: 0, name: 'KeepAliveReqMessage' },
    ...{ phone: '10.0.0.2:50000', server: '10.0.0.1:2000', hex: '040000000000000000000000' },
    ...changes,
  });

describe('a tape', () => {
  it('is read back as it was written', () => {
    const read = readTape(tapeText(BOOT)) as Tape;
    const [first] = read.messages;
    expect(read.header).toEqual(BOOT.header);
    expect(read.messages).toEqual(BOOT.messages);
    expect(first?.octets.equals(BOOT.messages[0]?.octets ?? Buffer.alloc(0))).toBe(true);
  });

  it('has a line for each message, and the texts of SIP as texts', () => {
    const lines = tapeText(BOOT).trimEnd().split('\n');
    expect(lines).toHaveLength(BOOT.messages.length + 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ tape: 1, device: 'SEP005056A1033D', source: 'capture' });
    const register = lines.find((line) => line.includes('"REGISTER"'));
    expect(JSON.parse(register ?? '')).toMatchObject({ from: 'phone', text: expect.stringMatching(/^REGISTER sip:/) });
  });

  it('keeps octets that are no UTF-8 as digits', () => {
    const octets = Buffer.from('NOTIFY sip:a SIP/2.0\r\nSubject: \xe9\r\n\r\n', 'latin1');
    const one = BOOT.messages.find(({ protocol }) => protocol === 'sip');
    const tape = { ...BOOT, messages: [{ ...(one as NonNullable<typeof one>), octets }] };
    expect(tapeText(tape)).toContain(octets.toString('hex'));
    expect((readTape(tapeText(tape)) as Tape).messages[0]?.octets.equals(octets)).toBe(true);
  });
});

describe('what is wrong with a file', () => {
  it.each([
    ['nothing', '', 1, 'an empty line'],
    ['no JSON', 'hello\n', 1, 'no JSON object'],
    ['a list', '[1]\n', 1, 'no JSON object'],
    ['another file', '{"devices":[]}\n', 1, 'an object without `tape`'],
    ['a newer format', '{"tape":2,"device":"SEP1"}\n', 1, 'version 2 of the format'],
    ['no device', '{"tape":1}\n', 1, 'device nothing'],
    ['a device that is none', `{"tape":1,"device":"${'x'.repeat(129)}"}\n`, 1, `device "${'x'.repeat(39)}…`],
    ['another protocol', '{"tape":1,"device":"SEP1","protocol":"H323"}\n', 1, 'protocol "H323"'],
    ['a begin that is no time', '{"tape":1,"device":"SEP1","begin":"soon"}\n', 1, 'begin "soon"'],
    ['a cut line', `${HEADER}\n${message()}\n${message().slice(0, 40)}\n`, 3, 'no JSON object'],
    ['an empty line', `${HEADER}\n\n${message()}\n`, 2, 'an empty line'],
    ['no time', `${HEADER}\n${message({ at: 'now' })}\n`, 2, 'at "now"'],
    ['a time before', `${HEADER}\n${message({ at: 5 })}\n${message({ at: 4 })}\n`, 3, 'at 4'],
    ['nobody', `${HEADER}\n${message({ from: 'me' })}\n`, 2, 'from "me"'],
    ['an unknown protocol', `${HEADER}\n${message({ protocol: 'rtp' })}\n`, 2, 'protocol "rtp"'],
    ['an unknown transport', `${HEADER}\n${message({ transport: 'sctp' })}\n`, 2, 'transport "sctp"'],
    ['half a conversation', `${HEADER}\n${message({ conversation: 0.5 })}\n`, 2, 'conversation 0.5'],
    ['no address', `${HEADER}\n${message({ phone: 'here' })}\n`, 2, 'phone "here"'],
    ['a port too high', `${HEADER}\n${message({ server: '10.0.0.1:70000' })}\n`, 2, 'server "10.0.0.1:70000"'],
    ['no name', `${HEADER}\n${message({ name: '' })}\n`, 2, 'name ""'],
    ['odd digits', `${HEADER}\n${message({ hex: '123' })}\n`, 2, '"123"'],
    ['two contents', `${HEADER}\n${message({ text: 'a' })}\n`, 2, 'text and hex'],
    ['a text that is none', `${HEADER}\n${message({ hex: undefined, text: 5 })}\n`, 2, '5'],
    ['a negative count', `${HEADER}\n${message({ leftOut: -1 })}\n`, 2, 'leftOut -1'],
    ['too much', `${HEADER}\n${message({ hex: '00'.repeat(131_073) })}\n`, 2, 'a message of 131073 octets'],
    ['too many', `${HEADER}\n${`${message()}\n`.repeat(100_001)}`, 100_002, '100001 messages'],
  ])('is told of %s', (_what, text, line, found) => {
    expect(readTape(text)).toMatchObject({ line, found, wanted: expect.any(String), remedy: expect.any(String) });
  });

  it('is told at most in a line', () => {
    expect(readTape(`{"tape":1,"device":"a","protocol":"${'x'.repeat(500)}"}`)).toMatchObject({
      found: expect.stringMatching(/^protocol "x+…$/),
    });
  });

  it('never throws, whatever octet is another one', () => {
    const text = tapeText({ ...BOOT, messages: BOOT.messages.slice(0, 6) });
    for (let at = 0; at < text.length; at += 7)
      for (const other of ['', '"', '{', '\n', '9', '\u0000'])
        expect(() => readTape(text.slice(0, at) + other + text.slice(at + 1))).not.toThrow();
  });
});
