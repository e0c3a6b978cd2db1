#!/usr/bin/env node
// Starts the command line on this machine.

import { runCli } from './cli/main.js';
import { processWorld, programVersion } from './cli/process-world.js';
import type { World } from './cli/world.js';

// The daemon is loaded when it is wanted: a command that asks another one starts without it.
const startDaemon: World['startDaemon'] = async (config, options) => {
  const daemon = await import('./daemon.js');
  return daemon.startDaemon(config, { ...options, version: programVersion(), console: process.stdout });
};

process.exitCode = await runCli(process.argv.slice(2), processWorld(startDaemon), programVersion());
