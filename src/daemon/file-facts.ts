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
  /** The version stamp of a file that was made for the device and sent completely. */
  readonly stamp?: string;
}

type Ending = Omit<FileFact, 'at' | 'file'>;

const READ = 1;

/**
 * Records every file request that TFTP or HTTP publishes in the record of the device that requested it, first as
 * requested and then with what became of it, and which configuration file the device has now.
 */
export const rememberFiles = (bus: EventBus<LabcmEvent>, database: DeviceDatabase): void => {
  const remember = (event: FileEvent, ending: Ending): void => {
    const { at, device, file: canonical, asked: file = canonical, context: from, stamp } = event;
    const name = requesterOfFile(database, { device, file, from, at })?.configured.name;
    if (name === undefined) return;
    if (device !== undefined) database.recordAddress(device, from.address, at);
    database.recordFileRequest(name, { at, file, ...ending }, from);
    if (device !== undefined && stamp !== undefined && stamp !== '')
      database.facts.recordGiven(device, file, { at, stamp, transport: ending.transport });
  };

  bus.on('tftp.request', (event) => {
    if (event.opcode === READ) remember(event, { transport: 'TFTP', outcome: 'asked', octets: 0 });
  });
  bus.on('tftp.completed', (event) => {
    const { octets, milliseconds, resent, blockSize } = event;
    remember(event, { transport: 'TFTP', outcome: 'served', octets, milliseconds, resent, blockSize });
  });
  bus.on('tftp.refused', (event) => {
    const { reason, harmless } = event;
    remember(event, { transport: 'TFTP', outcome: 'refused', octets: 0, reason, harmless });
  });
  bus.on('tftp.failed', (event) => {
    const { reason, milliseconds, resent, blockSize, errorCode } = event;
    remember(event, {
      transport: 'TFTP',
      outcome: 'failed',
      octets: 0,
      reason,
      milliseconds,
      resent,
      ...(blockSize === undefined ? {} : { blockSize }),
      ...(errorCode === undefined ? {} : { errorCode }),
    });
  });
  bus.on('http.request', (event) => {
    if (event.method === 'GET') remember(event, { transport: 'HTTP', outcome: 'asked', octets: 0 });
  });
  bus.on('http.file', (event) => {
    const { outcome, octets, milliseconds, status, harmless } = event;
    const why = outcome === 'served' ? {} : { reason: `status ${status}`, harmless };
    remember(event, { transport: 'HTTP', outcome, octets, milliseconds, ...why });
  });
};
