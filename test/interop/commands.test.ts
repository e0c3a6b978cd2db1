// Every command as a process of its own, with the exit code that it leaves to a script.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, EXIT_CODES, writeCommandFiles } from '../cli/exit-codes.js';
import { TestDaemon } from '../support/daemon.js';
import { program } from '../support/program.js';

describe('commands as processes', () => {
  const daemon = new TestDaemon();

  beforeAll(async () => {
    daemon.configure();
    await daemon.start();
    writeCommandFiles(daemon);
  });
  afterAll(() => daemon.remove());

  it.each(EXIT_CODES)('exit %d: labcm %j', async (code, words) => {
    const ended = await program(asking(daemon, words), { directory: daemon.folder });
    expect({ code: ended.code, signal: ended.signal, stack: /^ {4}at /m.test(ended.err) }).toEqual({
      code,
      signal: null,
      stack: false,
    });
    if (code !== 0) expect(`${ended.out}${ended.err}`).not.toBe('');
  });
});
