// What a phone counted of a call, in the headers of its BYE, of its answer to ours and of its hold
// (`docs/protocols/calls.md` §3.4).

import type { CallStatistics } from '../../calls/index.js';
import { parseCount } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';

const MOST = 0xffff_ffff;

/** `undefined`: it says nothing of the sort. */
export const readStatistics = (message: SipMessage): CallStatistics | undefined => {
  const received = message.text(ID['RTP-RxStat']);
  const sent = message.text(ID['RTP-TxStat']);
  if (received === undefined || sent === undefined) return undefined;
  return {
    packetsSent: countIn(sent, 'Pkt'),
    octetsSent: countIn(sent, 'Oct'),
    packetsReceived: countIn(received, 'Pkt'),
    octetsReceived: countIn(received, 'Oct'),
    packetsLost: countIn(received, 'LostPkt'),
    jitter: countIn(received, 'AvgJit'),
    latency: countIn(received, 'VoOneWayDelayMs'),
    quality: /VQMetrics="([^"]{0,600})"/.exec(received)?.[1] ?? '',
  };
};

/** Of `Dur=9,Pkt=424,…;VoOneWayDelayMs=0`; 0 where it is not given. */
const countIn = (text: string, name: string): number => {
  const written = new RegExp(`(?:^|[,;" ])${name}=(\\d{1,10})`).exec(text)?.[1] ?? '0';
  return parseCount(written, MOST) ?? 0;
};
