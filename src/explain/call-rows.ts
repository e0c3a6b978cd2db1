// The events of calls in the timeline of a device.

import type { LabcmEvent } from '../events.js';
import type { EventOf } from '../trace/index.js';
import type { TimelineRow } from './timeline-events.js';

/** How a leg ended, as its device's timeline says it. */
const CALL_ENDS: Readonly<Record<EventOf<'call.released'>['by'], (cause: number) => string>> = {
  user: (cause) => (cause === 16 ? 'hung up' : `ended the call (cause ${cause})`),
  far: () => 'was hung up by the other end',
  elsewhere: () => 'stopped ringing: another phone answered',
  transfer: () => 'left the call, which goes on without it',
  conference: () => 'was taken out of a conference, or it is over',
  feature: () => 'dialled a feature, which is set',
  server: (cause) => `had its call ended by labcm (cause ${cause})`,
};

/** None, normal clearing, and a number that leads nowhere. */
const TOLD_CAUSES: ReadonlySet<number> = new Set([0, 1, 16]);

/** The rows by event type. */
export const CALL_ROWS = {
  'call.denied': { isTrouble: true, step: 'call', distinct: ({ reason }) => reason },
  'call.analysed': {
    step: 'call',
    isTrouble: true,
    when: ({ target }) => target === undefined,
    distinct: ({ dialled }) => dialled,
    text: ({ dialled }) => `dialled ${dialled}, which leads nowhere`,
  },
  'call.offered': { step: 'call', distinct: ({ call, to }) => `${call} ${to}` },
  'call.alerting': { step: 'call', distinct: ({ call }) => call },
  'call.answered': { step: 'call', distinct: ({ call }) => call },
  'call.media': { step: 'call', distinct: ({ call, to, codec }) => `${call} ${to.address}:${to.port} ${codec}` },
  'call.media-failed': { isTrouble: true, step: 'call', distinct: ({ call, reason }) => `${call} ${reason}` },
  'call.held': { step: 'call', distinct: ({ call }) => call },
  'call.resumed': { step: 'call', distinct: ({ call }) => call },
  'call.forwarded': { step: 'call', isTrouble: true, when: ({ isLoop }) => isLoop, distinct: ({ call }) => call },
  'call.feature-refused': { isTrouble: true, step: 'call', distinct: ({ dn, number }) => `${dn} ${number}` },
  'call.parked': { step: 'call', distinct: ({ call }) => call },
  'call.park-reminded': { step: 'call', distinct: ({ call }) => call },
  'call.retrieved': { step: 'call', distinct: ({ call }) => call },
  'call.picked-up': { step: 'call', distinct: ({ call }) => call },
  'call.conference-joined': { step: 'call', distinct: ({ conference }) => conference },
  'call.conference-left': { step: 'call', distinct: ({ conference }) => conference },
  'call.paged': {
    step: 'call',
    isTrouble: true,
    when: ({ listening, called }) => listening + called === 0,
    distinct: ({ call }) => call,
  },
  'call.moved': { step: 'call', distinct: ({ call }) => call },
  'call.transferred': { step: 'call', distinct: ({ call }) => call },
  'call.released': {
    step: 'call',
    distinct: ({ call }) => call,
    text: ({ cause, by }) => CALL_ENDS[by](cause),
  },
  'call.ended': {
    step: 'call',
    subject: ({ orig: { device } }) => ({ device }),
    // A call that led nowhere, and one that was given up, have been told.
    when: ({ answeredAt, orig, dest }) =>
      answeredAt === undefined && !TOLD_CAUSES.has(orig.cause || (dest?.cause ?? 0)),
    distinct: ({ call }) => call,
  },
  // One row that counts: what the line does is told by the rows of its calls.
  'call.line-state': {
    step: 'call',
    text: ({ dn, state, told }) =>
      `its lamp for ${dn} shows ${state} to ${told} ${told === 1 ? 'watcher' : 'watchers'}`,
  },
  'call.preserved': { isTrouble: true, step: 'call', distinct: ({ call }) => call },
  'call.one-way': { isTrouble: true, step: 'call', distinct: ({ call }) => call },
  'rtp.no-port': { isTrouble: true, step: 'call', distinct: ({ call }) => call },
  'rtp.address-refused': { step: 'call', distinct: ({ call }) => call },
  'rtp.silent': { isTrouble: true, step: 'call', distinct: ({ call }) => call },
} as const satisfies {
  readonly [T in Extract<LabcmEvent['type'], `call.${string}` | `rtp.${string}`>]?: TimelineRow<EventOf<T>>;
};
