// Connections of phones that a timeline has: those on which no whole message came, and those of phones that do not read.

/** What ends a connection that brought no whole message. Octets that are of no protocol of this port have an event of their own. */
const WORDLESS_ENDS: ReadonlySet<string> = new Set(['mute', 'unfinished', 'silent', 'peer-closed', 'error']);

/** The end of a connection, as far as it says whether something came. */
export interface EndedLink {
  readonly cause: string;
  readonly bytes?: string;
}

/** Whether it is of interest for its device: usual ends of connections are not. */
export const saidNothingWhole = ({ cause, bytes }: EndedLink): boolean =>
  cause === 'mute' || cause === 'unfinished' || (bytes !== undefined && WORDLESS_ENDS.has(cause));

/** Whether the phone no longer read what it was sent. */
export const stoppedReading = ({ cause }: EndedLink): boolean => cause === 'not-reading';

/** By what such ends differ. */
export const broughtOctets = ({ cause, bytes }: EndedLink): string => `${cause} ${bytes !== undefined}`;

/** For people: what the phone did. */
export const cutWords = (protocol: 'SCCP' | 'SIP', { cause, bytes }: EndedLink): string => {
  if (cause === 'not-reading') return `did not read what it was sent, so its connection for ${protocol} was closed`;
  return bytes === undefined && cause === 'mute'
    ? `opened a connection for ${protocol} and never said a word`
    : `opened a connection for ${protocol}, began a message and did not end it`;
};
