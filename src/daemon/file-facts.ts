// What the file services tell, put on the record of the device that asked.

import type { Journal } from '../core/event-bus.js';
import { type AskedFrom, askerOfFile, type DeviceDatabase, type FileFact } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

interface FileEvent {
  readonly at: FileFact['at'];
  readonly device?: string;
  /** As the service looked for it, and as the client spelled it. */
  readonly file: string;
  readonly asked?: string;
  readonly context: AskedFrom;
}

type Ending = Pick<FileFact, 'transport' | 'outcome' | 'octets'>;

export const rememberFiles = (journal: Journal<LabcmEvent>, database: DeviceDatabase): void => {
  const remember = (event: FileEvent, ending: Ending): void => {
    const { at, device, file: canonical, asked: file = canonical, context: from } = event;
    const name = askerOfFile(database, { device, file, from, at })?.configured.name;
    if (name === undefined) return;
    if (device !== undefined) database.heardFrom(device, from.address, at);
    database.fileAsked(name, { at, file, ...ending }, from);
  };

  journal.on('tftp.completed', (event) =>
    remember(event, { transport: 'TFTP', outcome: 'served', octets: event.octets }),
  );
  journal.on('tftp.refused', (event) => remember(event, { transport: 'TFTP', outcome: 'refused', octets: 0 }));
  journal.on('tftp.failed', (event) => remember(event, { transport: 'TFTP', outcome: 'failed', octets: 0 }));
  journal.on('http.file', (event) =>
    remember(event, { transport: 'HTTP', outcome: event.outcome, octets: event.octets }),
  );
};
