// Who is knocking: phones that nobody configured.

import type { UnknownPhonesJson } from '../http/api/shapes.js';
import { read } from './api.js';
import { writePlace } from './routes.js';
import { SnippetLines } from './snippet-lines.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { useReading } from './use.js';

const EVERY = 2_000; // milliseconds
const MOST = 100;

/** The most recently seen ones, each with what to do. */
export const StrangersView = ({ isPaused }: { isPaused: boolean }) => {
  const { value, fault } = useReading(
    'strangers',
    (signal) => read<UnknownPhonesJson>(`/api/unknown-phones?limit=${MOST}`, signal),
    EVERY,
    isPaused,
  );
  const { total = 0, phones = [] } = value ?? {};
  return (
    <>
      <h1>
        Strangers <small>{counted(total)}</small>
      </h1>
      {fault === undefined ? null : <p class="note">{fault}</p>}
      {value !== undefined && total === 0 ? <p class="note">No phone has come that nobody configured.</p> : null}
      <ul class="strangers">
        {phones.map(({ name, mac, address, model, reason, unknown }) => (
          <li key={name}>
            <h2>
              <a href={writePlace({ view: 'device', name })}>{name}</a>
            </h2>
            <p class="note">
              {[mac, address, model?.name]
                .filter((part) => part !== null && part !== undefined && part !== name)
                .join(' · ')}{' '}
              last heard {shownIso(unknown.heardAt, nowOfBrowser())}
            </p>
            {reason === null ? null : <p>{reason.text}</p>}
            <SnippetLines advice={unknown} />
          </li>
        ))}
      </ul>
    </>
  );
};
