import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/ports.js';
import { DEFAULT_TFTP, type TftpSettings } from '../../src/tftp/settings.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { ack, rrq } from '../support/tftp-client.js';
import { type RunningTftp, serve, someBytes } from './harness.js';
import { closeClients, RawClient } from './raw-client.js';

let clock: ManualClock;
let network: MemoryDatagrams;
let served: RunningTftp;
let client: RawClient;

const start = async (settings: Partial<TftpSettings> = {}): Promise<void> => {
  clock = new ManualClock();
  network = new MemoryDatagrams();
  served = await serve(settings, network, clock);
  client = await new RawClient().open(network);
};
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ask = (file: string, options: Record<string, string | number> = {}, mode = 'octet'): void =>
  client.say(rrq(file, options, mode), served.endpoint);
const events = (): string[] => served.probe.types();

beforeEach(() => start());
afterEach(async () => {
  await served.server.close();
  await closeClients();
  expect(network.openSockets).toBe(0);
  expect(served.files.held).toBe(0);
});

describe('a file goes in blocks', () => {
  it.each([0, 1, 511, 512, 513, 1024, 1_048_576])('of %d octets, to the last short one', (size) => {
    const bytes = someBytes(size);
    served.files.add('f', bytes);
    ask('f');
    for (let block = 1; block <= Math.floor(size / 512) + 1; block += 1) client.acknowledge(block & 0xffff);
    expect(client.octets.equals(bytes)).toBe(true);
    expect(client.received).toHaveLength(Math.floor(size / 512) + 1);
    expect(client.last.bytes.length).toBe(4 + (size % 512));
    expect(served.probe.of('tftp.completed')).toMatchObject([{ file: 'f', octets: size, resent: 0 }]);
  });

  it('of 40 MiB, past the 65,536th, whose number is 0 again', () => {
    const bytes = someBytes(40 * 1_048_576);
    served.files.add('f', bytes);
    ask('f');
    const blocks = bytes.length / 512 + 1;
    for (let block = 1; block <= blocks; block += 1) client.acknowledge(block & 0xffff);
    expect(client.received[65_535]?.bytes.readUInt16BE(2)).toBe(0);
    expect(client.received[65_536]?.bytes.readUInt16BE(2)).toBe(1);
    expect(client.octets.equals(bytes)).toBe(true);
  });

  it('read from a disk, as from memory', async () => {
    served.files.add('f', someBytes(1300)).slow = true;
    ask('f', { windowsize: 2 });
    await settle();
    client.acknowledge(0);
    await settle();
    client.acknowledge(2);
    await settle();
    expect(client.octets.equals(someBytes(1300))).toBe(true);
    client.acknowledge(3);
    expect(events()).toEqual(['tftp.request', 'tftp.completed']);
  });

  it('from a port of its own, which is not the one that was asked', () => {
    served.files.add('f', someBytes(2000));
    ask('f');
    expect(client.last.from.address).toBe(served.endpoint.address);
    expect(client.last.from.port).not.toBe(served.endpoint.port);
  });

  it('as netascii, each line feed as CR LF and each carriage return as CR NUL, over the edge of a block', () => {
    const text = `${'x'.repeat(511)}\n\r\nend\r`;
    served.files.add('f', Buffer.from(text));
    ask('f', { tsize: 0, blksize: 512 }, 'NetASCII');
    return settle().then(async () => {
      expect(client.summary).toEqual(['OACK blksize=512']); // the size of what travels is not the file's
      client.acknowledge(0);
      client.acknowledge(1);
      client.acknowledge(2);
      expect(client.octets.toString()).toBe(`${'x'.repeat(511)}\r\n\r\0\r\nend\r\0`);
    });
  });
});

describe('many clients at once', () => {
  it('share the ports of transfers, also from one and the same port of theirs, and each gets its own file', async () => {
    const sockets = served.server.sockets;
    const phones = await Promise.all(
      Array.from({ length: 40 }, (_, index) => new RawClient().open(network, `10.1.0.${index}`, 3300)),
    );
    for (const [index, phone] of phones.entries()) {
      served.files.add(`f${index}`, someBytes(3000, index + 1));
      phone.say(rrq(`f${index}`), served.endpoint);
    }
    expect(served.server.transfers).toBe(40);
    expect(served.server.sockets).toBe(sockets); // none was opened for any of them
    for (let block = 1; block <= 6; block += 1) for (const phone of phones) phone.acknowledge(block);
    for (const [index, phone] of phones.entries()) expect(phone.octets.equals(someBytes(3000, index + 1))).toBe(true);
    expect(served.server.transfers).toBe(0);
  });
});

describe('netascii', () => {
  it('of a long file is converted as it goes, from memory or disk, and the same again when blocks are lost', async () => {
    const bytes = Buffer.from(someBytes(20_000).map((octet) => (octet < 90 ? [10, 13, 120][octet % 3] : octet) ?? 0));
    const expected = Buffer.from(
      bytes.toString('latin1').replace(/[\r\n]/g, (end) => (end === '\n' ? '\r\n' : '\r\0')),
      'latin1',
    );
    for (const slow of [false, true]) {
      served.files.add('f', bytes).slow = slow;
      client.received.length = 0;
      ask('f', { windowsize: 4 }, 'netascii');
      await settle();
      client.acknowledge(0);
      const got: Buffer[] = [];
      for (let ended = false; !ended; ) {
        await settle();
        await settle();
        // The first window in four is lost, but for its first block.
        const arrived = client.received.splice(0).filter(({ bytes }) => bytes[1] === 3);
        const kept = got.length % 16 === 3 ? arrived.slice(0, 1) : arrived;
        for (const { bytes: packet } of kept) got.push(packet.subarray(4));
        const last = kept.at(-1);
        if (last === undefined) throw new Error('nothing came');
        ended = last.bytes.length < 516;
        client.say(ack(got.length), last.from);
      }
      expect(Buffer.concat(got).equals(expected)).toBe(true);
      expect(served.probe.of('tftp.completed').at(-1)).toMatchObject({ octets: expected.length });
    }
  });
});

describe('options', () => {
  it.each<[string, Record<string, string | number>, string]>([
    ['a block size', { blksize: 1428 }, 'OACK blksize=1428'],
    ['a block size in other letters', { BlkSize: '1428' }, 'OACK BlkSize=1428'],
    ['the size of the file', { tsize: 0 }, 'OACK tsize=3000'],
    ['a timeout', { timeout: 5 }, 'OACK timeout=5'],
    ['a window', { windowsize: 8 }, 'OACK windowsize=8'],
    ['all of them', { blksize: 1428, tsize: 0, timeout: 5 }, 'OACK blksize=1428 tsize=3000 timeout=5'],
    ['one known beside one unknown', { 'x-load': 'a', tsize: 0 }, 'OACK tsize=3000'],
    ['one good beside one bad', { blksize: 7, tsize: 0 }, 'OACK tsize=3000'],
    ['more than a window may be', { windowsize: 65_535 }, 'OACK windowsize=64'],
    ['the largest blocks: what fits an Ethernet frame', { blksize: 65_464 }, 'OACK blksize=1468'],
  ])('%s', (_what, options, answer) => {
    served.files.add('f', someBytes(3000));
    ask('f', options);
    expect(client.summary).toEqual([answer]);
    client.acknowledge(0);
    expect(client.summary[1]).toBe('DATA 1');
  });

  it('the size of an empty file is left out, since curl takes 0 for nonsense; its one empty block comes all the same', () => {
    served.files.add('f', Buffer.alloc(0));
    ask('f', { tsize: 0, blksize: 512 });
    expect(client.summary).toEqual(['OACK blksize=512']);
    client.acknowledge(0);
    expect(client.summary[1]).toBe('DATA 1');
    expect(client.last.bytes.length).toBe(4);
  });

  it('the largest blocks where the owner allows them, in a window that leaves in one bearable burst', async () => {
    await served.server.close();
    await start({ blockSize: 65_464 });
    served.files.add('f', someBytes(3000));
    ask('f', { blksize: 65_464, windowsize: 64 });
    expect(client.summary).toEqual(['OACK blksize=65464 windowsize=16']);
  });

  it.each<[string, Record<string, string | number>]>([
    ['unknown', { frobnicate: 1 }],
    ['a block size below 8', { blksize: 7 }],
    ['a block size above 65464', { blksize: 65_465 }],
    ['a block size that is no number', { blksize: '0x200' }],
    ['a block size below nothing', { blksize: '-512' }],
    ['a block size without a value', { blksize: '' }],
    ['a timeout of 0', { timeout: 0 }],
    ['a timeout of 256', { timeout: 256 }],
    ['a window of 0', { windowsize: 0 }],
    ['an object of JavaScript', { __proto__x: 1, constructor: 1, toString: 1 }],
  ])('%s: left out, and the file comes as if none was asked', (_what, options) => {
    served.files.add('f', someBytes(3000));
    ask('f', options);
    expect(client.summary).toEqual(['DATA 1']);
    expect(client.last.bytes.length).toBe(516);
  });

  it('are said again by the timer until block 0 is acknowledged', () => {
    served.files.add('f', someBytes(3000));
    ask('f', { tsize: 0 });
    clock.advance(1000);
    expect(client.summary).toEqual(['OACK tsize=3000', 'OACK tsize=3000']);
    client.acknowledge(0);
    client.acknowledge(0);
    expect(client.summary.slice(2)).toEqual(['DATA 1']);
  });

  it('that the client refuses end the transfer without an answer', () => {
    served.files.add('f', someBytes(3000));
    ask('f', { tsize: 0 });
    client.say(Buffer.from('\0\x05\0\x08no\0', 'latin1'), client.last.from);
    expect(client.received).toHaveLength(1);
    expect(served.probe.of('tftp.failed')).toMatchObject([
      { reason: 'client-error', detail: 'error 8 no', errorCode: 8, milliseconds: 0, blockSize: 512 },
    ]);
  });

  it('let the client say how long to wait', () => {
    served.files.add('f', someBytes(3000));
    ask('f', { timeout: 3 });
    client.acknowledge(0);
    clock.advance(2999);
    expect(client.summary).toHaveLength(2);
    clock.advance(1);
    expect(client.summary[2]).toBe('DATA 1');
    clock.advance(3000);
    expect(client.summary).toHaveLength(4);
  });
});

describe('what is lost, doubled or late', () => {
  beforeEach(() => served.files.add('f', someBytes(5000)));

  /** The seconds after which something was sent, in a minute of silence. */
  const sentAt = (): number[] => {
    const begin = clock.now();
    return Array.from({ length: 60 }, () => {
      const before = client.received.length;
      clock.advance(1000);
      return client.received.length > before ? (clock.now() - begin) / 1000 : [];
    }).flat();
  };

  it('a lost acknowledgement: the timer alone sends again, after 1, 2, 4, 8 and 8 seconds, then the client is given up', () => {
    ask('f');
    client.acknowledge(1);
    expect(sentAt()).toEqual([1, 3, 7, 15, 23, 31]);
    expect(client.summary.at(-1)).toBe('ERROR 0');
    expect(served.probe.of('tftp.failed')).toMatchObject([
      { reason: 'timeout', detail: 'no acknowledgement after 6 tries', blocks: 1, resent: 5 },
    ]);
    expect(served.server.transfers).toBe(0);
  });

  it.each<[string, Record<string, number>]>([
    ['DATA 1', {}],
    ['OACK blksize=1428 windowsize=64', { blksize: 1428, windowsize: 64 }],
  ])('of a source that has proved nothing: %s is sent three times at most', (first, options) => {
    ask('f', options);
    expect(sentAt()).toEqual([1, 3, 7]);
    expect(client.summary).toEqual([first, first, first, 'ERROR 0']);
    expect(served.probe.of('tftp.failed')).toMatchObject([
      { reason: 'timeout', detail: 'no acknowledgement after 3 tries', blocks: 0, resent: 2 },
    ]);
    expect(served.server.transfers).toBe(0);
  });

  it('a file of one block that nobody acknowledged is not told as fetched', () => {
    served.files.add('short', someBytes(100));
    ask('short');
    clock.advance(60_000);
    expect(client.summary).toEqual(['DATA 1', 'DATA 1', 'DATA 1', 'ERROR 0']);
    expect(events()).toEqual(['tftp.request', 'tftp.failed']);
  });

  it('a doubled acknowledgement sends nothing twice (no sorcerer’s apprentice)', () => {
    ask('f');
    for (let block = 1; block <= 10; block += 1) {
      client.acknowledge(block);
      client.acknowledge(block);
      client.acknowledge(block);
    }
    expect(client.summary).toEqual(Array.from({ length: 10 }, (_, index) => `DATA ${index + 1}`));
  });

  it('a late acknowledgement of a block long gone changes nothing', () => {
    ask('f');
    for (const block of [1, 2, 1, 0, 65_535, 2, 3]) client.acknowledge(block);
    expect(client.summary).toEqual(['DATA 1', 'DATA 2', 'DATA 3', 'DATA 4']);
  });

  it('an acknowledgement of a block that was never sent changes nothing', () => {
    ask('f');
    for (const block of [2, 7, 40_000]) client.acknowledge(block);
    expect(client.summary).toEqual(['DATA 1']);
  });

  it('progress starts the wait anew', () => {
    ask('f');
    clock.advance(1000);
    clock.advance(900);
    client.acknowledge(1);
    clock.advance(999);
    expect(client.summary).toEqual(['DATA 1', 'DATA 1', 'DATA 2']);
    clock.advance(1);
    expect(client.summary.at(-1)).toBe('DATA 2');
  });

  it('a window goes on behind the block that arrived last, and once only for the same acknowledgement', () => {
    ask('f', { windowsize: 4 });
    client.acknowledge(0);
    expect(client.summary.slice(1)).toEqual(['DATA 1', 'DATA 2', 'DATA 3', 'DATA 4']);
    client.received.length = 1;
    client.acknowledge(2); // the third was lost
    expect(client.summary.slice(1)).toEqual(['DATA 3', 'DATA 4', 'DATA 5', 'DATA 6']);
    client.received.length = 1;
    client.acknowledge(2); // the third was lost again
    expect(client.summary.slice(1)).toEqual(['DATA 3', 'DATA 4', 'DATA 5', 'DATA 6']);
    client.acknowledge(2);
    client.acknowledge(2);
    expect(client.summary).toHaveLength(5);
    clock.advance(1000);
    expect(client.summary).toHaveLength(9);
  });

  it('a lost last acknowledgement: the last block is sent a few times, and the file counts as delivered', () => {
    ask('f');
    for (let block = 1; block <= 9; block += 1) client.acknowledge(block);
    clock.advance(60_000);
    expect(client.summary.slice(9)).toEqual(Array(6).fill('DATA 10'));
    expect(events().at(-1)).toBe('tftp.completed');
  });

  it('a doubled request is one transfer', () => {
    ask('f');
    ask('f');
    expect(client.summary).toEqual(['DATA 1']);
    expect(served.probe.of('tftp.request')).toHaveLength(1);
  });

  it('the next request from the same port ends the one before: half done as superseded, all but acknowledged as complete', () => {
    served.files.add('g', someBytes(100, 5));
    ask('f');
    client.acknowledge(1);
    ask('g');
    expect(served.probe.of('tftp.failed')).toMatchObject([{ file: 'f', reason: 'superseded', blocks: 1 }]);
    ask('f');
    expect(served.probe.of('tftp.completed')).toMatchObject([{ file: 'g' }]);
    expect(client.summary).toEqual(['DATA 1', 'DATA 2', 'DATA 1', 'DATA 1']);
    expect(served.server.transfers).toBe(1);
  });

  it('a request doubled on its way, even one that comes in the middle of the file, changes nothing', () => {
    ask('f');
    client.acknowledge(1);
    client.acknowledge(2);
    ask('f');
    expect(client.summary).toEqual(['DATA 1', 'DATA 2', 'DATA 3']);
    for (let block = 3; block <= 10; block += 1) client.acknowledge(block);
    expect(client.octets.equals(someBytes(5000))).toBe(true);
    expect(events()).toEqual(['tftp.request', 'tftp.completed']);
  });

  it('the same request of a client that has fallen silent begins anew: it has started again itself', () => {
    ask('f');
    client.acknowledge(1);
    clock.advance(1000);
    client.received.length = 0;
    ask('f');
    expect(client.summary).toEqual(['DATA 1']);
    expect(served.probe.of('tftp.failed')).toMatchObject([{ reason: 'superseded' }]);
  });

  it('the same file asked for with other options is another request', () => {
    ask('f', { blksize: 1000 });
    ask('f');
    expect(client.summary).toEqual(['OACK blksize=1000', 'DATA 1']);
    expect(client.last.bytes.length).toBe(516);
  });

  it('a doubled acknowledgement of a window does not double all that follow', () => {
    served.files.add('long', someBytes(40 * 512));
    ask('long', { windowsize: 4 });
    client.acknowledge(0);
    const { from } = client.last;
    client.received.length = 0;
    // This client acknowledges each window again that comes again, as it must.
    for (let window = 4; window <= 40; window += 4) {
      client.say(ack(window), from);
      client.say(ack(window), from);
    }
    expect(client.received.length).toBeLessThanOrEqual(37 + 4 * 5);
    expect(served.probe.of('tftp.completed')).toHaveLength(0);
    client.say(ack(41), from);
    expect(served.probe.of('tftp.completed')).toHaveLength(1);
  });

  it('what is late for the transfer before reaches none: each has another port than the one before', () => {
    const ports = new Set<number>();
    let former: Endpoint | undefined;
    for (const file of ['f', 'g', 'f', 'g', 'f', 'g']) {
      served.files.add('g', someBytes(5000, 9));
      client.received.length = 0;
      ask(file);
      expect(client.last.from.port).not.toBe(former?.port);
      if (former !== undefined) client.say(ack(1), former);
      expect(client.summary).toEqual(['DATA 1']);
      for (let block = 1; block <= 10; block += 1) client.acknowledge(block);
      former = client.last.from;
      ports.add(former.port);
      client.say(ack(10), former); // doubled, after the end
      expect(client.summary).toHaveLength(10);
    }
    expect(ports.size).toBeGreaterThan(1);
    expect(served.probe.of('tftp.completed')).toHaveLength(6);
    expect(served.probe.of('tftp.malformed')).toEqual([]);
  });

  it('a client that vanishes leaves nothing behind', () => {
    ask('f');
    client.acknowledge(1);
    clock.advance(120_000);
    expect(served.server.transfers).toBe(0);
    expect(clock.armed).toBe(0);
    expect(served.files.held).toBe(0);
  });
});

describe('refusals', () => {
  it('a missing file at once, by ERROR 1, from another port than was asked', () => {
    ask('nothing');
    expect(client.summary).toEqual(['ERROR 1']);
    expect(client.last.bytes.at(-1)).toBe(0);
    expect(client.last.from.port).not.toBe(served.endpoint.port);
    expect(served.probe.of('tftp.refused')).toMatchObject([{ file: 'nothing', code: 1 }]);
  });

  it.each<[string, Buffer, string[]]>([
    ['writing', Buffer.from('\0\x02file\0octet\0', 'latin1'), ['ERROR 2']],
    ['mail', rrq('f', {}, 'mail'), ['ERROR 4']],
    ['a mode that nobody knows', rrq('f', {}, 'binary'), ['ERROR 4']],
    ['a request without its mode', Buffer.from('\0\x01file\0', 'latin1'), ['ERROR 4']],
    ['an acknowledgement of nothing', ack(1), ['ERROR 4']],
    ['an opcode that nobody knows', Buffer.from([0, 9, 1, 2]), ['ERROR 4']],
    ['one octet', Buffer.from([0]), ['ERROR 4']],
    ['nothing', Buffer.alloc(0), ['ERROR 4']],
    ['an ERROR, which is never answered', Buffer.from('\0\x05\0\x01no\0', 'latin1'), []],
  ])('%s', (_what, bytes, told) => {
    client.say(bytes, served.endpoint);
    expect(client.summary).toEqual(told);
    expect(served.server.transfers).toBe(0);
  });

  it('a file that turns out shorter than it was', () => {
    served.files.add('f', someBytes(2000)).cutTo = 700;
    ask('f');
    client.acknowledge(1);
    expect(client.summary).toEqual(['DATA 1', 'ERROR 0']);
    expect(served.probe.of('tftp.failed')).toMatchObject([
      { reason: 'read-error', detail: 'the file ended after 700 octets', blocks: 1 },
    ]);
  });

  it('a source that fails', async () => {
    served.files.failure = new Error('EIO: i/o error, read');
    ask('f');
    await settle();
    expect(client.summary).toEqual(['ERROR 0']);
    expect(served.probe.of('tftp.failed')).toMatchObject([{ reason: 'read-error', detail: 'EIO: i/o error, read' }]);
  });
});

describe('a stranger', () => {
  it('on the port of a transfer gets ERROR 5 and harms nothing', async () => {
    served.files.add('f', someBytes(1500));
    ask('f');
    const stranger = await new RawClient().open(network, '127.0.0.2');
    const { from } = client.last;
    stranger.say(ack(1), from);
    stranger.say(Buffer.from('\0\x05\0\0\0', 'latin1'), from);
    stranger.say(Buffer.from([0]), from);
    stranger.say(Buffer.alloc(0), from);
    expect(stranger.summary).toEqual(['ERROR 5', 'ERROR 5', 'ERROR 5']);
    for (let block = 1; block <= 3; block += 1) client.acknowledge(block);
    expect(client.octets.equals(someBytes(1500))).toBe(true);
    expect(events().at(-1)).toBe('tftp.completed');
  });
});

describe('limits', () => {
  it('on transfers of one source: one more is told «busy», and others are served', async () => {
    await served.server.close();
    await start({ limits: { ...DEFAULT_TFTP.limits, transfersPerSource: 2 } });
    served.files.add('f', someBytes(2000));
    const three = await Promise.all([1, 2, 3].map(() => new RawClient().open(network)));
    const other = await new RawClient().open(network, '127.0.0.9');
    for (const one of [...three, other]) one.say(rrq('f'), served.endpoint);
    expect([...three, other].map(({ summary: told }) => told)).toEqual([
      ['DATA 1'],
      ['DATA 1'],
      ['ERROR 0'],
      ['DATA 1'],
    ]);
    clock.advance(1000);
    expect(served.probe.of('tftp.throttled')).toMatchObject([
      { address: '127.0.0.1', limit: 'transfers per source', count: 1 },
    ]);
  });

  it('on transfers in all', async () => {
    await served.server.close();
    await start({ limits: { ...DEFAULT_TFTP.limits, transfers: 1 } });
    served.files.add('f', someBytes(2000));
    ask('f');
    const other = await new RawClient().open(network, '127.0.0.9');
    other.say(rrq('f'), served.endpoint);
    expect(other.summary).toEqual(['ERROR 0']);
    for (let block = 1; block <= 4; block += 1) client.acknowledge(block);
    other.say(rrq('f'), served.endpoint);
    expect(other.summary).toEqual(['ERROR 0', 'DATA 1']);
  });

  it.each<[string, object, (client: number) => string]>([
    ['of one source', { transfersPerSource: 3 }, () => '127.0.0.1'],
    ['in all', { transfers: 3 }, (number) => `127.0.9.${number}`],
  ])(
    'on transfers %s: the oldest that nobody acknowledged makes way, after a while',
    async (_whose, limits, address) => {
      await served.server.close();
      await start({ limits: { ...DEFAULT_TFTP.limits, ...limits } });
      served.files.add('f', someBytes(2000));
      const clients = await Promise.all(
        [1, 2, 3, 4, 5].map((number) => new RawClient().open(network, address(number))),
      );
      const [phone, ...others] = clients;
      for (const one of clients.slice(0, 3)) one.say(rrq('f'), served.endpoint);
      phone!.acknowledge(1);
      clock.advance(249);
      others[2]!.say(rrq('f'), served.endpoint);
      expect(others[2]!.summary).toEqual(['ERROR 0']);
      clock.advance(1);
      for (const late of others.slice(2)) late.say(rrq('f'), served.endpoint);
      expect(others.map(({ summary: told }) => told)).toEqual([
        ['DATA 1'],
        ['DATA 1'],
        ['ERROR 0', 'DATA 1'],
        ['DATA 1'],
      ]);
      expect(served.probe.of('tftp.failed').map(({ reason }) => reason)).toEqual(['gave-way', 'gave-way']);
      for (let block = 2; block <= 4; block += 1) phone!.acknowledge(block);
      expect(phone!.octets.equals(someBytes(2000))).toBe(true);
      expect(served.server.transfers).toBe(2);
    },
  );

  it('on requests of one source in a second: the rest is dropped, told once, and the next second is a new one', () => {
    for (let count = 0; count < 1500; count += 1) ask('nothing');
    expect(client.received).toHaveLength(1000);
    clock.advance(1000);
    expect(served.probe.of('tftp.throttled')).toMatchObject([{ limit: 'requests per second', count: 500 }]);
    ask('nothing');
    expect(client.received).toHaveLength(1001);
  });
});

describe('a stampede of requests', () => {
  it('is served whole; what is over the ration is marked as not to be traced, and how much that is is told', async () => {
    await served.server.close();
    await start({ tracedPerSecond: 10 });
    for (let count = 0; count < 25; count += 1) ask('nothing');
    expect(client.received).toHaveLength(25);
    const refused = served.probe.of('tftp.refused').map(({ context }) => context.untraced === true);
    expect(refused).toEqual(Array.from({ length: 25 }, (_, index) => index >= 10));
    clock.advance(1000);
    ask('nothing');
    expect(served.probe.of('tftp.untraced')).toMatchObject([{ requests: 15 }]);
    expect(served.probe.of('tftp.refused').at(-1)?.context.untraced).toBeUndefined();
  });
});

describe('addresses', () => {
  it('on 0.0.0.0 every address of the machine answers from itself, and one that comes later too', async () => {
    await served.server.close();
    clock = new ManualClock();
    network = new MemoryDatagrams();
    network.addresses = ['10.0.0.1', '10.0.0.2'];
    served = await serve({ address: '0.0.0.0' }, network, clock);
    client = await new RawClient().open(network);
    served.files.add('f', someBytes(10));
    const { port } = served.endpoint;
    const answerOf = (address: string): string | undefined => {
      client.received.length = 0;
      client.say(rrq('f'), { address, port });
      const from = client.received[0]?.from.address;
      if (from !== undefined) client.acknowledge(1);
      return from;
    };
    expect([answerOf('10.0.0.1'), answerOf('10.0.0.2'), answerOf('10.0.0.3')]).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      undefined,
    ]);
    network.addresses = ['10.0.0.2', '10.0.0.3'];
    clock.advance(5000);
    await settle();
    await settle();
    expect([answerOf('10.0.0.1'), answerOf('10.0.0.2'), answerOf('10.0.0.3')]).toEqual([
      undefined,
      '10.0.0.2',
      '10.0.0.3',
    ]);
  });
});

describe('the end of the service', () => {
  it('ends every transfer, tells its client and its owner', async () => {
    served.files.add('f', someBytes(2000));
    ask('f');
    await served.server.close();
    expect(client.summary).toEqual(['DATA 1', 'ERROR 0']);
    expect(served.probe.of('tftp.failed')).toMatchObject([{ reason: 'stopped' }]);
    expect(clock.armed).toBe(0);
  });
});
