// The series of the history, one row each: which metric of `GET /metrics` it is read from, and how.

import type { RisStatus } from '../../devices/registration.js';
import type { HistoryUnit } from './history-shapes.js';

/** A series. A `value` is the metric as it is; a `rate` is how fast it rose since the last sample, a second. */
export type SeriesRow = {
  readonly name: string;
  readonly unit: HistoryUnit;
  readonly metric: string;
  /** Only values with these labels; their sum. Absent: of all. */
  readonly labels?: Readonly<Record<string, string>>;
} & (
  | { readonly read: 'value' | 'rate' }
  /** Of what a histogram counted since the last sample, the value that this share of it did not exceed. */
  | { readonly read: 'quantile'; readonly share: number }
);

const PROTOCOLS = ['SCCP', 'SIP'] as const;
/** In the order in which a chart shows them. */
const STATUSES = [
  'Registered',
  'PartiallyRegistered',
  'UnRegistered',
  'Rejected',
  'Unknown',
] as const satisfies readonly RisStatus[];
const SHARES = { p50: 0.5, p99: 0.99 } as const;

const rate = (name: string, metric: string, labels: Readonly<Record<string, string>> = {}): SeriesRow => ({
  name,
  unit: 'per-second',
  metric,
  labels,
  read: 'rate',
});

/** The series of 50 and 99 per cent of a histogram. */
const times = (name: string, metric: string, labels: Readonly<Record<string, string>> = {}): readonly SeriesRow[] =>
  Object.entries(SHARES).map(([percent, share]) => ({
    name: `${name} ${percent}`,
    unit: 'seconds',
    metric,
    labels,
    read: 'quantile',
    share,
  }));

/** All of them. `docs/page.md` says what each chart shows. */
export const HISTORY_SERIES: readonly SeriesRow[] = [
  ...STATUSES.map(
    (status): SeriesRow => ({
      name: `devices.${status}`,
      unit: 'devices',
      metric: 'labcm_devices_by_status',
      labels: { status },
      read: 'value',
    }),
  ),
  ...PROTOCOLS.map((protocol) => rate(`messages.${protocol}`, 'labcm_messages_total', { protocol })),
  rate('messages.DHCP', 'labcm_dhcp_messages_total'),
  rate('messages.TFTP', 'labcm_tftp_requests_total'),
  rate('messages.HTTP', 'labcm_http_requests_total'),
  ...PROTOCOLS.map((protocol) => rate(`registrations.${protocol}`, 'labcm_registrations_total', { protocol })),
  rate('registrations.refused', 'labcm_rejections_total'),
  rate('registrations.ended', 'labcm_unregistrations_total'),
  ...PROTOCOLS.map((protocol) => rate(`keepalives.${protocol}`, 'labcm_keepalives_total', { protocol })),
  ...times('wait.any message', 'labcm_event_loop_delay_seconds'),
  ...PROTOCOLS.flatMap((protocol) => times(`registering.${protocol}`, 'labcm_registration_seconds', { protocol })),
  ...['TFTP', 'HTTP'].flatMap((protocol) => times(`files.${protocol}`, 'labcm_file_transfer_seconds', { protocol })),
  { name: 'calls.standing', unit: 'calls', metric: 'labcm_calls', read: 'value' },
  { name: 'processor.labcm', unit: 'processors', metric: 'process_cpu_seconds_total', read: 'rate' },
  { name: 'memory.resident', unit: 'octets', metric: 'process_resident_memory_bytes', read: 'value' },
  { name: 'memory.heap', unit: 'octets', metric: 'labcm_heap_used_bytes', read: 'value' },
];
