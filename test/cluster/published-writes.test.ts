// Writes over a connection and their answers: many at once, in order, late, refused, and never.

import { beforeEach, describe, expect, test } from 'vitest';
import { BusUnavailable } from '../../src/cluster/ports.js';
import { PublishedWrites } from '../../src/cluster/published-writes.js';
import { ManualClock } from '../support/manual-clock.js';
import { settle } from '../support/virtual-time.js';

let clock: ManualClock;
let sent: { subject: string; value: string; reply: string; headers: string | undefined }[];
let writes: PublishedWrites<string>;

beforeEach(() => {
  clock = new ManualClock();
  sent = [];
  writes = new PublishedWrites<string>({
    ...{ clock, inbox: '_INBOX.x' },
    publish: (subject, value, reply, headers) => {
      if (value === 'unsendable') throw new Error('closed');
      sent.push({ subject, value, reply, headers });
    },
  });
});

const answer = (index: number, text: string, code = 0): void =>
  writes.answered(sent[index]?.reply ?? '', { headers: code === 0 ? undefined : { code }, string: () => text });

/** How each ended: a revision, `undefined`, or the class and message of an error. */
const outcomes = (promises: readonly Promise<number | undefined>[]): Promise<unknown[]> =>
  Promise.all(promises.map((promise) => promise.catch((error: Error) => `${error.name}: ${error.message}`)));

describe('published writes', () => {
  test('each resolves with its own revision, in whatever order the answers come', async () => {
    const promises = ['a', 'b', 'c'].map((key) => writes.write(key, 'v', key === 'b' ? 'header' : undefined));
    expect(sent.map(({ subject, headers }) => [subject, headers])).toEqual([
      ['a', undefined],
      ['b', 'header'],
      ['c', undefined],
    ]);
    for (const index of [2, 0, 1]) answer(index, `{"stream":"S","seq":${index + 10}}`);
    expect(await outcomes(promises)).toEqual([10, 11, 12]);
  });

  test.each([
    ['{"stream":"S", "seq": 7, "duplicate": false}', 0, 7],
    ['{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 4"},"seq":0}', 0, undefined],
    ['{"error":{"code":400,"err_code":10164,"description":"wrong last sequence"}}', 0, undefined],
    [
      '{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"}}',
      0,
      'BusUnavailable: maximum messages exceeded (10077)',
    ],
    ['{"error":{"code":400,"err_code":10054,"description":"too big"}}', 0, 'Error: too big (10054)'],
    ['', 503, 'BusUnavailable: the engine does not store at present (503)'],
    ['', 0, 'BusUnavailable: the engine answered what is no answer'],
    ['null', 0, 'BusUnavailable: the engine answered what is no answer'],
    ['{"seq":"x"}', 0, 'BusUnavailable: the engine answered what is no answer'],
    ['\u0000{', 0, 'BusUnavailable: the engine answered what is no answer'],
  ])('the answer %j (status %i) is %j', async (text, code, expected) => {
    const promise = writes.write('k', 'v');
    answer(0, text, code);
    expect(await outcomes([promise])).toEqual([expected]);
  });

  test('512 are under way, and the next goes when one is answered', async () => {
    const promises = Array.from({ length: 700 }, (_, index) => writes.write(`k${index}`, 'v'));
    expect(sent).toHaveLength(512);
    answer(5, '{"seq":1}');
    expect(sent.map(({ subject }) => subject).at(-1)).toBe('k512');
    for (let index = 0; index < sent.length; index++) answer(index, `{"seq":${index}}`);
    expect(sent).toHaveLength(700);
    expect((await outcomes(promises)).slice(-2)).toEqual([698, 699]);
  });

  test('so many wait and no more', async () => {
    const promises = Array.from({ length: 512 + 8_192 + 3 }, () => writes.write('k', 'v'));
    await expect(promises.at(-1)).rejects.toThrow('too many writes wait for the bus');
    await expect(promises.at(-3)).rejects.toThrow(BusUnavailable);
    writes.end('over');
    expect(new Set((await outcomes(promises)).slice(0, -3))).toEqual(new Set(['BusUnavailable: over']));
  });

  test('what is not answered within three seconds may or may not have been done; a late answer counts for nothing', async () => {
    const first = writes.write('a', 'v');
    clock.advance(2_000);
    const second = writes.write('b', 'v');
    const ended = outcomes([first, second]);
    clock.advance(1_000);
    answer(0, '{"seq":1}');
    answer(1, '{"seq":2}');
    expect(await ended).toEqual(['BusUnavailable: the engine did not answer', 2]);
    clock.advance(10_000);
    expect(clock.armed).toBe(0);
  });

  test('one timer watches them all', () => {
    for (let index = 0; index < 100; index++) void writes.write('k', 'v').catch(() => {});
    expect(clock.armed).toBe(1);
    writes.end('over');
    expect(clock.armed).toBe(0);
  });

  test('what cannot be sent, and what comes after the end, is unavailable', async () => {
    const unsendable = writes.write('k', 'unsendable');
    const sendable = writes.write('k', 'v');
    answer(0, '{"seq":1}');
    expect(await outcomes([unsendable, sendable])).toEqual(['BusUnavailable: closed', 1]);
    writes.end('over');
    writes.end('again');
    expect(await outcomes([writes.write('k', 'v')])).toEqual(['BusUnavailable: over']);
  });

  test('answers to nobody are ignored', async () => {
    const promise = writes.write('k', 'v');
    for (const subject of ['', '_INBOX.x', '_INBOX.x.', '_INBOX.x.zz', '_INBOX.x.-1', '_INBOX.x.1e9', '_INBOX.y.1'])
      writes.answered(subject, { string: () => '{"seq":9}' });
    await settle();
    answer(0, '{"seq":1}');
    expect(await promise).toBe(1);
  });
});
