import { useState } from 'preact/hooks';
import type { SessionJson } from '../http/api/fleet-shapes.js';
import type { CommandJson } from '../http/api/shapes.js';
import { ApiFailure, change, devicePath, read } from './api.js';
import { TokenForm } from './token-form.js';
import { useReading } from './use.js';

const COMMANDS = ['reset', 'restart', 'apply'] as const;
const SESSION_EVERY = 60_000; // milliseconds

/** The commands that a phone takes, or what is needed before they may be sent. */
export const DeviceActions = ({ name }: { name: string }) => {
  const [said, setSaid] = useState('');
  const { value: session, again } = useReading(
    'session',
    (signal) => read<SessionJson>('/api/session', signal),
    SESSION_EVERY,
    false,
  );
  const send = async (command: (typeof COMMANDS)[number]): Promise<void> => {
    try {
      const { outcome } = await change<CommandJson>(`${devicePath(name)}/${command}`);
      setSaid(`${command}: ${outcome}`);
    } catch (error) {
      setSaid(`${command}: ${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof ApiFailure && error.status === 401) again();
    }
  };
  if (session === undefined) return null;
  if (session.changes === 'refused')
    return <p class="note">Commands need http.api.token: the API is bound beyond loopback.</p>;
  if (session.changes === 'token') return <TokenForm begun={again} />;
  return (
    <div class="actions">
      {COMMANDS.map((command) => (
        <button key={command} type="button" onClick={() => void send(command)}>
          {command}
        </button>
      ))}
      <span role="status">{said}</span>
    </div>
  );
};
