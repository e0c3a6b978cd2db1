// Why this one does not work.

import { useState } from 'preact/hooks';
import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import type { SessionJson } from '../http/api/fleet-shapes.js';
import { read } from './api.js';
import { DeviceActions } from './device-actions.js';
import { DeviceFacts } from './device-facts.js';
import { KeepAlives } from './device-keepalives.js';
import { DeviceCalls, DeviceKeys } from './device-keys.js';
import { Section } from './device-sections.js';
import { useDevice, useLiveMessages } from './device-stream.js';
import { Ladder } from './ladder.js';
import { LiveMessages } from './ladder-messages.js';
import { writePlace } from './routes.js';
import { SnippetLines } from './snippet-lines.js';
import { useReading } from './use.js';
import { VerdictCard } from './verdict-card.js';

const SESSION_EVERY = 60_000; // milliseconds

/** Where it is, where a bus connects the nodes. */
const nodeText = (detail: DeviceViewJson['detail']): string | undefined =>
  'node' in detail && typeof detail.node === 'string' ? `at ${detail.node}` : undefined;

/** One phone: its verdict first, then what happened, then what is known. */
export const DeviceView = ({ name, isPaused }: { name: string; isPaused: boolean }) => {
  const { value, fault } = useDevice(name, isPaused);
  const [isLooking, setLooking] = useState(false);
  const live = useLiveMessages(name, isLooking && !isPaused);
  const { value: session, again } = useReading(
    'session',
    (signal) => read<SessionJson>('/api/session', signal),
    SESSION_EVERY,
    false,
  );
  const heading = <h1>{value?.detail.name ?? name}</h1>;
  if (value === undefined)
    return (
      <>
        {heading}
        <p class="note">{fault ?? 'reading …'}</p>
        {fault === undefined ? null : <a href={writePlace({ view: 'fleet' })}>back to the fleet</a>}
      </>
    );
  const { detail, verdict, timeline, keys, calls, keepAlives, capture } = value;
  const mayLook = session?.changes === 'allowed';
  const version = `${timeline.steps.at(-1)?.at} ${timeline.steps.length} ${live[0]?.id}`;
  const of = { name, capture, version, look: mayLook && !isLooking ? () => setLooking(true) : undefined };
  return (
    <>
      <div class="title">
        {heading}
        <span>
          {[detail.model?.name, detail.protocol, detail.status, nodeText(detail)]
            .filter((part) => part !== undefined && part !== null)
            .join(' · ')}
        </span>
        {fault === undefined ? null : <span class="note">{fault}</span>}
      </div>
      {verdict === null ? null : <VerdictCard about={verdict} />}
      {(timeline.silentNodes ?? []).length === 0 ? null : (
        <p class="note">No answer from {timeline.silentNodes?.join(', ')}: what happened there is missing.</p>
      )}
      {detail.origin === 'unknown' ? (
        <SnippetLines advice={detail.unknown} />
      ) : (
        <DeviceActions about={value} session={session?.changes} again={again} />
      )}
      <Section title="What happened" count={timeline.steps.length} none="nothing was heard of it">
        <Ladder steps={timeline.steps} protocol={detail.protocol} of={of} />
      </Section>
      {mayLook ? <LiveMessages messages={live} isLooking={isLooking} toggle={() => setLooking(!isLooking)} /> : null}
      {keys.length === 0 ? null : (
        <Section title="Keys" count={keys.length}>
          <DeviceKeys keys={keys} />
        </Section>
      )}
      {calls.length === 0 ? null : (
        <Section title="Calls" count={calls.length}>
          <DeviceCalls calls={calls} name={detail.name} />
        </Section>
      )}
      {keepAlives === null || detail.registration === null ? null : (
        <KeepAlives about={keepAlives} protocol={detail.registration.protocol} jitter={detail.registration.jitter} />
      )}
      <DeviceFacts about={value} />
    </>
  );
};
