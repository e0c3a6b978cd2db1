// What does not work at present: told once each way, however often it fails.

import { describe, expect, it } from 'vitest';
import { type DegradationEvent, Degradations } from '../../src/core/degradations.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

const started = () => {
  const clock = new ManualClock();
  const probe = new EventRecorder<DegradationEvent>();
  return { clock, probe, degradations: new Degradations(clock, probe.bus) };
};

describe('a part of the daemon that fails', () => {
  it('is told when it begins and when it is over, and not in between', () => {
    const { clock, probe, degradations } = started();
    const since = clock.now();
    for (const reason of ['the disk is full', 'the disk is still full']) degradations.begin('trace files', reason);
    clock.advance(61_000);
    expect(degradations.current).toEqual([{ part: 'trace files', reason: 'the disk is full', since }]);
    for (let times = 0; times < 2; times += 1) degradations.end('trace files');
    expect(degradations.current).toEqual([]);
    expect(probe.events).toEqual([
      { type: 'daemon.degraded', at: since, part: 'trace files', reason: 'the disk is full' },
      { type: 'daemon.recovered', at: clock.now(), part: 'trace files', lasted: 61_000 },
    ]);
  });

  it('stays in the list of those that ever failed', () => {
    const { degradations } = started();
    degradations.begin('trace files', 'full');
    degradations.begin('lease file', 'full');
    degradations.end('trace files');
    expect([...degradations.parts()]).toEqual([
      { part: 'trace files', degraded: false },
      { part: 'lease file', degraded: true },
    ]);
    expect(degradations.isDegraded('lease file')).toBe(true);
  });

  it('that never failed is not told to work', () => {
    const { probe, degradations } = started();
    degradations.end('trace files');
    expect(probe.events).toEqual([]);
  });
});
