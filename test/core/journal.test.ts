import { describe, expect, it } from 'vitest';
import { Journal, type JournalEvent } from '../../src/core/event-bus.js';
import { instant } from '../../src/core/time.js';

interface Rang extends JournalEvent {
  readonly type: 'rang';
}
interface Fell extends JournalEvent {
  readonly type: 'fell';
}

const rang: Rang = { type: 'rang', at: instant(1) };
const fell: Fell = { type: 'fell', at: instant(2) };

describe('a journal', () => {
  it('tells everybody who listens to all, and others what they listen to', () => {
    const journal = new Journal<Rang | Fell>(() => {});
    const all: string[] = [];
    const falls: string[] = [];
    journal.subscribe(({ type }) => all.push(type));
    journal.on('fell', ({ type }) => falls.push(type));
    journal.publish(rang);
    journal.publish(fell);
    expect(all).toEqual(['rang', 'fell']);
    expect(falls).toEqual(['fell']);
  });

  it('knows whether anybody would hear', () => {
    const journal = new Journal<Rang | Fell>(() => {});
    expect(journal.listens('rang')).toBe(false);
    const stop = journal.on('rang', () => {});
    expect([journal.listens('rang'), journal.listens('fell')]).toEqual([true, false]);
    stop();
    expect(journal.listens('rang')).toBe(false);
    journal.subscribe(() => {});
    expect(journal.listens('fell')).toBe(true);
  });

  it('reports and drops a subscriber that throws, and goes on telling the others', () => {
    const failures: unknown[] = [];
    const journal = new Journal<Rang>((error) => failures.push(error));
    let heard = 0;
    journal.subscribe(() => {
      throw new Error('full');
    });
    journal.subscribe(() => {
      heard += 1;
    });
    journal.publish(rang);
    journal.publish(rang);
    expect(heard).toBe(2);
    expect(failures).toHaveLength(1);
  });
});
