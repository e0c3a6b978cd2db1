// The JSON of the history, which the page draws as charts. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import { about, type Json, shape } from './shape.js';

export const HistoryUnit = about(
  z.enum(['devices', 'per-second', 'seconds', 'processors', 'octets', 'calls']),
  'What the values of a series are: devices, something a second, seconds, a share of one processor, octets, calls.',
  'per-second',
);
export type HistoryUnit = Json<typeof HistoryUnit>;

export const HistorySeriesJson = about(
  shape({
    name: about(
      z.string(),
      'Stable. What stands before the dot is the chart that it belongs to.',
      'registrations.SCCP',
    ),
    unit: about(HistoryUnit, 'What its values are.'),
  }),
  'A series of the history.',
);
export type HistorySeriesJson = Json<typeof HistorySeriesJson>;

export const HistorySample = about(
  z.array(z.number().nullable()),
  'What was so at one time: milliseconds since the Unix epoch by the wall clock as it is set now, then the value of each series. ' +
    '`null`: there is none, as of a time that nothing took.',
  [1_796_029_200_000, 0.4],
);
export type HistorySample = Json<typeof HistorySample>;

export const HistoryJson = about(
  shape({
    every: about(z.int(), 'Milliseconds from one sample to the next.', 5_000),
    series: about(z.array(HistorySeriesJson), 'What the values of a sample are.'),
    samples: about(z.array(HistorySample), 'The oldest first.'),
  }),
  'What the metrics were during the last hour.',
);
export type HistoryJson = Json<typeof HistoryJson>;

export const HistoryEvent = about(
  shape({ sample: about(HistorySample, 'The sample.') }),
  'A sample of the history that has come.',
);
export type HistoryEvent = Json<typeof HistoryEvent>;
