// Commands to the devices that are selected: how many, whether really, how far, and with what result.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { CommandRunJson, CommandRunsJson } from '../http/api/command-shapes.js';
import type { SessionJson } from '../http/api/fleet-shapes.js';
import { ApiFailure, order, read } from './api.js';
import { CommandProgress } from './command-progress.js';
import { counted } from './times.js';
import { TokenForm } from './token-form.js';
import { useReading } from './use.js';

const COMMANDS = ['reset', 'restart', 'apply'] as const;
type Command = (typeof COMMANDS)[number];

/** What each does to a phone. */
const MEANING: Readonly<Record<Command, string>> = {
  reset: 'They leave their registration and boot.',
  restart: 'They read their configuration again and register anew, without booting.',
  apply: 'They apply their changed configuration.',
};

const PROGRESS_EVERY = 500; // milliseconds
const SESSION_EVERY = 60_000; // milliseconds
/** As the daemon sends them, unless it is asked for another pace. */
const PER_SECOND = 50;

/** Asks whether really. Escape is no. */
const Confirmation = ({
  command,
  count,
  registered,
  answer,
}: {
  command: Command;
  count: number;
  registered: number;
  answer: (isYes: boolean) => void;
}) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const devices = `${counted(count)} device${count === 1 ? '' : 's'}`;
  const seconds = Math.ceil(registered / PER_SECOND);
  return (
    <dialog ref={dialog} aria-labelledby="confirmation" onClose={() => answer(false)}>
      <h2 id="confirmation">
        {command} {devices}?
      </h2>
      <p>
        {MEANING[command]}{' '}
        {registered === count
          ? 'All of them are registered.'
          : `${counted(registered)} of them are registered; the others cannot be told.`}{' '}
        At {PER_SECOND} a second that takes about {counted(seconds)} s.
      </p>
      <div class="actions">
        <button type="button" onClick={() => answer(true)}>
          {command} {devices}
        </button>
        <button type="button" onClick={() => answer(false)}>
          cancel
        </button>
      </div>
    </dialog>
  );
};

/** The run to show: one that was begun here, else one that is in hand. */
const useRun = () => {
  const [id, setId] = useState<number | undefined>(undefined);
  const [run, setRun] = useState<CommandRunJson>();
  useEffect(() => {
    // Somebody else's, or one of this page before it was loaded anew.
    read<CommandRunsJson>('/api/commands').then(
      ({ runs }) => setId((before) => before ?? runs.find(({ state }) => state === 'running')?.id),
      () => {},
    );
  }, []);
  useEffect(() => {
    if (id === undefined) return setRun(undefined);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const abort = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const now = await read<CommandRunJson>(`/api/commands/${id}`, abort.signal);
        setRun(now);
        if (now.endedAt !== null) return;
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof ApiFailure && error.status === 404) return setId(undefined);
      }
      timer = setTimeout(() => void look(), PROGRESS_EVERY);
    };
    void look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return { run, show: setId };
};

/** The commands for `names`, of which so many are registered. `isAll`: they are the whole fleet. */
export const BulkActions = ({
  names,
  isAll,
  registered,
  clear,
}: {
  names: readonly string[];
  isAll: boolean;
  registered: number;
  clear: () => void;
}) => {
  const [asked, setAsked] = useState<Command>();
  const [fault, setFault] = useState('');
  const { run, show } = useRun();
  const { value: session, again } = useReading(
    'session',
    (signal) => read<SessionJson>('/api/session', signal),
    SESSION_EVERY,
    false,
  );
  const attempt = async (ask: () => Promise<CommandRunJson>): Promise<void> => {
    try {
      show((await ask()).id);
      setFault('');
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      if (error instanceof ApiFailure && error.status === 401) again();
    }
  };
  const answer = (isYes: boolean): void => {
    setAsked(undefined);
    if (!isYes || asked === undefined) return;
    // The names of a very large fleet would be more than a request may hold.
    const whom = isAll ? { filter: {} } : { devices: names };
    void attempt(() => order('POST', '/api/commands', { command: asked, perSecond: PER_SECOND, ...whom }));
  };
  return (
    <>
      {names.length === 0 ? null : (
        <fieldset class="bulk">
          <legend class="hidden">Selected devices</legend>
          <strong role="status">{counted(names.length)} selected</strong>
          {session?.changes === 'allowed'
            ? COMMANDS.map((command) => (
                <button key={command} type="button" onClick={() => setAsked(command)}>
                  {command}
                </button>
              ))
            : null}
          <button type="button" onClick={clear}>
            select none
          </button>
          {session?.changes === 'refused' ? (
            <span class="note">Commands need http.api.token: the API is bound beyond loopback.</span>
          ) : null}
          {session?.changes === 'token' ? <TokenForm begun={again} /> : null}
        </fieldset>
      )}
      {asked === undefined ? null : (
        <Confirmation command={asked} count={names.length} registered={registered} answer={answer} />
      )}
      {fault === '' ? null : <p role="alert">{fault}</p>}
      {run === undefined ? null : (
        <CommandProgress
          run={run}
          stop={() => void attempt(() => order('DELETE', `/api/commands/${run.id}`))}
          close={() => show(undefined)}
        />
      )}
    </>
  );
};
