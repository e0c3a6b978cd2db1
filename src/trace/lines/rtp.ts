// How labcm's own RTP is told: the service numbers with sound.

import type { AddressFault, RtpEvent } from '../../rtp/events.js';
import type { Rows } from '../row.js';

const ADDRESS_FAULTS: Readonly<Record<AddressFault, string>> = {
  none: 'is no address that packets could go to',
  broadcast: 'is a broadcast address',
  multicast: 'is a multicast address',
  reserved: 'is of a reserved range',
  ours: 'is a port of labcm itself',
};

interface AboutServiceLeg {
  readonly call: number;
  readonly leg: number;
  readonly device?: string;
  readonly service: string;
}

const leg = ({ call, leg: ci, device, service }: AboutServiceLeg): string =>
  `GCI=(${ci >>> 24}, ${call}), CI=${ci}, Device=${device ?? ''}, Service=${service}`;

export const rtpLines = {
  'rtp.port-taken': {
    component: 'CCM',
    level: 'special',
    text: ({ address, port, code }) =>
      `MediaResource: port not available. IPAddr=${address}, Port=${port}, Code=${code}`,
    summary: ({ address, port, code }) => ({
      tone: 'quiet',
      about: '',
      text: `UDP ${address}:${port} of \`calls.rtp.ports\` cannot be had (${code}) and is skipped`,
    }),
  },
  'rtp.no-port': {
    component: 'CCM',
    level: 'error',
    text: (event) => `MediaResource: no port. ${leg(event)}, IPAddr=${event.address}, Reason=${event.reason}`,
    summary: (event) => ({
      tone: 'bad',
      about: event.device ?? '',
      text: `cannot hear the service ${event.service}: no port of \`calls.rtp.ports\` is free (${event.reason})`,
    }),
  },
  'rtp.address-refused': {
    component: 'CCM',
    level: 'error',
    text: (event) =>
      `MediaResource: address refused. ${leg(event)}, RemoteIpAddr=${event.to.address}, RemoteRtpPortNumber=${event.to.port}, Reason=${event.reason}`,
    summary: (event) => ({
      tone: 'bad',
      about: event.device ?? '',
      text: `wants speech sent to ${event.to.address}:${event.to.port}, which ${ADDRESS_FAULTS[event.reason]}: nothing is sent there`,
    }),
  },
  'rtp.silent': {
    component: 'CCM',
    level: 'special',
    text: (event) =>
      `MediaResource: nothing received. ${leg(event)}, From=${event.from.address}:${event.from.port}, SilentFor=${event.silentFor}, Dropped=${event.dropped}`,
    summary: (event) => ({
      tone: 'bad',
      about: event.device ?? '',
      text: `sends no speech to the service ${event.service}: nothing came from ${event.from.address}:${event.from.port} for ${Math.round(event.silentFor / 1000)} s`,
    }),
  },
  'rtp.digit': {
    component: 'CCM',
    level: 'detailed',
    text: (event) => `MediaResource: digit. ${leg(event)}, Digit=${event.digit}, By=${event.by}`,
  },
} as const satisfies Rows<RtpEvent['type']>;
