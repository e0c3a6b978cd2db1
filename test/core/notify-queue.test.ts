import { describe, expect, it } from 'vitest';
import { NotifyQueue } from '../../src/core/notify-queue.js';
import { instant } from '../../src/core/time.js';

const newsOf = (listeners: Readonly<Record<string, Set<string>>>, slice = 3) => {
  const told: string[] = [];
  const news = new NotifyQueue<string, string>(
    { slice, every: 10 },
    (topic) => listeners[topic] ?? new Set(),
    (listener, topic) => told.push(`${topic}→${listener}`),
  );
  return { news, take: () => told.splice(0) };
};
const people = (count: number, name: string): Set<string> =>
  new Set(Array.from({ length: count }, (_, index) => `${name}${index}`));

describe('news', () => {
  it('are told a slice at a time, however many listen', () => {
    const { news, take } = newsOf({ a: people(7, 'x') });
    news.add('a', instant(0));
    expect(take()).toEqual([]);
    expect(news.nextDeadline()).toBe(0);
    news.expire(instant(0));
    expect(take()).toEqual(['a→x0', 'a→x1', 'a→x2']);
    expect(news.nextDeadline()).toBe(10);
    news.expire(instant(5));
    expect(take()).toEqual([]);
    news.expire(instant(10));
    news.expire(instant(20));
    expect(take()).toEqual(['a→x3', 'a→x4', 'a→x5', 'a→x6']);
    expect(news.nextDeadline()).toBeUndefined();
  });

  it('that come again and again in one turn share its slice', () => {
    const { news, take } = newsOf({ a: people(9, 'x') });
    for (let again = 0; again < 100; again += 1) {
      news.add('a', instant(0));
      news.expire(instant(0));
    }
    expect(take()).toHaveLength(3);
  });

  it('of one topic are one piece until somebody is told, and one round more after that', () => {
    const { news, take } = newsOf({ a: people(4, 'x'), b: people(1, 'y') });
    news.add('a', instant(0));
    news.add('a', instant(0));
    news.expire(instant(0));
    news.add('a', instant(5));
    for (let now = 10; news.nextDeadline() !== undefined; now += 10) news.expire(instant(now));
    expect(take()).toEqual(['a→x0', 'a→x1', 'a→x2', 'a→x3', 'a→x0', 'a→x1', 'a→x2', 'a→x3']);
    news.add('b', instant(1_000));
    news.expire(instant(1_000));
    expect(take()).toEqual(['b→y0']);
  });

  it('pass over those who have left meanwhile', () => {
    const listeners = people(5, 'x');
    const { news, take } = newsOf({ a: listeners });
    news.add('a', instant(0));
    news.expire(instant(0));
    listeners.delete('x3');
    news.expire(instant(10));
    expect(take()).toEqual(['a→x0', 'a→x1', 'a→x2', 'a→x4']);
  });
});
