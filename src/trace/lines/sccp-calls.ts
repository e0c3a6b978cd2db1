// The trace lines of what SCCP phones and labcm say in calls, in the form of CUCM's first age (`docs/protocols/calls.md` §7.2):
// one row for each message. A row returns `undefined` where its message is about no call. Keys and whole numbers that phones
// send keep the later form, which is captured.

import type { SccpPrompted, SccpReceived, SccpSent, StationContext } from '../../sccp/events.js';

/** The lines of a message; `undefined`: it is worded like any other. */
export type Wording<E> = (event: Omit<E, 'type'>) => string | readonly string[] | undefined;

/** The lines of messages by their names. */
export type Wordings<E> = Readonly<Record<string, Wording<E>>>;

type Received = Omit<SccpReceived, 'type'>;
type Sent = Omit<SccpSent, 'type'>;

const handle = ({ station: { link } }: { readonly station: StationContext }): string =>
  `tcpHandle=0x${link.toString(16)}`;

const input = (event: Received, what: string): string => `StationInit - InboundStim - ${what} ${handle(event)}`;
const output = (event: { readonly station: StationContext }, what: string): string =>
  `StationD - stationOutput${what} ${handle(event)}`;

/** `9=Line`: a number with its name; the number alone where it has none. */
const numberAndName = ({ fields, names }: Received | Sent, field: string, asName = same): string => {
  const name = names?.[field];
  return name === undefined ? `${fields[field] ?? 0}` : `${fields[field]}=${asName(name)}`;
};

const same = (name: string): string => name;

/** As CallManager dumps an IPv4 address: hexadecimal, its last octet first. Other addresses stay as they are. */
const dumped = (address: unknown): string => {
  const octets = String(address ?? '0.0.0.0').split('.');
  if (octets.length !== 4) return String(address);
  return octets.reverse().reduce((text, octet) => text + Number(octet).toString(16).padStart(2, '0'), '');
};

const dumpedAndPlain = (address: unknown): string => `${dumped(address)} (${address ?? '0.0.0.0'})`;

const codec = ({ fields, names }: Sent): string =>
  `msecPacketSize: ${fields.millisecondPacketSize} compressionType:(${fields.compressionType})Media_Payload_${names?.compressionType ?? 'Unknown'}`;

const lineAndReference = ({ fields }: Received | Sent): string =>
  `lineInstance=${fields.lineInstance ?? 0} callReference=${fields.callReference ?? 0}`;

const stream = ({ fields }: Sent): string => `ConferenceID: ${fields.conferenceId} PartyID: ${fields.passThruPartyId}`;

const callInfo = (event: Sent): string => {
  const { callingPartyName, callingParty, calledPartyName, calledParty } = event.fields;
  return output(
    event,
    `CallInfo CallingPartyName=${callingPartyName ?? ''},  CallingParty=${callingParty ?? ''}, CalledPartyName=${calledPartyName ?? ''}, CalledParty=${calledParty ?? ''},`,
  );
};

/** Received messages. */
export const CALL_RECEIVED: Wordings<SccpReceived> = {
  OffHookMessage: (event) => input(event, 'OffHookMessageID'),
  OnHookMessage: (event) => input(event, 'OnHookMessageID'),
  KeypadButtonMessage: (event) =>
    input(event, `KeypadButtonMessageID kpButton: ${event.names?.kpButton ?? event.fields.kpButton}`),
  OpenReceiveChannelAckMessage: (event) => {
    const { status, ipAddr, portNumber, passThruPartyId } = event.fields;
    return `${input(event, 'StationOpenReceiveChannelAckID')}, Status=${status}, IpAddr=0x${dumped(ipAddr)}, Port=${portNumber}, PartyID=${passThruPartyId}`;
  },
};

/** Sent messages. */
export const CALL_SENT: Wordings<SccpSent> = {
  SetLampMessage: (event) =>
    event.names?.stimulus === 'Line'
      ? output(
          event,
          `SetLamp stim: ${numberAndName(event, 'stimulus')} instance=${event.fields.stimulusInstance} lampMode=Lamp${event.names.lampMode ?? event.fields.lampMode}`,
        )
      : undefined,
  SetRingerMessage: (event) =>
    output(
      event,
      `SetRinger: ${numberAndName(event, 'ringMode', (mode) => (mode === 'Off' ? 'RingOff' : `${mode}Ring`))}`,
    ),
  CallStateMessage: (event) =>
    output(event, `CallState callState: ${numberAndName(event, 'callState')} ${lineAndReference(event)}`),
  // Before any call, and after it, a phone has the keys of no line.
  SelectSoftKeysMessage: (event) =>
    event.fields.callReference === 0
      ? undefined
      : output(
          event,
          `SelectSoftKeys softKeySetIndex: ${numberAndName(event, 'softKeySetIndex')} validKeyMask=${Number(event.fields.validKeyMask ?? 0).toString(16)} ${lineAndReference(event)}`,
        ),
  ActivateCallPlaneMessage: (event) => output(event, `ActivateCallPlane lineInstance=${event.fields.lineInstance}`),
  StartToneMessage: (event) => output(event, `StartTone: ${numberAndName(event, 'tone')}`),
  StopToneMessage: (event) => output(event, 'StopTone'),
  CallInfoMessage: callInfo,
  CallInfoV2Message: callInfo,
  OpenReceiveChannelMessage: (event) => [
    `${output(event, 'OpenReceiveChannel')} myIP: ${dumpedAndPlain(event.station.address)}`,
    `StationD - ${stream(event)} ${codec(event)}`,
  ],
  StartMediaTransmissionMessage: (event) => [
    `${output(event, 'StartMediaTransmission')} myIP: ${dumpedAndPlain(event.station.address)}`,
    `StationD - ${stream(event)} RemoteIpAddr: ${dumpedAndPlain(event.fields.remoteIpAddr)} RemoteRtpPortNumber: ${event.fields.remotePortNumber} ${codec(event)}`,
  ],
  CloseReceiveChannelMessage: (event) =>
    `${output(event, 'CloseReceiveChannel')} myIP: ${dumpedAndPlain(event.station.address)} ${stream(event)}`,
  StopMediaTransmissionMessage: (event) =>
    `${output(event, 'StopMediaTransmission')} myIP: ${dumpedAndPlain(event.station.address)} ${stream(event)}`,
};

/** The prompt of a call; `content`: as the phone shows it. */
export const callPrompt = (event: Omit<SccpPrompted, 'type'>): string => {
  const { content, line, callReference, timeOut } = event;
  return output(
    event,
    `DisplayPromptStatus content='${content}' timeOut=${timeOut} lineInstance=${line} callReference=${callReference}`,
  );
};
