// The real environment: this process's streams, signals and limits.

import { existsSync } from 'node:fs';
import { descriptorLimit } from '../net/descriptors.js';
import { createPrivateFile } from '../net/files/private-file.js';
import { whyUnwritable } from '../net/files/writable-directory.js';
import { machineAddresses } from '../net/host/machine-addresses.js';
import { nodeHost } from '../net/host/node-host.js';
import { servesAlone } from '../net/sockets/interface-sockets.js';
import { whyUnbindable } from '../net/sockets/port-probe.js';
import { systemClock } from '../net/system-clock.js';
import type { CliEnvironment } from './environment.js';

/** The environment of this process. */
export const processEnvironment = (startDaemon: CliEnvironment['startDaemon']): CliEnvironment => {
  // A reader may close the pipe early (`labcm status | head`), which is no failure. Node turns SIGPIPE into EPIPE
  // errors.
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
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    clock: systemClock,
    directory: process.cwd(),
    fetch: globalThis.fetch,
    descriptorLimit,
    fileExists: existsSync,
    createPrivateFile,
    addresses: machineAddresses,
    servesAlone,
    whyUnbindable,
    whyUnwritable,
    host: nodeHost(),
    onSignal: (signal, callback) => {
      process.on(signal, callback);
      return () => void process.off(signal, callback);
    },
    onInputEnd: (callback) => {
      const { stdin } = process;
      stdin.once('end', callback).once('error', callback).resume();
      // A file has no handle to hold the process by, and ends at once.
      stdin.unref?.();
    },
    startDaemon,
  };
};
