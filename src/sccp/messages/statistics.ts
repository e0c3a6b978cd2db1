// How a stream was: packets, losses, quality (`sccp.md` §5.6). Declarations only.

import { countOf, measured } from '../codec/array-fields.js';
import { chars, enumerated, enumerated8, pad, u32 } from '../codec/fields.js';
import { since, widened } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { STATS_PROCESSING } from '../tables/enumerations.js';

/** 24 octets, 25 from version 19 on. */
const longNumber = widened(chars(24), 19, chars(25));

export const ConnectionStatisticsReq = message({
  id: 0x0107,
  name: 'ConnectionStatisticsReqMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'ConnectionStatisticsResMessage',
  doc: 'How was the stream? The long form is of version 19 here, of 18 to the dissector.',
  captured: [],
  fields: {
    directoryNum: longNumber,
    pad: since(19, pad(3)),
    callReference: u32,
    statsProcessingMode: enumerated(STATS_PROCESSING),
  },
});

const STATISTICS = {
  numberPacketsSent: u32,
  numberOctetsSent: u32,
  numberPacketsReceived: u32,
  numberOctetsReceived: u32,
  numberPacketsLost: u32,
  jitter: u32,
  latency: u32,
} as const;

/** Newest phones pack the numbers and end the body with the text: no other form has its length say so. */
const PACKED_HEAD = 65;

const isPackedStatistics = (body: Buffer): boolean =>
  body.length >= PACKED_HEAD && PACKED_HEAD + body.readUInt32LE(PACKED_HEAD - 4) === body.length;

export const ConnectionStatisticsRes = message({
  id: 0x0023,
  name: 'ConnectionStatisticsResMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'Packets, octets, losses, jitter and latency of a stream, and a text with its quality.',
  captured: [0, 20],
  fields: {
    directoryNum: longNumber,
    pad: since(19, pad(3)),
    callReference: u32,
    statsProcessingMode: enumerated(STATS_PROCESSING),
    ...STATISTICS,
    dataSize: countOf('data'),
    data: measured('dataSize', 600, true),
  },
  forms: {
    packed: {
      fields: {
        directoryNum: chars(25),
        pad: pad(3),
        callReference: u32,
        statsProcessingMode: enumerated8(STATS_PROCESSING),
        ...STATISTICS,
        dataSize: countOf('data'),
        data: measured('dataSize', 600),
      },
      when: isPackedStatistics,
      captured: true,
    },
  },
});
