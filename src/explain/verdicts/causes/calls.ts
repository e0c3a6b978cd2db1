// What goes wrong in calls of a phone that is registered (`docs/protocols/calls.md` §8). A cause is over when the phone
// has speech in a later call.

import type { LabcmEvent } from '../../../events.js';
import type { EventOf } from '../../../trace/index.js';
import { cause, causes } from '../cause.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, or, setting } from '../remedies.js';
import { quoted } from '../shown-text.js';

type MediaFailure = EventOf<'call.media-failed'>['reason'];

/** The newest event of its type, if the phone had no speech in a later call. */
const lately = <T extends LabcmEvent['type']>(
  { history }: PhoneView,
  type: T,
  where?: (event: EventOf<T>) => boolean,
): EventOf<T> | undefined => {
  const event = history.last(type, where);
  const speech = history.last('call.media');
  if (event === undefined || (speech !== undefined && speech.at > event.at && speech.call !== callOf(event)))
    return undefined;
  return event;
};

const callOf = (event: object): number | undefined =>
  'call' in event && typeof event.call === 'number' ? event.call : undefined;

const failed = (view: PhoneView, reason: MediaFailure): EventOf<'call.media-failed'> | undefined =>
  lately(view, 'call.media-failed', (event) => event.reason === reason);

const far = ({ farDevice }: { readonly farDevice?: string }): string => farDevice ?? 'the other end';

const ofCalls = { stage: 'calls', overBoots: true, shows: '' } as const;

export const callCauses = causes({
  'calls.one-way': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.one-way', 'call.media'],
    fits: (view) => {
      const event = lately(view, 'call.one-way');
      return event === undefined ? undefined : { far: far(event), sent: event.packetsSent };
    },
    sentence: ({ far, sent }) =>
      `It heard nothing of ${far}, which sent ${sent} packets of speech: they are lost between the two phones.`,
    remedy: ({ far }) => [
      network(
        'let UDP 16384-32767 pass between the subnets of the two phones, in both directions, and route without NAT',
      ),
      command(shell`labcm timeline ${far}   # the addresses to which each sends`),
    ],
    example: { far: 'SEP001122334456', sent: 412 },
  }),
  'calls.no-codec': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.media-failed'],
    fits: (view) => {
      const event = failed(view, 'no-codec');
      if (event === undefined) return undefined;
      const [own = [], other = []] = event.codecs ?? [];
      return { far: far(event), own: own.join(', ') || 'none', other: other.join(', ') || 'none' };
    },
    sentence: ({ far, own, other }) => `It has no codec in common with ${far}: it has ${own}, and the other ${other}.`,
    remedy: () => [look('enable G.711 (PCMU, PCMA) in both phones: labcm does not convert speech')],
    example: { far: 'SEP001122334456', own: 'G.729', other: 'G.722, G.711u' },
  }),
  'calls.no-receive-channel': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.media-failed'],
    fits: (view) => {
      const event = failed(view, 'silent') ?? failed(view, 'refused');
      return event === undefined ? undefined : { how: event.reason === 'silent' ? 'did not answer' : 'refused' };
    },
    sentence: ({ how }) => `It ${how} when it was told to open a port for speech, so its call had none.`,
    remedy: () => [look('power it off and on; if it goes on, try another load')],
    example: { how: 'did not answer' },
  }),
  'calls.bad-address': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.media-failed', 'rtp.address-refused'],
    fits: (view) => {
      const to = failed(view, 'bad-address')?.to ?? lately(view, 'rtp.address-refused')?.to;
      return to === undefined ? undefined : { address: `${to.address}:${to.port}` };
    },
    sentence: ({ address }) => `It wants its speech sent to ${address}, where no phone can be.`,
    remedy: () => [look('look at the network settings of the phone, and for a NAT or SIP ALG between it and labcm')],
    example: { address: '0.0.0.0:0' },
  }),
  'calls.not-sending': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.media-failed'],
    fits: (view) => {
      const event = failed(view, 'not-sending');
      return event === undefined ? undefined : { far: far(event) };
    },
    sentence: ({ far }) => `It was told to send its speech to ${far} and did not begin.`,
    remedy: () => [look('power it off and on; if it goes on, try another load')],
    example: { far: 'SEP001122334456' },
  }),
  'calls.no-rtp-port': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['rtp.no-port'],
    fits: (view) => {
      const event = lately(view, 'rtp.no-port');
      return event === undefined ? undefined : { reason: event.reason };
    },
    sentence: ({ reason }) =>
      reason === 'none-free'
        ? 'It called a service number, and every port of `calls.rtp.ports` is in use.'
        : `It called a service number, and no port for speech can be opened: ${reason}.`,
    remedy: (_, place) => [setting(place, yaml`calls: { rtp: { ports: 24576-24975 } }   # a wider range`)],
    example: { reason: 'none-free' },
  }),
  'calls.service-hears-nothing': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['rtp.silent'],
    fits: (view) => {
      const event = lately(view, 'rtp.silent');
      return event === undefined
        ? undefined
        : { from: `${event.from.address}:${event.from.port}`, dropped: event.dropped };
    },
    sentence: ({ from, dropped }) =>
      `It called a service number, and none of its speech arrives from ${from}${dropped === 0 ? '' : `; ${dropped} packets came from elsewhere`}.`,
    remedy: ({ dropped }) => [
      network(
        dropped === 0
          ? 'let UDP from the phone to the ports of `calls.rtp.ports` on this host pass'
          : 'route without NAT: the speech comes from another address than the phone gave',
      ),
    ],
    example: { from: '10.2.0.14:24580', dropped: 0 },
  }),
  'calls.limited': cause({
    ...ofCalls,
    severity: 'degraded',
    confidence: 'certain',
    evidence: ['call.denied'],
    fits: (view) => {
      const event = lately(view, 'call.denied');
      return event === undefined ? undefined : { reason: event.reason, dn: event.dn };
    },
    sentence: ({ reason, dn }) => `It could not begin a call on line ${dn}: ${DENIALS[reason].text}.`,
    remedy: ({ reason }, place) => [setting(place, writtenYaml(DENIALS[reason].key))],
    example: { reason: 'line-full' as EventOf<'call.denied'>['reason'], dn: '5001' },
  }),
  'calls.number-unknown': cause({
    ...ofCalls,
    severity: 'attention',
    confidence: 'certain',
    evidence: ['call.analysed'],
    fits: (view) => {
      const event = view.history.last('call.analysed', ({ target }) => target === undefined);
      const later = event && view.history.last('call.offered', ({ at }) => at > event.at);
      return event === undefined || later !== undefined ? undefined : { dialled: event.dialled };
    },
    sentence: ({ dialled }) => `It dialled ${quoted(dialled)}, which leads nowhere.`,
    remedy: ({ dialled }) => [
      command(shell`labcm dial ${/^[\w*#+]+$/.test(dialled) ? dialled : '…'}   # says why`),
      look('give a device a line with that number'),
      ...or(look('add a translation to `calls.translations`')),
    ],
    example: { dialled: '5999' },
  }),
  'calls.preserved': cause({
    ...ofCalls,
    severity: 'attention',
    confidence: 'certain',
    evidence: ['call.preserved', 'device.unregistered'],
    fits: (view) => {
      const event = view.history.last('call.preserved');
      if (event === undefined) return undefined;
      const isOver = ({ call, at }: { readonly call: number; readonly at: number }) =>
        call === event.call && at >= event.at;
      return view.history.has('call.released', isOver) || view.history.has('call.ended', isOver)
        ? undefined
        : { call: event.call };
    },
    sentence: () =>
      'Its connection was lost while it talked: it talks on until somebody hangs up, and gets no other call until then.',
    remedy: () => [look('nothing to do for the call; what ended the connection is under its registrations')],
    example: { call: 1001 },
  }),
});

const DENIALS = {
  'line-full': {
    text: 'the line has as many calls as its `maxCalls` allows',
    key: 'devices: [{ …, lines: [{ dn: …, maxCalls: 6 }] }]',
  },
  'too-fast': {
    text: 'more calls begin in a second than `calls.limits.perSecond` allows',
    key: 'calls: { limits: { perSecond: 200 } }',
  },
  'device-full': { text: 'it has as many calls as one device may', key: 'calls: { limits: { perDevice: 400 } }' },
  'server-full': {
    text: 'labcm holds as many calls as `calls.limits.calls` allows',
    key: 'calls: { limits: { calls: 4000 } }',
  },
  disabled: { text: 'calls are switched off', key: 'calls: { enabled: true }' },
} as const satisfies Readonly<
  Record<EventOf<'call.denied'>['reason'], { readonly text: string; readonly key: string }>
>;
