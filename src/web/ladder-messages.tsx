// The decoded messages behind a step of the ladder, and those that come.

import { useEffect, useState } from 'preact/hooks';
import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import type { DeviceMessagesJson, MessageJson } from '../http/api/message-shapes.js';
import { ApiFailure, devicePath, read } from './api.js';
import { CopyButton } from './copy-button.js';
import type { LiveMessage } from './device-stream.js';
import { Arrow } from './ladder-arrow.js';
import { isOfStep, type StepWindow } from './ladder-rows.js';
import { epochOf, isoOf, shownFine } from './times.js';

const NOT_CAPTURED = 409;

/** What the ladder needs to show messages. */
export interface MessageContext {
  readonly name: string;
  readonly capture: DeviceViewJson['capture'];
  /** Changes when there may be other messages. */
  readonly version: string;
  /** Asks labcm to keep messages while the page is open. `undefined`: it may not be asked, or is asked already. */
  readonly look: (() => void) | undefined;
}

/** One message: a line, and its fields when it is opened. */
export const Message = ({ message }: { message: MessageJson }) => {
  const { at, direction, protocol, summary, lines, faults } = message;
  return (
    <li class="message">
      <details>
        <summary>
          <time>{at === null ? '–' : shownFine(epochOf(at))}</time> <Arrow direction={direction} />{' '}
          <small>{protocol.toUpperCase()}</small> {summary}
          {faults.length === 0 ? null : <b> {faults.join('; ')}</b>}
        </summary>
        <pre data-lines>{lines.length === 0 ? 'no fields' : lines.join('\n')}</pre>
      </details>
    </li>
  );
};

/** Which line keeps messages, and the way to have them without it. */
const NotKept = ({ capture, look }: Pick<MessageContext, 'capture' | 'look'>) => (
  <div class="not-kept">
    <p class="note">
      Its messages are not kept. This line of {capture.file} keeps them: <code>{capture.line}</code>{' '}
      <CopyButton text={capture.line} what="the line" />
    </p>
    {look === undefined ? null : (
      <button type="button" onClick={look}>
        capture while I look
      </button>
    )}
  </div>
);

type Found = DeviceMessagesJson | 'not kept' | { readonly fault: string };

const readMessages = async (path: string, signal: AbortSignal): Promise<Found> => {
  try {
    return await read<DeviceMessagesJson>(path, signal);
  } catch (error) {
    if (error instanceof ApiFailure && error.status === NOT_CAPTURED) return 'not kept';
    return { fault: String((error as Error).message) };
  }
};

/** The messages of a step, read when this is drawn. */
export const StepMessages = ({
  of: { name, capture, version, look },
  window,
  protocols,
}: {
  of: MessageContext;
  window: StepWindow;
  protocols: string;
}) => {
  const [found, setFound] = useState<Found>();
  const query = `since=${isoOf(window.from - 1)}&until=${isoOf(window.answered)}&protocols=${protocols}`;
  useEffect(() => {
    if (!capture.isKept) return undefined;
    const abort = new AbortController();
    void readMessages(`${devicePath(name)}/messages?${query}`, abort.signal).then((next) => {
      if (!abort.signal.aborted) setFound(next);
    });
    return () => abort.abort();
  }, [name, query, version, capture.isKept]);
  if (!capture.isKept || found === 'not kept') return <NotKept capture={capture} look={look} />;
  if (found === undefined) return <p class="note">reading …</p>;
  if ('fault' in found) return <p class="note">{found.fault}</p>;
  const messages = found.messages.filter(
    ({ direction, at }) => at === null || isOfStep(window, direction, epochOf(at)),
  );
  if (messages.length === 0) return <p class="note">No message of this step is kept any more, or was yet.</p>;
  return (
    <ol class="messages" aria-label="Messages">
      {found.leftOut === 0 ? null : <li class="note">{found.leftOut} older ones are left out</li>}
      {messages.map((message, index) => (
        <Message key={`${index} ${message.at}`} message={message} />
      ))}
    </ol>
  );
};

/** The messages as they come, the newest first, and the switch for that. */
export const LiveMessages = ({
  messages,
  isLooking,
  toggle,
}: {
  messages: readonly LiveMessage[];
  isLooking: boolean;
  toggle: () => void;
}) => (
  <section>
    <h2>
      Messages as they come <small>{messages.length}</small>
    </h2>
    <button type="button" aria-pressed={isLooking} onClick={toggle}>
      follow its messages
    </button>
    {messages.length === 0 ? null : (
      <ol class="messages live" aria-label="Messages as they come, the newest first">
        {messages.map(({ id, message }) => (
          <Message key={id} message={message} />
        ))}
      </ol>
    )}
  </section>
);
