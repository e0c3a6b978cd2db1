// Objects for the screen of a phone inside SIP: datapassthroughreq and its answer (`docs/protocols/calls.md` §3.9).

import type { SipMessage } from '../message/message.js';
import { bodyParts } from '../message/multipart.js';
import { REQUEST_TYPE } from './remotecc.js';

/** The media type of an object. */
export const OBJECT_TYPE = 'application/x-cisco-remotecc-cm+xml';

/** A body with its type, as latin1 text. */
interface WrittenBody {
  readonly type: string;
  readonly text: string;
}

const passthrough = (transaction: number): string =>
  `<x-cisco-remotecc-request>\n<datapassthroughreq>\n<applicationid>0</applicationid>\n<transactionid>${transaction}</transactionid>\n<stationsequence>StationSequenceLast</stationsequence>\n<displaypriority>2</displaypriority>\n<appinstance>0</appinstance>\n<linenumber>0</linenumber>\n<routingid>0</routingid>\n<confid>0</confid>\n</datapassthroughreq>\n</x-cisco-remotecc-request>\n`;

/** The body of a REFER that gives a phone an object. */
export const passthroughBody = (object: string, transaction: number): WrittenBody => {
  let boundary = 'uniqueBoundary';
  for (let digit = 0; object.includes(boundary); digit += 1) boundary += digit; // an object may have any text
  const part = (type: string, text: string): string => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;
  const octets = Buffer.from(object, 'utf8').toString('latin1');
  return {
    type: `multipart/mixed;boundary=${boundary}`,
    text: `${part(REQUEST_TYPE, passthrough(transaction))}${part(OBJECT_TYPE, octets)}--${boundary}--\r\n`,
  };
};

/** The object in the NOTIFY that answers it; `undefined`: there is none. */
export const answeredObject = (notify: SipMessage): string | undefined =>
  bodyParts(notify)
    .find(({ type }) => type === OBJECT_TYPE)
    ?.bytes.toString('utf8');
