// The message-summary of a line (RFC 3842, `sip.md` §10.4).

import type { DirectoryNumber } from '../../core/identifiers.js';
import type { LineMessages } from '../../devices/index.js';

/** The content type of the package. */
export const SUMMARY_TYPE = 'application/simple-message-summary';

/**
 * The body of a NOTIFY. A line that has no messages at all is told so as CUCM does, in one line. Counts of urgent messages
 * are left out: Cisco's loads want none.
 */
export const messageSummary = (
  { waiting, new: count, old }: LineMessages,
  dn: DirectoryNumber,
  host: string,
): string => {
  const first = `Messages-Waiting: ${waiting ? 'yes' : 'no'}\r\n`;
  return !waiting && count + old === 0
    ? first
    : `${first}Message-Account: sip:${dn}@${host}\r\nVoice-Message: ${count}/${old}\r\n`;
};
