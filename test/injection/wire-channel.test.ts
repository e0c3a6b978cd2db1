// What becomes of messages on their way: lost, late, twice, out of order, cut, slow.

import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../src/core/time.js';
import type { FaultRule } from '../../src/injection/settings.js';
import { MessageCutter, WireChannel } from '../../src/injection/wire-channel.js';
import type { WireProtocol } from '../../src/injection/wire-protocol.js';
import { InjectorHarness, ruleOf } from './injector-harness.js';

/** A message is a letter, its name, and its length in one digit behind it. */
const LETTERS: WireProtocol = {
  messageLength: (bytes) => {
    const length = Number(String.fromCharCode(bytes[1] ?? 0x30));
    if (bytes.length < 2 || bytes.length < length) return 0;
    return length || -1;
  },
  read: (bytes) => ({ names: [String.fromCharCode(bytes[0] ?? 0)] }),
  change: (bytes, field) => (field === 'x' ? Buffer.from(`${bytes.toString()}!`) : undefined),
  refuse: (bytes, reason) => Buffer.from(`no ${bytes.toString()} ${reason ?? ''}`),
};

const END = { address: '10.0.0.7', port: 4000 };
const OTHER = { address: '10.0.0.8', port: 4000 };

class Way {
  readonly harness = new InjectorHarness();
  readonly channel: WireChannel;
  readonly out: string[] = [];
  readonly replies: string[] = [];

  constructor(rule: Partial<FaultRule> & Pick<FaultRule, 'fault'>, isStream = false) {
    const { injector } = this.harness;
    injector.add(ruleOf({ where: 'sip', direction: 'both', ...rule }), 'api');
    this.channel = new WireChannel({ injector, place: 'sip', protocol: LETTERS, direction: 'received', isStream });
  }

  pass(text: string, end = END): void {
    this.channel.pass(Buffer.from(text), end, {
      deliver: (bytes) => void this.out.push(bytes.toString()),
      reply: (bytes) => void this.replies.push(bytes.toString()),
      close: (how) => void this.out.push(how),
    });
  }

  after(time: number): readonly string[] {
    this.harness.clock.advance(time);
    return this.out.splice(0);
  }
}

describe('a message is', () => {
  it('lost', () => {
    const way = new Way({ fault: 'drop', message: ['a'] });
    way.pass('a');
    way.pass('b');
    expect(way.out).toEqual(['b']);
    expect(way.harness.injected).toMatchObject([{ fault: 'drop', message: 'a', address: '10.0.0.7', port: 4000 }]);
  });

  it('late; datagrams overtake it', () => {
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    const way = new Way({ fault: 'delay', message: ['a'], delay });
    way.pass('a');
    way.pass('b');
    expect(way.after(99)).toEqual(['b']);
    expect(way.after(1)).toEqual(['a']);
    expect(way.harness.injected[0]?.detail).toBe('after 100 ms');
  });

  it('late, and on a connection what follows waits behind it', () => {
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    const way = new Way({ fault: 'delay', message: ['a'], delay }, true);
    way.pass('a');
    way.pass('b');
    expect(way.after(99)).toEqual([]);
    expect(way.after(1)).toEqual(['a', 'b']);
    way.pass('c');
    expect(way.out).toEqual(['c']);
  });

  it('there twice', () => {
    const way = new Way({ fault: 'double' });
    way.pass('a');
    expect(way.out).toEqual(['a', 'a']);
  });

  it('behind the next one of its peer, or a second later', () => {
    const way = new Way({ fault: 'reorder', message: ['a'] });
    way.pass('a');
    way.pass('x', OTHER);
    way.pass('b');
    expect(way.out.splice(0)).toEqual(['x', 'b', 'a']);
    way.pass('a');
    expect(way.after(999)).toEqual([]);
    expect(way.after(1)).toEqual(['a']);
    expect(way.after(5_000)).toEqual([]);
  });

  it('cut to half or to so many octets; a connection ends behind it', () => {
    const half = new Way({ fault: 'cut', direction: 'both' });
    half.pass('abcdef');
    expect(half.out).toEqual(['abc']);
    const two = new Way({ fault: 'cut', direction: 'both', octets: 2 }, true);
    two.pass('abcdef');
    expect(two.out).toEqual(['ab', 'end']);
  });

  it('the end of its connection; a datagram has none', () => {
    const stream = new Way({ fault: 'close' }, true);
    stream.pass('a');
    expect(stream.out).toEqual(['reset']);
    stream.pass('b');
    expect(stream.out).toEqual(['reset']);
    const datagram = new Way({ fault: 'close' });
    datagram.pass('a');
    expect(datagram.out).toEqual(['a']);
    expect(datagram.harness.injected).toEqual([]);
  });

  it('the end of its connection, behind what waits before it and in place of what waits behind it', () => {
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    const way = new Way({ fault: 'delay', delay }, true);
    way.harness.injector.add(ruleOf({ where: 'sip', fault: 'close', message: ['b'], direction: 'both' }), 'api');
    for (const text of ['a', 'b', 'c']) way.pass(text);
    expect(way.after(100)).toEqual(['a', 'reset']);
    expect(way.after(1_000)).toEqual([]);
  });

  it('slow, octet by octet', () => {
    const way = new Way({ fault: 'slow', rate: 10, direction: 'both' }, true);
    way.pass('abc');
    way.pass('d');
    expect(way.after(0)).toEqual(['a']);
    expect(way.after(100)).toEqual(['b']);
    expect(way.after(10_000).join('')).toBe('cd');
  });

  it('changed, or as it was where it has no such field', () => {
    const way = new Way({ fault: 'set', field: 'x', value: '1' });
    way.pass('a');
    expect(way.out).toEqual(['a!']);
    const other = new Way({ fault: 'set', field: 'y', value: '1' });
    other.pass('a');
    expect(other.out).toEqual(['a']);
    expect(other.harness.injected).toEqual([]);
  });

  it('refused, and goes no further', () => {
    const way = new Way({ fault: 'refuse', reason: 403 });
    way.pass('a');
    expect(way.out).toEqual([]);
    expect(way.replies).toEqual(['no a 403']);
  });

  it('met by several rules, in the order of the rules', () => {
    const way = new Way({ fault: 'double' });
    way.harness.injector.add(ruleOf({ where: 'sip', fault: 'set', field: 'x', value: '1', direction: 'both' }), 'api');
    way.pass('a');
    expect(way.out).toEqual(['a!', 'a!']);
    way.harness.injector.add(ruleOf({ where: 'sip', fault: 'drop' }), 'api');
    way.out.length = 0;
    way.pass('a');
    expect(way.out).toEqual([]);
  });
});

describe('what waits', () => {
  const delay = { from: milliseconds(60_000), to: milliseconds(60_000) };

  it('leaves at once when there are no rules any more', () => {
    const way = new Way({ fault: 'delay', delay });
    way.harness.injector.add(ruleOf({ where: 'sip', fault: 'reorder', message: ['b'], direction: 'both' }), 'api');
    way.pass('a');
    way.pass('b');
    expect(way.out).toEqual([]);
    way.channel.flush();
    expect([...way.out].sort()).toEqual(['a', 'b']);
  });

  it('is forgotten with its connection', () => {
    const way = new Way({ fault: 'delay', delay }, true);
    way.pass('a');
    way.harness.injector.add(ruleOf({ where: 'sip', fault: 'reorder', message: ['b'], direction: 'both' }), 'api');
    way.pass('b');
    way.channel.drop();
    expect(way.after(120_000)).toEqual([]);
    expect(way.harness.clock.armed).toBe(0);
  });

  it('is bounded: what finds no room leaves at once', () => {
    const way = new Way({ fault: 'delay', delay });
    const large = 'a'.repeat(4 * 1024 * 1024);
    for (let count = 0; count < 4; count += 1) way.pass(large);
    expect(way.out).toEqual([]);
    way.pass(large);
    expect(way.out).toHaveLength(1);
  });

  it('is bounded also where it waits for the next one', () => {
    const way = new Way({ fault: 'reorder' });
    const large = 'a'.repeat(4 * 1024 * 1024);
    for (let port = 1; port <= 4; port += 1) way.pass(large, { address: '10.0.0.7', port });
    expect(way.out).toEqual([]);
    way.pass(large, OTHER);
    expect(way.out.splice(0)).toHaveLength(1);
    expect(way.after(1_000)).toHaveLength(4);
    way.pass(large);
    expect(way.out).toEqual([]);
  });
});

describe('a cutter', () => {
  const messages = ['a2', 'b5xyz', 'c3z', 'd9abcdefg'];
  const stream = Buffer.from(messages.join(''));
  const cut = (sizes: readonly number[]): readonly string[] => {
    const cutter = new MessageCutter((bytes) => LETTERS.messageLength?.(bytes) ?? 0);
    const found: string[] = [];
    let at = 0;
    for (const size of [...sizes, stream.length]) {
      const piece = stream.subarray(at, at + size);
      at += size;
      if (piece.length > 0)
        cutter.take(
          piece,
          (one) => found.push(one.toString()),
          (raw) => found.push(`raw ${raw.toString()}`),
        );
    }
    expect(cutter.rest()).toHaveLength(0);
    return found;
  };

  it('finds the messages at every split', () => {
    for (let first = 0; first <= stream.length; first += 1)
      for (let second = 0; second <= stream.length - first; second += 1) expect(cut([first, second])).toEqual(messages);
  });

  it('passes on what cannot be a message', () => {
    const cutter = new MessageCutter(() => -1);
    const raw: string[] = [];
    cutter.take(
      Buffer.from('what'),
      () => raw.push('message'),
      (bytes) => raw.push(bytes.toString()),
    );
    expect(raw).toEqual(['what']);
  });

  it('passes on a message that never ends', () => {
    const cutter = new MessageCutter(() => 0);
    const raw: number[] = [];
    for (let count = 0; count < 3; count += 1)
      cutter.take(
        Buffer.alloc(64 * 1024),
        () => raw.push(-1),
        (bytes) => raw.push(bytes.length),
      );
    expect(raw).toEqual([3 * 64 * 1024]);
  });
});
