import type { CaptureSubject } from '../capture/capture.js';
import { describeReason, RIS_STATUS } from '../devices/index.js';
import type { TimelinesView, VerdictsView } from '../http/index.js';
import type { CaptureRemarks } from './captures.js';

/** The device of a capture, else the name, hardware address or address that was asked for. */
const nameOf = ({ device, keys }: CaptureSubject): string => device?.configured.name ?? keys[0] ?? '';

/** The verdict of a phone as the title of its capture, and the facts behind it as comments of packets. */
export const verdictRemarks = (
  verdicts: Pick<VerdictsView, 'of'>,
  timelines: Pick<TimelinesView, 'waitsFor' | 'unknownPhone'>,
): CaptureRemarks => {
  const state = presentState(timelines);
  return {
    title: (who, subject) => {
      const found = verdicts.of(who)?.verdict;
      return found === undefined ? state.title(who, subject) : `${who}: ${found.code}: ${found.sentence}`;
    },
    comments: (subject) => {
      const found = verdicts.of(nameOf(subject))?.verdict;
      return (found?.evidence ?? []).map(({ at, type }) => ({
        at,
        type,
        text: `${found?.code}: ${found?.sentence}`,
      }));
    },
  };
};

/** Titles that say what a device is and how it is now. */
export const presentState = (timelines: Pick<TimelinesView, 'waitsFor' | 'unknownPhone'>): CaptureRemarks => ({
  title: (who, { device }) => {
    if (device === undefined) {
      const phone = timelines.unknownPhone(who);
      return phone === undefined
        ? `${who}: nobody configured it`
        : `${phone.name}: nobody configured it. ${phone.advice}`;
    }
    const { configured, state, reason, registration } = device;
    const waits = timelines.waitsFor(device);
    const why =
      state !== 'registered' && reason !== undefined && registration === undefined
        ? describeReason(reason.reason, reason).text
        : waits === undefined
          ? undefined
          : `waits for ${waits}`;
    const status = why === undefined ? RIS_STATUS[state].name : `${RIS_STATUS[state].name}: ${why}`;
    return `${configured.name} (${configured.model.name}, ${configured.protocol}) ${status}`;
  },
  comments: () => [],
});
