// Why this one does not work.

import { useEffect, useRef } from 'preact/hooks';
import type { TimelineJson } from '../http/api/shapes.js';
import type { VerdictJson } from '../http/api/verdict-shapes.js';
import { devicePath, read } from './api.js';
import { DeviceActions } from './device-actions.js';
import { type AnyDetail, DeviceFacts } from './device-facts.js';
import type { FleetStore } from './fleet-store.js';
import { Ladder } from './ladder.js';
import { writePlace } from './routes.js';
import { SnippetLines } from './snippet-lines.js';
import { useFleet, useReading } from './use.js';
import { VerdictCard } from './verdict-card.js';

const EVERY = 2_000; // milliseconds

interface AboutDevice {
  readonly detail: AnyDetail;
  readonly verdict: VerdictJson;
  readonly timeline: TimelineJson;
}

const readDevice = async (name: string, signal: AbortSignal): Promise<AboutDevice> => {
  const path = devicePath(name);
  const [detail, verdict, timeline] = await Promise.all([
    read<AnyDetail>(path, signal),
    read<VerdictJson>(`${path}/verdict`, signal),
    read<TimelineJson>(`${path}/timeline`, signal),
  ]);
  return { detail, verdict, timeline };
};

/** One phone: its verdict first, then what happened, then what is known. */
export const DeviceView = ({ fleet, name, isPaused }: { fleet: FleetStore; name: string; isPaused: boolean }) => {
  useFleet(fleet);
  const { value, fault, again } = useReading(`device ${name}`, (signal) => readDevice(name, signal), EVERY, isPaused);
  // A change of its row is shown at once, not at the next turn.
  const row = fleet.devices.get(name);
  const before = useRef(row);
  useEffect(() => {
    if (before.current !== row && !isPaused) again();
    before.current = row;
  }, [row, isPaused]);
  const heading = <h1>{value?.detail.name ?? name}</h1>;
  if (value === undefined)
    return (
      <>
        {heading}
        <p class="note">{fault ?? 'reading …'}</p>
        {fault === undefined ? null : <a href={writePlace({ view: 'fleet' })}>back to the fleet</a>}
      </>
    );
  const { detail, verdict, timeline } = value;
  return (
    <>
      <div class="title">
        {heading}
        <span>
          {[detail.model?.name, detail.protocol, detail.status]
            .filter((part) => part !== undefined && part !== null)
            .join(' · ')}
        </span>
        {fault === undefined ? null : <span class="note">{fault}</span>}
      </div>
      <VerdictCard about={verdict} />
      {detail.origin === 'unknown' ? <SnippetLines advice={detail.unknown} /> : <DeviceActions name={detail.name} />}
      <section>
        <h2>
          What happened <small>{timeline.steps.length}</small>
        </h2>
        {timeline.steps.length === 0 ? (
          <p class="note">nothing was heard of it</p>
        ) : (
          <Ladder steps={timeline.steps} protocol={detail.protocol} />
        )}
      </section>
      <DeviceFacts about={detail} />
    </>
  );
};
