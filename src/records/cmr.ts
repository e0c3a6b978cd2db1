// Call management records (CMR): 48 fields of what one phone counted of one call, in the order of CUCM 12.5
// (`docs/protocols/calls.md` §7.5). Video, sessions and headsets are not known: 0 or empty.

import type { CallMeasured } from '../calls/index.js';
import type { RecordSurroundings } from './cdr.js';
import { type Field, guid, integer, text } from './fields.js';

/** What one phone counted and what its record needs beside it. */
export interface CmrSource extends Omit<RecordSurroundings, 'addressOf'> {
  readonly measured: CallMeasured;
}

/** Every field in its order. Jitter and latency in milliseconds, `duration` in seconds. */
export const CMR_FIELDS: readonly Field<CmrSource>[] = [
  integer('cdrRecordType', () => 2),
  integer('globalCallID_callManagerId', ({ node }) => node),
  integer('globalCallID_callId', ({ measured }) => measured.call),
  integer('nodeId', ({ node }) => node),
  text('directoryNum', 50, ({ measured }) => measured.dn),
  integer('callIdentifier', ({ measured }) => measured.leg),
  integer('dateTimeStamp', ({ measured, seconds }) => seconds(measured.at)),
  integer('numberPacketsSent', ({ measured }) => measured.statistics.packetsSent),
  integer('numberOctetsSent', ({ measured }) => measured.statistics.octetsSent),
  integer('numberPacketsReceived', ({ measured }) => measured.statistics.packetsReceived),
  integer('numberOctetsReceived', ({ measured }) => measured.statistics.octetsReceived),
  integer('numberPacketsLost', ({ measured }) => measured.statistics.packetsLost),
  integer('jitter', ({ measured }) => measured.statistics.jitter),
  integer('latency', ({ measured }) => measured.statistics.latency),
  guid('pkid', ({ pkid }) => pkid),
  text('directoryNumPartition', 50),
  text('globalCallId_ClusterID', 50, ({ cluster }) => cluster),
  text('deviceName', 129, ({ measured }) => measured.device ?? ''),
  text('varVQMetrics', 600, ({ measured }) => measured.statistics.quality),
  integer('duration', ({ measured }) => measured.talked / 1000),
  text('videoContentType', 10),
  integer('videoDuration'),
  integer('numberVideoPacketsSent'),
  integer('numberVideoOctetsSent'),
  integer('numberVideoPacketsReceived'),
  integer('numberVideoOctetsReceived'),
  integer('numberVideoPacketsLost'),
  integer('videoAverageJitter'),
  integer('videoRoundTripTime'),
  integer('videoOneWayDelay'),
  text('videoReceptionMetrics', 600),
  text('videoTransmissionMetrics', 600),
  text('videoContentType_channel2', 10),
  integer('videoDuration_channel2'),
  integer('numberVideoPacketsSent_channel2'),
  integer('numberVideoOctetsSent_channel2'),
  integer('numberVideoPacketsReceived_channel2'),
  integer('numberVideoOctetsReceived_channel2'),
  integer('numberVideoPacketsLost_channel2'),
  integer('videoAverageJitter_channel2'),
  integer('videoRoundTripTime_channel2'),
  integer('videoOneWayDelay_channel2'),
  text('videoReceptionMetrics_channel2', 600),
  text('videoTransmissionMetrics_channel2', 600),
  text('localSessionID', 128),
  text('remoteSessionID', 128),
  text('headsetSN', 129),
  text('headsetMetrics', 1024),
];
