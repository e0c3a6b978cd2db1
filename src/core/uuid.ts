// UUIDs. Most are derived from names: the same today, after a restart and on another machine. The files for phones and
// the registrar must agree on them without asking each other. Records that only have to differ have random ones.

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

/** A version 4 UUID (RFC 9562 §5.4) of random numbers, lower case, without braces. */
export const randomUuid = (random: { below(limit: number): number }): string => {
  const octets = Array.from({ length: 16 }, () => random.below(256));
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  const text = octets.map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
};
