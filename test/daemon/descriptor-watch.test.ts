import { expect, test } from 'vitest';
import { Degradations } from '../../src/core/degradations.js';
import { seconds } from '../../src/core/time.js';
import { watchDescriptors } from '../../src/daemon/descriptor-watch.js';
import type { LabcmEvent } from '../../src/events.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

test('descriptors that are used up are told once, and once more when some are left again', () => {
  const clock = new ManualClock();
  const probe = new EventRecorder<LabcmEvent>();
  const degradations = new Degradations(clock, probe.bus);
  let usedUp = false;
  const stop = watchDescriptors(degradations, clock, () => usedUp);
  clock.advance(seconds(3));
  expect(probe.types()).toEqual([]);
  usedUp = true;
  clock.advance(seconds(5));
  expect(probe.types()).toEqual(['daemon.degraded']);
  expect(degradations.current).toMatchObject([{ part: 'descriptors' }]);
  usedUp = false;
  clock.advance(seconds(1));
  expect(probe.types()).toEqual(['daemon.degraded', 'daemon.recovered']);
  stop();
  usedUp = true;
  clock.advance(seconds(5));
  expect(probe.types()).toHaveLength(2);
});
