// UUIDs derived from names: the same today, after a restart and on another machine. The phone files and the SIP
// registrar must agree on them without asking each other.

import { hash } from 'node:crypto';

/** The namespace of labcm (RFC 9562 §5.5). */
const NAMESPACE = Buffer.from('0f6f0d5e6a3c4b1d9a4f6c61626d3031', 'hex');

/** A version 5 UUID (RFC 9562 §5.5) of the parts in their order, lower case, without braces. */
export const nameUuid = (...parts: readonly string[]): string => {
  const digest = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(parts.join('\0'))]), 'hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

/** The UUID of a device. The case of the name does not matter. */
export const deviceUuid = (device: string): string => nameUuid('device', device.toUpperCase());

/** The UUID of a line on a device: the `contact` in a SIP phone's file, and so the user part of the phone's Contact. */
export const lineUuid = (device: string, dn: string): string => nameUuid('line', device.toUpperCase(), dn);
