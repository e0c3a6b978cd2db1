// Waits until a phone has a status, as `labcm wait` does.

import { useEffect, useState } from 'preact/hooks';
import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import { STATUSES } from './statuses.js';
import { nowOfBrowser } from './times.js';

interface Waiting {
  readonly wanted: string;
  readonly since: number;
  /** What came of it. */
  readonly reached?: string;
}

/** A status to choose, and then whether it came, or why it does not. */
export const DeviceWait = ({ about: { detail, verdict } }: { about: DeviceViewJson }) => {
  const [wanted, setWanted] = useState<string>('Registered');
  const [waiting, setWaiting] = useState<Waiting>();
  const { status } = detail;
  useEffect(() => {
    if (waiting === undefined || waiting.reached !== undefined || status !== waiting.wanted) return;
    const lasted = ((nowOfBrowser() - waiting.since) / 1000).toFixed(1);
    setWaiting({ ...waiting, reached: `${status}, after ${lasted} s` });
  }, [waiting, status]);
  const why = verdict?.verdict?.sentence ?? (detail.whyNot === null ? '' : detail.whyNot);
  return (
    <div class="actions">
      <label>
        wait until{' '}
        <select value={wanted} onChange={({ currentTarget }) => setWanted(currentTarget.value)}>
          {STATUSES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <button
        type="button"
        onClick={() =>
          setWaiting(
            waiting === undefined || waiting.reached !== undefined ? { wanted, since: nowOfBrowser() } : undefined,
          )
        }
      >
        {waiting === undefined || waiting.reached !== undefined ? 'wait' : 'stop waiting'}
      </button>
      <span role="status">
        {waiting === undefined
          ? ''
          : (waiting.reached ?? `waits for ${waiting.wanted}; it is ${status}${why === '' ? '' : `: ${why}`}`)}
      </span>
    </div>
  );
};
