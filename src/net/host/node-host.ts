// The machine that this process runs on, as `labcm doctor` looks at it.

import { execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { realpathSync } from 'node:fs';
import { open, readdir, readlink, stat } from 'node:fs/promises';
import net from 'node:net';
import { after, milliseconds, wallTime } from '../../core/time.js';
import { descriptorLimit } from '../descriptors.js';
import { diskSpace } from '../files/disk-space.js';
import { whyUnwritable } from '../files/writable-directory.js';
import type { Endpoint } from '../ports.js';
import { servesAlone } from '../sockets/interface-sockets.js';
import { whyUnbindable } from '../sockets/port-probe.js';
import { systemClock } from '../system-clock.js';
import type { Connecting, Host, ProgramOutput } from './host.js';
import { machineAddresses } from './machine-addresses.js';

/** Less than the second that a check has, so that it can still say what it found. */
const WITHIN_MS = 900;
const LONGEST_TEXT = 4 * 1024 * 1024;
const LONGEST_OUTPUT = 8 * 1024 * 1024;

/** This machine. */
export const nodeHost = (): Host => ({
  platform: process.platform,
  node: { path: realpathSync(process.execPath), version: process.version },
  addresses: machineAddresses,
  servesAlone,
  descriptorLimit,
  text: (path) => orUndefined(textOf(path)),
  names: async (path) => (await orUndefined(readdir(path))) ?? [],
  linkOf: (path) => orUndefined(readlink(path)),
  modifiedAt: async (path) => {
    const found = await orUndefined(stat(path));
    return found === undefined ? undefined : wallTime(found.mtimeMs);
  },
  spaceOf: diskSpace,
  whyUnwritable,
  whyUnbindable,
  connect,
  resolve: async (name) => (await orUndefined(new Resolver({ timeout: WITHIN_MS, tries: 1 }).resolve4(name))) ?? [],
  ntpOffset,
  run,
});

const orUndefined = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch {
    return undefined;
  }
};

/** Files below `/proc` have no size, so they are read to their end. */
const textOf = async (path: string): Promise<string> => {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    for (let octets = 0; octets < LONGEST_TEXT; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536));
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      octets += bytesRead;
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await file.close();
  }
};

const CODES: ReadonlyMap<string, Connecting> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'refused'],
  ['ETIMEDOUT', 'silent'],
]);

const connect = ({ address: host, port }: Endpoint, from?: string): Promise<Connecting> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    const finish = (how: Connecting): void => {
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(WITHIN_MS, () => finish('silent'));
    socket.once('connect', () => finish('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      finish(CODES.get(code) ?? code);
    });
  });

const NTP_PORT = 123;
const NTP_PACKET = 48;
/** Version 4, mode 3: client (RFC 4330 §4). */
const NTP_CLIENT = 0x23;
const TRANSMIT_AT = 40;
const RECEIVE_AT = 32;
/** From 1900 to 1970, in seconds. */
const NTP_EPOCH = 2_208_988_800;

const ntpOffset = (server: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    const now = (): number => systemClock.wallTime(systemClock.now());
    const request = Buffer.alloc(NTP_PACKET);
    request[0] = NTP_CLIENT;
    const sentAt = now();
    // The cookie comes back as the originate time, which tells an answer from anything else.
    request.writeUInt32BE(sentAt % 0xffffffff, TRANSMIT_AT + 4);
    const finish = (offset: number | undefined): void => {
      timeout.cancel();
      socket.close();
      resolve(offset);
    };
    const timeout = systemClock.callAt(after(systemClock.now(), milliseconds(WITHIN_MS)), () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('message', (bytes) => {
      if (bytes.length < NTP_PACKET || !bytes.subarray(24, 32).equals(request.subarray(TRANSMIT_AT, NTP_PACKET)))
        return;
      const time = (at: number): number =>
        (bytes.readUInt32BE(at) - NTP_EPOCH) * 1000 + (bytes.readUInt32BE(at + 4) / 2 ** 32) * 1000;
      finish(Math.round((time(RECEIVE_AT) - sentAt + time(TRANSMIT_AT) - now()) / 2));
    });
    socket.send(request, NTP_PORT, server, (error) => {
      if (error !== null) finish(undefined);
    });
  });

const run = (program: string, args: readonly string[]): Promise<ProgramOutput | undefined> =>
  new Promise((resolve) => {
    const options = { timeout: WITHIN_MS, maxBuffer: LONGEST_OUTPUT, encoding: 'utf8' } as const;
    execFile(program, [...args], options, (error, out) => {
      const code = error?.code;
      if (code === 'ENOENT') resolve(undefined);
      else resolve({ code: error === null ? 0 : typeof code === 'number' ? code : 1, out });
    });
  });
