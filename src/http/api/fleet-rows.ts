// The devices as rows of the fleet: one row of this table for each column.

import type { DeviceRecord } from '../../devices/device.js';
import { describeReason } from '../../devices/reasons.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { isoTime } from './common-json.js';
import type { ApiFinding } from './explain-ports.js';
import type { FleetCell, FleetColumn, FleetRow } from './fleet-shapes.js';
import type { ApiSources } from './ports.js';

interface Known {
  readonly record: DeviceRecord;
  readonly finding: ApiFinding | undefined;
  readonly sources: ApiSources;
}

/** Nothing was heard of it. In a large fleet that is so of most devices for a while, and the sentence is long. */
const isUnheard = ({ state, lease, files, address }: DeviceRecord): boolean =>
  state === 'unknown' && lease === undefined && files.length === 0 && address === undefined;

/**
 * As a device's `whyNot`, with the verdict as it was worked out last: forty thousand are not worked out for a list. Empty where
 * nothing was heard.
 */
const whyOf = ({ record, finding, sources }: Known): string => {
  const { state, reason, registration } = record;
  if (finding !== undefined) return finding.sentence;
  if (state === 'registered') return '';
  if (reason !== undefined && registration === undefined) return describeReason(reason.reason, reason).text;
  if (isUnheard(record)) return '';
  const waitsFor = sources.timelines.waitsFor(record);
  return waitsFor === undefined ? '' : `waits for ${waitsFor}`;
};

const sinceOf = ({ record: { registration, reason }, finding, sources: { clock } }: Known): number | null => {
  const at = registration?.registeredAt ?? finding?.since ?? registration?.startedAt ?? reason?.at;
  return at === undefined ? null : Math.round(clock.wallTime(at));
};

const COLUMNS: Readonly<Record<FleetColumn, (known: Known) => FleetCell>> = {
  name: ({ record }) => record.configured.name,
  status: ({ record }) => RIS_STATUS[record.state].name,
  why: whyOf,
  code: ({ finding }) => finding?.code ?? '',
  severity: ({ finding }) => finding?.severity ?? '',
  address: ({ record: { registration, address } }) => registration?.address ?? address ?? '',
  model: ({ record }) => record.configured.model.name,
  protocol: ({ record }) => record.configured.protocol,
  load: ({ record }) => record.registration?.load ?? '',
  dn: ({ record }) => record.configured.lines.map(({ dn }) => dn).join(' '),
  description: ({ record }) => record.configured.description,
  since: sinceOf,
  node: ({ record, sources }) => sources.cluster.shared?.nodeOf(record) ?? '',
};

/** Every column. */
export const FLEET_COLUMNS = Object.keys(COLUMNS) as readonly FleetColumn[];

const isColumn = (text: string): text is FleetColumn => Object.hasOwn(COLUMNS, text);

/**
 * Reads `?columns=name,status`; without it, every column. The name is always there, as the first one. A text is what is
 * wrong with it.
 */
export const readColumns = (written: string | undefined): readonly FleetColumn[] | string => {
  if (written === undefined) return FLEET_COLUMNS;
  const columns = new Set<FleetColumn>(['name']);
  for (const column of written.split(',')) {
    if (!isColumn(column)) return `columns: found ${column}, wanted some of ${FLEET_COLUMNS.join(',')}`;
    columns.add(column);
  }
  return [...columns];
};

/** The row of a device. */
export const fleetRow = (sources: ApiSources, columns: readonly FleetColumn[], record: DeviceRecord): FleetRow => {
  const known: Known = { record, sources, finding: sources.verdicts.lastVerdictOf(record) };
  return columns.map((column) => COLUMNS[column](known));
};

/** Rows that are made in one turn of the event loop, so that phones are served in between. */
const ROWS_AT_ONCE = 1_000;

/** The fleet (`FleetJson`) as JSON, piece by piece. */
export const fleetStream = (sources: ApiSources, columns: readonly FleetColumn[]): ReadableStream<Uint8Array> => {
  const records = sources.devices.devices()[Symbol.iterator]();
  const { clock } = sources;
  let text = `{"columns":${JSON.stringify(columns)},"at":${JSON.stringify(isoTime(clock, clock.now()))},"rows":[`;
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      await new Promise<void>((turn) => setImmediate(turn));
      for (let count = 0; count < ROWS_AT_ONCE; count += 1) {
        const next = records.next();
        if (next.done === true) {
          controller.enqueue(Buffer.from(`${text}]}`));
          controller.close();
          return;
        }
        text += `${isFirst ? '\n' : ',\n'}${JSON.stringify(fleetRow(sources, columns, next.value))}`;
        isFirst = false;
      }
      controller.enqueue(Buffer.from(text));
      text = '';
    },
  });
};
