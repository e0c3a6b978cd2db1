// RTP packets as octets (RFC 3550 §5.1). Reading never throws and never copies.

/** Octets of the header without contributing sources and extension. */
export const RTP_HEADER = 12;

const VERSION = 2;
const MARKER = 0x80;

/** Why octets are no RTP packet. */
export type RtpFault = 'short' | 'version' | 'length';

/**
 * One packet, read in place. A reader is used again for each packet that comes, so that none of them costs an object;
 * its fields are those of the packet that was read last without a fault.
 */
export class RtpReader {
  /** 0 to 127. */
  payloadType = 0;
  marker = false;
  /** 16 bits. */
  sequence = 0;
  /** 32 bits, in units of the payload's clock. */
  timestamp = 0;
  /** 32 bits. */
  ssrc = 0;
  /** Where the payload begins and ends in the octets that were read, padding left out. */
  start = 0;
  end = 0;

  /**
   * Takes one datagram. `short`: fewer than 12 octets. `version`: not version 2. `length`: contributing sources,
   * extension or padding are longer than the packet. `undefined`: the fields are filled in.
   */
  read(bytes: Buffer): RtpFault | undefined {
    if (bytes.length < RTP_HEADER) return 'short';
    const first = bytes[0] as number;
    if (first >> 6 !== VERSION) return 'version';
    let start = RTP_HEADER + (first & 0x0f) * 4;
    if ((first & 0x10) !== 0) {
      if (start + 4 > bytes.length) return 'length';
      start += 4 + bytes.readUInt16BE(start + 2) * 4;
    }
    let end = bytes.length;
    if ((first & 0x20) !== 0) {
      const padding = bytes[end - 1] as number;
      if (padding === 0) return 'length'; // the count includes itself
      end -= padding;
    }
    if (start > end) return 'length';
    const second = bytes[1] as number;
    this.payloadType = second & 0x7f;
    this.marker = (second & MARKER) !== 0;
    this.sequence = bytes.readUInt16BE(2);
    this.timestamp = bytes.readUInt32BE(4);
    this.ssrc = bytes.readUInt32BE(8);
    this.start = start;
    this.end = end;
    return undefined;
  }
}

/** What a header of ours says: no padding, no extension, no contributing sources. */
export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
}

/** Writes the header into the first 12 octets of `packet`. */
export const writeRtpHeader = (packet: Buffer, { payloadType, marker, sequence, timestamp, ssrc }: RtpHeader): void => {
  packet[0] = VERSION << 6;
  packet[1] = payloadType | (marker ? MARKER : 0);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
};
