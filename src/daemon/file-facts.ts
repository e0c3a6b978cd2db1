import type { EventBus } from '../core/event-bus.js';
import { type DeviceDatabase, type FileFact, type RequestOrigin, requesterOfFile } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

interface FileEvent {
  readonly at: FileFact['at'];
  readonly device?: string;
  /** The canonical name, and the name as the client spelled it. */
  readonly file: string;
  readonly asked?: string;
  readonly context: RequestOrigin;
}

type Ending = Pick<FileFact, 'transport' | 'outcome' | 'octets'>;

/** Records every file request that TFTP or HTTP publishes in the record of the device that requested it. */
export const rememberFiles = (bus: EventBus<LabcmEvent>, database: DeviceDatabase): void => {
  const remember = (event: FileEvent, ending: Ending): void => {
    const { at, device, file: canonical, asked: file = canonical, context: from } = event;
    const name = requesterOfFile(database, { device, file, from, at })?.configured.name;
    if (name === undefined) return;
    if (device !== undefined) database.recordAddress(device, from.address, at);
    database.recordFileRequest(name, { at, file, ...ending }, from);
  };

  bus.on('tftp.completed', (event) => remember(event, { transport: 'TFTP', outcome: 'served', octets: event.octets }));
  bus.on('tftp.refused', (event) => remember(event, { transport: 'TFTP', outcome: 'refused', octets: 0 }));
  bus.on('tftp.failed', (event) => remember(event, { transport: 'TFTP', outcome: 'failed', octets: 0 }));
  bus.on('http.file', (event) => remember(event, { transport: 'HTTP', outcome: event.outcome, octets: event.octets }));
};
