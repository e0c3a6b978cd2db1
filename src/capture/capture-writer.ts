// Writes captured packets as pcapng (`docs/protocols/explain.md` §5).

import type { Instant } from '../core/time.js';
import {
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  nanoseconds,
  sectionHeader,
} from '../pcap/pcapng-blocks.js';
import { FrameMaker } from './frame-maker.js';
import type { CapturedService, RecordedPacket } from './record.js';
import { Redaction } from './redaction.js';

/** What a reader wants of a capture. */
export interface CaptureChoice {
  readonly services: readonly CapturedService[];
  /** `none`: without what came through TLS. */
  readonly secrets: 'decrypted' | 'none';
  /** Whether passwords and digest responses are replaced by `x`. */
  readonly redact: boolean;
}

/** A remark on the packet that is the evidence of something. */
export interface CaptureComment {
  readonly at: Instant;
  /** The type of the event that it is about, such as `tftp.refused`: it goes to a packet of that protocol. */
  readonly type: string;
  readonly text: string;
}

/** What the head of a file says. */
export interface CaptureTitle {
  /** At most 500 octets of it are written. */
  readonly comment: string;
  /** The network interface of this machine, by name. */
  readonly interface: string;
}

/** What a writer needs besides the packets. */
export interface CaptureWriterOptions {
  readonly choice: CaptureChoice;
  /** The phone's own hardware address, twelve hexadecimal digits. */
  readonly mac: string | undefined;
  /** Stands for the address of a socket that has none of its own. */
  readonly ownAddress: number;
  /** Milliseconds since the Unix epoch of a time on the clock of this process. */
  readonly wallTime: (at: number) => number;
}

interface CaptureInterface {
  readonly service: CapturedService;
  readonly secure: boolean;
  written: number;
}

/** The protocols that may come through TLS. */
const SECURED: readonly CapturedService[] = ['sccp', 'sip'];

/**
 * Writes one capture, in this order: `head`, `packet` for each packet, `end`. There is an interface for each protocol, and
 * one more, `decrypted`, for what came through TLS.
 */
export class CaptureWriter {
  readonly #options: CaptureWriterOptions;
  readonly #frames: FrameMaker;
  readonly #redaction: Redaction | undefined;
  readonly #interfaces: readonly CaptureInterface[];
  #latest = 0;

  constructor(options: CaptureWriterOptions) {
    const { choice, mac, ownAddress } = options;
    this.#options = options;
    this.#frames = new FrameMaker({ mac: mac === undefined ? undefined : Buffer.from(mac, 'hex'), ownAddress });
    this.#redaction = choice.redact ? new Redaction() : undefined;
    const secured = choice.secrets === 'none' ? [] : choice.services.filter((service) => SECURED.includes(service));
    this.#interfaces = [
      ...choice.services.map((service) => ({ service, secure: false, written: 0 })),
      ...secured.map((service) => ({ service, secure: true, written: 0 })),
    ];
  }

  /** Whether the reader wants this packet. */
  wants({ service, secure }: RecordedPacket): boolean {
    const { services, secrets } = this.#options.choice;
    return services.includes(service) && (!secure || secrets === 'decrypted');
  }

  head({ comment, interface: name }: CaptureTitle): Buffer {
    return Buffer.concat([
      sectionHeader({ application: 'labcm', comment }),
      ...this.#interfaces.map(({ service, secure }) =>
        interfaceDescription(
          secure
            ? { name: 'decrypted', description: `${service.toUpperCase()} that came through TLS` }
            : { name, description: service.toUpperCase() },
        ),
      ),
    ]);
  }

  /** The blocks of a packet; none for one that the reader does not want. */
  packet(packet: RecordedPacket, comments: readonly string[] = []): Buffer {
    const index = this.#interfaces.findIndex(
      ({ service, secure }) => service === packet.service && secure === packet.secure,
    );
    const found = this.#interfaces[index];
    if (found === undefined) return Buffer.alloc(0);
    const payload = this.#redaction?.redact(packet) ?? packet.payload;
    const frames = this.#frames.framesOf(packet, payload, comments);
    found.written += frames.length;
    this.#latest = Math.max(this.#latest, packet.at);
    const at = nanoseconds(this.#options.wallTime(packet.at));
    return Buffer.concat(
      frames.map(({ direction, frame, comments: said }) =>
        enhancedPacket({ interface: index, at, direction, comments: said, frame }),
      ),
    );
  }

  /** The statistics of the interfaces. `lost`: packets that the ring has overwritten, whichever protocol they had. */
  end(at: number, lost: number): Buffer {
    const time = nanoseconds(this.#options.wallTime(Math.max(at, this.#latest)));
    return Buffer.concat(
      this.#interfaces.map(({ written }, index) =>
        interfaceStatistics({ interface: index, at: time, received: written, dropped: index === 0 ? lost : 0 }),
      ),
    );
  }
}

/**
 * Which comments go to which packet: each to the last packet of its protocol that is not younger, else to the first of
 * its protocol. Types of no protocol, such as `device.rejected`, fit every packet. Without a fitting packet it is
 * left out.
 */
export const placeComments = (
  packets: readonly RecordedPacket[],
  comments: readonly CaptureComment[],
): ReadonlyMap<RecordedPacket, readonly string[]> => {
  const placed = new Map<RecordedPacket, string[]>();
  // What makes no frame of its own bears no comment.
  const bearing = packets.filter(({ kind }) => kind !== 'joined');
  for (const { at, type, text } of comments) {
    const prefix = type.slice(0, Math.max(0, type.indexOf('.')));
    const ofProtocol = bearing.some(({ service }) => service === prefix)
      ? bearing.filter(({ service }) => service === prefix)
      : PROTOCOL_PREFIXES.has(prefix)
        ? []
        : bearing;
    // An instant is in whole milliseconds, and a packet's time is finer.
    const place = ofProtocol.findLast((packet) => packet.at < at + 1) ?? ofProtocol[0];
    if (place !== undefined) placed.set(place, [...(placed.get(place) ?? []), text]);
  }
  return placed;
};

const PROTOCOL_PREFIXES: ReadonlySet<string> = new Set(['dhcp', 'tftp', 'http', 'sccp', 'sip']);
