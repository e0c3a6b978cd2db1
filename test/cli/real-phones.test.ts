// The real phones of a drill, at nodes whose API is in memory: its events break off and begin again.

import { afterEach, describe, expect, it } from 'vitest';
import { RealPhones } from '../../src/cli/drill/real-phones.js';
import { Ledger } from '../../src/drill/ledger.js';
import { planOf } from '../drill/harness.js';
import { eventually } from '../support/daemon.js';
import { ManualClock } from '../support/manual-clock.js';

interface Node {
  /** What it lists: the name of a phone, and over a bus the node that holds it. */
  readonly listed: { name: string; node?: string }[];
  /** The events that are open. */
  readonly streams: ReadableStreamDefaultController<Uint8Array>[];
  failure: Error | undefined;
}

const PLAN = planOf(
  [
    'nodes: [{ name: A, api: "http://10.0.0.1" }, { name: B, api: "http://10.0.0.2" }]',
    'phones: { real: "SEP*" }',
    'steps: [{ at: 1s, clock: 1h }]',
  ].join('\n'),
);

describe('real phones', () => {
  const endings: AbortController[] = [];
  afterEach(() => {
    for (const ending of endings.splice(0)) ending.abort();
  });

  const followed = () => {
    const ending = new AbortController();
    endings.push(ending);
    const clock = new ManualClock();
    const ledger = new Ledger(clock.now());
    const nodes: Record<string, Node> = Object.fromEntries(
      ['A', 'B'].map((name) => [name, { listed: [], streams: [], failure: undefined }]),
    );
    const node = (name: string): Node => nodes[name] as Node;
    const phones = new RealPhones({
      ...{ plan: PLAN, ledger, clock, signal: ending.signal },
      client: (name) => ({
        ask: async (read) => {
          const { failure } = node(name);
          if (failure !== undefined) throw failure;
          return read({ nodes: ['A', 'B'].map((one) => ({ name: `cm-${one}`, isSelf: one === name })) }) as never;
        },
        all: async () => node(name).listed.map((one) => ({ ...one, lines: [{ dn: '100' }] })) as never,
        stream: async (_path, _about, signal) =>
          new Response(
            new ReadableStream({
              start: (controller) => {
                node(name).streams.push(controller);
                signal?.addEventListener('abort', () => controller.error(signal.reason));
              },
            }),
          ),
      }),
    });
    return { clock, ledger, node, phones };
  };

  it('are those that the nodes list, and are listed again when events begin again', async () => {
    const { clock, ledger, node, phones } = followed();
    node('A').listed.push({ name: 'SEP1' }, { name: 'SEP2' });
    node('B').listed.push({ name: 'SEP3' });
    await phones.open();
    ledger.begin(clock.now());
    expect(['SEP1', 'SEP2', 'SEP3'].map((name) => ledger.nodeOf(name))).toEqual(['A', 'A', 'B']);
    node('A').listed.pop();
    node('A').streams[0]?.close();
    await eventually(() => expect(ledger.nodeOf('SEP1')).toBeUndefined());
    clock.advance(1_000);
    await eventually(() => expect(ledger.nodeOf('SEP1')).toBe('A'));
    expect(ledger.nodeOf('SEP2')).toBeUndefined();
    node('A').streams[1]?.enqueue(
      Buffer.from('data: {"type":"device.registered","device":"SEP2","lines":["100"]}\n\n'),
    );
    await eventually(() => expect(ledger.nodeOf('SEP2')).toBe('A'));
  });

  it('are those of each node where a bus has every node list all', async () => {
    const { ledger, node, phones } = followed();
    const all = [
      { name: 'SEP1', node: 'cm-A' },
      { name: 'SEP2', node: 'cm-B' },
    ];
    for (const name of ['A', 'B']) node(name).listed.push(...all);
    await phones.open();
    expect(['SEP1', 'SEP2'].map((name) => ledger.nodeOf(name))).toEqual(['A', 'B']);
  });

  it('are read again where a list fails, but not at the beginning', async () => {
    const { clock, ledger, node, phones } = followed();
    node('A').listed.push({ name: 'SEP1' });
    await phones.open();
    ledger.begin(clock.now());
    node('A').failure = new Error('away');
    node('A').streams[0]?.close();
    await eventually(() => expect(clock.armed).toBe(1));
    clock.advance(1_000);
    await eventually(() => expect([node('A').streams.length, clock.armed]).toEqual([2, 1]));
    node('A').failure = undefined;
    clock.advance(1_000);
    await eventually(() => expect(ledger.nodeOf('SEP1')).toBe('A'));
    const another = followed();
    another.node('A').failure = new Error('away');
    await expect(another.phones.open()).rejects.toThrow('away');
  });

  it('are not waited for when the drill ends before', async () => {
    const { phones } = followed();
    endings[0]?.abort(new Error('over'));
    await expect(phones.open()).rejects.toThrow('over');
  });

  it('must be there at the beginning', async () => {
    await expect(followed().phones.open()).rejects.toThrow('phones.real: found no registered phone of SEP*, wanted at');
  });
});
