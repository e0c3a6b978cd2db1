// The histograms of the metrics: how long things take. One row each. What happens once for each call, registration or
// file is observed on its event; nothing is measured for each message.

import type { DeviceRecord } from '../../devices/device.js';
import type { LabcmEvent } from '../../events.js';

/** What an event adds to a histogram: seconds, and labels; `undefined`: nothing. */
export type Observation = { readonly seconds: number; readonly labels?: Readonly<Record<string, string>> } | undefined;

/** A histogram that events add to. */
export interface ObservedTime<E> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds in seconds. */
  readonly buckets: readonly number[];
  /** `byName` finds the device of an event. */
  readonly observe: (event: E, byName: (name: string) => DeviceRecord | undefined) => Observation;
}

/** Of what labcm does by itself. */
export const SHORT_TIMES: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Of what a phone or a network takes part in. */
const LONG_TIMES: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const FILE_TIMES = {
  name: 'labcm_file_transfer_seconds',
  help: 'How long files took from request to end, by protocol',
  labels: ['protocol'],
  buckets: LONG_TIMES,
} as const;

/** The rows by event type. Rows of one name are one histogram. */
export const OBSERVED_TIMES = {
  'call.alerting': {
    name: 'labcm_call_setup_seconds',
    help: 'Time from the last digit to the first ringing phone',
    buckets: SHORT_TIMES,
    observe: ({ waited }) => ({ seconds: waited / 1000 }),
  },
  'device.registered': {
    name: 'labcm_registration_seconds',
    help: 'Time from the first message of a registration to its completion, by protocol',
    labels: ['protocol'],
    buckets: LONG_TIMES,
    observe: ({ device, protocol, at }, byName) => {
      const startedAt = byName(device)?.registration?.startedAt;
      return startedAt === undefined ? undefined : { seconds: (at - startedAt) / 1000, labels: { protocol } };
    },
  },
  'tftp.completed': {
    ...FILE_TIMES,
    observe: ({ milliseconds }) => ({ seconds: milliseconds / 1000, labels: { protocol: 'TFTP' } }),
  },
  'http.file': {
    ...FILE_TIMES,
    observe: ({ milliseconds, outcome, method }) =>
      outcome === 'served' && method === 'GET'
        ? { seconds: milliseconds / 1000, labels: { protocol: 'HTTP' } }
        : undefined,
  },
} as const satisfies { readonly [T in LabcmEvent['type']]?: ObservedTime<Extract<LabcmEvent, { type: T }>> };
