// The events of two booting phones and the trace that they give: the material of the golden tests.

import { PassThrough } from 'node:stream';
import { EventBus } from '../../src/core/event-bus.js';
import { instant } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import { startTrace, type TraceSettings } from '../../src/trace/index.js';
import { ManualClock } from '../support/manual-clock.js';

export const SETTINGS: TraceSettings = {
  directory: undefined,
  console: 'cucm',
  rotate: { size: 2_000_000, files: 20 },
  cluster: 'StandAloneCluster',
  node: '10.10.210.10',
};

/** 14 January 2011, local time: traces are in local time wherever the test runs. */
export const at = (hours: number, minutes: number, seconds: number, milliseconds: number) =>
  instant(new Date(2011, 0, 14, hours, minutes, seconds, milliseconds).getTime());

/** What the console shows of `events`. */
export const shown = async (
  events: readonly LabcmEvent[],
  settings: Partial<TraceSettings> = {},
  colour = false,
): Promise<string> => {
  const stdout = new PassThrough();
  const text: string[] = [];
  stdout.on('data', (bytes: Buffer) => text.push(bytes.toString()));
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const trace = await startTrace(bus, { ...SETTINGS, ...settings }, { clock: new ManualClock(), stdout, colour });
  for (const event of events) bus.publish(event);
  await trace.close();
  return text.join('');
};

export interface Request {
  readonly connection: number;
  readonly sequence: number;
  readonly address: string;
  readonly port: number;
}

const octetsOf = (file: string): number => 2 + file.length + 1 + 'octet'.length + 1;

export const requested = (time: ReturnType<typeof at>, context: Request, file: string): LabcmEvent => ({
  type: 'tftp.request',
  at: time,
  context,
  file,
  opcode: 1,
  mode: 'octet',
  octets: octetsOf(file),
  serving: 0,
  sockets: 33,
});

/** A device's trust list, refused as in every non-secure cluster. */
export const trustListRefused = (
  time: ReturnType<typeof at>,
  context: Request,
  { file, search, device }: { readonly file: string; readonly search: string; readonly device: string },
): LabcmEvent[] => [
  requested(time, context, file),
  { type: 'file.dynamic', at: time, context, file, kind: 'ctl' },
  { type: 'file.trust-list-search', at: time, context, list: 'CTL', file, search },
  { type: 'file.find-matching', at: time, context, key: search.toUpperCase(), found: `${device}.cnf.xml` },
  {
    type: 'file.trust-list-match',
    at: time,
    context,
    list: 'CTL',
    match: device.replace(/^SEP/, ''),
    serving: 'CTLFile.tlv',
  },
  {
    type: 'tftp.refused',
    at: time,
    context,
    file: 'CTLFile.tlv',
    code: 1,
    reason: 'File not found',
    harmless: true,
    device,
  },
];

export const served = (
  requestedAt: ReturnType<typeof at>,
  done: ReturnType<typeof at>,
  context: Request,
  file: string,
  device: string,
): LabcmEvent[] => [
  requested(requestedAt, context, file),
  {
    type: 'tftp.completed',
    at: done,
    context,
    file,
    octets: 20_480,
    blocks: 41,
    resent: 0,
    milliseconds: done - requestedAt,
    socket: 19,
    blockSize: 512,
    windowSize: 1,
    device,
  },
];

/** The facts behind the two phones of the published trace, and a third with other names. */
export const BOOT_EVENTS: readonly LabcmEvent[] = [
  ...trustListRefused(
    at(16, 17, 11, 806),
    { connection: 0x944cfe0, sequence: 137, address: '10.10.210.200', port: 3300 },
    { file: 'CTLipctest2.tlv', search: 'ipctest2', device: 'ipctest2' },
  ),
  ...served(
    at(16, 17, 15, 110),
    at(16, 17, 15, 199),
    { connection: 0x9451ee0, sequence: 145, address: '10.10.210.200', port: 3300 },
    'English_United_States/ipc-sccp.jar',
    'ipctest2',
  ),
  ...trustListRefused(
    at(16, 24, 6, 547),
    { connection: 0x9460200, sequence: 168, address: '10.10.210.200', port: 3309 },
    { file: 'CTLSEP005056A1033D.tlv', search: '005056A1033D', device: 'SEP005056A1033D' },
  ),
  ...served(
    at(16, 24, 6, 598),
    at(16, 24, 6, 640),
    { connection: 0x9461fa0, sequence: 171, address: '10.10.210.200', port: 3309 },
    'SEP005056A1033D.cnf.xml',
    'SEP005056A1033D',
  ),
  ...served(
    at(16, 24, 6, 978),
    at(16, 24, 7, 102),
    { connection: 0x9463360, sequence: 173, address: '10.10.210.200', port: 3309 },
    'English_United_States/ipc-sip.jar',
    'SEP005056A1033D',
  ),
  ...trustListRefused(
    at(16, 30, 59, 999),
    { connection: 0x9470010, sequence: 180, address: '192.168.7.9', port: 49_152 },
    { file: 'CTLSEP00CAFE00BEEF.tlv', search: '00CAFE00BEEF', device: 'SEP00CAFE00BEEF' },
  ),
  ...served(
    at(16, 31, 0, 7),
    at(16, 31, 0, 8),
    { connection: 0x9470020, sequence: 181, address: '192.168.7.9', port: 49_153 },
    'German_Germany/mk-sccp.jar',
    'SEP00CAFE00BEEF',
  ),
];
