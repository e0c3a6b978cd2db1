// `labcm decode` of what people have: dumps of several programs, payloads of several frames, and what is cut.

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { HexReader } from '../../src/cli/hex-dumps.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { labcm } from './harness.js';

/** The frames in a text, as digits, with their errors. */
const framesIn = (text: string) => {
  const reader = new HexReader();
  const frames = [...text.split('\n').flatMap((line) => reader.push(line)), ...reader.end()];
  return frames.map(({ bytes, error }) =>
    error === undefined ? bytes.toString('hex') : [bytes.toString('hex'), error],
  );
};

const decode = async (protocol: string, input: string) => {
  const { code, out, err } = await labcm(['decode', protocol, '--json'], { input: [input] });
  const lines = out === '' ? [] : out.trimEnd().split('\n');
  return { code, err, shown: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

const RRQ = Buffer.from('\0\x01SEP005056A1033D.cnf.xml\0octet\0', 'latin1');

const lines = (bytes: Buffer, write: (offset: number, row: Buffer) => string): string =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) =>
    write(index * 16, bytes.subarray(index * 16, index * 16 + 16)),
  ).join('\n');

const digits = (offset: number, width: number): string => offset.toString(16).padStart(width, '0');
const pairs = (row: Buffer): string => [...row].map((octet) => digits(octet, 2)).join(' ');
const fours = (row: Buffer): string => row.toString('hex').replace(/(.{4})(?=.)/g, '$1 ');
const shown = (row: Buffer): string => row.toString('latin1').replace(/[^ -~]/g, '.');

/** How each program shows the same octets. */
const DUMPS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  'tcpdump -x': (bytes) => lines(bytes, (at, row) => `\t0x${digits(at, 4)}:  ${fours(row)}`),
  'tcpdump -X': (bytes) => lines(bytes, (at, row) => `\t0x${digits(at, 4)}:  ${fours(row).padEnd(39)}  ${shown(row)}`),
  xxd: (bytes) => lines(bytes, (at, row) => `${digits(at, 8)}: ${fours(row).padEnd(39)}  ${shown(row)}`),
  'xxd -g 1': (bytes) => lines(bytes, (at, row) => `${digits(at, 8)}: ${pairs(row).padEnd(47)}  ${shown(row)}`),
  'hexdump -C': (bytes) =>
    `${lines(bytes, (at, row) => {
      const halves = `${pairs(row.subarray(0, 8)).padEnd(23)}  ${pairs(row.subarray(8)).padEnd(23)}`;
      return `${digits(at, 8)}  ${halves}  |${shown(row)}|`;
    })}\n${digits(bytes.length, 8)}`,
  'od -A x -t x1': (bytes) =>
    `${lines(bytes, (at, row) => `${digits(at, 6)} ${pairs(row)}`)}\n${digits(bytes.length, 6)}`,
  Wireshark: (bytes) => lines(bytes, (at, row) => `${digits(at, 4)}   ${pairs(row).padEnd(47)}   ${shown(row)}`),
  'Wireshark without text': (bytes) => lines(bytes, (at, row) => `${digits(at, 4)}  ${pairs(row)}`),
  'a C array': (bytes) =>
    `static const unsigned char packet[${bytes.length}] = {\n${lines(bytes, (_, row) => {
      const octets = [...row].map((octet) => `0x${digits(octet, 2)}`).join(', ');
      return `${octets},  /* ${shown(row).replaceAll('*/', '..')} */`;
    }).replace(/,(\s*\/\*[^\n]*)$/, '$1')}\n};`,
  'an escaped string': (bytes) => `"${[...bytes].map((octet) => `\\x${digits(octet, 2)}`).join('')}"`,
  'continuous digits': (bytes) => bytes.toString('hex'),
  'digits with colons': (bytes) => pairs(bytes).replaceAll(' ', ':'),
};

describe.each(Object.entries(DUMPS))('%s', (_, write) => {
  it('is read, whatever its length and octets', () => {
    for (let length = 1; length <= 80; length += 1) {
      const bytes = Buffer.from(Array.from({ length }, (_octet, index) => (index * 37 + length) & 0xff));
      expect(framesIn(write(bytes))).toEqual([bytes.toString('hex')]);
    }
    expect(framesIn(write(RRQ))).toEqual([RRQ.toString('hex')]);
  });

  it('may stand after another, apart by a blank line', () => {
    const text = `${write(RRQ)}\n\n${write(RRQ)}\n`;
    expect(framesIn(text)).toEqual([RRQ.toString('hex'), RRQ.toString('hex')]);
  });

  it('shows what labcm makes of it', async () => {
    expect(await decode('tftp', write(RRQ))).toMatchObject({
      code: 0,
      shown: [{ name: 'RRQ', fields: { file: 'SEP005056A1033D.cnf.xml', mode: 'octet' } }],
    });
  });
});

describe('programs of this machine', () => {
  const commands = [['xxd'], ['xxd', '-g1'], ['hexdump', '-C'], ['od', '-A', 'x', '-t', 'x1']].filter(
    ([command = '']) => spawnSync(command, ['-v'], { input: '' }).error === undefined,
  );

  it.each(commands.map((command) => [command.join(' '), command] as const))(
    '%s: its dump is read',
    (_, [command = '', ...words]) => {
      const bytes = Buffer.concat([RRQ, Buffer.alloc(100), RRQ]);
      const text = execFileSync(command, words, { input: bytes, encoding: 'utf8' });
      expect(framesIn(text)).toEqual([bytes.toString('hex')]);
    },
  );
});

describe('a dump', () => {
  it('has captions, which are no frames', async () => {
    const caption = '14:33:02.123456 IP 127.0.0.1.50000 > 127.0.0.1.69: TFTP, length 32, RRQ';
    const dump = DUMPS['tcpdump -x']?.(RRQ) ?? '';
    const { code, shown: frames } = await decode('tftp', `${caption}\n${dump}\n${caption}\n${dump}\n`);
    expect([code, frames.map(({ name }) => name)]).toEqual([0, ['RRQ', 'RRQ']]);
  });

  it('of a whole packet is looked into, with and without Ethernet', async () => {
    const udp = Buffer.concat([Buffer.from('c350004500280000', 'hex'), RRQ]);
    udp.writeUInt16BE(udp.length, 4);
    const ip = Buffer.concat([Buffer.from('4500000000004000401100007f0000017f000001', 'hex'), udp]);
    ip.writeUInt16BE(ip.length, 2);
    const ethernet = Buffer.concat([Buffer.from('0011223344550011223344660800', 'hex'), ip, Buffer.alloc(4)]);
    for (const packet of [ip, ethernet])
      expect(await decode('tftp', DUMPS.xxd?.(packet) ?? '')).toMatchObject({ code: 0, shown: [{ name: 'RRQ' }] });
  });

  it('that leaves out lines is shown as far as it goes', async () => {
    const [first, , third] = lines(Buffer.concat([RRQ, RRQ]), (at, row) => `${digits(at, 8)}: ${fours(row)}`).split(
      '\n',
    );
    const { code, shown: frames } = await decode('tftp', `${first}\n${third}`);
    expect(code).toBe(1);
    expect(frames).toEqual([
      {
        name: 'RRQ',
        id: '0x0001',
        fields: { file: 'SEP005056A1033' },
        error: 'the dump goes on at 0x0020, where 0x0010 comes next',
        offset: 16,
      },
    ]);
  });

  it('with one slip has one fault, and the next dump is read', () => {
    const dump = lines(Buffer.concat([RRQ, RRQ]), (at, row) => `${digits(at, 8)}: ${fours(row)}`).replace(
      '5345',
      '53x5',
    );
    expect(framesIn(`${dump}\n${DUMPS.xxd?.(RRQ)}`)).toEqual([
      ['0001', '"x" is no hexadecimal digit'],
      RRQ.toString('hex'),
    ]);
  });

  it('whose offset comes first is never taken for octets', () => {
    expect(framesIn('0x0010:  442e 636e')).toEqual([['', 'the dump goes on at 0x0010, where 0x0000 comes next']]);
  });

  it('in words of the machine’s order is told, and what shows octets', () => {
    expect(framesIn('0000000 0100 4553 3050')).toEqual([['', expect.stringContaining('hexdump -C')]]);
  });

  it('with a stray letter is shown up to it', () => {
    expect(framesIn('00000000: 0001 53zz 5030')).toEqual([['0001', '"z" is no hexadecimal digit']]);
  });

  it('beyond any frame is given up', () => {
    expect(framesIn('00000000  00 01\n*\n00200000  00')).toEqual([
      [expect.any(String), expect.stringContaining('the dump goes on')],
    ]);
  });
});

describe('a line alone', () => {
  it.each(['00000000 00000000', '0001 5345 5030', '04000000 00000000 00000000', '0x00 0x01', '0000 0001'])(
    '%s is octets',
    (line) => {
      expect(framesIn(line)).toEqual([line.replace(/0x|\s/g, '')]);
    },
  );

  it('that is no hexadecimal is told, and shown up to there', async () => {
    const { code, shown: frames } = await decode('tftp', 'zz\n00040001 oops\n000400');
    expect(code).toBe(1);
    expect(frames).toEqual([
      { error: '"z" is no hexadecimal digit', offset: 0 },
      { name: 'ACK', id: '0x0004', fields: { block: 1 }, error: '"o" is no hexadecimal digit', offset: 4 },
      { name: 'ACK', id: '0x0004', fields: {}, error: expect.any(String), offset: 3 },
    ]);
  });

  it('of words before no dump is told', async () => {
    expect(await decode('tftp', 'some words\n00040001')).toMatchObject({
      code: 1,
      shown: [{ error: expect.any(String) }, { name: 'ACK' }],
    });
  });
});

describe('several frames in one payload', () => {
  const register = encode('RegisterReqMessage', { deviceName: 'ipctest2' } as never, 17);
  const keepAlive = encode('KeepAliveReqMessage', {}, 0);

  it('of SCCP are shown one after the other', async () => {
    const payload = Buffer.concat([keepAlive, register, keepAlive]);
    const { code, shown: frames } = await decode('sccp', payload.toString('hex'));
    expect([code, frames.map(({ name }) => name)]).toEqual([
      0,
      ['KeepAliveReqMessage', 'RegisterReqMessage', 'KeepAliveReqMessage'],
    ]);
  });

  it('of which the last is cut are shown as far as they go', async () => {
    const payload = Buffer.concat([keepAlive, register.subarray(0, 32)]);
    const { code, shown: frames } = await decode('sccp', payload.toString('hex'));
    expect(code).toBe(1);
    expect(frames).toEqual([
      { name: 'KeepAliveReqMessage', id: '0x0000', fields: {} },
      expect.objectContaining({
        name: 'RegisterReqMessage',
        fields: expect.objectContaining({ deviceName: 'ipctest2' }),
        error: `32 of ${register.length} octets`,
        offset: 32,
      }),
    ]);
  });

  it('of SIP are shown one after the other, with what may stand between them', async () => {
    const message = (method: string, body = ''): string =>
      `${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const payload = `${message('OPTIONS')}\r\n\r\n${message('NOTIFY', 'x=1')}${message('BYE')}\r\n\0`;
    const { code, shown: frames } = await decode('sip', Buffer.from(payload).toString('hex'));
    expect([code, frames.map(({ name }) => name)]).toEqual([0, ['OPTIONS', 'NOTIFY', 'BYE']]);
    const cut = await decode('sip', Buffer.from(message('NOTIFY', 'x=1').slice(0, -2)).toString('hex'));
    expect(cut).toMatchObject({
      code: 1,
      shown: [{ name: 'NOTIFY', fields: { body: 'x' }, error: expect.any(String) }],
    });
  });
});

describe('a DHCP message that is cut', () => {
  it('is shown as far as it goes', async () => {
    const discover = Buffer.alloc(247);
    discover.set([1, 1, 6, 0, 0, 0, 0x1b, 0x3a]);
    discover.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 12, 9], 236);
    const { code, shown: frames } = await decode('dhcp', discover.toString('hex'));
    expect(code).toBe(1);
    expect(frames).toEqual([
      expect.objectContaining({
        name: 'DISCOVER',
        fields: expect.objectContaining({
          xid: '0x00001b3a',
          options: [expect.objectContaining({ code: 53, value: 'DISCOVER' })],
        }),
        error: 'an option runs past the end of its field',
      }),
    ]);
    const short = await decode('dhcp', discover.subarray(0, 20).toString('hex'));
    expect(Object.keys(short.shown[0]?.fields as object)).toEqual([
      'op',
      'htype',
      'hlen',
      'hops',
      'xid',
      'secs',
      'flags',
      'broadcast',
      'ciaddr',
      'yiaddr',
    ]);
  });
});

describeCaptured('dumps that people reported', () => {
  it('tcpdump-x.txt is a read request', async () => {
    expect(await decode('tftp', capturedText('reports/tcpdump-x.txt'))).toMatchObject({
      code: 0,
      shown: [{ name: 'RRQ', fields: { file: 'SEP005056A1033D.cnf.xml', mode: 'octet' } }],
    });
  });
});
