#!/usr/bin/env node
// The executable `labcm`: runs the command line on this machine.

import { runCli } from './cli/main.js';
import { processEnvironment } from './cli/process-environment.js';
import { programVersion } from './net/files/program-version.js';

const version = programVersion();

// The daemon's modules are loaded only when a command starts it, so that the other commands start faster.
const environment = processEnvironment(async (config, options) => {
  const { startDaemon } = await import('./daemon.js');
  return startDaemon(config, { ...options, version, console: process.stdout });
});

process.exitCode = await runCli(process.argv.slice(2), environment, version);
