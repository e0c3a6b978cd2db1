import type { CaptureSubject } from '../capture/capture.js';
import type { CaptureComment } from '../capture/capture-writer.js';
import { describeReason, RIS_STATUS } from '../devices/index.js';
import type { ApiTimelineStep, TimelinesView, VerdictsView } from '../http/index.js';
import type { CaptureRemarks } from './captures.js';

/** The device of a capture, else the name, hardware address or address that was asked for. */
const nameOf = ({ device, keys }: CaptureSubject): string => device?.configured.name ?? keys[0] ?? '';

/** The verdict of a phone as the title of its capture, and the facts behind it as comments of packets. */
export const verdictRemarks = (
  verdicts: Pick<VerdictsView, 'of'>,
  timelines: Pick<TimelinesView, 'of' | 'waitsFor' | 'unknownPhone'>,
): CaptureRemarks => {
  const state = presentState(timelines);
  return {
    title: (who, subject) => {
      const found = verdicts.of(who)?.verdict;
      return found === undefined ? state.title(who, subject) : `${who}: ${found.code}: ${found.sentence}`;
    },
    comments: (subject) => {
      const found = verdicts.of(nameOf(subject))?.verdict;
      const evidence = (found?.evidence ?? []).filter(({ type }) => type !== INJECTED);
      const said = evidence.map(({ at, type }) => ({ at, type, text: `${found?.code}: ${found?.sentence}` }));
      return [...said, ...injectedIn(stepsOf(timelines, subject))];
    },
  };
};

const INJECTED = 'fault.injected';

const stepsOf = (
  timelines: Pick<TimelinesView, 'of' | 'unknownPhone'>,
  subject: CaptureSubject,
): readonly ApiTimelineStep[] => {
  const { device } = subject;
  if (device === undefined) return timelines.unknownPhone(nameOf(subject))?.steps ?? [];
  return timelines.of(device.configured.name)?.steps ?? [];
};

/**
 * What labcm did on purpose, whatever the verdict is: at a packet of the place where it did. Of what it did several times in a row
 * the first and the last time.
 */
const injectedIn = (steps: readonly ApiTimelineStep[]): readonly CaptureComment[] =>
  steps
    .filter(({ type }) => type === INJECTED)
    .flatMap(({ at, since, facts, text, times = 1 }) => {
      const type = `${facts.where}.injected`;
      const last = { at, type, text: times === 1 ? text : `${text} (${times} times)` };
      return since === undefined || since === at ? [last] : [{ at: since, type, text }, last];
    });

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
