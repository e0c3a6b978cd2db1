// Call detail records (CDR): 129 fields of each call that ended, one row each, in the order of CUCM 11.5 and later
// (`docs/protocols/calls.md` §7.5). What labcm does not know or have is 0 or empty.

import { type CallEnded, CODECS, type RecordedEnd } from '../calls/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { type Field, guid, integer, text } from './fields.js';
import { addressNumber } from './values.js';

/** What a record is made of. */
export interface RecordSurroundings {
  /** This node's number, 1 to 255. */
  readonly node: number;
  readonly cluster: string;
  /** A fresh GUID for each row. */
  readonly pkid: string;
  /** Seconds since the Unix epoch; 0 for what never happened. */
  readonly seconds: (at: Instant | undefined) => number;
  /** Where a device signals from, dotted; `undefined`: not known. */
  readonly addressOf: (device: DeviceName) => string | undefined;
}

/** One call and what its record needs beside it. */
export interface CdrSource extends RecordSurroundings {
  readonly call: CallEnded;
}

/** On whose behalf a call was cleared or redirected: CUCM's numbers. */
const BEHALF = { nobody: 0, conference: 4, forward: 5, device: 12, callControl: 13 } as const;

/** How a call carries digits: none, beside the media, or in RTP (RFC 4733). */
const DTMF = { none: 0, 'out-of-band': 1, rtp: 2 } as const satisfies Record<CallEnded['dtmf'], number>;

/** Q.850 values of calls that nobody answers and nothing failed in (`docs/protocols/calls.md` §7.5). */
const ORDINARY: ReadonlySet<number> = new Set([0, 16, 31]);

/** The least precedence: routine. */
const ROUTINE = 4;
/** The pattern that was called is a directory number. */
const DIRECTORY_NUMBER = 2;
/** It is one that leads to a trunk. */
const ROUTE_PATTERN = 5;
/** CUCM's number of the protocol of a trunk. */
const SIP = 1;
/** The redirect reason of an end in a conference. */
const CONFERENCE = 98;
const HUNT_PILOT = 7;
/** Redirect reasons that are forwards: busy, no answer, all (`docs/protocols/calls.md` §2.11). */
const FORWARDS: ReadonlySet<number> = new Set([1, 2, 15]);

type End = RecordedEnd | undefined;
type CalledParty = 'originalCalled' | 'called' | 'lastRedirecting';

/** Where the end signals from, else where it receives its voice. */
const signalling = ({ addressOf }: CdrSource, end: End): number =>
  addressNumber((end?.device === undefined ? undefined : addressOf(end.device)) ?? end?.media?.address);

/** The leg's number where the end is a trunk (`docs/protocols/calls.md` §7.5). */
const span = (end: End): number => (end?.trunkReference === undefined ? 0 : end.leg);
const protocol = (end: End): number => (end?.trunkReference === undefined ? 0 : SIP);

const patternUsage = ({ called, pattern, huntPilot }: CallEnded): number => {
  if (called.number === '') return 0;
  if (huntPilot !== undefined) return HUNT_PILOT;
  return pattern === undefined ? DIRECTORY_NUMBER : ROUTE_PATTERN;
};

const mediaAddress = (end: End): string => end?.media?.address ?? '';
const mediaPort = (end: End): number => end?.media?.port ?? 0;
const deviceName = (end: End): string => end?.device ?? '';

// Facts of the codec are those of an end that has media.
const capability = ({ codec }: CallEnded, end: End): number =>
  codec === undefined || end?.media === undefined ? 0 : CODECS[codec].capabilities[0];
const packetTime = ({ milliseconds = 0 }: CallEnded, end: End): number => (end?.media === undefined ? 0 : milliseconds);
const kilobits = ({ codec }: CallEnded, end: End): number =>
  codec === undefined || end?.media === undefined ? 0 : Math.round(CODECS[codec].bandwidth / 1000);
const dtmfMethod = ({ dtmf }: CallEnded, end: End): number => (end?.media === undefined ? 0 : DTMF[dtmf]);

/** On whose behalf the end was terminated. A caller that hangs up after its failure tone did not end the call. */
const terminatedFor = ({ dest }: CallEnded, end: End): number => {
  if (end === undefined || end.cause === 0) return BEHALF.nobody;
  if (end.by === 'conference') return BEHALF.conference;
  const isCleared = end.by === 'user' && (end.cause === 16 || end === dest);
  return isCleared ? BEHALF.device : BEHALF.callControl;
};

/** A number on its way to a trunk, which nobody redirected: CUCM writes it for all three parties as it was sent. */
const isSent = ({ pattern, redirectReason }: CallEnded): boolean => pattern !== undefined && redirectReason === 0;

/** A party's number, or what was dialled where it led nowhere. */
const numberOf = (call: CallEnded, party: CalledParty): string => {
  const { number } = call[isSent(call) ? 'called' : party];
  return number === '' ? call.dialled : number;
};

/** The pattern that a party's number matched: its own, but of numbers that left by a trunk. */
const patternOf = (call: CallEnded, party: CalledParty): string =>
  call.pattern !== undefined && (party === 'called' || isSent(call)) ? call.pattern : call[party].number;

const isConference = ({ redirectReason }: CallEnded): boolean => redirectReason === CONFERENCE;

const redirectedFor = (reason: number): number => {
  if (reason === CONFERENCE) return BEHALF.conference;
  return FORWARDS.has(reason) ? BEHALF.forward : BEHALF.nobody;
};

const firstReason = ({ redirectReason, originalReason = redirectReason }: CallEnded): number => originalReason;

/** Whole seconds of conversation, as the record's two times show it. */
const duration = ({ call, seconds }: CdrSource): number =>
  call.answeredAt === undefined ? 0 : seconds(call.at) - seconds(call.answeredAt);

/**
 * Whether the call lasted less than a second and ended as calls do: CUCM writes no record of it unless it is configured
 * to (`docs/protocols/calls.md` §7.5).
 */
export const isEmptyCall = (source: CdrSource): boolean =>
  duration(source) === 0 && ORDINARY.has(source.call.orig.cause) && ORDINARY.has(source.call.dest?.cause ?? 0);

/** Every field in its order. */
export const CDR_FIELDS: readonly Field<CdrSource>[] = [
  integer('cdrRecordType', () => 1),
  integer('globalCallID_callManagerId', ({ node }) => node),
  integer('globalCallID_callId', ({ call }) => call.call),
  integer('origLegCallIdentifier', ({ call }) => call.orig.leg),
  integer('dateTimeOrigination', ({ call, seconds }) => seconds(call.startedAt)),
  integer('origNodeId', ({ node }) => node),
  integer('origSpan', ({ call }) => span(call.orig)),
  integer('origIpAddr', (source) => signalling(source, source.call.orig)),
  text('callingPartyNumber', 50, ({ call }) => call.calling.number),
  text('callingPartyUnicodeLoginUserID', 128),
  integer('origCause_location'),
  integer('origCause_value', ({ call }) => call.orig.cause),
  integer('origPrecedenceLevel', () => ROUTINE),
  integer('origMediaTransportAddress_IP', ({ call }) => addressNumber(mediaAddress(call.orig))),
  integer('origMediaTransportAddress_Port', ({ call }) => mediaPort(call.orig)),
  integer('origMediaCap_payloadCapability', ({ call }) => capability(call, call.orig)),
  integer('origMediaCap_maxFramesPerPacket', ({ call }) => packetTime(call, call.orig)),
  integer('origMediaCap_g723BitRate'),
  integer('origVideoCap_Codec'),
  integer('origVideoCap_Bandwidth'),
  integer('origVideoCap_Resolution'),
  integer('origVideoTransportAddress_IP'),
  integer('origVideoTransportAddress_Port'),
  text('origRSVPAudioStat', 64, () => '0'),
  text('origRSVPVideoStat', 64, () => '0'),
  integer('destLegIdentifier', ({ call }) => call.dest?.leg ?? 0),
  integer('destNodeId', ({ node }) => node),
  integer('destSpan', ({ call }) => span(call.dest)),
  integer('destIpAddr', (source) => signalling(source, source.call.dest)),
  text('originalCalledPartyNumber', 50, ({ call }) => numberOf(call, 'originalCalled')),
  text('finalCalledPartyNumber', 50, ({ call }) => numberOf(call, 'called')),
  text('finalCalledPartyUnicodeLoginUserID', 128),
  integer('destCause_location'),
  integer('destCause_value', ({ call }) => call.dest?.cause ?? 0),
  integer('destPrecedenceLevel', () => ROUTINE),
  integer('destMediaTransportAddress_IP', ({ call }) => addressNumber(mediaAddress(call.dest))),
  integer('destMediaTransportAddress_Port', ({ call }) => mediaPort(call.dest)),
  integer('destMediaCap_payloadCapability', ({ call }) => capability(call, call.dest)),
  integer('destMediaCap_maxFramesPerPacket', ({ call }) => packetTime(call, call.dest)),
  integer('destMediaCap_g723BitRate'),
  integer('destVideoCap_Codec'),
  integer('destVideoCap_Bandwidth'),
  integer('destVideoCap_Resolution'),
  integer('destVideoTransportAddress_IP'),
  integer('destVideoTransportAddress_Port'),
  text('destRSVPAudioStat', 64, () => '0'),
  text('destRSVPVideoStat', 64, () => '0'),
  integer('dateTimeConnect', ({ call, seconds }) => seconds(call.answeredAt)),
  integer('dateTimeDisconnect', ({ call, seconds }) => seconds(call.at)),
  text('lastRedirectDn', 50, ({ call }) => numberOf(call, 'lastRedirecting')),
  guid('pkid', ({ pkid }) => pkid),
  text('originalCalledPartyNumberPartition', 50),
  text('callingPartyNumberPartition', 50),
  text('finalCalledPartyNumberPartition', 50),
  text('lastRedirectDnPartition', 50),
  integer('duration', duration),
  text('origDeviceName', 129, ({ call }) => deviceName(call.orig)),
  text('destDeviceName', 129, ({ call }) => deviceName(call.dest)),
  integer('origCallTerminationOnBehalfOf', ({ call }) => terminatedFor(call, call.orig)),
  integer('destCallTerminationOnBehalfOf', ({ call }) => terminatedFor(call, call.dest)),
  integer('origCalledPartyRedirectOnBehalfOf', ({ call }) => redirectedFor(firstReason(call))),
  integer('lastRedirectRedirectOnBehalfOf', ({ call }) => redirectedFor(call.redirectReason)),
  integer('origCalledPartyRedirectReason', ({ call }) => firstReason(call)),
  integer('lastRedirectRedirectReason', ({ call }) => call.redirectReason),
  integer('destConversationId'),
  text('globalCallId_ClusterID', 50, ({ cluster }) => cluster),
  integer('joinOnBehalfOf', ({ call }) => (isConference(call) ? BEHALF.conference : BEHALF.nobody)),
  text('comment', 2048),
  text('authCodeDescription', 50),
  integer('authorizationLevel'),
  text('clientMatterCode', 32),
  integer('origDTMFMethod', ({ call }) => dtmfMethod(call, call.orig)),
  integer('destDTMFMethod', ({ call }) => dtmfMethod(call, call.dest)),
  integer('callSecuredStatus'),
  integer('origConversationId'),
  integer('origMediaCap_Bandwidth', ({ call }) => kilobits(call, call.orig)),
  integer('destMediaCap_Bandwidth', ({ call }) => kilobits(call, call.dest)),
  text('authorizationCodeValue', 32),
  text('outpulsedCallingPartyNumber', 50),
  text('outpulsedCalledPartyNumber', 50),
  text('origIpv4v6Addr', 64, ({ call }) => mediaAddress(call.orig)),
  text('destIpv4v6Addr', 64, ({ call }) => mediaAddress(call.dest)),
  integer('origVideoCap_Codec_Channel2'),
  integer('origVideoCap_Bandwidth_Channel2'),
  integer('origVideoCap_Resolution_Channel2'),
  integer('origVideoTransportAddress_IP_Channel2'),
  integer('origVideoTransportAddress_Port_Channel2'),
  integer('origVideoChannel_Role_Channel2'),
  integer('destVideoCap_Codec_Channel2'),
  integer('destVideoCap_Bandwidth_Channel2'),
  integer('destVideoCap_Resolution_Channel2'),
  integer('destVideoTransportAddress_IP_Channel2'),
  integer('destVideoTransportAddress_Port_Channel2'),
  integer('destVideoChannel_Role_Channel2'),
  integer('IncomingProtocolID', ({ call }) => protocol(call.orig)),
  text('IncomingProtocolCallRef', 32, ({ call }) => call.orig.trunkReference ?? ''),
  integer('OutgoingProtocolID', ({ call }) => protocol(call.dest)),
  text('OutgoingProtocolCallRef', 32, ({ call }) => call.dest?.trunkReference ?? ''),
  integer('currentRoutingReason'),
  integer('origRoutingReason'),
  integer('lastRedirectingRoutingReason'),
  text('huntPilotPartition', 50),
  text('huntPilotDN', 50, ({ call }) => call.huntPilot ?? ''),
  integer('calledPartyPatternUsage', ({ call }) => patternUsage(call)),
  text('IncomingICID', 50),
  text('IncomingOrigIOI', 50),
  text('IncomingTermIOI', 50),
  text('OutgoingICID', 50),
  text('OutgoingOrigIOI', 50),
  text('OutgoingTermIOI', 50),
  text('outpulsedOriginalCalledPartyNumber', 50),
  text('outpulsedLastRedirectingNumber', 50),
  integer('wasCallQueued'),
  integer('totalWaitTimeInQueue'),
  text('callingPartyNumber_uri', 255),
  text('originalCalledPartyNumber_uri', 255),
  text('finalCalledPartyNumber_uri', 255),
  text('lastRedirectDn_uri', 255),
  text('mobileCallingPartyNumber', 50),
  text('finalMobileCalledPartyNumber', 50),
  text('origMobileDeviceName', 129),
  text('destMobileDeviceName', 129),
  integer('origMobileCallDuration'),
  integer('destMobileCallDuration'),
  integer('mobileCallType'),
  text('originalCalledPartyPattern', 50, ({ call }) => patternOf(call, 'originalCalled')),
  text('finalCalledPartyPattern', 50, ({ call }) => patternOf(call, 'called')),
  text('lastRedirectingPartyPattern', 50, ({ call }) => patternOf(call, 'lastRedirecting')),
  text('huntPilotPattern', 50, ({ call }) => call.huntPilot ?? ''),
];
