// TCP connections as captures have them: out of order, doubled, overlapping, with holes and without a beginning.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrame, type TcpSegment } from '../../src/pcap/read-frame.js';
import { type ReassemblyLimits, type TcpDirection, TcpReassembly } from '../../src/pcap/tcp-reassembly.js';
import { at, type TcpOptions, tcp } from '../support/capture-files.js';

const [phone, server] = [at('10.0.0.5:49152'), at('10.0.0.1:2000')];

/** What one direction of one connection gave out: texts, and the lengths of gaps. */
type Given = (string | number)[];

class Reassembly {
  /** By connection, of both directions. */
  readonly given: { readonly directions: [Given, Given]; ended: number; readonly begins: boolean[] }[] = [];
  readonly tcp: TcpReassembly;
  #packets = 0;

  constructor(limits?: Partial<ReassemblyLimits>) {
    this.tcp = new TcpReassembly(() => {
      const connection = { directions: [[], []] as [Given, Given], ended: 0, begins: [] as boolean[] };
      this.given.push(connection);
      const of = (direction: TcpDirection): Given => connection.directions[direction];
      return {
        octets: (direction, bytes, _mark, begins) => {
          const list = of(direction);
          connection.begins.push(begins);
          if (typeof list.at(-1) === 'string') list.push(`${list.pop()}${bytes.toString('latin1')}`);
          else list.push(bytes.toString('latin1'));
        },
        gap: (direction, octets) => void of(direction).push(octets),
        end: () => {
          connection.ended += 1;
        },
      };
    }, limits);
  }

  add(packet: Buffer, seconds = 0): this {
    this.#packets += 1;
    const segment = readFrame({ linkType: 101, bytes: packet }) as TcpSegment;
    this.tcp.add(segment, { number: this.#packets, time: { seconds, nanoseconds: 0 } });
    return this;
  }

  phone(sequence: number, text = '', options: Omit<TcpOptions, 'sequence'> = {}, seconds = 0): this {
    return this.add(tcp(phone, server, { sequence, ...options }, Buffer.from(text, 'latin1')), seconds);
  }

  server(sequence: number, text = '', options: Omit<TcpOptions, 'sequence'> = {}, seconds = 0): this {
    return this.add(tcp(server, phone, { sequence, ...options }, Buffer.from(text, 'latin1')), seconds);
  }

  end(): this {
    this.tcp.end({ number: this.#packets, time: undefined });
    return this;
  }
}

describe('one direction', () => {
  const TEXT = Array.from({ length: 300 }, (_, index) => String.fromCharCode(33 + (index % 90))).join('');

  it('is the same however it is cut, shuffled, doubled and overlapping, and wherever its numbers wrap', () => {
    const piece = fc.record({ from: fc.nat(299), length: fc.integer({ min: 1, max: 120 }) });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 299 }), { maxLength: 40 }),
        fc.array(piece, { maxLength: 20 }),
        fc.infiniteStream(fc.nat(10_000)),
        fc.constantFrom(0, 1, 1_000, 0x7fff_ff80, 0xffff_fe00, 0xffff_ffff),
        (cuts, again, order, initial) => {
          const edges = [0, ...new Set(cuts.sort((a, b) => a - b)), TEXT.length];
          const segments = [
            ...edges.slice(1).map((to, index) => ({ from: edges[index] as number, to })),
            ...again.map(({ from, length }) => ({ from, to: Math.min(TEXT.length, from + length) })),
          ]
            .map((segment) => ({ segment, place: order.next().value as number }))
            .sort((a, b) => a.place - b.place);
          const reassembly = new Reassembly().phone(initial, '', { flags: 'S' });
          for (const { segment } of segments)
            reassembly.phone((initial + 1 + segment.from) >>> 0, TEXT.slice(segment.from, segment.to));
          reassembly.phone((initial + 1 + TEXT.length) >>> 0, '', { flags: 'F' }).end();
          expect(reassembly.given).toHaveLength(1);
          expect(reassembly.given[0]?.directions).toEqual([[TEXT], []]);
          expect(reassembly.tcp.held).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says which octets are its first, where the SYN was captured', () => {
    expect(new Reassembly().phone(9, '', { flags: 'S' }).phone(10, 'a').phone(11, 'b').given[0]?.begins).toEqual([
      true,
      false,
    ]);
    expect(new Reassembly().phone(10, 'a').given[0]?.begins).toEqual([false]);
  });

  it('may have its first octets in the SYN', () => {
    expect(new Reassembly().phone(9, 'ab', { flags: 'S' }).phone(12, 'c').given[0]?.directions[0]).toEqual(['abc']);
  });

  it('is not disturbed by keepalives, which repeat the octet before', () => {
    const { given } = new Reassembly().phone(10, 'abc').phone(12, '\0').phone(13, 'd');
    expect(given[0]?.directions[0]).toEqual(['abcd']);
  });

  it('ends with its FIN, also when that comes too early', () => {
    const reassembly = new Reassembly().phone(10, 'a').phone(12, '', { flags: 'F' });
    expect(reassembly.given[0]?.ended).toBe(0);
    reassembly.phone(11, 'b').phone(11, 'b').end();
    expect(reassembly.given[0]).toMatchObject({ ended: 2, directions: [['ab'], []] });
  });
});

describe('a hole', () => {
  it('is told when the file ends, with its length', () => {
    const { given } = new Reassembly().phone(10, 'abc').phone(20, 'xyz').phone(30, 'end').end();
    expect(given[0]?.directions[0]).toEqual(['abc', 7, 'xyz', 7, 'end']);
  });

  it('before a FIN or a RST is told', () => {
    expect(new Reassembly().phone(10, 'a').phone(16, '', { flags: 'F' }).end().given[0]?.directions[0]).toEqual([
      'a',
      5,
    ]);
    expect(new Reassembly().phone(10, 'a').phone(16, 'b').phone(17, '', { flags: 'R' }).given[0]).toMatchObject({
      ended: 2,
      directions: [['a', 5, 'b'], []],
    });
  });

  it('is given up a second after the peer has acknowledged the octets, and not before', () => {
    const reassembly = new Reassembly().phone(10, 'a', {}, 0).phone(16, 'b', {}, 0);
    reassembly.server(1, '', { acknowledged: 17 }, 0).server(1, '', { acknowledged: 17 }, 1);
    expect(reassembly.given[0]?.directions[0]).toEqual(['a']);
    reassembly.server(1, '', { acknowledged: 17 }, 2);
    expect(reassembly.given[0]?.directions[0]).toEqual(['a', 5, 'b']);
  });

  it('that nobody has acknowledged is waited for', () => {
    const reassembly = new Reassembly().phone(10, 'a', {}, 0).phone(16, 'b', {}, 0);
    reassembly.server(1, '', { acknowledged: 11 }, 0).server(1, '', { acknowledged: 11 }, 100);
    expect(reassembly.given[0]?.directions[0]).toEqual(['a']);
    expect(reassembly.phone(11, '12345').given[0]?.directions[0]).toEqual(['a12345b']);
  });

  it('of octets that were not captured is told at once', () => {
    const whole = tcp(phone, server, { sequence: 10 }, Buffer.from('abcdef'));
    const { given } = new Reassembly().add(whole.subarray(0, -4)).phone(16, 'g');
    expect(given[0]?.directions[0]).toEqual(['ab', 4, 'g']);
  });

  it('is given up when too much waits behind it', () => {
    const bySegments = new Reassembly({ heldSegments: 3 }).phone(10, 'a');
    for (let index = 0; index < 4; index += 1) bySegments.phone(20 + index, 'x');
    expect(bySegments.given[0]?.directions[0]).toEqual(['a', 9, 'xxxx']);
    const byOctets = new Reassembly({ held: 1_000 }).phone(10, 'a').phone(20, 'x'.repeat(600));
    expect(byOctets.given[0]?.directions[0]).toEqual(['a']);
    byOctets.phone(620, 'y'.repeat(600));
    expect(byOctets.given[0]?.directions[0]).toEqual(['a', 9, `${'x'.repeat(600)}${'y'.repeat(600)}`]);
  });

  it('is given up, the oldest first, when all connections together keep too much', () => {
    const reassembly = new Reassembly({ heldInAll: 10_000 });
    for (let port = 1; port <= 100; port += 1) {
      const from = { ...phone, port };
      reassembly.add(tcp(from, server, { sequence: 1 }, Buffer.from('a')));
      reassembly.add(tcp(from, server, { sequence: 10 }, Buffer.alloc(1_000, 'b')));
      expect(reassembly.tcp.held).toBeLessThanOrEqual(10_000);
    }
    const told = reassembly.given.filter(({ directions: [given] }) => given.length === 3);
    expect(told).toEqual(reassembly.given.slice(0, told.length));
    expect(told.length).toBeGreaterThan(80);
  });

  it('to numbers far behind is a new beginning', () => {
    const { given } = new Reassembly().phone(0x4000_0000, 'a').phone(0x1000_0000, 'b').phone(0x1000_0001, 'c');
    expect(given[0]?.directions[0]).toEqual(['a', 0, 'bc']);
  });
});

describe('connections', () => {
  it('keep their two directions apart', () => {
    const { given } = new Reassembly().phone(10, 'a').server(500, 'x').phone(11, 'b').server(501, 'y');
    expect(given.map(({ directions }) => directions)).toEqual([[['ab'], ['xy']]]);
  });

  it('between the same ports follow each other with each new SYN', () => {
    const reassembly = new Reassembly().phone(1, '', { flags: 'S' }).phone(2, 'a').phone(1, '', { flags: 'S' });
    reassembly.phone(700, '', { flags: 'S' }).server(9, '', { flags: 'S', acknowledged: 701 }).phone(701, 'b');
    expect(reassembly.given.map(({ directions }) => directions[0])).toEqual([['a'], ['b']]);
  });

  it('are bounded: the oldest gives way, and goes on as a new one', () => {
    const reassembly = new Reassembly({ connections: 2 });
    for (const port of [1, 2, 3, 1]) reassembly.add(tcp({ ...phone, port }, server, { sequence: 1 }, Buffer.from('a')));
    expect(reassembly.given.map(({ ended }) => ended)).toEqual([2, 2, 0, 0]);
  });
});

it('any segments whatever: nothing is thrown, and no more is kept than allowed', () => {
  const segment = fc.record({
    sequence: fc.oneof(fc.nat(4_000), fc.integer({ min: 0, max: 0xffff_ffff })),
    acknowledged: fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
    flags: fc.constantFrom('', '', '', 'S', 'F', 'R', 'SF'),
    length: fc.nat(300),
    fromPhone: fc.boolean(),
    seconds: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 80 }), (segments) => {
      const reassembly = new Reassembly({ held: 2_000, heldInAll: 3_000, heldSegments: 8 });
      for (const { length, fromPhone, seconds, acknowledged, ...rest } of segments) {
        const options = { ...rest, ...(acknowledged === undefined ? {} : { acknowledged }) };
        const [from, to] = fromPhone ? [phone, server] : [server, phone];
        reassembly.add(tcp(from, to, options, Buffer.alloc(length)), seconds);
        expect(reassembly.tcp.held).toBeGreaterThanOrEqual(0);
        expect(reassembly.tcp.held).toBeLessThanOrEqual(3_000);
      }
      reassembly.end();
      expect(reassembly.tcp.held).toBe(0);
      for (const { ended } of reassembly.given) expect(ended).toBe(2);
    }),
    { numRuns: 300 },
  );
});
