import { useState } from 'preact/hooks';
import type { DeviceViewJson } from '../http/api/device-view-shapes.js';
import type { SessionJson } from '../http/api/fleet-shapes.js';
import type { CommandJson } from '../http/api/shapes.js';
import { ApiFailure, change, devicePath } from './api.js';
import { DeviceWait } from './device-wait.js';
import { TokenForm } from './token-form.js';

const COMMANDS = ['reset', 'restart', 'apply'] as const;

/** What may be done with a phone: commands, waiting, its packets and its file; or what is needed before that. */
export const DeviceActions = ({
  about,
  session,
  again,
}: {
  about: DeviceViewJson;
  session: SessionJson['changes'] | undefined;
  again: () => void;
}) => {
  const [said, setSaid] = useState('');
  const { detail, capture } = about;
  const path = devicePath(detail.name);
  const send = async (command: (typeof COMMANDS)[number]): Promise<void> => {
    try {
      const { outcome } = await change<CommandJson>(`${path}/${command}`);
      setSaid(`${command}: ${outcome}`);
    } catch (error) {
      setSaid(`${command}: ${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof ApiFailure && error.status === 401) again();
    }
  };
  return (
    <>
      {session === 'refused' ? (
        <p class="note">Commands and files need http.api.token: the API is bound beyond loopback.</p>
      ) : null}
      {session === 'token' ? <TokenForm begun={again} /> : null}
      {session === 'allowed' ? (
        <div class="actions">
          {COMMANDS.map((command) => (
            <button key={command} type="button" onClick={() => void send(command)}>
              {command}
            </button>
          ))}
          <a href={`${path}/config.xml`} download>
            its file (cnf.xml)
          </a>
          {capture.isKept ? (
            <a href={`${path}/pcap`} download>
              its packets (pcap)
            </a>
          ) : (
            <span class="note">no pcap: its packets are not kept</span>
          )}
          <span role="status">{said}</span>
        </div>
      ) : null}
      <DeviceWait about={about} />
    </>
  );
};
