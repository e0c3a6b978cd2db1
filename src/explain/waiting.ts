// What a device waits for now, by what is known of it: the first row that fits.

import { type DeviceRecord, describeReason } from '../devices/index.js';

interface Row {
  readonly fits: (record: DeviceRecord) => boolean;
  readonly waitsFor: (record: DeviceRecord) => string | undefined;
}

const listed = (items: readonly string[]): string => `${items.length === 1 ? 'line' : 'lines'} ${items.join(', ')}`;

/** How its last registration ended, or why its last attempt was refused. */
const why = ({ reason }: DeviceRecord): string =>
  reason === undefined ? '' : `; the last one: ${describeReason(reason.reason, reason).text}`;

const hasConfiguration = ({ files }: DeviceRecord): boolean =>
  files.some(({ file, outcome }) => outcome === 'served' && /\.cnf\.xml$/i.test(file));

const ROWS: readonly Row[] = [
  { fits: ({ state }) => state === 'registered', waitsFor: () => undefined },
  {
    fits: ({ state }) => state === 'partially-registered',
    waitsFor: ({ configured, registration }) =>
      `the registration of ${listed(configured.lines.flatMap(({ dn }) => (registration?.lines.includes(dn) ? [] : [dn])))}`,
  },
  {
    fits: ({ state }) => state === 'registering',
    waitsFor: ({ configured: { protocol, lines } }) =>
      protocol === 'SCCP' ? 'its capabilities' : `the registration of ${listed(lines.map(({ dn }) => dn))}`,
  },
  { fits: ({ configured }) => configured.suspended, waitsFor: () => 'its owner, who has suspended it' },
  { fits: ({ state }) => state !== 'unknown', waitsFor: (record) => `its next attempt to register${why(record)}` },
  { fits: hasConfiguration, waitsFor: ({ configured: { protocol } }) => `its registration over ${protocol}` },
  {
    fits: ({ lease, files, address }) => lease !== undefined || files.length > 0 || address !== undefined,
    waitsFor: ({ configured: { name } }) => `its request for ${name}.cnf.xml`,
  },
  {
    fits: () => true,
    waitsFor: () => 'any sign of life: a DHCP request, a request for a file, or a registration',
  },
];

export const waitsFor = (record: DeviceRecord): string | undefined =>
  ROWS.find(({ fits }) => fits(record))?.waitsFor(record);
