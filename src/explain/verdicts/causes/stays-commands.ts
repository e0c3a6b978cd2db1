// Registrations that ended since somebody wished it, and commands that were not followed (`docs/protocols/explain.md`
// §2.7).

import { after, minutes } from '../../../core/time.js';
import { ENDINGS, type EndReason } from '../../../devices/index.js';
import { cause, causes } from '../cause.js';
import { shell } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, onPhone } from '../remedies.js';

/** Ends that labcm or its owner wished. */
const BY_LABCM: ReadonlySet<EndReason> = new Set(['reset', 'applied', 'reconfigured', 'shutdown']);

/** A phone that was told to begin anew is back after this time, or something else is wrong. */
const BACK_WITHIN = minutes(3);

const COMMANDS = ['device.commanded', 'sip.command-answered', 'device.unregistered'] as const;

/** A command that was not answered, or with a refusal, if it did not register anew since. */
const untaken = (view: PhoneView): { readonly command: string; readonly status: string } | undefined => {
  const ended = view.ending;
  const answer = view.history.last('sip.command-answered');
  if (ended?.reason === 'no-response') {
    const told = view.history.last('device.commanded')?.command ?? 'reset';
    return { command: told, status: 'it did not answer' };
  }
  if (answer === undefined || (answer.status >= 200 && answer.status < 400)) return undefined;
  const registration = view.record?.registration;
  if (registration === undefined || registration.startedAt > answer.at) return undefined;
  const status = answer.status === 0 ? 'it did not answer' : `it answered ${answer.status}`;
  return { command: answer.command, status };
};

export const stayCommandCauses = causes({
  'stays.ended-by-us': cause({
    stage: 'stays',
    severity: 'attention',
    confidence: 'certain',
    shows: 'as it was told',
    overBoots: true,
    evidence: ['device.commanded', 'device.changed', 'device.unregistered'],
    fits: (view) => {
      const { ending, now, boot } = view;
      if (ending === undefined || !BY_LABCM.has(ending.reason as EndReason)) return undefined;
      // What it did since says more, once the time in which it is back is over.
      const isHeard = (boot.lastAt ?? ending.at) > ending.at;
      if (isHeard && now >= after(ending.at, BACK_WITHIN)) return undefined;
      return { time: view.timeOf(ending.at), reason: ending.reason as EndReason };
    },
    until: ({ ending }) => (ending === undefined ? undefined : after(ending.at, BACK_WITHIN)),
    sentence: ({ time, reason }) =>
      `labcm ended it at ${time}: ${ENDINGS[reason].text}. It normally is back within a minute.`,
    remedy: () => [look('wait a minute'), onPhone('if it does not come back: power it off and on')],
    example: { time: '10:02:14', reason: 'reset' as EndReason },
  }),
  'stays.no-answer-to-command': cause({
    stage: 'stays',
    severity: 'degraded',
    confidence: 'certain',
    shows: 'unchanged',
    overBoots: true,
    evidence: COMMANDS,
    fits: (view) => {
      const found = untaken(view);
      return found === undefined ? undefined : { ...found, device: view.name };
    },
    sentence: ({ command: told, status }) => `It did not take the command ${told}: ${status}.`,
    remedy: ({ device, command: told }) => [
      command(shell`labcm ${told === 'restart' ? 'reset' : 'restart'} ${device}`),
      onPhone('power it off and on'),
    ],
    example: { command: 'reset', status: 'it answered 403', device: 'SEP001122334455' },
  }),
  'stays.failback': cause({
    stage: 'stays',
    severity: 'attention',
    confidence: 'certain',
    shows: 'registers elsewhere',
    overBoots: true,
    evidence: ['device.unregistered'],
    fits: (view) => {
      if (view.ending?.reason !== 'fallback') return undefined;
      const first = view.config.sccp.groups.get(view.configured?.group ?? '')?.[0];
      return { node: first === undefined || first.name === view.config.self.name ? 'another node' : first.name };
    },
    sentence: ({ node }) => `It went back to ${node}, which is before this one in its group.`,
    remedy: ({ node }) => [look(`nothing to do; \`labcm status\` of ${node} has it`)],
    example: { node: 'CM1' },
  }),
});
