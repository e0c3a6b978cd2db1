// What to do first where no device is configured.

import type { UnknownPhonesJson } from '../http/api/shapes.js';
import { read } from './api.js';
import { CopyButton } from './copy-button.js';
import { writePlace } from './routes.js';
import { counted } from './times.js';
import { useReading } from './use.js';

const EVERY = 2_000; // milliseconds

const FIRST_LINES = `devices:
  - name: SEP001122334455
    model: 7962
    protocol: SCCP
    lines: ["1001"]`;

/** The first minute of a lab. */
export const EmptyLab = () => {
  const { value } = useReading(
    'strangers',
    (signal) => read<UnknownPhonesJson>('/api/unknown-phones?limit=1', signal),
    EVERY,
    false,
  );
  const strangers = value?.total ?? 0;
  return (
    <section class="empty">
      <h2>No device is configured yet</h2>
      {strangers === 0 ? (
        <p>
          Plug a phone in: it appears under <a href={writePlace({ view: 'strangers' })}>Strangers</a> with the lines to
          paste.
        </p>
      ) : (
        <p>
          <a href={writePlace({ view: 'strangers' })}>
            {strangers === 1 ? 'One phone has' : `${counted(strangers)} phones have`} come that nobody configured
          </a>
          : the lines to paste are there.
        </p>
      )}
      <p>Or add one to the configuration, then send labcm a HUP signal:</p>
      <pre data-lines>{FIRST_LINES}</pre>
      <CopyButton text={FIRST_LINES} what="the lines" lines />
      <p>
        No phone at hand: <code>labcm phone --name SEP001122334455 --model 7962</code> boots a simulated one.
      </p>
    </section>
  );
};
