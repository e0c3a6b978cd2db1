// Where the methods of ports are replaced: not before the first rule, and they are what they were after the last one.

import { describe, expect, it } from 'vitest';
import { memoryContent } from '../../src/core/files.js';
import { milliseconds } from '../../src/core/time.js';
import { sccpWire } from '../../src/injection/protocols/sccp.js';
import { tftpWire } from '../../src/injection/protocols/tftp.js';
import { injectedDatagrams } from '../../src/injection/seams/datagrams.js';
import { injectedFiles } from '../../src/injection/seams/files.js';
import { injectedHandshakes } from '../../src/injection/seams/handshakes.js';
import { injectedStreams } from '../../src/injection/seams/streams.js';
import type { StreamHandler, StreamLink, StreamListenOptions, StreamServer, TlsGate } from '../../src/net/ports.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { MemoryLink } from '../support/memory-streams.js';
import { InjectorHarness, ruleOf } from './injector-harness.js';

const KEEP_ALIVE_ACK = encode('KeepAliveAckMessage', {} as never, 0);
const KEEP_ALIVE = encode('KeepAliveReqMessage', {} as never, 0);

describe('datagrams', () => {
  const CLIENT = { address: '10.0.0.7', port: 5000 };

  const opened = async () => {
    const harness = new InjectorHarness();
    const memory = new MemoryDatagrams();
    const got: string[] = [];
    const answers: string[] = [];
    const server = await injectedDatagrams(memory, harness.injector, 'tftp', tftpWire).open(
      { address: '10.0.0.1', port: 69 },
      (bytes) => got.push(bytes.toString('latin1')),
    );
    const client = await memory.open(CLIENT, (bytes) => answers.push(bytes.toString('latin1')));
    const send = (text: string): void => client.send(Buffer.from(text, 'latin1'), 0, text.length, server.local);
    const answer = (text: string): void => server.send(Buffer.from(`..${text}`), 2, text.length, CLIENT);
    return { harness, got, answers, server, send, answer };
  };

  it('pass the functions of before, until a rule comes and when it has gone', async () => {
    const { harness, got, answers, server, send, answer } = await opened();
    const { send: before } = server;
    send('one');
    answer('two');
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'drop' }), 'api');
    expect(server.send).not.toBe(before);
    send('lost');
    answer('lost');
    harness.injector.clear('r');
    expect(server.send).toBe(before);
    send('three');
    answer('four');
    expect(got).toEqual(['one', 'three']);
    expect(answers).toEqual(['two', 'four']);
  });

  it('are refused in the words of their protocol', async () => {
    const { harness, got, answers, send } = await opened();
    harness.injector.add(ruleOf({ where: 'tftp', fault: 'refuse', reason: 2 }), 'api');
    send('\0\x01a.xml\0octet\0');
    expect(got).toEqual([]);
    expect(answers).toEqual(['\0\x05\0\x02refused on purpose\0']);
  });

  it('that wait leave when the rule goes, with the octets that they had', async () => {
    const { harness, answers, server } = await opened();
    const delay = { from: milliseconds(60_000), to: milliseconds(60_000) };
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'delay', delay }), 'api');
    const octets = Buffer.from('early');
    server.send(octets, 0, octets.length, CLIENT);
    octets.fill(0);
    expect(answers).toEqual([]);
    harness.injector.clear('r');
    expect(answers).toEqual(['early']);
  });

  it('that wait still leave at their time when their rule was made as often as it says, or its time is over', async () => {
    for (const end of [{ times: 1 }, { for: milliseconds(50) }]) {
      const { harness, got, answers, server, send, answer } = await opened();
      const { send: before } = server;
      const delay = { from: milliseconds(100), to: milliseconds(100) };
      harness.injector.add(ruleOf({ where: 'tftp', fault: 'delay', direction: 'both', delay, ...end }), 'api');
      answer('late');
      harness.clock.advance(60);
      send('one');
      answer('two');
      expect([got, answers]).toEqual([['one'], ['two']]);
      // Rules of other places have nothing to do with it.
      harness.injector.add(ruleOf({ id: 'other', where: 'sip', fault: 'drop' }), 'api');
      harness.injector.clear('other');
      harness.clock.advance(39);
      expect(answers).toEqual(['two']);
      harness.clock.advance(1);
      expect(answers).toEqual(['two', 'late']);
      harness.clock.advance(1);
      expect(server.send).toBe(before);
      expect(harness.clock.armed).toBe(0);
    }
  });

  it('that wait when their rule is over leave at once when it is cleared', async () => {
    const { harness, answers, server, answer } = await opened();
    const { send: before } = server;
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'delay', delay, times: 1 }), 'api');
    answer('late');
    harness.clock.advance(10);
    harness.injector.clear('r');
    expect(answers).toEqual(['late']);
    expect(server.send).toBe(before);
  });

  it('that wait are met by a rule that comes meanwhile', async () => {
    const { harness, answers, answer } = await opened();
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    harness.injector.add(ruleOf({ where: 'tftp', fault: 'delay', delay, times: 1 }), 'api');
    answer('late');
    harness.clock.advance(10);
    harness.injector.add(ruleOf({ where: 'tftp', fault: 'drop', direction: 'sent' }), 'api');
    answer('lost');
    harness.clock.advance(90);
    expect(answers).toEqual(['late']);
  });

  it('of a socket that is opened later are met, too', async () => {
    const harness = new InjectorHarness();
    const memory = new MemoryDatagrams();
    harness.injector.add(ruleOf({ where: 'tftp', fault: 'drop' }), 'api');
    const got: string[] = [];
    const server = await injectedDatagrams(memory, harness.injector, 'tftp', tftpWire).open(
      { address: '10.0.0.1', port: 69 },
      () => got.push('x'),
    );
    const client = await memory.open(CLIENT, () => {});
    client.send(Buffer.from('x'), 0, 1, server.local);
    expect(got).toEqual([]);
    await server.close();
    harness.injector.clearAll();
  });

  it('that wait are forgotten when their socket is closed, and its methods are those of before', async () => {
    const { harness, got, server, send } = await opened();
    const { send: before } = server;
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    harness.injector.add(ruleOf({ where: 'tftp', fault: 'delay', direction: 'both', delay }), 'api');
    send('late');
    await server.close();
    harness.clock.advance(100);
    expect(got).toEqual([]);
    expect(server.send).toBe(before);
    expect(harness.clock.armed).toBe(0);
  });
});

/** A network whose server shows its links, as the real one does. */
class ShownStreams {
  readonly links = new Map<MemoryLink, StreamHandler>();
  accept: (link: StreamLink) => StreamHandler = () => {
    throw new Error('nobody listens');
  };
  gate: TlsGate | undefined;

  readonly network = {
    connect: () => Promise.reject(new Error('not here')),
    listen: async (_: StreamListenOptions, accept: (link: StreamLink) => StreamHandler): Promise<StreamServer> => {
      this.accept = accept;
      return {
        local: { address: '10.0.0.1', port: 2000 },
        links: 0,
        each: (visit) => {
          for (const [link, handler] of this.links) visit(link, handler);
        },
        setGate: (gate) => {
          this.gate = gate;
        },
        close: async () => {},
      };
    },
  };

  open(): MemoryLink {
    const link = new MemoryLink();
    const handler = this.accept(link);
    link.serve(handler);
    this.links.set(link, handler);
    return link;
  }
}

describe('connections', () => {
  const opened = async (secure = false) => {
    const harness = new InjectorHarness();
    const streams = new ShownStreams();
    const got: Buffer[] = [];
    const about = { injector: harness.injector, place: 'sccp', protocol: sccpWire } as const;
    const identity = { key: 'k', certificate: 'usual' };
    const listener = { address: '10.0.0.1', port: 2000, maxLinks: 1, maxLinksPerSource: 1 };
    const expired = () => ({ key: 'k', certificate: 'expired' });
    const gated = injectedHandshakes(streams.network, { injector: harness.injector, expired });
    await injectedStreams(gated, about).listen(secure ? { ...listener, tls: identity } : listener, () => ({
      received: (bytes) => got.push(bytes),
      closed: () => {},
    }));
    return { harness, streams, got };
  };

  it('that are open already are met, and are as before when the rule has gone', async () => {
    const { harness, streams, got } = await opened();
    const link = streams.open();
    const { write } = link;
    const hadOwn = Object.hasOwn(link, 'write');
    harness.injector.add(ruleOf({ id: 'r', where: 'sccp', fault: 'drop', message: ['KeepAliveAckMessage'] }), 'api');
    link.write(KEEP_ALIVE_ACK);
    link.write(KEEP_ALIVE);
    expect(link.take()).toEqual(KEEP_ALIVE);
    link.deliver(KEEP_ALIVE, 5);
    expect(Buffer.concat(got)).toEqual(KEEP_ALIVE);
    harness.injector.clear('r');
    expect(link.write).toBe(write);
    expect(Object.hasOwn(link, 'write')).toBe(hadOwn);
    link.write(KEEP_ALIVE_ACK);
    expect(link.take()).toEqual(KEEP_ALIVE_ACK);
  });

  it('that come later are met, too', async () => {
    const { harness, streams, got } = await opened();
    harness.injector.add(ruleOf({ where: 'sccp', fault: 'drop', message: ['KeepAliveReqMessage'] }), 'api');
    const link = streams.open();
    link.deliver(KEEP_ALIVE);
    expect(got).toEqual([]);
    link.hangUp();
  });

  it('keep the part of a message that came under a rule that has gone', async () => {
    const { harness, streams, got } = await opened();
    const link = streams.open();
    harness.injector.add(ruleOf({ id: 'r', where: 'sccp', fault: 'double', message: ['KeepAliveAckMessage'] }), 'api');
    link.deliver(KEEP_ALIVE.subarray(0, 7));
    expect(got).toEqual([]);
    harness.injector.clear('r');
    link.deliver(KEEP_ALIVE.subarray(7));
    expect(Buffer.concat(got)).toEqual(KEEP_ALIVE);
  });

  it('keep their order behind a message that is late, though its rule is over', async () => {
    const { harness, streams } = await opened();
    const link = streams.open();
    const { write } = link;
    const delay = { from: milliseconds(100), to: milliseconds(100) };
    harness.injector.add(ruleOf({ where: 'sccp', fault: 'delay', delay, times: 1 }), 'api');
    link.write(KEEP_ALIVE_ACK);
    harness.clock.advance(10);
    link.write(KEEP_ALIVE);
    expect(link.take()).toHaveLength(0);
    harness.clock.advance(90);
    expect(link.take()).toEqual(Buffer.concat([KEEP_ALIVE_ACK, KEEP_ALIVE]));
    harness.clock.advance(1);
    expect(link.write).toBe(write);
    expect(Object.hasOwn(link, 'write')).toBe(false);
  });

  it('end behind what is left of a message, or in its place', async () => {
    const { harness, streams } = await opened();
    const cut = streams.open();
    harness.injector.add(ruleOf({ id: 'r', where: 'sccp', fault: 'cut', octets: 3 }), 'api');
    cut.write(KEEP_ALIVE_ACK);
    expect(cut.take()).toEqual(KEEP_ALIVE_ACK.subarray(0, 3));
    expect(cut.closed).toBe('closed-here');
    harness.injector.clear('r');
    const closed = streams.open();
    harness.injector.add(ruleOf({ where: 'sccp', fault: 'close', direction: 'received' }), 'api');
    closed.deliver(KEEP_ALIVE);
    expect(closed.closed).toBe('closed-here');
  });

  it('hear nothing behind a message whose answer ended them', async () => {
    const harness = new InjectorHarness();
    const streams = new ShownStreams();
    let heard = 0;
    await injectedStreams(streams.network, { injector: harness.injector, place: 'sccp', protocol: sccpWire }).listen(
      { address: '10.0.0.1', port: 2000, maxLinks: 1, maxLinksPerSource: 1 },
      (link) => ({
        received: () => {
          heard += 1;
          link.write(KEEP_ALIVE_ACK);
        },
        closed: () => {},
      }),
    );
    harness.injector.add(ruleOf({ where: 'sccp', fault: 'close', message: ['KeepAliveAckMessage'] }), 'api');
    const link = streams.open();
    link.deliver(Buffer.concat([KEEP_ALIVE, KEEP_ALIVE]));
    expect(heard).toBe(1);
    expect(link.closed).toBe('closed-here');
    expect(link.take()).toHaveLength(0);
  });

  it('are reset before their handshake, or shown a certificate that has expired', async () => {
    const { harness, streams } = await opened(true);
    expect(streams.gate).toBeUndefined();
    harness.injector.add(ruleOf({ id: 'r', where: 'tls', fault: 'expired-certificate', address: '10.0.0.7' }), 'api');
    expect(streams.gate?.({ address: '10.0.0.7', port: 1 })).toEqual({ key: 'k', certificate: 'expired' });
    expect(streams.gate?.({ address: '10.0.0.8', port: 1 })).toBeUndefined();
    harness.injector.add(ruleOf({ where: 'tls', fault: 'close' }), 'api');
    expect(streams.gate?.({ address: '10.0.0.7', port: 1 })).toBe('reset');
    // What was not shown does not count.
    expect(harness.injector.rules.map(({ injected }) => injected)).toEqual([1, 1]);
    harness.injector.clearAll();
    expect(streams.gate).toBeUndefined();
  });
});

describe('files', () => {
  const CONTEXT = { connection: 1, sequence: 1, address: '10.0.0.7', port: 4000 };

  const served = () => {
    const harness = new InjectorHarness();
    const files: Record<string, string> = { 'a.xml': 'old', 'b.xml': 'other' };
    const source = injectedFiles(
      {
        open: (name) => {
          const text = files[name];
          return text === undefined
            ? { found: false, file: name, harmless: false }
            : { found: true, content: memoryContent(Buffer.from(text)) };
        },
      },
      harness.injector,
      'tftp',
    );
    const read = async (name: string): Promise<string> => {
      const answer = await source.open(name, CONTEXT);
      return answer.found ? String(await answer.content.read(0, answer.content.size)) : 'missing';
    };
    return { harness, files, source, read };
  };

  it('are another one', async () => {
    const { harness, source, read } = served();
    const { open } = source;
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'wrong-file', file: 'b.xml' }), 'api');
    expect(await read('a.xml')).toBe('other');
    expect(harness.injected[0]?.detail).toBe('b.xml for a.xml');
    harness.injector.clear('r');
    expect(source.open).toBe(open);
    expect(await read('a.xml')).toBe('old');
  });

  it('are as they were when they were first requested under the rule', async () => {
    const { harness, files, read } = served();
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'stale-file' }), 'api');
    expect(await read('a.xml')).toBe('old');
    files['a.xml'] = 'new';
    expect(await read('a.xml')).toBe('old');
    expect(await read('c.xml')).toBe('missing');
    harness.injector.clear('r');
    expect(await read('a.xml')).toBe('new');
  });

  it('are kept up to a bound, and until their rule ends', async () => {
    const { harness, files, read } = served();
    harness.injector.add(ruleOf({ id: 'other', where: 'tftp', fault: 'drop', device: 'NOBODY' }), 'api');
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'stale-file' }), 'api');
    const names = Array.from({ length: 20 }, (_, index) => `${index}.xml`);
    const octets = 1_000_000;
    const ask = async (text: string): Promise<readonly string[]> => {
      const got: string[] = [];
      for (const name of names) {
        files[name] = text.repeat(octets);
        got.push((await read(name)).slice(0, 1));
      }
      return got;
    };
    expect(new Set(await ask('a'))).toEqual(new Set(['a']));
    const kept = 16;
    expect((await ask('b')).join('')).toBe('a'.repeat(kept) + 'b'.repeat(20 - kept));
    harness.injector.clear('r');
    harness.injector.add(ruleOf({ id: 'r', where: 'tftp', fault: 'stale-file' }), 'api');
    expect(new Set(await ask('c'))).toEqual(new Set(['c']));
    expect((await ask('d')).join('')).toBe('c'.repeat(kept) + 'd'.repeat(20 - kept));
  });
});
