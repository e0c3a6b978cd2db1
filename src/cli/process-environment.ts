// The machine itself: this process's streams, signals and limits.

import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { descriptorLimit } from '../net/descriptors.js';
import { whyUnwritable } from '../net/files/writable-directory.js';
import { servesAlone } from '../net/sockets/interface-sockets.js';
import { whyUnbindable } from '../net/sockets/port-probe.js';
import type { CliEnvironment } from './environment.js';

export const processEnvironment = (startDaemon: CliEnvironment['startDaemon']): CliEnvironment => {
  // A reader that has seen enough (`labcm status | head`) is no failure. Node keeps SIGPIPE from us and says EPIPE.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (stream === process.stdout) process.emit('SIGPIPE');
    });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    variables: process.env,
    directory: process.cwd(),
    fetch: globalThis.fetch,
    descriptorLimit,
    fileExists: existsSync,
    addresses: () =>
      Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
        addresses.flatMap(({ family, address, cidr, internal }) =>
          family === 'IPv4'
            ? [{ interface: name, address, prefix: Number(cidr?.split('/')[1] ?? 32), loopback: internal }]
            : [],
        ),
      ),
    servesAlone,
    whyUnbindable,
    whyUnwritable,
    onSignal: (signal, callback) => {
      process.on(signal, callback);
      return () => void process.off(signal, callback);
    },
    startDaemon,
  };
};
