// What labcm does to a phone on purpose, lest it looks like the phone's own mistake.

import { after, type Duration, minutes } from '../../../core/time.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { shell } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look } from '../remedies.js';

/** A phone that works has got over a fault after this time; one that does not may still suffer from it. */
const FELT = { registered: minutes(1), others: minutes(10) };

const feltFor = ({ isRegistered }: PhoneView): Duration => (isRegistered ? FELT.registered : FELT.others);

const lastOf = (view: PhoneView): EventOf<'fault.injected'> | undefined => {
  const last = view.history.last('fault.injected');
  return last === undefined || view.now >= after(last.at, feltFor(view)) ? undefined : last;
};

export const injectedCauses = causes({
  'ops.injected-fault': cause({
    stage: 'ops',
    severity: ({ isRegistered }) => (isRegistered ? 'attention' : 'blocking'),
    confidence: 'certain',
    shows: 'as it takes the fault',
    overBoots: true,
    evidence: ['fault.injected'],
    fits: (view) => {
      const last = lastOf(view);
      if (last === undefined) return undefined;
      const { rule, where, fault, message, at } = last;
      const times = view.history.count('fault.injected', (event) => event.rule === rule);
      return { rule, where, fault, message, times, time: view.timeOf(at), isRegistered: view.isRegistered };
    },
    until: (view) => {
      const last = lastOf(view);
      return last === undefined ? undefined : after(last.at, feltFor(view));
    },
    sentence: ({ rule, where, fault, message, times, time }) =>
      `labcm itself does this to it on purpose, by rule ${rule}: ${where} ${fault}${message === '' ? '' : ` of ${message}`}, ${times === 1 ? 'once' : `${times} times`}, last at ${time}.`,
    remedy: ({ rule }) => [
      command(shell`labcm fault clear ${rule}`),
      look('`labcm fault list` shows the rules that there are'),
    ],
    example: {
      rule: 'fault-1',
      where: 'sccp',
      fault: 'drop',
      message: 'KeepAliveAckMessage',
      times: 3,
      time: '10:02:14',
      isRegistered: false as boolean,
    },
  }),
});
