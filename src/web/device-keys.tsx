// The keys of a phone as it shows them, and its calls.

import type { CallJson } from '../http/api/call-shapes.js';
import type { KeyJson } from '../http/api/device-view-shapes.js';
import { writePlace } from './routes.js';
import { nowOfBrowser, shownIso } from './times.js';

/** Words of states that stand for nothing that happens. */
const QUIET: ReadonlySet<string | null> = new Set([null, 'idle', 'elsewhere', 'not registered']);

/** Line keys, speed dials and services in the order of the phone. */
export const DeviceKeys = ({ keys }: { keys: readonly KeyJson[] }) => (
  <ol class="keys" aria-label="Keys of the phone">
    {keys.map(({ key, use, label, number, state }) => (
      <li key={key} class={QUIET.has(state) ? use : `${use} busy`}>
        <b>{label === '' ? use : label}</b>
        <span>
          {[use === label || label === '' ? '' : use, number === label ? '' : number, state]
            .filter((part) => part !== '' && part !== null)
            .join(' · ')}
        </span>
      </li>
    ))}
  </ol>
);

/** The calls in which it takes part. */
export const DeviceCalls = ({ calls, name }: { calls: readonly CallJson[]; name: string }) => (
  <ul class="calls">
    {calls.map(({ id, dialled, startedAt, codec, legs }) => (
      <li key={id}>
        {shownIso(startedAt, nowOfBrowser())} {dialled} {codec ?? ''}:{' '}
        {legs.map(({ ci, role, device, dn, state }) => (
          <span key={ci}>
            {role} {dn}{' '}
            {device === null || device === name ? null : (
              <a href={writePlace({ view: 'device', name: device })}>{device}</a>
            )}{' '}
            {state};{' '}
          </span>
        ))}
      </li>
    ))}
  </ul>
);
