// The JSON of the history, which the page draws as charts. What holds for `shapes.ts` holds here.

/** What the values of a series are: devices, something a second, seconds, a share of one processor, octets, calls. */
export type HistoryUnit = 'devices' | 'per-second' | 'seconds' | 'processors' | 'octets' | 'calls';

/** A series of the history. */
export interface HistorySeriesJson {
  /** Stable, such as `registrations.SCCP`. What stands before the dot is the chart that it belongs to. */
  readonly name: string;
  readonly unit: HistoryUnit;
}

/**
 * What was so at one time: milliseconds since the Unix epoch by the wall clock as it is set now, then the value of each series.
 * `null`: there is none, as of a time that nothing took.
 */
export type HistorySample = readonly (number | null)[];

/** `GET /api/history`. */
export interface HistoryJson {
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  readonly series: readonly HistorySeriesJson[];
  /** The oldest first. */
  readonly samples: readonly HistorySample[];
}

/** The event `sample` of `GET /api/fleet/changes`: a sample that has come. */
export interface HistoryEvent {
  readonly sample: HistorySample;
}
