// A line for each message of a capture: for people, and as JSON for programs.

import type { CapturedMessage } from '../../decoding/captured-message.js';
import { faultsOf, fraction, isoTime, summaryOf } from '../../decoding/message-summary.js';
import type { Endpoint } from '../../net/ports.js';
import type { PacketTime } from '../../pcap/captured-packet.js';
import { printable } from '../../trace/line.js';
import { localTime, type painter } from '../table.js';

const WIDEST_PROTOCOL = 4;

/** `2026-11-29 10:02:11.123456  10.0.0.5:3345 → 10.0.0.1:2000  SCCP  RegisterReqMessage deviceName=…`. */
export const describeCapturedMessage = (message: CapturedMessage, paint: ReturnType<typeof painter>): string => {
  const { mark, source, destination, protocol } = message;
  const faults = faultsOf(message);
  const text = printable(summaryOf(message));
  const fault = faults.length === 0 ? '' : paint(`${text === '' ? '' : ' '}[${printable(faults.join('; '))}]`, 'red');
  const label = protocol.toUpperCase().padEnd(WIDEST_PROTOCOL);
  return `${shownTime(mark.time)}  ${textOf(source)} → ${textOf(destination)}  ${label}  ${text}${fault}`;
};

/** One object with the same decoded form as for a frame in hexadecimal. */
export const capturedMessageJson = (message: CapturedMessage): string => {
  const { mark, source, destination, transport, protocol, decoded } = message;
  return JSON.stringify({
    time: isoTime(mark.time),
    packet: mark.number,
    source: textOf(source),
    destination: textOf(destination),
    transport,
    protocol,
    ...decoded,
  });
};

const textOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

const shownTime = (time: PacketTime | undefined): string => {
  const iso = isoTime(time);
  return time === undefined || iso === null ? '-' : `${localTime(iso)}.${fraction(time.nanoseconds)}`;
};
