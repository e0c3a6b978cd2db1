import { describe, expect, it } from 'vitest';
import { type BusEvent, EventBus } from '../../src/core/event-bus.js';
import { instant } from '../../src/core/time.js';

interface Rang extends BusEvent {
  readonly type: 'rang';
}
interface Fell extends BusEvent {
  readonly type: 'fell';
}

const rang: Rang = { type: 'rang', at: instant(1) };
const fell: Fell = { type: 'fell', at: instant(2) };

describe('a journal', () => {
  it('tells everybody who listens to all, and others what they listen to', () => {
    const bus = new EventBus<Rang | Fell>(() => {});
    const all: string[] = [];
    const falls: string[] = [];
    bus.subscribe(({ type }) => all.push(type));
    bus.on('fell', ({ type }) => falls.push(type));
    bus.publish(rang);
    bus.publish(fell);
    expect(all).toEqual(['rang', 'fell']);
    expect(falls).toEqual(['fell']);
  });

  it('knows whether anybody would hear', () => {
    const bus = new EventBus<Rang | Fell>(() => {});
    expect(bus.hasListener('rang')).toBe(false);
    const stop = bus.on('rang', () => {});
    expect([bus.hasListener('rang'), bus.hasListener('fell')]).toEqual([true, false]);
    stop();
    expect(bus.hasListener('rang')).toBe(false);
    bus.subscribe(() => {});
    expect(bus.hasListener('fell')).toBe(true);
  });

  it('reports and drops a subscriber that throws, and goes on telling the others', () => {
    const failures: unknown[] = [];
    const bus = new EventBus<Rang>((error) => failures.push(error));
    let heard = 0;
    bus.subscribe(() => {
      throw new Error('full');
    });
    bus.subscribe(() => {
      heard += 1;
    });
    bus.publish(rang);
    bus.publish(rang);
    expect(heard).toBe(2);
    expect(failures).toHaveLength(1);
  });
});
