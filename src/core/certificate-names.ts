// The names in a certificate, as Node writes them.

import type { X509Certificate } from 'node:crypto';

/** The common names, then the DNS names and URIs. Nobody vouches for them by that. */
export const certificateNames = ({
  subject,
  subjectAltName,
}: Pick<X509Certificate, 'subject' | 'subjectAltName'>): readonly string[] => [
  ...commonNamesOf(subject),
  ...alternativeNames(subjectAltName),
];

/** The common names in a name as Node writes it: lines `type=value`, in which special characters are escaped (RFC 2253 §2.4). */
export const commonNamesOf = (subject: string): readonly string[] =>
  subject.split('\n').flatMap((line) => {
    const value = /^CN=(.*)$/s.exec(line)?.[1];
    return value === undefined || value === '' ? [] : [value.replace(/\\(.)/g, '$1')];
  });

/** `DNS:phone, URI:SEP…, DNS:"with, comma"`: what holds a special character stands in quotes, as JSON. */
const ALTERNATIVE = /\s*([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:,|$)/y;
const NAME_TYPES = new Set(['DNS', 'URI']);

/** The DNS names and URIs. What is in quotes is left out: no name of a device needs them. */
export const alternativeNames = (text = ''): readonly string[] => {
  const names: string[] = [];
  ALTERNATIVE.lastIndex = 0;
  while (ALTERNATIVE.lastIndex < text.length) {
    const [, type = '', name = ''] = ALTERNATIVE.exec(text) ?? [];
    if (type === '') return names;
    if (NAME_TYPES.has(type) && name !== '' && !name.startsWith('"')) names.push(name);
  }
  return names;
};
