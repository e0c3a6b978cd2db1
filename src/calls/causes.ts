// Why a call ended or was never made: the values of ITU-T Q.850, as signalling, call logs and call records write them.

/** One row for each cause that labcm gives or understands (`docs/protocols/calls.md` §7.4). */
export const CAUSES = {
  unallocated: { value: 1, text: 'the number is not allocated' },
  noRoute: { value: 3, text: 'there is no route to the number' },
  normal: { value: 16, text: 'normal clearing' },
  busy: { value: 17, text: 'the called user is busy' },
  noResponse: { value: 18, text: 'the called user does not respond' },
  noAnswer: { value: 19, text: 'the called user does not answer' },
  /** The value is that of `absent`, which is what it means where a peer sends it: that one stands behind it. */
  nothingRings: { value: 20, text: 'no call rings that could be picked up' },
  absent: { value: 20, text: 'no phone of the number is registered' },
  rejected: { value: 21, text: 'the call was rejected' },
  changed: { value: 22, text: 'the number has changed' },
  outOfOrder: { value: 27, text: 'the destination is out of order' },
  incomplete: { value: 28, text: 'the number is incomplete' },
  unspecified: { value: 31, text: 'normal, unspecified' },
  noChannel: { value: 34, text: 'no channel is available' },
  networkOutOfOrder: { value: 38, text: 'the network is out of order' },
  temporaryFailure: { value: 41, text: 'temporary failure' },
  congestion: { value: 42, text: 'congestion: the limit of calls is reached' },
  noMedia: { value: 47, text: 'no media: no codec in common, or a phone did not open its channel' },
  unavailable: { value: 63, text: 'the service is not available' },
  incompatible: { value: 88, text: 'incompatible destination' },
  timer: { value: 102, text: 'a timer expired' },
  interworking: { value: 127, text: 'interworking, unspecified' },
} as const satisfies Record<string, { value: number; text: string }>;

/** The name of a cause: what code says; its `value` is what goes out. */
export type CauseName = keyof typeof CAUSES;

/** A Q.850 value, 1 to 127; 0 in call records: the other side gave the cause. */
export type CauseValue = number;

const BY_VALUE: ReadonlyMap<number, CauseName> = new Map(
  Object.entries(CAUSES).map(([name, { value }]) => [value, name as CauseName]),
);

/** The cause of a Q.850 value that a peer sent; `unspecified` for values that labcm does not use. */
export const causeOf = (value: number): CauseName => BY_VALUE.get(value) ?? 'unspecified';
