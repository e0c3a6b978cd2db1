// The page: its head, and the view of the place where it is.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { HealthJson } from '../http/api/daemon-shapes.js';
import type { SessionJson } from '../http/api/fleet-shapes.js';
import { beginSession, read } from './api.js';
import { ChartsView } from './charts-view.js';
import { DeviceView } from './device-view.js';
import { FaultsView } from './faults-view.js';
import { FilesView } from './files-view.js';
import { textOf } from './fleet-rows.js';
import type { FleetStore } from './fleet-store.js';
import { FleetView } from './fleet-view.js';
import { InjectedView } from './injected-view.js';
import { LeasesView } from './leases-view.js';
import { LogView } from './log-view.js';
import { NodesView } from './nodes-view.js';
import { type View, writePlace } from './routes.js';
import { StrangersView } from './strangers-view.js';
import { counted } from './times.js';
import { useFleet, useKeys, usePlace, useReading } from './use.js';

const LINKS: readonly (readonly [view: View, title: string])[] = [
  ['fleet', 'Fleet'],
  ['faults', 'Faults'],
  ['charts', 'Charts'],
  ['strangers', 'Strangers'],
  ['leases', 'Leases'],
  ['files', 'Files'],
  ['nodes', 'Nodes'],
  ['injected', 'On purpose'],
  ['log', 'Log'],
];

const STATES = { live: 'live', cut: 'cut off, trying again', connecting: 'connecting' } as const;
const RENEWED_EVERY = 20 * 60_000; // milliseconds
const HEALTH_EVERY = 10_000; // milliseconds

/** A session lasts an hour; it is renewed while the page is open. */
const useRenewedSession = (): void =>
  useEffect(() => {
    const renew = async (): Promise<void> => {
      const { changes } = await read<SessionJson>('/api/session');
      if (changes === 'allowed') await beginSession();
    };
    const timer = setInterval(() => void renew().catch(() => {}), RENEWED_EVERY);
    return () => clearInterval(timer);
  }, []);

/** The whole page. */
export const App = ({ fleet }: { fleet: FleetStore }) => {
  useFleet(fleet);
  useRenewedSession();
  const place = usePlace();
  const [isPaused, setPaused] = useState(false);
  const { value: health } = useReading('health', (signal) => read<HealthJson>('/healthz', signal), HEALTH_EVERY, false);
  const { view, name } = place;
  /** The fleet as it was seen last, with its filter. */
  const lastFleet = useRef(writePlace({ view: 'fleet' }));
  if (view === 'fleet') lastFleet.current = writePlace(place);
  useKeys({
    p: () => setPaused((before) => !before),
    Escape: () => {
      if (view !== 'fleet') location.hash = lastFleet.current;
    },
  });
  useEffect(() => {
    document.title = view === 'device' ? `${name} – labcm` : `${view} – labcm`;
  }, [view, name]);
  let registered = 0;
  for (const device of fleet.devices.values()) if (textOf(device, 'status') === 'Registered') registered += 1;
  const rate = fleet.rate(performance.now());
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        to the content
      </button>
      <header>
        <strong class="brand">labcm</strong>
        <span>{fleet.isLoaded ? `${counted(registered)} of ${counted(fleet.devices.size)} registered` : ''}</span>
        <nav aria-label="Views">
          {LINKS.map(([to, title]) => (
            <a
              key={to}
              href={to === 'fleet' && view !== 'fleet' ? lastFleet.current : writePlace({ view: to })}
              aria-current={view === to ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <span class="space" />
        <span class={`state ${fleet.state}`}>{isPaused ? 'paused' : STATES[fleet.state]}</span>
        <span class="note">{rate === 0 ? '' : `${counted(rate)}/s`}</span>
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)} title="p">
          pause
        </button>
      </header>
      {(health?.degradations ?? []).map(({ part, reason }) => (
        <p key={part} class="degraded" role="alert">
          {part} does not work: {reason}
        </p>
      ))}
      <main id="main" tabIndex={-1}>
        {view === 'fleet' ? <FleetView fleet={fleet} place={place} isPaused={isPaused} /> : null}
        {view === 'device' ? <DeviceView key={name} name={name} isPaused={isPaused} /> : null}
        {view === 'strangers' ? <StrangersView isPaused={isPaused} /> : null}
        {view === 'leases' ? <LeasesView isPaused={isPaused} /> : null}
        {view === 'faults' ? <FaultsView isPaused={isPaused} /> : null}
        {view === 'charts' ? <ChartsView fleet={fleet} isPaused={isPaused} /> : null}
        {view === 'files' ? <FilesView isPaused={isPaused} /> : null}
        {view === 'nodes' ? <NodesView isPaused={isPaused} /> : null}
        {view === 'injected' ? <InjectedView isPaused={isPaused} /> : null}
        {view === 'log' ? <LogView isPaused={isPaused} pause={() => setPaused(true)} /> : null}
      </main>
    </>
  );
};
