// How far a command to many devices is, and who was not told.

import type { CommandRunJson } from '../http/api/command-shapes.js';
import { progressOf, REASONS } from './command-words.js';
import { writePlace } from './routes.js';

/** Names that are shown. */
const MOST_SHOWN = 100;

/** One run. */
export const CommandProgress = ({ run, stop, close }: { run: CommandRunJson; stop: () => void; close: () => void }) => {
  const isInHand = run.state === 'waiting' || run.state === 'running';
  const { untoldDevices } = run;
  return (
    <section class="run" aria-label={`Progress of ${run.command}`}>
      <progress max={Math.max(1, run.devices)} value={run.devices - run.left} aria-label="Devices that are done" />
      <span role="status">{progressOf(run)}</span>
      <button type="button" onClick={isInHand ? stop : close}>
        {isInHand ? 'stop' : 'close'}
      </button>
      {untoldDevices.length === 0 ? null : (
        <details>
          <summary>who was not told</summary>
          <ul>
            {untoldDevices.slice(0, MOST_SHOWN).map(({ device, reason }) => (
              <li key={device}>
                <a href={writePlace({ view: 'device', name: device })}>{device}</a> {REASONS[reason]}
              </li>
            ))}
          </ul>
          {untoldDevices.length > MOST_SHOWN ? <p>and others</p> : null}
        </details>
      )}
    </section>
  );
};
