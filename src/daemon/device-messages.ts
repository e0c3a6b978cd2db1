// The decoded messages of a device for the API: the packets of its capture, read by the decoder of `labcm decode`.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { SERVICES } from '../capture/record.js';
import { milliseconds } from '../core/time.js';
import { CaptureDecoder } from '../decoding/capture-decoder.js';
import type { CapturedMessage } from '../decoding/captured-message.js';
import { faultsOf, fieldLines, isoTime, summaryOf } from '../decoding/message-summary.js';
import type { ApiCaptureRequest, ApiMessage, ApiMessageRequest, CapturesView, MessagesView } from '../http/index.js';
import { CaptureReader } from '../pcap/read-capture.js';

/** So many messages are answered at once. */
export const MOST_MESSAGES = 200;

/** Readings that are asked for and not answered. Each may take many turns of the event loop. */
export const MOST_READINGS = 8;

/** Octets of a capture that are decoded in one turn of the event loop: phones are served in between. */
const SLICE = 32 * 1024;

/** All protocols, without passwords and digest responses. */
const captureOf = (who: string, since: ApiCaptureRequest['since']): ApiCaptureRequest => ({
  who,
  since,
  services: SERVICES,
  secrets: 'decrypted',
  redact: true,
});

const messageOf = (message: CapturedMessage): ApiMessage => ({
  at: isoTime(message.mark.time),
  direction: message.mark.direction ?? 'in',
  protocol: message.protocol,
  name: message.decoded.name ?? '',
  summary: summaryOf(message),
  lines: fieldLines(message),
  faults: faultsOf(message),
});

const epochOf = ({ mark: { time } }: CapturedMessage): number =>
  time === undefined ? 0 : time.seconds * 1000 + time.nanoseconds / 1e6;

const isWanted = (message: CapturedMessage, { since, until, protocols }: ApiMessageRequest): boolean => {
  const at = epochOf(message);
  return (
    (since === undefined || at > since) && (until === undefined || at <= until) && protocols.includes(message.protocol)
  );
};

/** The messages that the captures hold. Readings go one after the other, and only so many wait. */
export const messagesView = (captures: CapturesView): MessagesView => {
  let last: Promise<unknown> = Promise.resolve();
  let unanswered = 0;

  const read: MessagesView['read'] = async (request) => {
    const capture = captures.file(captureOf(request.who, undefined));
    if (capture.outcome !== 'made') return capture;
    const found: CapturedMessage[] = [];
    let leftOut = 0;
    const decoder = new CaptureDecoder(
      {},
      {
        onMessage: (message) => {
          if (!isWanted(message, request)) return;
          found.push(message);
          if (found.length > MOST_MESSAGES) {
            found.shift();
            leftOut += 1;
          }
        },
      },
    );
    const reader = new CaptureReader();
    for (let at = 0; at < capture.octets.length; at += SLICE) {
      for (const packet of reader.push(capture.octets.subarray(at, at + SLICE))) decoder.add(packet);
      await nextTurn();
    }
    decoder.end();
    return { outcome: 'read', name: capture.name, messages: found.map(messageOf), leftOut };
  };

  return {
    read: (request) => {
      if (unanswered >= MOST_READINGS) return Promise.resolve({ outcome: 'busy', unanswered });
      unanswered += 1;
      const reading = last
        .then(() => read(request))
        .finally(() => {
          unanswered -= 1;
        });
      last = reading.catch(() => {});
      return reading;
    },
    follow: (who, hasRoom, write) => {
      const reader = new CaptureReader();
      const decoder = new CaptureDecoder({}, { onMessage: (message) => write(messageOf(message)) });
      const take = (octets: Buffer): void => {
        for (const packet of reader.push(octets)) decoder.add(packet);
      };
      const following = captures.follow(captureOf(who, milliseconds(0)), hasRoom, take);
      take(following.head);
      return following;
    },
    kept: (who) => captures.kept(who),
  };
};
