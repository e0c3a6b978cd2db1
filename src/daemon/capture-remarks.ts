import { describeReason, RIS_STATUS } from '../devices/index.js';
import type { TimelinesView } from '../http/index.js';
import type { CaptureRemarks } from './captures.js';

/**
 * Titles that say what a device is and how it is now. Verdicts with their evidence can be said in their place: the
 * sentence as the title, and the evidence as comments.
 */
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
