// How each syntax writes a text, a hardware address and octets, so that nothing in them has another meaning there.

import type { MacAddress } from '../core/identifiers.js';

/** What every syntax can quote: printable ASCII. */
export const PRINTABLE = /^[ -~]*$/;
/** Names and domains as most are, for a syntax that quotes nothing: what begins with `-` may be taken for an option. */
export const PLAIN = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*)?$/;
/** What cmd.exe and netsh read as it is between double quotes. `%` is for variables, `\"` would be a quote. */
export const BETWEEN_CMD_QUOTES = /^[ !#$&-[\]-~]*$/;

/** `"…"` with `\` before `"` and `\`: dhcpd.conf(5), dnsmasq.conf(8). */
export const backslashQuoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** `'…'` of a POSIX shell. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** `'…'` of PowerShell. */
export const powerShellQuoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `"…"` of RouterOS: whatever has a meaning there as `\` and two hexadecimal digits in upper case. */
export const routerOsQuoted = (text: string): string => {
  const escaped = text.replace(
    /[^A-Za-z0-9 ._'/:@-]/g,
    (character) => `\\${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `"${escaped}"`;
};

/** `0a:1b:2c` of hexadecimal digits. */
export const colons = (hexadecimal: string): string => pairs(hexadecimal).join(':').toLowerCase();

/** `00:50:56:A1:03:3D`. */
export const colonedMac = (mac: MacAddress): string => pairs(mac).join(':');

/** `00-50-56-A1-03-3D`. */
export const dashedMac = (mac: MacAddress): string => pairs(mac).join('-');

/** `0100.5056.a103.3d`, as Cisco IOS writes octets. */
export const dottedOctets = (hexadecimal: string): string =>
  (hexadecimal.toLowerCase().match(/.{1,4}/g) ?? []).join('.');

const pairs = (hexadecimal: string): readonly string[] => hexadecimal.match(/../g) ?? [];

/** A text inside a comment: one line, and only characters that have no meaning in any of the syntaxes. */
export const inComment = (text: string): string => text.replace(/[^\p{L}\p{N} ._:/\\@+=,()~-]/gu, '_');

/** `1d2h3m4s`, as RouterOS and OpenWrt write a time. */
export const span = (seconds: number): string => {
  let rest = seconds;
  let written = '';
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) written += `${count}${unit}`;
  }
  return written;
};
