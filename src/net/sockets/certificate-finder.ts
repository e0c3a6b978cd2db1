// Finds the certificate of a server in the octets that it sends, up to TLS 1.2 (RFC 5246 §6.2.1, §7.4.2). Bounded and linear.

const RECORD_HEAD = 5;
const CONTENT_TYPES = { first: 20, alert: 21, handshake: 22, last: 24 };
/** An alert has two octets: how grave it is, and which. */
const ALERT_OCTETS = 2;
const WARNING = 1;
const FATAL = 2;
const MESSAGE_HEAD = 4;
const HELLO_REQUEST = 0;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
/** Before it come a ServerHello, and perhaps what clients pass over; certificates with their chain are smaller. */
const MOST_OCTETS = 65_536;

/**
 * Why there is no certificate. `alert`: the server ended the handshake. `no-tls`: it speaks something else. `none`: this is not how a
 * server begins that shows one, or it takes more than 64 KiB for it.
 */
export type NoCertificate = 'alert' | 'no-tls' | 'none';

/** Reads the beginning of one connection. */
export class CertificateFinder {
  /** The version in the head of the first record, two octets; that of TLS 1.0 as long as there is none. */
  version: Buffer = Buffer.from([3, 1]);
  #isFirst = true;
  /** An unfinished record. */
  #record: Buffer = Buffer.alloc(0);
  /** Handshake messages that are not read yet, without the heads of their records. */
  #messages: Buffer = Buffer.alloc(0);
  #octets = 0;

  /**
   * Takes what arrived, in any pieces. Returns the first certificate, DER, once it is whole, or why there is none; nothing more need
   * be pushed then. `undefined`: more is needed. As clients do, it passes over warnings and HelloRequests.
   */
  push(octets: Buffer): Buffer | NoCertificate | undefined {
    this.#octets += octets.length;
    if (this.#octets > MOST_OCTETS) return 'none';
    let rest = this.#record.length === 0 ? octets : Buffer.concat([this.#record, octets]);
    while (rest.length >= RECORD_HEAD) {
      const type = rest[0] ?? 0;
      if (type < CONTENT_TYPES.first || type > CONTENT_TYPES.last || rest[1] !== 3) return 'no-tls';
      if (this.#isFirst) this.version = Buffer.from(rest.subarray(1, 3));
      this.#isFirst = false;
      if (type !== CONTENT_TYPES.handshake && type !== CONTENT_TYPES.alert) return 'none';
      const end = RECORD_HEAD + rest.readUInt16BE(3);
      if (rest.length < end) break;
      const content = rest.subarray(RECORD_HEAD, end);
      rest = rest.subarray(end);
      const found = type === CONTENT_TYPES.alert ? outcomeOfAlert(content) : this.#look(content);
      if (found !== undefined) return found;
    }
    this.#record = Buffer.from(rest);
    return undefined;
  }

  #look(content: Buffer): Buffer | 'none' | undefined {
    this.#messages = Buffer.concat([this.#messages, content]);
    while (this.#messages.length >= MESSAGE_HEAD) {
      const type = this.#messages[0] ?? 0;
      if (type !== HELLO_REQUEST && type !== SERVER_HELLO && type !== CERTIFICATE) return 'none';
      const end = MESSAGE_HEAD + this.#messages.readUIntBE(1, 3);
      if (end > MOST_OCTETS || (type === HELLO_REQUEST && end > MESSAGE_HEAD)) return 'none';
      if (this.#messages.length < end) return undefined;
      if (type === CERTIFICATE) return firstOf(this.#messages.subarray(MESSAGE_HEAD, end));
      this.#messages = this.#messages.subarray(end);
    }
    return undefined;
  }
}

/** A warning changes nothing (RFC 5246 §7.2). */
const outcomeOfAlert = (content: Buffer): 'alert' | 'none' | undefined => {
  if (content.length !== ALERT_OCTETS) return 'none';
  if (content[0] === WARNING) return undefined;
  return content[0] === FATAL ? 'alert' : 'none';
};

/** A list of certificates: its length in three octets, then each with its length in three octets. */
const firstOf = (list: Buffer): Buffer | 'none' => {
  if (list.length < 6) return 'none';
  const length = list.readUIntBE(3, 3);
  return length === 0 || 6 + length > list.length ? 'none' : list.subarray(6, 6 + length);
};
