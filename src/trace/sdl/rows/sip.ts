// SIP in the SDL form: messages with the signals that bring them, and the alarms of phones.

import type { SipReceived, SipSent } from '../../../sip/events.js';
import { type ConnectionSpelling, incoming, outgoing, sipLines } from '../../lines/sip.js';
import { phoneAlarm } from '../alarms.js';
import type { SdlLine, SdlProcess, SdlSignal, SdlTag } from '../line.js';
import { infos, type SdlRows } from '../row.js';
import { macOf, SIP_STATION_INIT } from './device.js';

const SIP_TCP: SdlProcess = { name: 'SIPTcp', instance: 1 };
const SIP_HANDLER: SdlProcess = { name: 'SIPHandler', instance: 1 };

/** Readers look for `TCP` or `UDP`. A message over TLS is told as one over TCP, as it is once it is decrypted. */
const SPELLING: ConnectionSpelling = { process: 'SIPTcp - ', name: { tcp: 'TCP', tls: 'TCP' } };

type Message = Omit<SipReceived | SipSent, 'type'>;

const block = (text: string, { sequence, text: message }: Message): SdlLine => ({
  kind: 'message',
  text,
  counter: sequence,
  message,
});

const DEVICE_NAME = /\+u\.sip!devicename\.ccm(?:\.features)?\.cisco\.com="([\w.-]{1,128})"/;

const tagOf = ({ link, sequence, address }: Message, device: string | undefined): SdlTag => ({
  link,
  message: sequence,
  address,
  device,
});

const registerInd = (event: Message): SdlSignal => {
  const device = DEVICE_NAME.exec(event.text)?.[1];
  return {
    kind: 'signal',
    name: 'SIPRegisterInd',
    state: 'wait',
    to: SIP_STATION_INIT,
    from: SIP_HANDLER,
    tag: tagOf(event, device),
    carries: {
      queue: 'N',
      values: `PeerAddr = ${event.address}:${event.port} MAC = ${macOf(device ?? '') ?? ''} DeviceName = ${device ?? ''}`,
    },
  };
};

/** What brings a message of a connection. Of datagrams no trace is known that shows it. */
const readRsp = (event: Message): SdlSignal => ({
  kind: 'signal',
  name: 'SdlReadRsp',
  state: 'wait',
  to: SIP_TCP,
  from: { name: 'SdlTCPConnection', instance: event.link },
  tag: tagOf(event, undefined),
});

export const sipRows = {
  'sip.received': (event) => [
    ...(event.transport === 'udp' ? [] : [readRsp(event)]),
    block(incoming(event, SPELLING), event),
    ...(event.name === 'REGISTER' ? [registerInd(event)] : []),
  ],
  'sip.sent': (event) => [
    // Lines about a connection end with a blank.
    block(`${outgoing(event, SPELLING)}${event.transport === 'udp' ? '' : ' '}`, event),
  ],
  'sip.alarm': (event, { host }) => [
    ...infos(sipLines['sip.alarm'].text(event)),
    phoneAlarm(event.alarm, Object.entries(event.values), host),
  ],
} as const satisfies SdlRows<'sip.received' | 'sip.sent' | 'sip.alarm'>;
