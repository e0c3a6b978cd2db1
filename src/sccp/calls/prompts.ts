// The texts on a phone's prompt line.

import type { Instant } from '../../core/time.js';
import type { Model } from '../../devices/index.js';
import type { OffHookLine, Station } from '../station.js';
import { labelled, shown } from '../tables/labels.js';
import { promptOf } from './call-prompts.js';

/** Label code 19: every phone shows it in its own language (`sccp.md` §9.3). */
const YOUR_CURRENT_OPTIONS = 19;
const IDLE = labelled(YOUR_CURRENT_OPTIONS);

/** Label code 36. */
const YOU_HAVE_VOICEMAIL = 36;
const MESSAGES = labelled(YOU_HAVE_VOICEMAIL);
/** 7935, 7936 and 7937, which stand on a table and have no message lamp. */
const WITHOUT_MESSAGE_LAMP: ReadonlySet<number> = new Set([9, 30_019, 431]);

/** Whether a phone of the model has a message lamp; else its prompt line says that messages wait. */
export const hasMessageLamp = ({ id }: Model): boolean => !WITHOUT_MESSAGE_LAMP.has(id);

const promptsMessages = ({ state, service }: Station): boolean => {
  if (state.kind !== 'bound') return false;
  const { configured } = state.record;
  return !hasMessageLamp(configured.model) && service.database.messages.linesOf(configured).length > 0;
};

/** Shows the prompt of an idle phone: what its user has set goes before messages, and those before the usual one. */
export const showIdlePrompt = (station: Station, now: Instant): void => {
  const { state } = station;
  const device = state.kind === 'bound' ? state.record.configured : undefined;
  const forward = device?.lines.find(({ forward: { all } }) => all !== undefined)?.forward.all;
  const set =
    forward !== undefined
      ? promptOf('forwardedTo', forward)
      : device?.doNotDisturb === undefined
        ? undefined
        : promptOf('doNotDisturb');
  const usual = promptsMessages(station) ? MESSAGES : IDLE;
  station.prompt(set?.text ?? usual, set?.content ?? shown(usual), undefined, now);
};

const NO_CALLS = 'Calls are not available';

/** Shows that no calls are possible. */
export const showNoCallsPrompt = (station: Station, offHook: OffHookLine, now: Instant): void =>
  station.prompt(NO_CALLS, NO_CALLS, offHook, now);
