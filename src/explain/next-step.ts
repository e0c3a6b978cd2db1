// What a device waits for, from what is known about it: the first row that fits.

import { type ConfiguredDevice, type DeviceRecord, describeReason, namedInFile } from '../devices/index.js';
import { REASONS } from '../dhcp/reasons.js';
import type { LabcmEvent } from '../events.js';
import { rowOf, type Step } from './timeline-events.js';

/** `address:port` of each call manager in the file of a device, in their order; none if that is not known. */
export type RegistersAt = (device: ConfiguredDevice) => readonly string[];

interface Known {
  readonly record: DeviceRecord;
  /** Its newest fact. */
  readonly last: LabcmEvent | undefined;
  readonly registersAt: RegistersAt;
}

interface Row {
  readonly fits: (known: Known) => boolean;
  readonly waitsFor: (known: Known) => string | undefined;
}

const listed = (items: readonly string[]): string => `${items.length === 1 ? 'line' : 'lines'} ${items.join(', ')}`;

/** How its last registration ended, or why its last attempt was refused. */
const why = ({ reason }: DeviceRecord): string =>
  reason === undefined ? '' : `; the last one: ${describeReason(reason.reason, reason).text}`;

const hasConfiguration = ({ files }: DeviceRecord): boolean =>
  files.some(
    ({ file, outcome }) => outcome === 'served' && /\.cnf\.xml$/i.test(file) && namedInFile(file) !== undefined,
  );

const wasSeen = ({ lease, files, address }: DeviceRecord): boolean =>
  lease !== undefined || files.length > 0 || address !== undefined;

/** Steps of a phone that has come to register. */
const AT_ITS_CALL_MANAGER: ReadonlySet<Step> = new Set(['connection', 'tls', 'sccp', 'sip', 'report']);
/** Steps that the daemon takes. */
const OF_THE_DAEMON: ReadonlySet<Step> = new Set(['configuration', 'command', 'injected']);

const stepOfLast = ({ last }: Known): Step => (last === undefined ? 'configuration' : rowOf(last.type).step);

/** What its last REGISTER lacked, if that registered nothing. */
const wantedToRegister = (last: LabcmEvent | undefined): string | undefined => {
  if (last?.type !== 'sip.register-answered') return undefined;
  const { status, credentials, given, configured, dn } = last;
  if (given !== undefined) return `credentials for the digest realm "${configured}"; it answered for "${given}"`;
  if (status !== 401) return `its next attempt to register; the last one, for line ${dn}, was answered ${status}`;
  return credentials === 'right'
    ? 'its answer to a new challenge'
    : 'its digest user and password; it came without them and was challenged (401)';
};

/** Why its last DHCP message was not answered. */
const unanswered = (last: LabcmEvent | undefined): string | undefined =>
  last?.type === 'dhcp.received' && last.decision === 'silent' && last.reason !== 'other-server'
    ? REASONS[last.reason]
    : undefined;

/** The DHCP server that gave it its address decides where it looks for files. */
const sentElsewhere = (last: LabcmEvent | undefined): string =>
  last?.type === 'dhcp.received' && last.reason === 'other-server' && last.server !== undefined
    ? `; the DHCP server ${last.server} gave it its address, and must give this machine's as option 150`
    : '';

const ROWS: readonly Row[] = [
  { fits: ({ record: { state } }) => state === 'registered', waitsFor: () => undefined },
  {
    fits: ({ record: { state } }) => state === 'partially-registered',
    waitsFor: ({ record: { configured, registration } }) =>
      `the registration of ${listed(configured.lines.flatMap(({ dn }) => (registration?.lines.includes(dn) ? [] : [dn])))}`,
  },
  {
    fits: ({ record: { state } }) => state === 'registering',
    waitsFor: ({ record: { configured } }) =>
      configured.protocol === 'SCCP'
        ? 'its capabilities'
        : `the registration of ${listed(configured.lines.map(({ dn }) => dn))}`,
  },
  { fits: ({ record: { configured } }) => configured.suspended, waitsFor: () => 'its owner, who has suspended it' },
  {
    fits: ({ record: { state } }) => state !== 'unknown',
    waitsFor: ({ record }) => `its next attempt to register${why(record)}`,
  },
  {
    fits: ({ record, last }) => !hasConfiguration(record) && unanswered(last) !== undefined,
    waitsFor: ({ last }) => `an address; it asked by DHCP and was not answered: ${unanswered(last)}`,
  },
  {
    fits: ({ last }) => wantedToRegister(last) !== undefined,
    waitsFor: ({ last }) => wantedToRegister(last),
  },
  {
    fits: (known) => hasConfiguration(known.record) || AT_ITS_CALL_MANAGER.has(stepOfLast(known)),
    waitsFor: ({ record: { configured }, registersAt }) => {
      const places = registersAt(configured);
      const where = places.length === 0 ? '' : `; it was told to register at ${places.join(', then ')}`;
      return `its registration over ${configured.protocol}${where}`;
    },
  },
  {
    fits: (known) => wasSeen(known.record) || !OF_THE_DAEMON.has(stepOfLast(known)),
    waitsFor: ({ record, last }) => `its request for ${record.configured.name}.cnf.xml${sentElsewhere(last)}`,
  },
  {
    fits: () => true,
    waitsFor: () => 'any sign of life: a DHCP request, a request for a file, or a registration',
  },
];

/** What the device waits for. `last`: its newest event. `undefined`: it is registered. */
export const waitsFor = (
  record: DeviceRecord,
  last: LabcmEvent | undefined,
  registersAt: RegistersAt,
): string | undefined => {
  const known = { record, last, registersAt };
  return ROWS.find(({ fits }) => fits(known))?.waitsFor(known);
};
