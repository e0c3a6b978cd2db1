// Reads the packets of a capture file, and shows how far it has come.

import { CaptureDecoder, type CaptureEvents } from '../../decoding/capture-decoder.js';
import type { FrameOptions } from '../../decoding/decoders.js';
import type { CaptureFault } from '../../pcap/captured-packet.js';
import { CaptureReader } from '../../pcap/read-capture.js';
import type { CliEnvironment } from '../environment.js';
import { captureOctets, DamagedGzip } from './capture-octets.js';

/** What is said where a capture cannot be read on. */
export const CAPTURE_REMEDY = 'what comes before it was read';

/** A capture that was read to its end, or as far as possible. */
export interface ReadCapture {
  readonly decoder: CaptureDecoder;
  readonly fault: CaptureFault | undefined;
  readonly isCapture: boolean;
}

/** Reads a capture, also in gzip, and decodes it. Rejects as `source` does. */
export const readCapture = async (
  source: AsyncIterable<string | Uint8Array>,
  frames: FrameOptions,
  events: CaptureEvents,
  progress: ProgressLine,
  isStopped: () => boolean,
): Promise<ReadCapture> => {
  const reader = new CaptureReader();
  const decoder = new CaptureDecoder(frames, events);
  let octets = 0;
  let damage: CaptureFault | undefined;
  try {
    for await (const chunk of captureOctets(source)) {
      octets += chunk.length;
      for (const packet of reader.push(chunk)) decoder.add(packet);
      if (reader.fault !== undefined || isStopped()) break;
      progress.show(octets);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof DamagedGzip)) throw error;
    damage = { offset: octets, found: `gzip that is damaged (${error.message})`, wanted: 'the whole of it' };
  } finally {
    progress.clear();
  }
  decoder.end();
  return { decoder, fault: damage ?? reader.fault, isCapture: reader.isCapture };
};

const MEBIBYTE = 1024 * 1024;
const STEP = 32 * MEBIBYTE;

/** One line that is overwritten: how far reading has come. */
export interface ProgressLine {
  show(octets: number): void;
  clear(): void;
}

/** The line, on a terminal for messages. `isWanted`: whether anything is shown. */
export const progressLine = ({ stderr }: CliEnvironment, isWanted: boolean): ProgressLine => {
  let next = STEP;
  return {
    show: (octets) => {
      if (!isWanted || octets < next) return;
      next = octets + STEP;
      stderr.write(`\r${Math.floor(octets / MEBIBYTE)} MiB`);
    },
    clear: () => {
      if (isWanted && next > STEP) stderr.write('\r\u001b[K');
    },
  };
};
