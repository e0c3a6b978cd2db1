// Devices that are changed at runtime, over the nodes of a cluster (`docs/protocols/cluster.md` §3).

import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { examineLayer } from '../../src/doctor/device-layer.js';
import { type NodeOptions, settled, TestNode } from '../support/cluster-node.js';
import { ManualClock } from '../support/manual-clock.js';
import { SmallDisk } from '../support/small-disk.js';

let clock: ManualClock;
let engine: InProcessEngine;
let nodes: TestNode[];

beforeEach(() => {
  clock = new ManualClock();
  engine = new InProcessEngine(clock);
  nodes = [];
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
  for (const node of nodes) node.remove();
});

const start = async (name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> => {
  const node = await TestNode.start({ name, engine, clock, ...options });
  nodes.push(node);
  clock.advance(10);
  await settled();
  return node;
};

/** Kills the node and starts it again on what it kept. */
const restart = async (node: TestNode, options: Partial<NodeOptions> = {}): Promise<TestNode> => {
  node.kill();
  clock.advance(10_000);
  return start(node.name, { folder: node.folder, ...options });
};

const A = 'SEP001122334455';
const B = 'SEP001122334456';
const device = (name: string, description: string, more: object = {}) => ({
  name,
  model: '7962',
  description,
  ...more,
});
const added = (...devices: object[]) => ({ op: 'add', devices, isList: true, existing: 'replace' }) as const;
const pause = (): void => clock.advance(1);

describe('a device that is written at one node', () => {
  it('is there at the other, kept as it was written, and told as of that node', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    expect((await one.write(added(device(A, 'first')))).done).toBe(true);
    await settled();
    expect(two.description(A)).toBe('first');
    expect(two.layer()).toEqual(one.layer());
    expect(two.recorder.of('daemon.devices-written')).toMatchObject([
      { by: 'cluster', node: 'CM1', names: [A], devices: { added: 1, changed: 0, removed: 0, restored: 0 } },
    ]);
    expect(one.recorder.of('daemon.devices-written')).toHaveLength(1);
    expect(one.recorder.of('daemon.devices-written')[0]).not.toHaveProperty('node');
  });

  it('may be changed and removed at the other', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'first')));
    await settled();
    await two.write({ op: 'change', name: A, patch: { description: 'second' } });
    await settled();
    expect(one.description(A)).toBe('second');
    await two.write({ op: 'remove', name: A });
    await settled();
    expect(one.names()).toEqual([]);
    expect(one.layer().at(-1)).toMatchObject({ op: 'drop', name: A });
    expect((await restart(one)).names()).toEqual([]);
  });

  it('is there at a node that starts later, and after a restart without the bus', async () => {
    const one = await start('CM1');
    await one.write(added(device(A, 'first'), device(B, 'other')));
    const two = await start('CM2');
    expect(two.names()).toEqual([A, B]);
    engine.stop();
    expect((await restart(two)).names()).toEqual([A, B]);
  });

  it('is laid over what the files of the other say, and falls back to them', async () => {
    const config = { devices: [{ name: A, model: '7962', description: 'of the file', lines: ['5001'] }] };
    const [one, two] = [await start('CM1', { config }), await start('CM2', { config })];
    await one.write({ op: 'change', name: A, patch: { description: 'changed' } });
    await settled();
    expect(two.description(A)).toBe('changed');
    await one.write({ op: 'remove', name: A });
    await settled();
    expect(two.names()).toEqual([]);
    await two.write({ op: 'restore', name: A });
    await settled();
    expect([one.description(A), two.description(A)]).toEqual(['of the file', 'of the file']);
    expect((await restart(one, { config })).description(A)).toBe('of the file');
  });

  it('carries where its lines forward', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'first', { lines: ['5001'] })));
    await settled();
    await one.write({ op: 'forward', dn: '5001', forward: { all: '5002' } });
    await settled();
    expect(two.database.byName(A)?.configured.lines[0]?.forward.all).toBe('5002');
    expect(two.recorder.of('device.forward-set')).toMatchObject([
      { device: A, kind: 'all', to: '5002', by: 'cluster' },
    ]);
  });

  it('may take the name and the digest user of another one in one write', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    const model = 'Third-party SIP Device (Basic)';
    await one.write(added({ name: A, model, digest: { user: 'anna', password: 'secret' }, lines: ['5001'] }));
    await one.write({ op: 'rename', name: A, to: B, patch: {} });
    await settled();
    expect(two.names()).toEqual([B]);
    expect(two.recorder.of('cluster.devices-refused')).toEqual([]);
  });

  it('keeps its UUID and what AXL remembers of it', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write({ ...added(device(A, 'first')), extra: { pool: 'Lab' } } as never);
    await one.write({ op: 'rename', name: A, to: B, patch: {} });
    await settled();
    expect([two.runtime.uuidOf(A), two.runtime.uuidOf(B)]).toEqual([one.runtime.uuidOf(A), one.runtime.uuidOf(B)]);
    expect(two.runtime.extraOf(B)).toEqual(one.runtime.extraOf(B));
    expect((await restart(two)).runtime.uuidOf(B)).toBe(one.runtime.uuidOf(B));
  });

  it('is one of thousands in one import', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    const names = Array.from({ length: 3_000 }, (_, index) => `SEP0011223${(10_000 + index).toString()}`);
    await one.write(added(...names.map((name) => device(name, 'many'))));
    await settled();
    expect(two.names()).toEqual(names);
    expect(two.layer()).toEqual(one.layer());
  });
});

describe('while the bus is away', () => {
  it('both sides go on, and what was written last on the bus wins', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'before')));
    await settled();
    two.bus.cut(true);
    await one.write({ op: 'change', name: A, patch: { description: 'of one' } });
    pause();
    await two.write({ op: 'change', name: A, patch: { description: 'of two' } });
    await two.write(added(device(B, 'new')));
    await settled();
    expect([one.description(A), two.description(A)]).toEqual(['of one', 'of two']);
    two.bus.cut(false);
    await settled();
    expect([one.description(A), two.description(A)]).toEqual(['of two', 'of two']);
    expect(one.names()).toEqual([A, B]);
  });

  it('what was written outlives a kill, and is sent once', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'before'), device(B, 'before')));
    await settled();
    one.bus.cut(true);
    await one.write({ op: 'change', name: A, patch: { description: 'after' } });
    await one.write({ op: 'remove', name: B });
    const unsent = join(one.folder, 'state', 'devices.unsent.jsonl');
    expect(readFileSync(unsent, 'utf8')).toBe(`{"name":"${A}"}\n{"name":"${B}"}\n`);
    const again = await restart(one);
    expect(two.description(A)).toBe('after');
    expect(two.names()).toEqual([A]);
    expect(statSync(unsent).size).toBe(0);
    await two.write({ op: 'change', name: A, patch: { description: 'later' } });
    again.bus.cut(true);
    again.bus.cut(false);
    await settled();
    expect([again.description(A), two.description(A)]).toEqual(['later', 'later']);
  });

  it('a cut line of what was not sent harms nothing', async () => {
    const one = await start('CM1');
    one.bus.cut(true);
    await one.write(added(device(A, 'first')));
    appendFileSync(join(one.folder, 'state', 'devices.unsent.jsonl'), '{"name":"SEP0011');
    const again = await restart(one);
    const two = await start('CM2');
    expect([again.names(), two.names()]).toEqual([[A], [A]]);
  });

  it('what another node wrote meanwhile is taken afterwards', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'before'), device(B, 'before')));
    await settled();
    const kept = two.folder;
    two.kill();
    await one.write({ op: 'change', name: A, patch: { description: 'after' } });
    await one.write({ op: 'remove', name: B });
    clock.advance(10_000);
    const again = await start('CM2', { folder: kept });
    expect(again.description(A)).toBe('after');
    expect(again.names()).toEqual([A]);
  });

  it('a restart of the engine changes nothing', async () => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    await one.write(added(device(A, 'first')));
    await settled();
    engine.stop();
    engine.restart();
    await settled();
    expect([one.description(A), two.description(A)]).toEqual(['first', 'first']);
    expect(two.recorder.of('daemon.devices-written')).toHaveLength(1);
  });
});

describe('a write that this node cannot keep', () => {
  it('changes nothing at the others in the end', async () => {
    const disk = new SmallDisk();
    const [one, two] = [await start('CM1', { disk }), await start('CM2')];
    await one.write(added(device(A, 'before')));
    await settled();
    disk.room = 0;
    const result = await one.write({ op: 'change', name: A, patch: { description: 'after' } });
    expect(result).toMatchObject({ done: false, code: 'not-written' });
    await settled();
    expect([one.description(A), two.description(A)]).toEqual(['before', 'before']);
  });
});

describe('what this node’s configuration refuses', () => {
  it('is left out with one line, and is right once the configuration is', async () => {
    const groups = (...names: string[]) => ({ groups: names.map((name) => ({ name, members: ['CM1', 'CM2'] })) });
    const [one, two] = [await start('CM1', { config: groups('Default', 'Lab') }), await start('CM2')];
    await one.write(added(device(A, 'first', { group: 'Lab' }), device(B, 'second')));
    await settled();
    expect(two.names()).toEqual([B]);
    expect(two.recorder.of('cluster.devices-refused')).toMatchObject([{ node: 'CM1', devices: 1, names: [A] }]);
    expect((await restart(two, { config: groups('Default', 'Lab') })).names()).toEqual([A, B]);
  });

  it('may be a digest user that a device here has', async () => {
    const model = 'Third-party SIP Device (Basic)';
    const digest = { user: 'anna', password: 'secret' };
    const config = { devices: [{ name: B, model, digest, lines: ['5001'] }] };
    const [one, two] = [await start('CM1'), await start('CM2', { config })];
    await one.write(added({ name: A, model, digest, lines: ['5002'] }));
    await settled();
    expect(two.names()).toEqual([B]);
    expect(two.recorder.of('cluster.devices-refused')).toMatchObject([{ reason: `${B} has its digest user` }]);
  });

  it.each([
    ['no JSON', 'x'],
    ['no node', JSON.stringify({ v: 1, op: 'put', name: A, device: { model: '7962' } })],
    ['no entry', JSON.stringify({ v: 1, node: 'CM1', op: 'put', name: A })],
    [
      'another name',
      JSON.stringify({ v: 1, node: 'CM1', at: '2026-01-01T00:00:00.000Z', op: 'drop', name: B, uuid: 'x' }),
    ],
  ])('is a value that is broken (%s): one line, and nothing else', async (_, value) => {
    const [one, two] = [await start('CM1'), await start('CM2')];
    engine.write('devices', A, value);
    await settled();
    await one.write(added(device(B, 'good')));
    await settled();
    expect(two.recorder.of('cluster.value-broken')).toMatchObject([{ bucket: 'devices', key: A }]);
    expect(two.names()).toEqual([B]);
  });
});

describe('a device with a password', () => {
  const model = 'Third-party SIP Device (Basic)';
  const secret = { name: A, model, lines: ['5001'], digest: { user: 'anna', password: 'secret' } };

  it.each([
    ['goes over a bus with TLS and credentials', { user: 'lab', password: 'lab', tls: {} }, [A, B], 0],
    ['stays at this node without TLS', { user: 'lab', password: 'lab' }, [B], 1],
    ['stays at this node without credentials', { tls: {} }, [B], 1],
  ])('%s', async (_, more, names, lines) => {
    const cluster = { name: 'Lab', bus: 'nats://127.0.0.1:4222', ...more };
    const [one, two] = [await start('CM1', { config: { cluster } }), await start('CM2', { config: { cluster } })];
    await one.write(added(secret, device(B, 'open')));
    await settled();
    expect(two.names()).toEqual(names);
    expect(one.recorder.of('cluster.secrets-withheld')).toHaveLength(lines);
    for (const { value } of engine.stored('devices').entries.values())
      if (lines > 0) expect(value).not.toContain('secret');
    const located = { config: one.config, locateDevice: () => ({ file: 'lab.yaml' }) };
    const warnings = examineLayer(located as never).warnings.map(({ found }) => found);
    expect(warnings).toEqual(lines === 0 ? [] : [expect.stringContaining(`a password of ${A}:`)]);
    expect((await restart(one, { config: { cluster } })).names()).toEqual([A, B]);
  });
});

it('a layer from before the bus is shared when the bus comes', async () => {
  const one = await start('CM1');
  await one.write(added(device(A, 'old')));
  one.kill();
  engine = new InProcessEngine(clock);
  writeFileSync(join(one.folder, 'state', 'devices.unsent.jsonl'), '');
  clock.advance(10_000);
  await start('CM1', { folder: one.folder });
  expect((await start('CM2')).names()).toEqual([A]);
});
