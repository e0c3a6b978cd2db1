import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../src/tftp/decode.js';
import { errorPacket, optionsPacket, parseRequest } from '../../src/tftp/packet.js';
import { capturedHex, capturedJson, capturedNames, describeCaptured } from '../support/fixtures.js';
import { mutated, seededRandom } from '../support/random.js';
import { rrq } from '../support/tftp-client.js';

describe('a request', () => {
  it('is read with its options in order and spelling', () => {
    expect(parseRequest(rrq('SEP005056A1033D.cnf.xml', { BLKSIZE: 1428, tsize: 0 }))).toEqual({
      opcode: 1,
      file: 'SEP005056A1033D.cnf.xml',
      mode: 'octet',
      options: [
        ['BLKSIZE', '1428'],
        ['tsize', '0'],
      ],
    });
  });

  it.each([
    ['without any NUL', '\0\x01file', 'file name without its NUL', 2],
    ['without a mode', '\0\x01file\0', 'no mode', 7],
    ['with half a mode', '\0\x01file\0oct', 'mode without its NUL', 7],
    ['without a name', '\0\x01', 'no file name', 2],
    ['longer than 512 octets', `\0\x01${'x'.repeat(512)}\0octet\0`, 'longer than 512 octets', 512],
    ['that is an acknowledgement', '\0\x04\0\x01', 'not a request', 0],
    ['of one octet', '\0', 'not a request', 0],
    ['of nothing', '', 'not a request', 0],
  ])('%s is told from one', (_what, text, error, offset) => {
    expect(parseRequest(Buffer.from(text, 'latin1'))).toEqual({ error, offset });
  });

  it('survives any octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void parseRequest(Buffer.from(bytes))));
  });

  it('is read back as it was written, whatever its words', () => {
    const word = fc.string({
      unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    });
    fc.assert(
      fc.property(word, word, (file, value) => {
        expect(parseRequest(rrq(file, { option: value }))).toMatchObject({ file, options: [['option', value]] });
      }),
    );
  });
});

describe('decoding for people', () => {
  it.each([
    [
      rrq('f', { tsize: 0 }).toString('hex'),
      { name: 'RRQ', id: '0x0001', fields: { file: 'f', mode: 'octet', options: { tsize: '0' } } },
    ],
    ['0001610062', { error: 'mode without its NUL', offset: 4 }],
    ['000300020102', { name: 'DATA', id: '0x0003', fields: { block: 2, octets: 2 } }],
    ['00040007', { name: 'ACK', id: '0x0004', fields: { block: 7 } }],
    [
      errorPacket(1, 'File not found').toString('hex'),
      { name: 'ERROR', id: '0x0005', fields: { code: 1, message: 'File not found' } },
    ],
    [
      optionsPacket([['tsize', '7']]).toString('hex'),
      { name: 'OACK', id: '0x0006', fields: { options: { tsize: '7' } } },
    ],
    ['0009', { error: 'opcode 9', offset: 0 }],
    ['00', { error: 'shorter than an opcode', offset: 0 }],
    ['0004', { error: 'shorter than a block number', offset: 2 }],
  ])('%s', (hex, decoded) => {
    expect(decodeFrame(Buffer.from(hex, 'hex'))).toEqual(decoded);
  });

  it('never throws, whatever was done to a packet', () => {
    const random = seededRandom(3);
    const packets = [
      rrq('f', { blksize: 8 }),
      errorPacket(1, 'no'),
      optionsPacket([['a', 'b']]),
      Buffer.from([0, 3, 0, 1, 9]),
    ];
    for (let round = 0; round < 20_000; round += 1) decodeFrame(mutated(packets[round % 4] ?? Buffer.alloc(0), random));
  });
});

describeCaptured('packets of real phones', () => {
  const names = capturedNames('provisioning/tftp').filter((name) => name.endsWith('.hex'));

  it.each(names)('%s is as long as it says and is read', (name) => {
    const bytes = capturedHex(`provisioning/tftp/${name}`);
    const { length } = capturedJson<{ length: number }>(`provisioning/tftp/${name.replace('.hex', '.json')}`);
    expect(bytes).toHaveLength(length);
    if (name.includes('no-mode')) expect(decodeFrame(bytes)).toHaveProperty('error');
    else expect(decodeFrame(bytes)).toHaveProperty('fields');
  });

  it('the reference ERROR is what we send, but for its words', () => {
    const decoded = decodeFrame(capturedHex('provisioning/tftp/t05-error-1.hex'));
    expect(decoded).toMatchObject({ name: 'ERROR', fields: { code: 1 } });
  });
});
