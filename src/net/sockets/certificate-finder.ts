// Finds the certificate of a server in the octets that it sends, up to TLS 1.2 (RFC 5246 §6.2.1, §7.4.2). Bounded and linear.

const RECORD_HEAD = 5;
const HANDSHAKE = 22;
const MESSAGE_HEAD = 4;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
/** Before it come a ServerHello and nothing else; certificates with their chain are smaller. */
const MOST_OCTETS = 65_536;

/** Reads the beginning of one connection. */
export class CertificateFinder {
  /** An unfinished record. */
  #record: Buffer = Buffer.alloc(0);
  /** Handshake messages that are not read yet, without the heads of their records. */
  #messages: Buffer = Buffer.alloc(0);
  #octets = 0;

  /**
   * Takes what arrived, in any pieces. Returns the first certificate, DER, once it is whole. `none`: this is not how a server of TLS
   * begins, or it sends no certificate; nothing more need be pushed. `undefined`: more is needed.
   */
  push(octets: Buffer): Buffer | 'none' | undefined {
    this.#octets += octets.length;
    if (this.#octets > MOST_OCTETS) return 'none';
    let rest = this.#record.length === 0 ? octets : Buffer.concat([this.#record, octets]);
    while (rest.length >= RECORD_HEAD) {
      if (rest[0] !== HANDSHAKE) return 'none';
      const end = RECORD_HEAD + rest.readUInt16BE(3);
      if (rest.length < end) break;
      this.#messages = Buffer.concat([this.#messages, rest.subarray(RECORD_HEAD, end)]);
      rest = rest.subarray(end);
      const found = this.#look();
      if (found !== undefined) return found;
    }
    this.#record = Buffer.from(rest);
    return undefined;
  }

  #look(): Buffer | 'none' | undefined {
    while (this.#messages.length >= MESSAGE_HEAD) {
      const type = this.#messages[0];
      if (type !== SERVER_HELLO && type !== CERTIFICATE) return 'none';
      const end = MESSAGE_HEAD + this.#messages.readUIntBE(1, 3);
      if (end > MOST_OCTETS) return 'none';
      if (this.#messages.length < end) return undefined;
      if (type === CERTIFICATE) return firstOf(this.#messages.subarray(MESSAGE_HEAD, end));
      this.#messages = this.#messages.subarray(end);
    }
    return undefined;
  }
}

/** A list of certificates: its length in three octets, then each with its length in three octets. */
const firstOf = (list: Buffer): Buffer | 'none' => {
  if (list.length < 6) return 'none';
  const length = list.readUIntBE(3, 3);
  return length === 0 || 6 + length > list.length ? 'none' : list.subarray(6, 6 + length);
};
