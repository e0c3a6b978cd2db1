// Messages of calls as a phone sends them.

import { encode } from '../../../src/sccp/messages/catalogue.js';
import { type CallTestPhone, KEY } from './harness.js';

/** Messages of calls that a phone may send while one stands. */
export const callMessages = (
  version: number,
  about: Pick<CallTestPhone, 'reference' | 'receiving'>,
  number = '5002',
): readonly Buffer[] => {
  const { reference } = about;
  const [passThruPartyId = 0] = about.receiving.keys();
  const on = { lineInstance: 1, callReference: reference };
  const media = { conferenceId: reference, passThruPartyId, callReference: reference };
  return [
    encode('OffHookMessage', on, version),
    encode('OnHookMessage', on, version),
    encode('HookFlashMessage', on, version),
    encode('KeypadButtonMessage', { kpButton: 5, ...on }, version),
    encode('EnblocCallMessage', { calledParty: number, lineInstance: 1 }, version),
    encode('StimulusMessage', { stimulus: 9, stimulusInstance: 1, callReference: reference }, version),
    encode('StimulusMessage', { stimulus: 3, stimulusInstance: 1 }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.hold, ...on }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.resume, ...on }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.endCall, ...on }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.forwardAll, ...on }, version),
    encode('StimulusMessage', { stimulus: 5, stimulusInstance: 1, callReference: 0 }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.doNotDisturb, lineInstance: 0, callReference: 0 }, version),
    encode('SoftKeyEventMessage', { softKeyEvent: KEY.newCall, lineInstance: 0, callReference: 0 }, version),
    encode('OpenReceiveChannelAckMessage', { status: 0, ipAddr: '10.0.0.1', portNumber: 20_000, ...media }, version),
    encode(
      'StartMediaTransmissionAckMessage',
      { ...media, transmitIpAddr: '10.0.0.1', transmitPort: 1, status: 0 },
      version,
    ),
    encode('MediaTransmissionFailureMessage', { ...media, remoteIpAddr: '10.0.0.1', remotePortNumber: 1 }, version),
  ];
};
