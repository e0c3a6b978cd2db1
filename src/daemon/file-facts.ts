// What the file services tell, put on the record of the device that asked.

import type { Journal } from '../core/journal.js';
import type { DeviceDatabase, FileFact } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

export const rememberFiles = (journal: Journal<LabcmEvent>, database: DeviceDatabase): void => {
  const remember = (device: string | undefined, address: string, fact: FileFact): void => {
    const name = device ?? database.byAddress(address)?.configured.name;
    if (name === undefined) return;
    if (device !== undefined) database.heardFrom(device, address, fact.at);
    database.fileAsked(name, fact);
  };

  journal.on('tftp.completed', ({ at, device, file, octets, context }) =>
    remember(device, context.address, { at, file, transport: 'TFTP', outcome: 'served', octets }),
  );
  journal.on('tftp.refused', ({ at, device, file, context }) =>
    remember(device, context.address, { at, file, transport: 'TFTP', outcome: 'refused', octets: 0 }),
  );
  journal.on('tftp.failed', ({ at, device, file, context }) =>
    remember(device, context.address, { at, file, transport: 'TFTP', outcome: 'failed', octets: 0 }),
  );
  journal.on('http.file', ({ at, device, file, context, outcome, octets }) =>
    remember(device, context.address, {
      at,
      file,
      transport: 'HTTP',
      outcome,
      octets,
    }),
  );
};
