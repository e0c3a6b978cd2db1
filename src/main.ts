#!/usr/bin/env node
// Starts the command line on this machine.

import { runCli } from './cli/main.js';
import { processEnvironment } from './cli/process-environment.js';
import { programVersion } from './net/files/program-version.js';

const version = programVersion();

// The daemon is loaded when it is wanted: a command that asks another one starts without it.
const environment = processEnvironment(async (config, options) => {
  const { startDaemon } = await import('./daemon.js');
  return startDaemon(config, { ...options, version, console: process.stdout });
});

process.exitCode = await runCli(process.argv.slice(2), environment, version);
