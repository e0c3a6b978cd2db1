// The small parts of simulated phones: files by TFTP, what a configuration file says, patterns, quantiles.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { readAnyDeviceFile, readDeviceFile } from '../../src/phone/boot/device-file.js';
import { readPlainXml } from '../../src/phone/boot/fast-xml.js';
import { TftpClient } from '../../src/phone/boot/tftp-client.js';
import { TftpSockets } from '../../src/phone/boot/tftp-sockets.js';
import { Histogram } from '../../src/phone/fleet/histogram.js';
import { addressesOf, fromPattern, isPattern, mixAt, parseMix } from '../../src/phone/fleet/name-pattern.js';
import { Timers } from '../../src/phone/timers.js';
import { capturedBytes, describeCaptured } from '../support/fixtures.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';

const SERVER = { address: '10.0.0.1', port: 69 };
const TRANSFER = { address: '10.0.0.1', port: 40_001 };

const block = (number: number, octets: number): Buffer => {
  const packet = Buffer.alloc(4 + octets, number);
  packet.writeUInt16BE(3, 0);
  packet.writeUInt16BE(number, 2);
  return packet;
};

const errorOne = Buffer.from('\0\x05\0\x01no\0', 'latin1');

describe('a file by TFTP', () => {
  it('is put together from its blocks, each acknowledged once', () => {
    const fetch = new TftpClient('x', SERVER);
    expect(fetch.receive(block(1, 512), TRANSFER)?.toString('hex')).toBe('00040001');
    expect(fetch.receive(block(1, 512), TRANSFER)).toBeUndefined();
    expect(fetch.receive(block(2, 3), TRANSFER)?.toString('hex')).toBe('00040002');
    expect(fetch.outcome).toMatchObject({ kind: 'fetched' });
    expect(fetch.outcome?.kind === 'fetched' && fetch.outcome.bytes.length).toBe(515);
  });

  it('sends a stranger away with ERROR 5 and goes on', () => {
    const fetch = new TftpClient('x', SERVER);
    fetch.receive(block(1, 512), TRANSFER);
    expect(fetch.receive(block(2, 0), { ...TRANSFER, port: 40_002 })?.readUInt32BE(0)).toBe(0x0005_0005);
    expect(fetch.outcome).toBeUndefined();
    fetch.receive(block(2, 0), TRANSFER);
    expect(fetch.outcome).toMatchObject({ kind: 'fetched' });
  });

  it('is not disturbed by late words about the transfer before', () => {
    const fetch = new TftpClient('x', SERVER);
    expect(fetch.receive(block(13, 40), { ...TRANSFER, port: 40_002 })).toBeUndefined();
    expect(
      fetch.receive(Buffer.from('\0\x05\0\x05Unknown transfer ID\0', 'latin1'), { ...TRANSFER, port: 40_002 }),
    ).toBeUndefined();
    expect(fetch.outcome).toBeUndefined();
    fetch.receive(block(1, 3), TRANSFER);
    expect(fetch.outcome).toMatchObject({ kind: 'fetched' });
  });

  it('never answers an ERROR with an ERROR', () => {
    const fetch = new TftpClient('x', SERVER);
    fetch.receive(block(1, 512), TRANSFER);
    expect(fetch.receive(errorOne, { ...TRANSFER, port: 40_002 })).toBeUndefined();
    expect(fetch.outcome).toBeUndefined();
  });

  it('is given up after five tries that nobody answers', () => {
    const fetch = new TftpClient('x', SERVER);
    const waits: number[] = [fetch.wait];
    while (fetch.retry()) waits.push(fetch.wait);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
    expect(fetch.outcome).toEqual({ kind: 'missed', why: 'no answer' });
  });

  it('survives anything that comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (datagrams) => {
        const fetch = new TftpClient('x', SERVER);
        for (const bytes of datagrams) fetch.receive(Buffer.from(bytes), TRANSFER);
      }),
    );
  });
});

/** A server of one-block files that answers from one port, as often as it is told to. */
const fileServer = async (network: MemoryDatagrams, answers: (file: string) => readonly Buffer[]) => {
  const asked: string[] = [];
  const transfer = await network.open({ address: SERVER.address, port: TRANSFER.port }, () => {});
  await network.open(SERVER, (bytes, from) => {
    const file = bytes.toString('latin1', 2, bytes.indexOf(0, 2));
    asked.push(file);
    for (const answer of answers(file)) transfer.send(answer, 0, answer.length, from);
  });
  return asked;
};

describe('the sockets of many transfers', () => {
  it('are used again, also where the server answers from the same port', async () => {
    const network = new MemoryDatagrams();
    await fileServer(network, () => [block(1, 5)]);
    const before = network.openSockets;
    const fetcher = new TftpSockets(network, new Timers(new ManualClock()));
    for (const file of ['a', 'b', 'c']) expect(await fetcher.fetch(file, SERVER)).toMatchObject({ kind: 'fetched' });
    expect(network.openSockets - before).toBe(1);
    await fetcher.close();
    expect(network.openSockets).toBe(before);
  });

  it('are not used again after something was sent twice: its second answer would be taken for the next file’s', async () => {
    const network = new MemoryDatagrams();
    const clock = new ManualClock();
    let lost = 1;
    const asked = await fileServer(network, (file) => {
      if (file === 'CTL' && lost-- > 0) return [];
      return file === 'CTL' ? [errorOne, errorOne] : [block(1, 5)];
    });
    const fetcher = new TftpSockets(network, new Timers(clock));
    const first = fetcher.fetch('CTL', SERVER);
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(seconds(1));
    expect(await first).toMatchObject({ kind: 'refused' });
    expect(await fetcher.fetch('config', SERVER)).toMatchObject({ kind: 'fetched' });
    expect(asked).toEqual(['CTL', 'CTL', 'config']);
  });

  it('acknowledge a last block that comes again', async () => {
    const network = new MemoryDatagrams();
    const acknowledged: string[] = [];
    const transfer = await network.open(TRANSFER, (bytes) => acknowledged.push(bytes.toString('hex')));
    let client = { address: '', port: 0 };
    await network.open(SERVER, (_bytes, from) => {
      client = from;
      transfer.send(block(1, 5), 0, 9, from);
    });
    const fetcher = new TftpSockets(network, new Timers(new ManualClock()));
    await fetcher.fetch('x', SERVER);
    transfer.send(block(1, 5), 0, 9, client);
    expect(acknowledged).toEqual(['00040001', '00040001']);
  });
});

describeCaptured('a configuration file', () => {
  it.each([
    ['sccp-796x.cnf.xml', 'SCCP'],
    ['sccp-797x-extended.cnf.xml', 'SCCP'],
    ['sccp-7912-cucm41-export.cnf.xml', 'SCCP'],
    ['sip-7821-cucm-export.cnf.xml', 'SIP'],
  ])('%s of another system is understood', (file) => {
    const read = readDeviceFile(capturedBytes(`provisioning/cnf/${file}`));
    expect(read).toHaveProperty('file');
    if ('file' in read) expect(read.file.nodes.length).toBeGreaterThan(0);
  });
});

describe('a configuration file', () => {
  const around = (inside: string): Buffer => Buffer.from(`<?xml version="1.0"?>\n<device>${inside}</device>`);
  const member = (priority: number, address: string, ports = ''): string =>
    `<member priority="${priority}"><callManager><name>CM</name><ports>${ports}</ports><processNodeName>${address}</processNodeName></callManager></member>`;

  it('names its call managers by priority, whatever their order', () => {
    const members = `${member(1, '10.0.0.2')}${member(0, '10.0.0.1', '<ethernetPhonePort>2001</ethernetPhonePort>')}`;
    const read = readDeviceFile(
      around(`<devicePool><callManagerGroup><members>${members}</members></callManagerGroup></devicePool>`),
    );
    expect(read).toMatchObject({
      file: {
        nodes: [
          { address: '10.0.0.1', sccpPort: 2001 },
          { address: '10.0.0.2', sccpPort: 2000 },
        ],
      },
    });
  });

  it('may be the default one', () => {
    const text = `<Default><callManagerGroup><members>${member(0, '10.0.0.1')}</members></callManagerGroup></Default>`;
    expect(readDeviceFile(Buffer.from(text))).toMatchObject({ file: { nodes: [{ address: '10.0.0.1' }] } });
  });

  it.each(['', 'not xml', '<device><a></device>', '<device>&bogus;</device>'])(
    'that is no XML is refused: %j',
    (text) => {
      expect(readDeviceFile(Buffer.from(text))).toHaveProperty('fault');
    },
  );
});

const NOTHING = new Set<string>();
const SILENT = { onOpenTag: () => {}, onCloseTag: () => {} };

describe('plain XML', () => {
  const FILE = `<?xml version="1.0" encoding="UTF-8"?>
<device><deviceProtocol>SIP</deviceProtocol><devicePool><callManagerGroup><members>
<member priority="0"><callManager><name>A &amp; B &lt;1&gt;</name><ports><sipPort>5061</sipPort></ports>
<processNodeName>10.0.0.1</processNodeName></callManager></member></members></callManagerGroup></devicePool>
<sipProfile><sipLines><line button="1" lineIndex="1"><featureID>9</featureID><name>5005</name><featureLabel/></line></sipLines></sipProfile>
</device>
`;

  it('is what a call manager writes, and reads as a whole parser reads it', () => {
    expect(readPlainXml(FILE, NOTHING, SILENT)).toBe(true);
    expect(readDeviceFile(Buffer.from(FILE))).toEqual(readAnyDeviceFile(FILE));
    expect(readDeviceFile(Buffer.from(FILE))).toMatchObject({
      file: { nodes: [{ name: 'A & B <1>', sipPort: 5061 }], lines: [{ dn: '5005' }] },
    });
  });

  it.each([
    '<a><!-- c --></a>',
    '<a><![CDATA[x]]></a>',
    "<a b='c'></a>",
    '<a>&#65;</a>',
    '<!DOCTYPE a><a></a>',
    '<a b="1" b="2"></a>',
    '<a></b>',
    '<a>',
    '<a></a><a></a>',
    'x<a></a>',
    '<a></a>x',
    '<a b="<"></a>',
    '<a>\r\n</a>',
    '<1></1>',
    '',
  ])('is not %j: a whole parser has the last word', (document) => {
    expect(readPlainXml(document, NOTHING, SILENT)).toBe(false);
  });

  it('is never anything that a whole parser refuses or reads otherwise', () => {
    const places = fc.nat(FILE.length);
    const bits = fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      '"',
      "'",
      ' ',
      '=',
      '\n',
      'x',
      '9',
      ']]>',
      '<a>',
      '</a>',
      '<b/>',
      '&lt;',
      '\0',
      '?',
      '!',
    );
    const change = fc.record({ at: places, cut: fc.nat(4), put: bits });
    let plain = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const document = changes.reduce(
          (text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut),
          FILE,
        );
        if (!readPlainXml(document, NOTHING, SILENT)) return;
        plain += 1;
        expect(readDeviceFile(Buffer.from(document))).toEqual(readAnyDeviceFile(document));
      }),
      { numRuns: 5_000, seed: 7 },
    );
    expect(plain).toBeGreaterThan(100);
  });

  it.each([
    ['deeper than any file', '<a>'.repeat(33) + '</a>'.repeat(33)],
    ['with longer names', `<${'n'.repeat(1_020)}><name/></${'n'.repeat(1_020)}>`],
  ])('leaves one that is %s to the other, which says so', (_, document) => {
    expect(readPlainXml(document, NOTHING, SILENT)).toBe(false);
    expect(readDeviceFile(Buffer.from(document))).toEqual({ fault: expect.stringContaining(' nested ') });
  });
});

describe('patterns', () => {
  it('make a name of a number', () => {
    expect(fromPattern('SEP02%010X', 0xabc)).toBe('SEP020000000ABC');
    expect(fromPattern('phone-%d', 7)).toBe('phone-7');
    expect([isPattern('SEP%012x'), isPattern('SEP'), isPattern('%d')]).toEqual([true, false, true]);
  });

  it('spread addresses over a network', () => {
    const at = addressesOf('127.10.0.0/16');
    expect([at?.(0), at?.(255), at?.(65_533), at?.(65_534)]).toEqual([
      '127.10.0.1',
      '127.10.1.0',
      '127.10.255.254',
      '127.10.0.1',
    ]);
    expect(addressesOf('127.10.0.0')).toBeUndefined();
  });

  it('mix models by their shares, evenly', () => {
    const mix = parseMix('CIPC/sccp=60,8851/sip=30,7960/sip=10') ?? [];
    for (const from of [0, 17, 1000]) {
      const models = Array.from({ length: 100 }, (_, index) => mixAt(mix, from + index)?.model);
      expect(['CIPC', '8851', '7960'].map((model) => models.filter((one) => one === model).length)).toEqual([
        60, 30, 10,
      ]);
      expect(new Set(models.slice(0, 10)).size).toBeGreaterThan(1);
    }
    expect(parseMix('CIPC/h323')).toBeUndefined();
  });
});

describe('quantiles', () => {
  it('are within two per cent of the truth', () => {
    const histogram = new Histogram();
    for (let took = 1; took <= 10_000; took += 1) histogram.add(took);
    for (const share of [0.5, 0.9, 0.99])
      expect(Math.abs(histogram.quantile(share) / (share * 10_000) - 1)).toBeLessThan(0.02);
    expect(histogram.most).toBe(10_000);
    expect(new Histogram().quantile(0.99)).toBe(0);
  });
});
