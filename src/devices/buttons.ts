// The keys beside a phone's screen, by their purpose. The protocols decide which instance a key has and how it is
// encoded.

/** `programmable` keys become lines, speed dials, services or features, as configured. The others are fixed. */
export type ButtonKind =
  | 'programmable'
  | 'line'
  | 'speed-dial'
  | 'hold'
  | 'transfer'
  | 'conference'
  | 'forward-all'
  | 'last-number-redial'
  | 'display'
  | 'voicemail'
  | 'messages'
  | 'directory'
  | 'headset'
  | 'application';

/** Keys in their order, from the top. */
export type ButtonLayout = readonly ButtonKind[];

const times = (count: number, kind: ButtonKind): ButtonKind[] => Array<ButtonKind>(count).fill(kind);

/** So many programmable keys. */
export const programmable = (count: number): ButtonLayout => times(count, 'programmable');

/** The layouts that are not just programmable keys (`sccp.md` §5.3, keys per model). */
export const LAYOUTS = {
  none: [],
  oneLine: ['line'],
  twoLines: ['line', 'line'],
  /** 7905, 7906, 7911, 7912. */
  lineHoldSpeedDials: ['line', 'hold', ...times(9, 'speed-dial')],
  '7902': [...hardKeys(), ...times(4, 'speed-dial'), 'last-number-redial'],
  '7910': [...hardKeys(), ...times(2, 'speed-dial'), 'last-number-redial'],
  '7931': [...times(20, 'programmable'), 'messages', 'directory', 'headset', 'application'],
  '6921': [...times(2, 'programmable'), ...times(6, 'speed-dial')],
  '894x': [...times(10, 'programmable'), 'conference', 'hold', 'transfer', 'last-number-redial'],
  ata: ['line', ...times(4, 'speed-dial')],
} as const satisfies Readonly<Record<string, ButtonLayout>>;

function hardKeys(): ButtonKind[] {
  return ['line', 'hold', 'transfer', 'display', 'voicemail', 'conference', 'forward-all'];
}
