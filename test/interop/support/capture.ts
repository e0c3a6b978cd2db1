// What passes the loopback interface while something is done, in a file for Wireshark's dissectors.

import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export const tshark = (...args: readonly string[]): string =>
  execFileSync('tshark', ['-n', ...args], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

/** Captures what fits `filter` (pcap-filter(7)). A mark of its own tells that the capture has begun, and that it has all. */
export const captured = async (file: string, filter: string, work: () => Promise<void>): Promise<void> => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const marks = `udp src port ${socket.address().port}`;
  const capture = spawn('tshark', ['-i', 'lo', '-f', `(${filter}) or (${marks})`, '-w', file], { stdio: 'ignore' });
  const untilSeen = async (mark: string): Promise<void> => {
    const isIn = (): boolean => {
      try {
        return tshark('-r', file, '-Y', `udp.payload contains "${mark}"`).trim() !== '';
      } catch {
        return false; // no file yet, or half a packet at its end
      }
    };
    do await new Promise((resolve) => socket.send(mark, 9, '127.0.0.1', resolve));
    while (!isIn());
  };
  await untilSeen('it-begins');
  await work();
  await untilSeen('it-ends');
  socket.close();
  capture.kill('SIGINT');
  await once(capture, 'exit');
};
