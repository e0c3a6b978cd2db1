import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Histogram } from 'prom-client';
import type { EventBus } from '../../core/event-bus.js';
import type { Clock } from '../../core/time.js';
import { type RegistrationState, RIS_STATUS, type RisStatus } from '../../devices/registration.js';
import type { LabcmEvent } from '../../events.js';
import { LoopDelay } from './loop-delay.js';
import { type Metric, single } from './metrics.js';
import { OBSERVED_TIMES, type ObservedTime, SHORT_TIMES } from './observed-times.js';
import type { DevicesView } from './ports.js';

/** Adds to the count under these labels. */
type Add = (amount: number, labels?: Readonly<Record<string, string>>) => void;

/** Counters by event type. Only events that are rare enough: per file, registration and refusal, never per packet. */
type Counted = {
  readonly [T in LabcmEvent['type']]?: {
    readonly name: string;
    readonly help: string;
    /** Names of labels; none: absent. */
    readonly labels?: readonly string[];
    readonly count: (event: Extract<LabcmEvent, { type: T }>, add: Add) => void;
  };
};

const one = (_event: unknown, add: Add): void => add(1);

const COUNTED = {
  'tftp.request': { name: 'labcm_tftp_requests_total', help: 'TFTP requests', count: one },
  'tftp.refused': {
    name: 'labcm_tftp_refusals_total',
    help: 'TFTP requests answered by an ERROR packet, by its code',
    labels: ['code'],
    count: ({ code }, add) => add(1, { code: String(code) }),
  },
  'tftp.completed': {
    name: 'labcm_tftp_octets_total',
    help: 'Octets of files transferred whole by TFTP',
    count: ({ octets }, add) => add(octets),
  },
  'tftp.failed': {
    name: 'labcm_tftp_failures_total',
    help: 'TFTP transfers that did not end, by reason',
    labels: ['reason'],
    count: ({ reason }, add) => add(1, { reason }),
  },
  'tftp.malformed': { name: 'labcm_tftp_malformed_total', help: 'Datagrams that are no TFTP', count: one },
  'tftp.throttled': {
    name: 'labcm_tftp_throttled_total',
    help: 'TFTP requests over a limit',
    count: ({ count }, add) => add(count),
  },
  'http.file': {
    name: 'labcm_http_requests_total',
    help: 'File requests over HTTP, by status and outcome',
    labels: ['status', 'outcome'],
    count: ({ status, outcome }, add) => add(1, { status: String(status), outcome }),
  },
  'http.malformed': {
    name: 'labcm_http_malformed_total',
    help: 'What came over HTTP and is none',
    labels: ['service'],
    count: ({ service }, add) => add(1, { service }),
  },
  'http.throttled': {
    name: 'labcm_http_throttled_total',
    help: 'Connections and requests over an HTTP limit',
    labels: ['service'],
    count: ({ service, count }, add) => add(count, { service }),
  },
  'sip.throttled': {
    name: 'labcm_sip_throttled_total',
    help: 'SIP datagrams, messages and subscriptions over a limit, by the limit',
    labels: ['limit'],
    count: ({ limit, count }, add) => add(count, { limit }),
  },
  'sccp.link-refused': {
    name: 'labcm_sccp_links_refused_total',
    help: 'SCCP connections over a limit, by the limit',
    labels: ['limit'],
    count: ({ limit, count }, add) => add(count, { limit }),
  },
  'sip.link-refused': {
    name: 'labcm_sip_links_refused_total',
    help: 'SIP connections over a limit, by the limit',
    labels: ['limit'],
    count: ({ limit, count }, add) => add(count, { limit }),
  },
  'capf.link-refused': {
    name: 'labcm_capf_links_refused_total',
    help: 'CAPF connections over a limit, by the limit',
    labels: ['limit'],
    count: ({ limit, count }, add) => add(count, { limit }),
  },
  'tvs.link-refused': {
    name: 'labcm_tvs_links_refused_total',
    help: 'TVS connections over a limit, by the limit',
    labels: ['limit'],
    count: ({ limit, count }, add) => add(count, { limit }),
  },
  'call.off-hook': { name: 'labcm_call_attempts_total', help: 'Calls that phones began', count: one },
  'call.denied': {
    name: 'labcm_calls_denied_total',
    help: 'Calls that a phone could not begin, by the limit',
    labels: ['reason'],
    count: ({ reason, count }, add) => add(count, { reason }),
  },
  'call.alerting': {
    name: 'labcm_call_alerting_seconds_total',
    help: 'Time from the last digit to the first ringing phone, of all calls that rang',
    count: ({ waited }, add) => add(waited / 1000),
  },
  'call.answered': { name: 'labcm_calls_answered_total', help: 'Calls that were answered', count: one },
  'call.ended': {
    name: 'labcm_calls_ended_total',
    help: 'Calls that ended, by cause (Q.850)',
    labels: ['cause'],
    count: ({ orig, dest }, add) => add(1, { cause: String(orig.cause || (dest?.cause ?? 0)) }),
  },
  'call.media-failed': {
    name: 'labcm_call_media_failures_total',
    help: 'Calls without speech, by reason',
    labels: ['reason'],
    count: ({ reason }, add) => add(1, { reason }),
  },
  'call.one-way': {
    name: 'labcm_calls_one_way_total',
    help: 'Calls in which one end heard nothing of what the other sent, by the counts of both',
    count: one,
  },
  'device.registered': {
    name: 'labcm_registrations_total',
    help: 'Registrations, by protocol',
    labels: ['protocol'],
    count: ({ protocol }, add) => add(1, { protocol }),
  },
  'device.unregistered': {
    name: 'labcm_unregistrations_total',
    help: 'Registrations that ended, by reason',
    labels: ['reason'],
    count: ({ reason }, add) => add(1, { reason }),
  },
  'device.rejected': {
    name: 'labcm_rejections_total',
    help: 'Refused registrations, by protocol and reason',
    labels: ['protocol', 'reason'],
    count: ({ protocol, reason }, add) => add(1, { protocol, reason }),
  },
  'sccp.token': {
    name: 'labcm_tokens_total',
    help: 'Phones of other nodes that asked to come back to this one, by protocol, and whether they were let in',
    labels: ['protocol', 'granted'],
    count: ({ granted }, add) => add(1, { protocol: 'SCCP', granted: String(granted) }),
  },
  'sip.standby': {
    name: 'labcm_sip_standby_checks_total',
    help: 'Times that a SIP phone of another node checked whether this one would serve it',
    count: one,
  },
  'daemon.stood-still': {
    name: 'labcm_standstill_seconds_total',
    help: 'How long the process stood still for five seconds or more at a time',
    count: ({ milliseconds }, add) => add(milliseconds / 1000),
  },
  'trace.dropped': {
    name: 'labcm_trace_dropped_lines_total',
    help: 'Trace lines that were lost, by the output that fell behind',
    labels: ['sink'],
    count: ({ sink, lines }, add) => add(lines, { sink }),
  },
} as const satisfies Counted;

interface Tally {
  readonly metric: { readonly name: string; readonly help: string; readonly labels?: readonly string[] };
  readonly values: Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>;
}

const NANOSECONDS = 1e9;
/** Node measures the time between two looks at its loop, so what it reports is this interval plus the delay. */
const LAG_LOOK_MS = 20;

/**
 * The metrics of the API: counters and histograms of events, and gauges that it reads of devices and the process.
 * `COUNTED` has one row per counter, `OBSERVED_TIMES` one per histogram.
 */
export class MetricsCollector {
  readonly #devices: DevicesView;
  readonly #tallies: Tally[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #histograms = new Map<string, Histogram>();
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_LOOK_MS });
  readonly #loopDelay: LoopDelay;

  constructor(bus: EventBus<LabcmEvent>, devices: DevicesView, clock: Clock) {
    this.#devices = devices;
    this.#lag.enable();
    const delay = this.#histogramOf({
      name: 'labcm_event_loop_delay_seconds',
      help: 'How long a message waits that comes in a random moment, until labcm looks at it',
      buckets: SHORT_TIMES,
    });
    this.#loopDelay = new LoopDelay(clock, (seconds) => delay.observe(seconds));
    for (const [type, row] of Object.entries(OBSERVED_TIMES)) this.#observe(bus, type as LabcmEvent['type'], row);
    for (const [type, row] of Object.entries(COUNTED)) {
      const values: Tally['values'] = new Map();
      this.#tallies.push({ metric: row, values });
      const add: Add = (amount, labels = {}) => {
        const key = Object.values(labels).join('\0');
        const tally = values.get(key);
        if (tally === undefined) values.set(key, { labels, value: amount });
        else tally.value += amount;
      };
      const count = row.count as (event: LabcmEvent, add: Add) => void;
      this.#stops.push(bus.on(type as LabcmEvent['type'], (event: LabcmEvent) => count(event, add)));
    }
  }

  /** All metrics with their present values. Begins a new time for the lag of the event loop. */
  *metrics(): Iterable<Metric> {
    yield* this.counts();
    yield* this.#lagMetrics();
  }

  /** The same without the lag of the event loop, which is that since somebody last asked. */
  *counts(): Iterable<Metric> {
    for (const { metric, values } of this.#tallies) {
      const { name, help, labels = [] } = metric;
      yield { kind: 'counter', name, help, labels, values: [...values.values()] };
    }
    yield* this.#deviceMetrics();
    yield* this.#processMetrics();
  }

  /** A counter as it is now: the sum of its values with these labels. */
  total(name: string, labels: Readonly<Record<string, string>> = {}): number {
    let sum = 0;
    for (const { metric, values } of this.#tallies) {
      if (metric.name !== name) continue;
      for (const { labels: given, value } of values.values())
        if (
          Object.entries(labels).every(([label, text]) => (given as Readonly<Record<string, string>>)[label] === text)
        )
          sum += value;
    }
    return sum;
  }

  /** The same by name. */
  get histogramsByName(): ReadonlyMap<string, Histogram> {
    return this.#histograms;
  }

  /** Living ones: they go on counting. */
  get histograms(): Iterable<Histogram> {
    return this.#histograms.values();
  }

  close(): void {
    this.#lag.disable();
    this.#loopDelay.close();
    for (const stop of this.#stops) stop();
  }

  #observe(bus: EventBus<LabcmEvent>, type: LabcmEvent['type'], row: ObservedTime<never>): void {
    const histogram = this.#histogramOf(row);
    const observe = row.observe as ObservedTime<LabcmEvent>['observe'];
    this.#stops.push(
      bus.on(type, (event: LabcmEvent) => {
        const found = observe(event, (name) => this.#devices.byName(name));
        if (found !== undefined) histogram.observe({ ...found.labels }, found.seconds);
      }),
    );
  }

  #histogramOf({ name, help, labels = [], buckets }: Omit<ObservedTime<never>, 'observe'>): Histogram {
    const known = this.#histograms.get(name);
    if (known !== undefined) return known;
    const histogram = new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [] });
    this.#histograms.set(name, histogram);
    return histogram;
  }

  *#deviceMetrics(): Iterable<Metric> {
    yield single('gauge', 'labcm_devices', 'Devices that are configured or were auto-registered', this.#devices.size);
    yield {
      kind: 'gauge',
      name: 'labcm_devices_registered',
      help: 'Devices that are registered, by protocol',
      values: Object.entries(this.#devices.registered).map(([protocol, value]) => ({ labels: { protocol }, value })),
    };
    yield {
      kind: 'counter',
      name: 'labcm_keepalives_total',
      help: 'Keepalives and refreshes of registered devices, by protocol',
      values: Object.entries(this.#devices.keepAlives).map(([protocol, value]) => ({ labels: { protocol }, value })),
    };
    const statuses = new Map<RisStatus, number>();
    for (const [state, { name: word }] of Object.entries(RIS_STATUS))
      statuses.set(word, (statuses.get(word) ?? 0) + this.#devices.states[state as RegistrationState]);
    yield {
      kind: 'gauge',
      name: 'labcm_devices_by_status',
      help: 'Devices, by RIS status',
      values: [...statuses].map(([status, value]) => ({ labels: { status }, value })),
    };
  }

  *#processMetrics(): Iterable<Metric> {
    const { user, system } = process.cpuUsage();
    const memory = process.memoryUsage();
    yield single('counter', 'process_cpu_seconds_total', 'User and system CPU time', (user + system) / 1e6);
    yield single('gauge', 'process_resident_memory_bytes', 'Resident memory', memory.rss);
    yield single('gauge', 'labcm_heap_used_bytes', 'Heap in use', memory.heapUsed);
    yield single('gauge', 'labcm_uptime_seconds', 'Seconds since the process started', performance.now() / 1000);
  }

  *#lagMetrics(): Iterable<Metric> {
    yield {
      kind: 'quantiles',
      name: 'labcm_event_loop_lag_seconds',
      help: 'Lateness of the event loop since somebody last asked; labcm_event_loop_delay_seconds serves several who ask',
      values: [50, 99, 100].map((percentile) => ({
        labels: { quantile: String(percentile / 100) },
        value: Math.max(0, this.#lag.percentile(percentile) / NANOSECONDS - LAG_LOOK_MS / 1000),
      })),
    };
    this.#lag.reset();
  }
}
