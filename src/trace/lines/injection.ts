// The trace lines of faults that labcm makes on purpose. Each of them says so, lest somebody looks for the mistake elsewhere.

import type { FaultInjected, InjectionEvent } from '../../injection/events.js';
import type { Rows } from '../row.js';

const ENDS = {
  cleared: 'somebody cleared it',
  times: 'it was made as often as its rule says',
  for: 'its time is over',
  reload: 'the configuration has it no more',
  room: 'the configuration has new ones, and there were too many',
} as const;

const whom = ({ device, mac, address, port }: FaultInjected): string => {
  const end = address === '' ? '' : `${address}:${port}`;
  const who = device ?? mac;
  if (who === undefined) return end;
  return end === '' ? who : `${who} (${end})`;
};

const deed = (event: FaultInjected): string => {
  const { where, fault, message, direction, detail } = event;
  const what =
    message === '' ? fault : `${fault} of ${message}, which labcm ${direction === 'sent' ? 'sends' : 'received'}`;
  return `${where} ${what}${detail === '' ? '' : ` (${detail})`}`;
};

const asked = (from: string | undefined): string => (from === undefined ? '' : ` from ${from}`);

export const injectionLines = {
  'fault.added': {
    component: 'CCM',
    level: 'special',
    text: ({ rule, says, by, from }) => `Injected fault: rule ${rule} added by ${by}${asked(from)}: ${says}`,
    summary: ({ rule, says }) => ({
      tone: 'plain',
      about: '',
      text: `labcm makes faults on purpose from now on, rule ${rule}: ${says}`,
    }),
  },
  'fault.cleared': {
    component: 'CCM',
    level: 'special',
    text: ({ rule, because, injected, from }) =>
      `Injected fault: rule ${rule} ends, ${ENDS[because]}${asked(from)}; made ${injected} times`,
    summary: ({ rule, because, injected }) => ({
      tone: 'plain',
      about: '',
      text: `rule ${rule} for faults ends after ${injected} of them: ${ENDS[because]}`,
    }),
  },
  'fault.injected': {
    component: 'CCM',
    level: 'significant',
    limited: 'by-second',
    text: (event) => `Injected fault: rule ${event.rule}: ${deed(event)} for ${whom(event)}`,
    summary: (event) => ({
      tone: 'bad',
      about: event.device ?? event.mac ?? event.address,
      text: `labcm itself did this, by rule ${event.rule}: ${deed(event)}`,
    }),
  },
} as const satisfies Rows<InjectionEvent['type']>;
