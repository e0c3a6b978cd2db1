// What goes wrong in calls (`docs/protocols/calls.md` §8).

import type { VerdictCase } from './verdict-cases.js';
import { ADDRESS, PHONE, type Said, type VerdictLab } from './verdict-lab.js';

const FAR = 'SEP001122334466';

const leg = { call: 1001, leg: 16777300, device: PHONE, dn: '5001' } as const;

/** A registered phone of which the events are about its call 1001. */
const inCall =
  (...events: readonly object[]) =>
  (lab: VerdictLab): void => {
    lab.register();
    lab.say(...(events.map((event) => ({ ...leg, ...event })) as unknown as readonly Said[]));
  };

/** Speech in a later call. */
const talks = (lab: VerdictLab): void =>
  lab.say({
    ...leg,
    type: 'call.media',
    call: 1002,
    to: { address: '10.2.0.15', port: 24580 },
    codec: 'PCMU',
    direction: 'sendrecv',
  } as unknown as Said);

const failure = (reason: string, more: object = {}): VerdictCase['arrange'] =>
  inCall({ type: 'call.media-failed', reason, farDevice: FAR, ...more });

export const CALL_CASES: readonly VerdictCase[] = [
  {
    code: 'calls.one-way',
    arrange: inCall({ type: 'call.one-way', farDevice: FAR, packetsSent: 412 }),
    sentence: `It heard nothing of ${FAR}, which sent 412 packets of speech: they are lost between the two phones.`,
    remedy: 'UDP 16384-32767',
    mend: talks,
  },
  {
    code: 'calls.no-codec',
    arrange: failure('no-codec', { codecs: [['G729'], ['G722', 'PCMU']] }),
    sentence: `It has no codec in common with ${FAR}: it has G729, and the other G722, PCMU.`,
    remedy: 'G.711',
    mend: talks,
  },
  {
    code: 'calls.no-receive-channel',
    arrange: failure('silent'),
    sentence: 'It did not answer when it was told to open a port for speech, so its call had none.',
    remedy: 'power it off and on',
    mend: talks,
  },
  {
    code: 'calls.no-receive-channel',
    title: 'calls.no-receive-channel, refused',
    arrange: failure('refused'),
    sentence: 'It refused when it was told to open a port for speech, so its call had none.',
    remedy: 'power it off and on',
    mend: talks,
  },
  {
    code: 'calls.bad-address',
    arrange: failure('bad-address', { to: { address: '0.0.0.0', port: 0 } }),
    sentence: 'It wants its speech sent to 0.0.0.0:0, where no phone can be.',
    remedy: 'network settings',
    mend: talks,
  },
  {
    code: 'calls.not-sending',
    arrange: failure('not-sending'),
    sentence: `It was told to send its speech to ${FAR} and did not begin.`,
    remedy: 'power it off and on',
    mend: talks,
  },
  {
    code: 'calls.no-rtp-port',
    arrange: inCall({ type: 'rtp.no-port', service: 'echo', address: ADDRESS, reason: 'none-free' }),
    sentence: 'It called a service number, and every port of `calls.rtp.ports` is in use.',
    remedy: 'rtp: { ports:',
    mend: talks,
  },
  {
    code: 'calls.service-hears-nothing',
    arrange: inCall({
      type: 'rtp.silent',
      service: 'echo',
      from: { address: ADDRESS, port: 24580 },
      silentFor: 5000,
      dropped: 0,
    }),
    sentence: `It called a service number, and none of its speech arrives from ${ADDRESS}:24580.`,
    remedy: 'calls.rtp.ports',
    mend: talks,
  },
  {
    code: 'calls.limited',
    arrange: inCall({ type: 'call.denied', reason: 'line-full', count: 1 }),
    sentence: 'It could not begin a call on line 5001: the line has as many calls as its `maxCalls` allows.',
    remedy: 'maxCalls: 6',
    mend: talks,
  },
  {
    code: 'calls.number-unknown',
    arrange: inCall({ type: 'call.analysed', dialled: '5999', target: undefined, steps: [] }),
    sentence: 'It dialled "5999", which leads nowhere.',
    remedy: 'labcm dial 5999',
    mend: inCallLater(),
  },
  {
    code: 'calls.preserved',
    arrange: inCall({ type: 'call.preserved' }),
    sentence:
      'Its connection was lost while it talked: it talks on until somebody hangs up, and gets no other call until then.',
    remedy: 'nothing to do for the call',
    mend: (lab) =>
      lab.say({
        type: 'call.ended',
        call: 1001,
        dialled: '5002',
        orig: { leg: 1, device: PHONE, cause: 41, by: 'server' },
        dest: { leg: 2, cause: 0, by: 'far' },
      } as unknown as Said),
  },
];

/** The phone calls somebody who rings. */
function inCallLater(): (lab: VerdictLab) => void {
  return (lab) => lab.say({ ...leg, call: 1002, type: 'call.offered', to: '5002' } as unknown as Said);
}
