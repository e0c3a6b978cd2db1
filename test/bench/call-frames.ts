// The octets of SCCP phones that call, for `call-load.c`: what they say in a call, with marks where a number goes, and the
// turns of each one's registration.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { framesOf } from '../support/sccp-harness.js';
import { KEEPALIVE } from '../support/sccp-phone.js';
import { answersOf, segmentsOf } from './sccp-dialogue.js';

const VERSION = 20;
const ID_AT = 8;

/** As `call-load.c` looks for them: a party, a reference, and a dialled number. */
const passThruPartyId = 0x44332211;
const callReference = 0x01776655;
const calledParty = '987654';

const RTP = { ipAddr: '127.0.0.1', portNumber: 16_384 };
const COUNTS = {
  numberPacketsSent: 100,
  numberOctetsSent: 17_200,
  numberPacketsReceived: 100,
  numberOctetsReceived: 17_200,
  numberPacketsLost: 0,
  jitter: 1,
  latency: 1,
};

/** In the order in which the load has them. */
const frames = (): readonly Buffer[] => [
  encode('EnblocCallMessage', { calledParty, lineInstance: 1 }, VERSION),
  encode('OffHookMessage', { lineInstance: 0, callReference: 0 }, VERSION),
  encode('OnHookMessage', { lineInstance: 0, callReference: 0 }, VERSION),
  encode('OpenReceiveChannelAckMessage', { status: 0, ...RTP, passThruPartyId, callReference }, VERSION),
  encode(
    'StartMediaTransmissionAckMessage',
    {
      conferenceId: callReference,
      passThruPartyId,
      callReference,
      transmitIpAddr: RTP.ipAddr,
      transmitPort: RTP.portNumber,
      status: 0,
    },
    VERSION,
  ),
  encode(
    'ConnectionStatisticsResMessage',
    { directoryNum: '200000', callReference, statsProcessingMode: 0, ...COUNTS, data: 'MLQK=4.5000' },
    VERSION,
  ),
  KEEPALIVE,
];

/** Writes them for so many phones; returns the path. */
export const writtenCallFrames = async (folder: string, phones: number): Promise<string> => {
  const file = join(folder, `call-frames-${phones}.txt`);
  const hex = (buffers: readonly Buffer[]): string => buffers.map((bytes) => bytes.toString('hex')).join(' ');
  const turns = (await answersOf()).slice(0, -1); // the last one is the end of the registration
  const lastIds = turns.map((answer) => framesOf(answer).at(-1)?.readUInt32LE(ID_AT) ?? 0);
  const said = Array.from({ length: phones }, (_, index) => hex(segmentsOf(index).slice(0, -1)));
  writeFileSync(file, `${[hex(frames()), lastIds.join(' '), ...said].join('\n')}\n`);
  return file;
};
