// What SCCP phones and labcm say in calls, in the words of CUCM's second age (`docs/protocols/calls.md` §7.2). Messages
// that were not seen in it have their wire names and fields, as other messages do.

import type { SccpReceived, SccpSent } from '../../../sccp/events.js';
import { stationD, stationInit } from '../../lines/sccp.js';
import type { Wordings } from '../../lines/sccp-calls.js';

type Sent = Omit<SccpSent, 'type'>;

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The octets of an IPv4 address in hexadecimal. */
const octetsOf = (address: string): string =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('');

/** An address in the sixteen octets that its field has. */
const addressText = (value: unknown): string => {
  const address = String(value ?? '0.0.0.0');
  return IPV4.test(address)
    ? `IpAddr.type:0 ipAddr:0x${octetsOf(address).padEnd(32, '0')}(${address})`
    : `IpAddr.type:1 ipAddr:(${address})`;
};

const ownAddress = ({ station: { address } }: Sent): string =>
  IPV4.test(address) ? `IpAddr.type:0 ipv4Addr:0x${octetsOf(address)}(${address})` : addressText(address);

const stream = ({ fields }: Sent): string =>
  `conferenceID=${fields.conferenceId} passThruPartyID=${fields.passThruPartyId}`;

const payload = ({ fields, names }: Sent): string =>
  `${fields.compressionType}(Media_Payload_${names?.compressionType ?? 'Unknown'})`;

const telephoneEvent = ({ fields }: Sent): string => `RFC2833PayloadType=${fields.rfc2833PayloadType ?? 0}`;

const named = ({ fields, names }: Sent, field: string): string =>
  `${fields[field] ?? 0}${names?.[field] === undefined ? '' : `(${names[field]})`}`;

const callInfo = (event: Sent): string => {
  const text = (field: string) => `${event.fields[field] ?? ''}`;
  const number = (field: string) => `${event.fields[field] ?? 0}`;
  return [
    `${stationD(event.station)} CallInfo callingPartyName='${text('callingPartyName')}'`,
    `callingParty=${text('callingParty')}`,
    `cgpnVoiceMailbox=${text('cgpnVoiceMailbox')}`,
    `calledPartyName='${text('calledPartyName')}'`,
    `calledParty=${text('calledParty')}`,
    `cdpnVoiceMailbox=${text('cdpnVoiceMailbox')}`,
    `originalCalledPartyName='${text('originalCalledPartyName')}'`,
    `originalCalledParty=${text('originalCalledParty')}`,
    `originalCdpnVoiceMailbox=${text('originalCdpnVoiceMailbox')}`,
    `originalCdpnRedirectReason=${number('originalCdpnRedirectReason')}`,
    `lastRedirectingPartyName='${text('lastRedirectingPartyName')}'`,
    `lastRedirectingParty=${text('lastRedirectingParty')}`,
    `lastRedirectingVoiceMailbox=${text('lastRedirectingVoiceMailbox')}`,
    `lastRedirectingReason=${number('lastRedirectingReason')}`,
    `callType=${named(event, 'callType')}`,
    `lineInstance=${number('lineInstance')}`,
    `callReference=${number('callReference')}. version: 0`,
  ].join(' ');
};

/** Received messages. */
export const SDL_CALL_RECEIVED: Wordings<SccpReceived> = {
  OpenReceiveChannelAckMessage: ({ station, fields }) =>
    `${stationInit(station)} OpenReceiveChannelAck Status=${fields.status}, IpAddr=${addressText(fields.ipAddr)}, Port=${fields.portNumber}, PartyID=${fields.passThruPartyId}`,
};

/** Sent messages. */
export const SDL_CALL_SENT: Wordings<SccpSent> = {
  CallStateMessage: ({ station, fields }) =>
    `${stationD(station)} CallState callState=${fields.callState} lineInstance=${fields.lineInstance} callReference=${fields.callReference}`,
  CallInfoMessage: callInfo,
  CallInfoV2Message: callInfo,
  SelectSoftKeysMessage: ({ station, fields }) =>
    `${stationD(station)} SelectSoftKeys instance=${fields.lineInstance} reference=${fields.callReference} softKeySetIndex=${fields.softKeySetIndex} validKeyMask=${Number(fields.validKeyMask ?? 0).toString(16)}.`,
  OpenReceiveChannelMessage: (event) =>
    `${stationD(event.station)} OpenReceiveChannel ${stream(event)} millisecondPacketSize=${event.fields.millisecondPacketSize} compressionType=${payload(event)} ${telephoneEvent(event)} qualifierIn=? sourceIpAddr=${addressText(event.fields.sourceIpAddr)}. myIP: ${ownAddress(event)}`,
  StartMediaTransmissionMessage: (event) =>
    `${stationD(event.station)} startMediaTransmission ${stream(event)} remoteIpAddress=${addressText(event.fields.remoteIpAddr)} remotePortNumber=${event.fields.remotePortNumber} milliSecondPacketSize=${event.fields.millisecondPacketSize} compressType=${payload(event)} ${telephoneEvent(event)} qualifierOut=?. myIP: ${ownAddress(event)}`,
  CloseReceiveChannelMessage: (event) =>
    `${stationD(event.station)} CloseReceiveChannel ${stream(event)}.  myIP: ${ownAddress(event)}`,
  StopMediaTransmissionMessage: (event) =>
    `${stationD(event.station)} StopMediaTransmission ${stream(event)}.  myIP: ${ownAddress(event)}`,
};
