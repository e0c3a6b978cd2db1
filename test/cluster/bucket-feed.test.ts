// What an engine sends of a bucket: entries in order, its idle signs, requests of flow control, and what shows a loss.

import { describe, expect, test } from 'vitest';
import { BucketFeed, type FeedMessage } from '../../src/cluster/bucket-feed.js';
import { BusRecorder } from '../support/bus-recorder.js';
import { seededRandom } from '../support/random.js';

const feed = () => {
  const recorder = new BusRecorder();
  const confirmed: string[] = [];
  const broken: string[] = [];
  const made = new BucketFeed({
    ...{ name: 'lines' as const, prefix: '$KV.B.', watchers: [recorder] },
    call: (act) => act(),
    confirm: (subject) => confirmed.push(subject),
    broken: (reason) => {
      broken.push(reason);
      made.end();
    },
  });
  return { feed: made, recorder, confirmed, broken };
};

const headersOf = (
  code: number,
  fields: Readonly<Record<string, string>>,
  description = '',
): FeedMessage['headers'] => ({
  ...{ code, description },
  get: (name) => fields[name] ?? '',
  has: (name) => name in fields,
});

const entry = (number: number, pending: number, key = `k${number}`, isLater = false): FeedMessage => ({
  subject: `$KV.B.${key}`,
  reply: isLater
    ? `$JS.ACK._.acct.KV_B.c.1.${number + 100}.${number}.1700000000.${pending}.rnd`
    : `$JS.ACK.KV_B.c.1.${number + 100}.${number}.1700000000.${pending}`,
  string: () => `v${number}`,
});

const status = (
  code: number,
  fields: Readonly<Record<string, string>> = {},
  reply = '',
  description = '',
): FeedMessage => ({
  ...{ subject: 'x', reply },
  headers: headersOf(code, fields, description),
  string: () => '',
});

describe('the feed of a bucket', () => {
  test.each([false, true])(
    'tells what is there, then that this was all, then changes (later engine: %s)',
    async (isLater) => {
      const { feed: made, recorder, broken } = feed();
      made.begin(2);
      made.message(entry(1, 1, 'a', isLater));
      made.message(entry(2, 0, 'b', isLater));
      await made.whole;
      made.message(entry(3, 0, 'a', isLater));
      expect(recorder.told).toEqual(['begin', 'a=v1', 'b=v2', 'whole', 'a=v3']);
      expect([recorder.revisions, broken]).toEqual([[101, 102, 103], []]);
    },
  );

  test('an empty bucket is whole at once, and one whose entries went meanwhile when the engine is idle', () => {
    const empty = feed();
    empty.feed.begin(0);
    expect(empty.recorder.told).toEqual(['begin', 'whole']);
    const emptied = feed();
    emptied.feed.begin(3);
    emptied.feed.message(status(100, { 'Nats-Last-Consumer': '0' }));
    emptied.feed.message(status(100, { 'Nats-Last-Consumer': '0' }));
    expect([emptied.recorder.told, emptied.broken]).toEqual([['begin', 'whole'], []]);
  });

  test('a removed key has no value', () => {
    const { feed: made, recorder } = feed();
    made.begin(0);
    made.message({ ...entry(1, 0), headers: headersOf(0, { 'KV-Operation': 'PURGE' }) });
    expect(recorder.told).toEqual(['begin', 'whole', 'k1']);
  });

  test('flow control is answered, and a stall', () => {
    const { feed: made, confirmed, recorder } = feed();
    made.begin(1);
    made.message(status(100, {}, '$JS.FC.x'));
    made.message(status(100, { 'Nats-Consumer-Stalled': '$JS.FC.y', 'Nats-Last-Consumer': '0' }));
    expect([confirmed, recorder.told]).toEqual([
      ['$JS.FC.x', '$JS.FC.y'],
      ['begin', 'whole'],
    ]);
  });

  test.each<[string, FeedMessage]>([
    ['a gap', entry(3, 0)],
    ['a repetition', entry(1, 0)],
    ['no place', { subject: '$KV.B.k', reply: '', string: () => '' }],
    ['a broken place', { subject: '$KV.B.k', reply: '$JS.ACK.a.b.c.d', string: () => '' }],
    ['an idle sign of more than was told', status(100, { 'Nats-Last-Consumer': '7' })],
    ['the end of the watch', status(409, {}, '', 'Consumer Deleted')],
  ])('%s breaks the session', (_, message) => {
    const { feed: made, broken, recorder } = feed();
    made.begin(0);
    made.message(entry(1, 0));
    made.message(message);
    made.message(entry(2, 0));
    expect(broken).toHaveLength(1);
    expect(recorder.told).toEqual(['begin', 'whole', 'k1=v1']);
  });

  test('mutated places throw nothing', () => {
    const random = seededRandom(7);
    for (let run = 0; run < 2_000; run++) {
      const { feed: made } = feed();
      made.begin(0);
      const reply = [...(entry(1, 0, 'k', random.below(2) === 0).reply ?? '')];
      for (let times = 1 + random.below(3); times > 0; times--)
        reply[random.below(reply.length)] = ['.', '-', 'x', '', '9', '\0'][random.below(6)] ?? '';
      made.message({ subject: '$KV.B.k', reply: reply.join(''), string: () => 'v' });
    }
  });
});
