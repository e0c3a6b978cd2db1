// Soft keys of Cisco's phones that SIP has no method for: a REFER whose body names the key and the dialog
// (`docs/protocols/calls.md` §3.9).

import { findNode, MAX_XML_OCTETS, readXml } from '../../core/xml/reader.js';
import type { SipMessage } from '../message/message.js';
import { bodyParts } from '../message/multipart.js';
import { REQUEST_TYPE } from './remotecc.js';

/** A key that was pressed, and in which dialog: `localTag` is the phone's. */
export interface SoftKeyEvent {
  /** In lower case. */
  readonly key: string;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** Reads the body of a REFER. `undefined`: it tells of no key. */
export const readSoftKeyEvent = (message: SipMessage): SoftKeyEvent | undefined => {
  const part = bodyParts(message).find(({ type, bytes }) => type === REQUEST_TYPE && bytes.length <= MAX_XML_OCTETS);
  const root = part === undefined ? undefined : readXml(part.bytes.toString('utf8'));
  const event = root === undefined ? undefined : findNode(root, 'softkeyeventmsg');
  if (event === undefined) return undefined;
  const textOf = (name: string): string => findNode(event, name)?.text.trim() ?? '';
  return {
    key: textOf('softkeyevent').toLowerCase(),
    callId: textOf('callid'),
    localTag: textOf('localtag'),
    remoteTag: textOf('remotetag'),
  };
};
