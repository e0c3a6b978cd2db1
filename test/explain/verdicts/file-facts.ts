// Requests for files, as the services tell of them.

import type { DeviceName } from '../../../src/core/identifiers.js';
import type { LabcmEvent } from '../../../src/events.js';
import { ADDRESS, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

type Of<T extends LabcmEvent['type']> = Partial<Omit<Extract<LabcmEvent, { type: T }>, 'type' | 'at'>>;

const context = { connection: 1, sequence: 1, address: ADDRESS, port: 50000 };

/** There is no such file. Files of a device belong to it by their names, others by the address. */
export const missing = (file: string, changes: Of<'tftp.refused'> = {}): Said => ({
  type: 'tftp.refused',
  context,
  file,
  code: 1,
  reason: 'file not found',
  harmless: /^(?:CTL|ITL)/.test(file),
  ...changes,
});

/** The phone has the whole file. */
export const served = (file: string, changes: Of<'tftp.completed'> = {}): Said => ({
  type: 'tftp.completed',
  context,
  file,
  octets: 5000,
  blocks: 10,
  resent: 0,
  milliseconds: 12,
  socket: 40_000,
  blockSize: 512,
  windowSize: 1,
  ...changes,
});

/** The transfer broke off: by default nothing of it was acknowledged. */
export const brokenOff = (file: string, changes: Of<'tftp.failed'> = {}): Said => ({
  type: 'tftp.failed',
  context,
  file,
  reason: 'timeout',
  detail: 'no answer after 2 retries',
  blocks: 0,
  resent: 2,
  milliseconds: 7000,
  ...changes,
});

/** A request over HTTP: by default there is no such file. */
export const overHttp = (file: string, changes: Of<'http.file'> = {}): Said => ({
  type: 'http.file',
  context,
  method: 'GET',
  file,
  status: 404,
  octets: 0,
  outcome: 'refused',
  milliseconds: 2,
  harmless: false,
  ...changes,
});

/** A name that leads nowhere. */
export const forbidden = (file: string, reason: string): Said => ({ type: 'file.forbidden', context, file, reason });

/** A file that is there and cannot be served. */
export const cannotBeServed = (file: string, detail: string): Said => ({ type: 'file.broken', context, file, detail });

/** Its configuration is encrypted, and it did not get it. */
export const withheld = (file: string, why: Of<'file.withheld'>['why'] & string): Said => ({
  type: 'file.withheld',
  ...{ context, file, why },
  device: PHONE as DeviceName,
});

/** Facts of `PHONE`, which gave its name from its address: the names of most files are those of no phone. */
export const says = (lab: VerdictLab, ...said: readonly Said[]): void => {
  lab.database.recordAddress(PHONE, ADDRESS, lab.now());
  lab.say(...said);
};
