// A file server on a free port, files in memory that count how many are open, and a client that sends and receives
// octets.

import net from 'node:net';
import type { FileContent, FileSource } from '../../src/core/files.js';
import type { LabcmEvent } from '../../src/events.js';
import type { OpenHttpServer } from '../../src/http/bounded-server.js';
import { type FileServerOptions, openFileServer } from '../../src/http/file-server.js';
import type { FileServerLimits } from '../../src/http/settings.js';
import { systemClock } from '../../src/net/system-clock.js';
import { EventRecorder } from '../support/event-recorder.js';

export class MemorySource implements FileSource {
  readonly files = new Map<string, Buffer>();
  /** Files that answer later, as those on a disk do. */
  readonly slow = new Set<string>();
  readonly requested: string[] = [];
  /** The names of missing files as the source spells them. */
  readonly canonicalNames = new Map<string, string>();
  open_ = 0;
  /** Octets after which reading a file fails. */
  failsAfter = Number.POSITIVE_INFINITY;

  open(name: string): ReturnType<FileSource['open']> {
    this.requested.push(name);
    if (name === 'broken.xml') return Promise.reject(new Error('EIO'));
    const bytes = this.files.get(name);
    if (bytes === undefined) {
      const file = this.canonicalNames.get(name) ?? name;
      return { found: false, file, harmless: name.endsWith('.tlv') };
    }
    this.open_ += 1;
    const content: FileContent = {
      size: bytes.length,
      read: (offset, length) => {
        if (offset >= this.failsAfter) return Promise.reject(new Error('EIO'));
        const piece = bytes.subarray(offset, offset + length);
        return this.slow.has(name) ? Promise.resolve(piece) : piece;
      },
      close: () => {
        this.open_ -= 1;
      },
    };
    const answer = { found: true, content, device: 'ipctest2' } as const;
    return this.slow.has(name) ? Promise.resolve(answer) : answer;
  }
}

export interface RunningFileServer {
  readonly server: OpenHttpServer;
  readonly source: MemorySource;
  readonly probe: EventRecorder<LabcmEvent>;
  readonly url: string;
  readonly port: number;
}

export const serve = async (
  limits: Partial<FileServerLimits> = {},
  options: Partial<FileServerOptions> = {},
): Promise<RunningFileServer> => {
  const source = new MemorySource();
  const probe = new EventRecorder<LabcmEvent>();
  const server = await openFileServer({
    address: '127.0.0.1',
    port: 0,
    source,
    clock: systemClock,
    bus: probe.bus,
    limits,
    ...options,
  });
  const { port } = server.local;
  return { server, source, probe, port, url: `http://127.0.0.1:${port}` };
};

/** Sends octets over a connection of its own and returns all that comes back until it is closed. */
export const exchange = async (
  port: number,
  request: Buffer | string,
  { localAddress = '127.0.0.1', end = false } = {},
): Promise<string> => {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress });
  const pieces: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => pieces.push(bytes));
  socket.on('error', () => {});
  if (end) socket.end(request);
  else socket.write(request);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(pieces).toString('latin1');
};
