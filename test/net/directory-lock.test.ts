// Which process a directory belongs to: one at a time, and a dead one's is anybody's.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryInUse, lockDirectory } from '../../src/net/files/directory-lock.js';

let folder: string;
let directory: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-lock-'));
  directory = join(folder, 'state');
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(directory, '.labcm.lock');
const written = () => JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>;

describe('a directory for one process', () => {
  it('is made, taken, refused to another, and given back without a trace', () => {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
    expect(written()).toMatchObject({ pid: process.pid });
    expect(readdirSync(directory)).toEqual(['.labcm.lock']);
    lock.release();
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
    lockDirectory(directory).release();
  });

  it('of a process that was killed is anybody’s', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    lockDirectory(directory).release();
    writeFileSync(path(), JSON.stringify(identityOf(child.pid ?? 0)));
    expect(() => lockDirectory(directory)).toThrow(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDirectory(directory).release();
  });

  it.each([
    ['whose number another process has by now', { started: '1' }],
    ['before the machine was started again', { boot: 'another' }],
    ['of a container that has ended', { space: 'pid:[1]' }],
  ])('of a process %s is anybody’s', (_case, other) => {
    lockDirectory(directory); // ours, with all that is known of it
    writeFileSync(path(), JSON.stringify({ ...written(), ...other }));
    lockDirectory(directory).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each(['', 'nonsense', '{"pid":-1}', '[]'])('whose file says %j is anybody’s', (text) => {
    lockDirectory(directory).release();
    writeFileSync(path(), text);
    lockDirectory(directory).release();
  });

  it('that another one has taken over meanwhile stays that one’s', () => {
    const lock = lockDirectory(directory);
    const theirs = JSON.stringify({ pid: 1 });
    writeFileSync(path(), theirs);
    lock.release();
    expect(readFileSync(path(), 'utf8')).toBe(theirs);
  });

  it('is taken by one of many that want it at once', async () => {
    lockDirectory(directory).release();
    writeFileSync(path(), JSON.stringify({ pid: 2 ** 22 + 1 }));
    const taken: unknown[] = [];
    for (let each = 0; each < 20; each += 1) {
      try {
        taken.push(lockDirectory(directory));
      } catch (error) {
        expect(error).toBeInstanceOf(DirectoryInUse);
      }
    }
    expect(taken).toHaveLength(1);
  });
});

/** As that process would write of itself. */
const identityOf = (pid: number): Record<string, unknown> => {
  const lock = lockDirectory(join(folder, 'probe'));
  const mine = JSON.parse(readFileSync(join(folder, 'probe', '.labcm.lock'), 'utf8')) as Record<string, unknown>;
  lock.release();
  if (mine.started === undefined) return { ...mine, pid };
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return { ...mine, pid, started: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] };
};
