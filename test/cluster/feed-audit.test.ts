// Watches beside what the engine holds: one that has lost its memory, one that tells nothing any more, and those that are well.

import { describe, expect, test } from 'vitest';
import { FeedAudit } from '../../src/cluster/feed-audit.js';
import type { BucketName } from '../../src/cluster/ports.js';

const rig = (revision = 10) => {
  const feed = { name: 'registrations' as BucketName, revision, isWhole: true };
  const engine: { last: number; entry: number | undefined; isThere: boolean } = {
    last: revision,
    entry: revision,
    isThere: true,
  };
  const broken: string[] = [];
  const answer = <T>(value: T): Promise<T> =>
    engine.isThere ? Promise.resolve(value) : Promise.reject(new Error('no answer'));
  const audit = new FeedAudit({
    feeds: [feed],
    lastRevision: () => answer(engine.last),
    lastEntry: () => answer(engine.entry),
    broken: (reason) => broken.push(reason),
  });
  return { feed, engine, broken, audit };
};

describe('the audit of watches', () => {
  test('finds nothing where a watch tells what there is, a moment late or not', async () => {
    const { feed, engine, broken, audit } = rig();
    for (let look = 0; look < 10; look += 1) {
      feed.revision = engine.last;
      engine.last += 5;
      engine.entry = engine.last;
      await audit.look();
    }
    expect(broken).toEqual([]);
  });

  test('finds an engine that has lost what it held', async () => {
    const { engine, broken, audit } = rig();
    engine.last = 3;
    await audit.look();
    expect(broken).toEqual(['the engine has lost what registrations held']);
  });

  test('finds a watch that waits for what does not come', async () => {
    const { engine, broken, audit } = rig();
    engine.last = 12;
    engine.entry = 12;
    await audit.look();
    expect(broken).toEqual([]);
    await audit.look();
    expect(broken).toEqual(['the watch of registrations tells nothing any more']);
  });

  test('takes what somebody has removed by hand for told', async () => {
    const { engine, broken, audit } = rig();
    engine.last = 12;
    for (const entry of [undefined, 10]) {
      engine.entry = entry;
      for (let look = 0; look < 3; look += 1) await audit.look();
    }
    expect(broken).toEqual([]);
  });

  test('concludes nothing while the engine does not answer, nor of a watch that is not whole', async () => {
    const { feed, engine, broken, audit } = rig();
    engine.last = 12;
    engine.entry = 12;
    await audit.look();
    engine.isThere = false;
    await audit.look();
    engine.isThere = true;
    await audit.look();
    expect(broken).toEqual([]);
    feed.isWhole = false;
    engine.last = 1;
    await audit.look();
    expect(broken).toEqual([]);
  });
});
