// The soft keys of CallManager: the number that a phone sends when one is pressed, and the label by which the phone
// finds the text in its own language. The same for both protocols; which keys a phone gets is decided there.

/** A soft key by its numbers. */
export interface SoftKey {
  /** CallManager's number: in SCCP's SoftKeyEvent and in a SIP phone's `eventID`. */
  readonly event: number;
  /** The number in the phone's dictionary: SCCP's label code and a SIP phone's `tag`. */
  readonly label: number;
}

/** By event. */
export const SOFT_KEYS = {
  none: { event: 0, label: 0 },
  redial: { event: 1, label: 1 },
  newCall: { event: 2, label: 2 },
  hold: { event: 3, label: 3 },
  transfer: { event: 4, label: 4 },
  forwardAll: { event: 5, label: 5 },
  backspace: { event: 8, label: 8 },
  endCall: { event: 9, label: 9 },
  resume: { event: 10, label: 10 },
  answer: { event: 11, label: 11 },
  conference: { event: 13, label: 13 },
  park: { event: 14, label: 14 },
  join: { event: 15, label: 15 },
  meetMe: { event: 16, label: 16 },
  pickUp: { event: 17, label: 17 },
  groupPickUp: { event: 18, label: 18 },
  removeLastConferee: { event: 19, label: 57 },
  callBack: { event: 20, label: 65 },
  barge: { event: 21, label: 67 },
  qualityReport: { event: 22, label: 75 },
  maliciousCall: { event: 27, label: 76 },
  directTransfer: { event: 28, label: 77 },
  select: { event: 29, label: 78 },
  conferenceList: { event: 30, label: 79 },
  immediateDivert: { event: 31, label: 80 },
  videoMode: { event: 33, label: 88 },
  otherPickUp: { event: 34, label: 91 },
  huntLog: { event: 35, label: 92 },
  doNotDisturb: { event: 69, label: 63 },
  abbreviatedDial: { event: 71, label: 7740 },
  record: { event: 74, label: 7747 },
} as const satisfies Record<string, SoftKey>;

/** The name of a soft key in the configuration. */
export type SoftKeyName = keyof typeof SOFT_KEYS;

/** An event's help text has this number plus that of the event. */
const HELP_OF_EVENT = 300;

/** The number of the help text of a key; 0 for `none`. */
export const helpOf = ({ event }: SoftKey): number => (event === 0 ? 0 : HELP_OF_EVENT + event);
