// `labcm record --from`, `labcm replay` and `labcm diff`: their options, and what they say of files.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tapeText } from '../../src/tapes/tape-format.js';
import { bootPackets, dhcpMessage, inEthernet, PHONE_NAME, registerReq } from '../support/boot-capture.js';
import { pcapFile, pcapngFile, TestConnection } from '../support/capture-files.js';
import { tapeOf, writtenTape } from '../support/tapes.js';
import { folder, inFolder, written } from './capture-harness.js';
import { labcm } from './harness.js';

inFolder();

const boot = (): string => written(pcapngFile(inEthernet(bootPackets())));
const tape = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('labcm record --from', () => {
  it('writes a tape of one device, for its owner alone', async () => {
    const path = join(folder, 'one.tape.jsonl');
    const { code, out, err } = await labcm(['record', PHONE_NAME, '--from', boot(), '-o', path]);
    expect([code, out, err]).toEqual([0, '', expect.stringMatching(/^.*one\.tape\.jsonl: \d+ messages in /)]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [header] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(header ?? '')).toMatchObject({ device: PHONE_NAME, source: 'capture', program: 'labcm 1.2.3' });
  });

  it('says so if there is nothing of the device', async () => {
    const { code, err } = await labcm(['record', 'SEP0000000000FF', '--from', boot()]);
    expect([code, err]).toEqual([1, expect.stringContaining('found no message of SEP0000000000FF, wanted some')]);
  });

  it('says where a capture breaks off, and keeps what comes before', async () => {
    const whole = pcapngFile(inEthernet(bootPackets()));
    const path = join(folder, 'cut.tape.jsonl');
    const { code, err } = await labcm(['record', PHONE_NAME, '--from', written(whole.subarray(0, -9)), '-o', path]);
    expect(code).toBe(1);
    expect(err).toContain('what comes before it is on the tape');
    expect(readFileSync(path, 'utf8')).toContain('RegisterReqMessage');
  });

  it('says what is no capture', async () => {
    const { code, err } = await labcm(['record', PHONE_NAME, '--from', written(Buffer.from('hello, world, again'))]);
    expect([code, err]).toEqual([1, expect.stringContaining('pcap and pcapng are read, also in gzip')]);
  });

  it.each([
    [['--until', 'later'], '--until: found later, wanted registered, kept, or a time such as 2m'],
    [['--within', 'later'], '--within: found later, wanted a duration such as 30s or 2m'],
    [['--api', 'nowhere'], '--api: found "nowhere"'],
  ])('refuses %j', async (options, message) => {
    const { code, err } = await labcm(['record', 'SEP1', ...options]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('says so if the file cannot be written', async () => {
    const path = join(folder, 'nowhere', 'a.tape.jsonl');
    const { code, err } = await labcm(['record', PHONE_NAME, '--from', boot(), '-o', path]);
    expect([code, err]).toEqual([2, expect.stringContaining('found a file that cannot be written (ENOENT)')]);
  });
});

describe('labcm replay', () => {
  it.each([
    ['no file', () => join(folder, 'none'), 'found no such file'],
    [
      'another file',
      () => tape('a.jsonl', '{"a":1}\n'),
      'a.jsonl:1: found an object without `tape`, wanted the header of a tape',
    ],
    ['a capture', () => boot(), 'wanted'],
    ['a broken line', () => tape('b.jsonl', '{"tape":1,"device":"a"}\n{}\n'), 'b.jsonl:2: found at nothing'],
  ])('refuses %s', async (_what, path, message) => {
    const { code, err } = await labcm(['replay', path()]);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });

  it.each([
    [['--as', 'no name!'], '--as: found no name!'],
    [['--mac', '12'], '--mac: found 12'],
    [['--server', 'here'], '--server: found here, wanted an IPv4 address'],
    [['--address', 'here'], '--address: found here, wanted an IPv4 address'],
    [['--sip-port', '0'], '--sip-port: found 0, wanted a port from 1 to 65535'],
    [['--wait', 'long'], '--wait: found long'],
  ])('refuses %j', async (options, message) => {
    const path = tape('c.jsonl', '{"tape":1,"device":"SEP1"}\n');
    const { code, err } = await labcm(['replay', path, ...options]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('a tape with commands for a terminal', () => {
  it('gives none of them to the terminal', async () => {
    const path = tape('d.jsonl', '{"tape":1,"device":"SEP\\u001b[2J"}\n');
    const { code, out } = await labcm(['replay', path, '--fast', '--wait', '1ms']);
    expect([code, out]).toEqual([0, 'SEP\\x1b[2J: the daemon says what the tape has, 0 messages\n']);
    const wrong = await labcm(['replay', tape('e.jsonl', '{"tape":1,"device":"a","begin":"\u009b2J"}\n')]);
    expect(wrong.err).toContain('begin "\\x9b2J"');
  });
});

describe('labcm diff', () => {
  const first = (): string => tape('first.tape.jsonl', tapeText(tapeOf(pcapFile(inEthernet(bootPackets())))));

  it('of a tape and itself is no difference', async () => {
    expect(await labcm(['diff', first(), first()])).toMatchObject({ code: 0, out: 'no difference\n', err: '' });
  });

  it('of a tape and its capture is no difference', async () => {
    expect(await labcm(['diff', first(), boot()])).toMatchObject({ code: 0, out: 'no difference\n' });
  });

  it('tells each difference in a line, or as JSON', async () => {
    const other = tape(
      'second.tape.jsonl',
      tapeText(writtenTape([{ from: 'phone', octets: registerReq('SEP0011AABBCC01') }], { device: 'SEP0011AABBCC01' })),
    );
    const shown = await labcm(['diff', first(), other]);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/^ABOUT +WHAT +first\.tape\.jsonl +second\.tape\.jsonl\n/);
    expect(shown.out).toMatch(/\nfiles +tftp DEVICE\.cnf\.xml +sent +-\n/);
    const json = await labcm(['diff', first(), other, '--json']);
    expect(json.out.split('\n').map((line) => (line === '' ? undefined : JSON.parse(line)))).toContainEqual({
      ...{ topic: 'messages', name: 'sip REGISTER of the phone', first: '2' },
    });
  });

  it('of a capture with several devices wants one of them', async () => {
    const other = new TestConnection(
      { address: '10.10.210.201', port: 50_009 },
      { address: '10.10.210.10', port: 2000 },
    );
    const packets = [...bootPackets(), ...other.open(), other.fromClient(registerReq('SEP0011AABBCC01'))];
    const path = written(pcapFile(inEthernet(packets)));
    const { code, err } = await labcm(['diff', path, first()]);
    expect([code, err]).toEqual([2, expect.stringContaining(`the devices ${PHONE_NAME}, SEP0011AABBCC01 in `)]);
    const named = await labcm(['diff', path, first(), '--device', PHONE_NAME]);
    expect(named).toMatchObject({ code: 0 });
  });

  it('of a capture that names nobody says so', async () => {
    const path = written(pcapFile([{ bytes: dhcpMessage(1, 1, '005056A1033D') }]));
    const { code, err } = await labcm(['diff', path, first()]);
    expect([code, err]).toEqual([2, expect.stringContaining('no device is named in ')]);
  });
});
