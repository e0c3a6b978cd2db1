// What a phone shows of its features: where each line forwards, by ForwardStat; that something is forwarded, by the lamp of its
// key; both and do not disturb on the prompt line of an idle phone (`docs/protocols/calls.md` §2.11).

import type { Instant } from '../../core/time.js';
import type { ConfiguredDevice, Line, LineForward } from '../../devices/index.js';
import type { BoundLink, Station } from '../station.js';
import { LAMP_MODES } from '../tables/enumerations.js';
import { STIMULI } from '../tables/stimuli.js';

/** What decides what a phone shows. */
export type ShownFeatures = Pick<ConfiguredDevice, 'lines' | 'doNotDisturb'>;

/** The key of phones that have one for it; it stands for all lines. */
const FORWARD_KEY = { stimulus: STIMULI.ForwardAll, stimulusInstance: 1 } as const;

/** Answers the request for where a line forwards. */
export const sendForward = (station: Station, lineNumber: number, line: Line | undefined, now: Instant): void => {
  const { all, busy, noAnswer } = line?.forward ?? ({} as Partial<LineForward>);
  if (all === undefined && busy === undefined && noAnswer === undefined) {
    station.sendPrepared(station.service.prepared.forward(lineNumber, station.version), now);
    return;
  }
  const isSet = (number: string | undefined): number => (number === undefined ? 0 : 1);
  const fields = {
    activeForward: 1,
    lineNumber,
    forwardAllActive: isSet(all),
    forwardAllDirnum: all ?? '',
    forwardBusyActive: isSet(busy),
    forwardBusyDirnum: busy ?? '',
    forwardNoAnswerActive: isSet(noAnswer),
    forwardNoAnswerDirnum: noAnswer ?? '',
  };
  station.send('ForwardStatMessage', fields, now);
};

/** The phone has asked for everything and is told the rest: the lamp of its key. */
export const beginFeatures = (station: Station, bound: BoundLink, now: Instant): void => {
  bound.shownFeatures = bound.record.configured;
  if (forwardsAll(bound.shownFeatures)) sendLamp(station, true, now);
};

/** Tells what of the features of a phone differs from what it shows. Returns whether something does. */
export const refreshFeatures = (station: Station, bound: BoundLink, now: Instant): boolean => {
  const before = bound.shownFeatures;
  const { configured } = bound.record;
  if (before === undefined || before === configured) return false;
  bound.shownFeatures = configured;
  let isOther = before.doNotDisturb !== configured.doNotDisturb;
  for (const [index, line] of configured.lines.entries()) {
    if (isSameForward(before.lines[index], line)) continue;
    isOther = true;
    sendForward(station, index + 1, line, now);
  }
  const isLit = forwardsAll(configured);
  if (isLit !== forwardsAll(before)) sendLamp(station, isLit, now);
  return isOther;
};

const forwardsAll = ({ lines }: ShownFeatures): boolean => lines.some(({ forward }) => forward.all !== undefined);

const isSameForward = (one: Line | undefined, other: Line): boolean =>
  one?.forward.all === other.forward.all &&
  one?.forward.busy === other.forward.busy &&
  one?.forward.noAnswer === other.forward.noAnswer;

const sendLamp = (station: Station, isOn: boolean, now: Instant): void =>
  station.send('SetLampMessage', { ...FORWARD_KEY, lampMode: isOn ? LAMP_MODES.On : LAMP_MODES.Off }, now);
