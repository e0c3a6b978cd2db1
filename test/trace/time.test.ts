// What people read shows the time of day as the machine's clock is set now, also where that comes long after the start.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { LabcmEvent } from '../../src/events.js';
import { isoTime } from '../../src/http/api/common-json.js';
import { EventFeed } from '../../src/http/api/event-feed.js';
import { LabEvents } from '../../src/lab/lab-events.js';
import type { PhoneStep } from '../../src/phone/index.js';
import { startTrace } from '../../src/trace/index.js';
import { localStamp } from '../../src/trace/line.js';
import { NAMED_OWNERS } from '../http/api-harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { SteppingClock } from '../support/stepping-clock.js';
import { SETTINGS } from './harness.js';

/** A machine without a battery for its clock begins at the epoch, until it is told the time. */
const UNSET = 5000;
const SET = Date.UTC(2026, 10, 29, 15, 0, 0);

it('the trace and its facts are right from the moment on that the clock is set', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-time-'));
  const clock = new SteppingClock(UNSET);
  const { bus } = new EventRecorder<LabcmEvent>();
  const trace = await startTrace(bus, { ...SETTINGS, directory: folder, console: 'off' }, { clock });
  const tell = (): void => bus.publish({ type: 'daemon.stopping', at: clock.now() });
  tell();
  clock.step(SET - UNSET);
  clock.advance(100);
  tell();
  await trace.close();
  const lines = (file: string): string[] => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  const stamp = localStamp();
  const shown = [UNSET, SET + 100];
  expect(lines('events.jsonl').map((line) => JSON.parse(line).at)).toEqual(shown);
  expect(lines('ccm.txt').map((line) => line.slice(0, 23))).toEqual(shown.map((at) => stamp.full(at as never)));
  rmSync(folder, { recursive: true });
});

it('the API, its events and those of a lab show the time of day, of what was before too', async () => {
  const clock = new SteppingClock(UNSET);
  const facts = new EventBus<LabcmEvent>(() => {});
  const startedAt = clock.now();
  clock.step(SET - UNSET);
  expect(isoTime(clock, startedAt)).toBe(new Date(SET).toISOString());
  const heard: number[] = [];
  const events = new LabEvents(facts, new EventBus<PhoneStep>(() => {}), clock);
  events.on('daemon.stopping', ({ at }) => heard.push(at));
  const feed = new EventFeed(facts, clock, NAMED_OWNERS);
  const reader = feed.open({ types: [], steps: [], device: undefined }, '127.0.0.1')?.getReader();
  facts.publish({ type: 'daemon.stopping', at: startedAt });
  expect(heard).toEqual([SET]);
  await reader?.read();
  const { value } = (await reader?.read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toContain(`data: {"type":"daemon.stopping","at":${SET}}`);
  feed.close();
  events.end();
});
