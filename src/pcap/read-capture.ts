import type { CapturedPacket, CaptureFault, RecordReader } from './captured-packet.js';
import { OctetQueue } from './octet-queue.js';
import { pcapReader } from './read-pcap.js';
import { pcapngReader } from './read-pcapng.js';

const MAGIC = 4;

/**
 * Reads a capture file, pcap or pcapng, as its octets come: hand it chunks with `push`, which returns the packets that
 * are complete, and call `end` after the last. It holds one packet at most. Never throws: at a place where it cannot
 * read on, `fault` says why, and there are no more packets.
 */
export class CaptureReader {
  readonly #queue = new OctetQueue();
  #reader: RecordReader | undefined;
  #packets = 0;
  #fault: CaptureFault | undefined;

  /** Why the file cannot be read on. */
  get fault(): CaptureFault | undefined {
    return this.#fault;
  }

  /** Whether the file is a capture. `false` before its first four octets, too. */
  get isCapture(): boolean {
    return this.#reader !== undefined;
  }

  /** The packets that `chunk` completes. They are views of it. */
  push(chunk: Buffer): CapturedPacket[] {
    const packets: CapturedPacket[] = [];
    if (this.#fault !== undefined) return packets;
    this.#queue.push(chunk);
    this.#reader ??= this.#recognise();
    while (this.#reader !== undefined) {
      const found = this.#reader.next(this.#packets + 1);
      if (found === undefined) break;
      if ('found' in found) {
        this.#fault = found;
        break;
      }
      this.#packets += 1;
      packets.push(found);
    }
    return packets;
  }

  /** The file has ended, perhaps within a record. */
  end(): void {
    const { length, offset, skips } = this.#queue;
    if (this.#fault !== undefined) return;
    if (this.#reader === undefined) this.#fault = noCapture(this.#queue.peek(length) ?? Buffer.alloc(0));
    else if (skips > 0) this.#fault = { offset, found: 'the end within a block', wanted: `${skips} octets more` };
    else if (length > 0)
      this.#fault = {
        offset,
        found: `the end after ${length} octets of a record`,
        wanted: `${this.#reader.wanted} octets`,
      };
  }

  #recognise(): RecordReader | undefined {
    const begin = this.#queue.peek(MAGIC);
    if (begin === undefined) return undefined;
    const reader = pcapReader(this.#queue) ?? pcapngReader(this.#queue);
    if (reader === undefined) this.#fault = noCapture(begin);
    return reader;
  }
}

const noCapture = (begin: Buffer): CaptureFault => ({
  offset: 0,
  found: begin.length === 0 ? 'no octets' : `octets that begin with ${begin.toString('hex')}`,
  wanted: 'a capture in the format pcap or pcapng',
});
