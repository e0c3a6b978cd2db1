// A drill as a process that dies without a chance to tidy up.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { folderWith } from '../config/harness.js';
import { ProgramProcess } from '../support/program.js';

/** Where a process can ask the kernel for the children of another, and all of 127.0.0.0/8 is loopback. */
const IS_LINUX = process.platform === 'linux';
const SOON = 60_000;

const DRILL = `name: Killed
nodes: [CM1, CM2]
phones: { count: 2, boot: register }
steps: [{ at: 0s, clock: +1h }]
lasts: 10m
`;

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

/** Somebody who waits for a process that is gone finds none with this number. */
const isThere = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(!IS_LINUX)('a drill that is killed', { timeout: SOON }, () => {
  let drill: ProgramProcess | undefined;
  let daemons: readonly number[] = [];
  afterEach(async () => {
    await drill?.kill();
    for (const pid of daemons.filter(isThere)) process.kill(pid, 'SIGKILL');
  });

  it('leaves no daemon behind', async () => {
    drill = new ProgramProcess(['drill', 'drill.yaml'], { directory: folderWith({ 'drill.yaml': DRILL }) });
    await drill.waitForText(/clock \+3600 s/);
    daemons = childrenOf(drill.pid);
    expect(daemons).toHaveLength(2);
    await drill.kill();
    while (daemons.some(isThere)) await new Promise((soon) => setTimeout(soon, 10));
  });
});
