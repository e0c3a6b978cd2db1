// The octets of a capture file, unpacked if it is compressed by gzip.

import { once } from 'node:events';
import { constants, createGunzip } from 'node:zlib';

/** RFC 1952 §2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Pieces that unpack to a few megabytes at most. */
const PIECE = 4_096;

/** Data in gzip that cannot be unpacked. What came before it was given out, but for the last `PIECE` packed octets at most. */
export class DamagedGzip extends Error {
  override readonly name = 'DamagedGzip';
  readonly code = 'DAMAGED_GZIP';
}

/** The octets in the order of the file. Rejects with `DamagedGzip`, and as `source` does. */
export async function* captureOctets(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let begin = Buffer.alloc(0);
  const unpack = gunzip();
  let isPacked: boolean | undefined;
  for await (const piece of source) {
    let octets =
      typeof piece === 'string'
        ? Buffer.from(piece, 'latin1')
        : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (isPacked === undefined) {
      begin = Buffer.concat([begin, octets]);
      if (begin.length < GZIP_MAGIC.length) continue;
      isPacked = GZIP_MAGIC.every((octet, index) => begin[index] === octet);
      octets = begin;
    }
    if (isPacked) yield* unpack.push(octets);
    else yield octets;
  }
  if (isPacked === undefined) yield begin;
  if (isPacked === true) yield* unpack.end();
}

/** Unpacks without a bound on the whole, a small piece at a time. */
const gunzip = () => {
  // An end that comes too early is no error: the reader of the capture says where it is.
  const stream = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const unpacked: Buffer[] = [];
  let failure: Error | undefined;
  let fail: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  stream.on('data', (octets: Buffer) => unpacked.push(octets));
  stream.on('error', (error) => {
    failure = error;
    fail();
  });
  async function* given(done: Promise<unknown>): AsyncGenerator<Buffer, void, void> {
    await Promise.race([done, failed]);
    yield* unpacked.splice(0);
    if (failure !== undefined) throw new DamagedGzip(failure.message);
  }
  return {
    async *push(octets: Buffer): AsyncGenerator<Buffer, void, void> {
      for (let at = 0; at < octets.length; at += PIECE) {
        const piece = octets.subarray(at, at + PIECE);
        yield* given(new Promise((resolve) => stream.write(piece, resolve)));
      }
    },
    async *end(): AsyncGenerator<Buffer, void, void> {
      const ended = once(stream, 'end').catch(() => undefined);
      stream.end();
      yield* given(ended);
    },
  };
};
