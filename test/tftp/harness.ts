// A TFTP server over sockets in memory or real ones, with files made for the test.

import type { FileAnswer, FileContent, FileSource } from '../../src/core/files.js';
import type { Clock } from '../../src/core/time.js';
import type { DatagramNetwork } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { systemClock } from '../../src/net/system-clock.js';
import type { TftpEvent } from '../../src/tftp/events.js';
import { TftpServer } from '../../src/tftp/server.js';
import { DEFAULT_TFTP, type TftpSettings } from '../../src/tftp/settings.js';
import { EventRecorder } from '../support/event-recorder.js';
import { seededRandom } from '../support/random.js';

/** Octets that differ from block to block, so that one in another's place is noticed. */
export const someBytes = (size: number, seed = 1): Buffer => {
  const bytes = Buffer.allocUnsafe(size);
  for (let index = 0, value = seed; index < size; index += 1) {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = value >>> 16;
  }
  return bytes;
};

export class TestFiles implements FileSource {
  readonly files = new Map<string, Buffer>();
  /** Content that is still open. */
  held = 0;
  /** Files that are read by promise, as from a disk. */
  slow = false;
  /** Octets after which a file ends although it was longer when it was opened. */
  cutTo = Number.POSITIVE_INFINITY;
  /** What opening any file comes to. */
  failure: Error | undefined;

  add(name: string, bytes: Buffer): this {
    this.files.set(name, bytes);
    return this;
  }

  open(name: string): FileAnswer | Promise<FileAnswer> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const answer = this.#answer(name);
    return this.slow ? Promise.resolve(answer) : answer;
  }

  #answer(name: string): FileAnswer {
    const bytes = this.files.get(name);
    if (bytes === undefined) return { found: false, file: name, harmless: false };
    this.held += 1;
    const content: FileContent = {
      size: bytes.length,
      read: (offset, length) => {
        const part = bytes.subarray(offset, Math.min(offset + length, this.cutTo));
        return this.slow ? Promise.resolve(part) : part;
      },
      close: () => {
        this.held -= 1;
      },
    };
    return { found: true, content };
  }
}

export interface RunningTftp {
  readonly server: TftpServer;
  readonly files: TestFiles;
  readonly probe: EventRecorder<TftpEvent>;
  readonly endpoint: { readonly address: string; readonly port: number };
}

export const serve = async (
  settings: Partial<TftpSettings> = {},
  network: DatagramNetwork = nodeDatagrams,
  clock: Clock = systemClock,
): Promise<RunningTftp> => {
  const files = new TestFiles();
  const probe = new EventRecorder<TftpEvent>();
  const server = new TftpServer(
    { ...DEFAULT_TFTP, address: '127.0.0.1', port: 0, ...settings },
    { network, clock, random: seededRandom(7), source: files, bus: probe.bus },
  );
  await server.open();
  const [endpoint] = server.endpoints;
  if (endpoint === undefined) throw new Error('the server listens nowhere');
  return { server, files, probe, endpoint };
};
