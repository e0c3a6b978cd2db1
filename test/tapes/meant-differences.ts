// Differences between a captured server and ours that are meant, each with its reason.

import type { TapeDifference } from '../../src/tapes/compare-messages.js';

/** A difference that is meant. */
export interface Meant {
  /** Of the line that `shownDifference` makes. */
  readonly of: RegExp;
  readonly why: string;
}

/** A difference in one line. */
export const shownDifference = ({ kind, protocol, about, field, first, second }: TapeDifference): string =>
  `${protocol} ${about}${field === undefined ? '' : ` ${field}`}: ${kind === 'changed' ? `${first} → ${second}` : kind}`;

/** What nobody has a reason for, and the reasons that nothing needs any more. */
export const unmeant = (differences: readonly string[], meant: readonly Meant[]) => ({
  unexplained: differences.filter((line) => !meant.some(({ of }) => of.test(line))),
  needless: meant.filter(({ of }) => !differences.some((line) => of.test(line))).map(({ why }) => why),
});

/** Of a registration with CallManager 2. */
export const CALL_MANAGER_2: readonly Meant[] = [
  {
    of: /(?:alignmentPadding: 2446 → 0|ConfigStatMessage (?:deviceName|stationUserId): .* → (?:DEVICE|0))$/,
    why: 'CallManager 2 sent what stood in its memory before',
  },
  {
    of: /(?:secondaryKeepAliveInterval|maxProtocolVer|features\d|lineFullyQualifiedDisplayName|lineTextLabel|lineDisplayOptions): undefined → /,
    why: 'CallManager 2 had no such fields yet',
  },
  { of: /ConfigStatMessage serverName: cm20 → CM1$/, why: 'the name of the node' },
  {
    of: /(?:DisplayPromptStatus|SoftKeyTemplateRes|SoftKeySetRes|SelectSoftKeys|ForwardStat|SetLamp)Message: extra$/,
    why: 'CallManager 2 knew no soft keys, and did not answer about forwarding',
  },
  {
    of: /ButtonTemplateResMessage: (?:extra|missing)$/,
    why: 'the buttons are told at once; CallManager 2 told them after the line',
  },
  { of: /UnregisterAckMessage: extra$/, why: 'CallManager 2 never acknowledged it' },
];
