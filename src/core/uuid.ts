// UUIDs that are derived from names: the same today, after a restart and on another machine. The files for phones and
// the registrar must agree on them without asking each other.

import { hash } from 'node:crypto';

/** Ours alone; RFC 9562 §5.5 wants one for every kind of name. */
const NAMESPACE = Buffer.from('0f6f0d5e6a3c4b1d9a4f6c61626d3031', 'hex');

/** A version 5 UUID (RFC 9562 §5.5) of the parts in their order, lower case, without braces. */
export const nameUuid = (...parts: readonly string[]): string => {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(parts.join('\0'))]), 'hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

/** Of a device, by its name in any case. */
export const deviceUuid = (device: string): string => nameUuid('device', device.toUpperCase());

/** Of a line on a device: its `contact` in a SIP phone's file, hence the user part of the phone's Contact. */
export const lineUuid = (device: string, dn: string): string => nameUuid('line', device.toUpperCase(), dn);
