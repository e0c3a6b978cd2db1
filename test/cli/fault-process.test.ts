// `labcm fault` as a process, against a daemon.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';
import { program } from '../support/program.js';

describe('labcm fault', { timeout: 60_000 }, () => {
  const daemon = new TestDaemon();

  beforeAll(async () => {
    daemon.configure('inject: [{ id: filed, where: dhcp, fault: text-option-150 }]\n');
    await daemon.start();
  });
  afterAll(() => daemon.remove());

  const fault = (...words: string[]) =>
    program(['fault', ...words, '--api', daemon.url('')], { directory: daemon.folder });

  it('adds a rule, lists the rules with their counts, and clears them', async () => {
    expect(await fault('add', 'sip', 'drop', 'message=REGISTER,BYE', 'chance=0.3', 'for=1m', 'id=mine')).toMatchObject({
      code: 0,
      out: 'mine: sip drop REGISTER, BYE, chance 0.3, for 60 s\n',
    });
    expect(await fault('add', 'sccp', 'delay', 'delay=100ms..1s', 'device=SEP*')).toMatchObject({
      code: 0,
      out: expect.stringContaining('sccp delay of SEP*, delay 100 ms to 1 s'),
    });
    const { out } = await fault('list');
    expect(out.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['RULE', 'filed', 'mine', 'fault-1', '']);
    expect(out).toMatch(/filed +on +0 +0 +configuration +dhcp text-option-150/);
    expect(out).toMatch(/mine +on +0 +0 +cli /);
    expect(await fault('clear', 'mine')).toMatchObject({ code: 0, out: 'mine: made 0 times\n' });
    expect(JSON.parse((await fault('list', '--json')).out)).toMatchObject({
      faults: [{ id: 'filed' }, { id: 'fault-1' }],
    });
    expect(await fault('clear')).toMatchObject({ code: 0, out: 'cleared: 2\n' });
    expect(await fault('list')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('no rules') });
  });

  it('says what is wrong with a rule, and which id there is not', async () => {
    const wrong = await fault('add', 'sip', 'drop', 'message=REGISTR', 'rate=1');
    expect(wrong).toMatchObject({ out: '' });
    expect(wrong.code).not.toBe(0);
    expect(wrong.err).toContain('message.0: found "REGISTR", wanted REGISTER (is that what was meant?)');
    expect(wrong.err).toContain('rate: found 1, wanted no such key: drop does not use it');
    const unknown = await fault('clear', 'nobody');
    expect(unknown.code).not.toBe(0);
    expect(unknown.err).toContain('nobody: found no rule of that id');
  });
});
