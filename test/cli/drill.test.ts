// The command line of drills, without a daemon: what it says of a faulty file and of nodes that it cannot reach.

import { describe, expect, it } from 'vitest';
import { folderWith } from '../config/harness.js';
import { labcm } from './harness.js';

const drill = (text: string, args: readonly string[] = [], setup: Parameters<typeof labcm>[1] = {}) =>
  labcm(['drill', 'drill.yaml', ...args], { directory: folderWith({ 'drill.yaml': text }), ...setup });

describe('labcm drill', () => {
  it('says every fault of the file, and starts nothing', async () => {
    const { code, err } = await drill('steps:\n  - { at: 1s, kill: CM7 }\n  - { at: 1s }\n');
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toEqual([
      'drill.yaml:2: steps.0.kill: found "CM7", wanted one of the nodes CM1',
      expect.stringMatching(/^drill\.yaml:3: steps\.1: found no step, wanted one of stop, /),
      'drill.yaml: 2 faults; nothing was started',
    ]);
  });

  it('says that there is no such file', async () => {
    const { code, err } = await labcm(['drill', 'nothing.yaml'], { directory: folderWith({}) });
    expect(code).toBe(2);
    expect(err).toMatch(/^nothing\.yaml: drill: found .*, wanted /);
  });

  it('checks what nodes expect by the keys of labcm assert', async () => {
    const { code, err } = await drill(
      'steps: [{ at: 1s, kill: CM1 }]\nexpect: { nodes: { CM1: { counts: { registred: 2 } } } }\n',
    );
    expect(code).toBe(2);
    expect(err).toContain('expect.nodes.CM1.counts.registred: found an unknown key, wanted registered');
  });

  it.each([
    ['0', 'a whole number from 1 to 60000'],
    ['1.5', 'a whole number from 1 to 60000'],
  ])('refuses --phones %s', async (count, wanted) => {
    const { code, err } = await drill('steps: [{ at: 1s, kill: CM1 }]', ['--phones', count]);
    expect([code, err]).toEqual([2, `labcm: --phones: found ${count}, wanted ${wanted}\n`]);
  });

  it('refuses a number of phones that are real', async () => {
    const { code, err } = await drill(
      'nodes: [{ name: A, api: "http://127.0.0.1:1" }]\nphones: { real: "*" }\nsteps: [{ at: 1s, clock: 1h }]',
      ['--phones', '3'],
    );
    expect(code).toBe(2);
    expect(err).toContain('the phones of this drill are real');
  });

  it('ends with exit code 2 where a node of somebody else does not answer', async () => {
    const { code, err } = await drill(
      'nodes: [{ name: A, api: "http://127.0.0.1:1" }]\nphones: { real: "*" }\nsteps: [{ at: 1s, clock: 1h }]',
    );
    expect(code).toBe(2);
    expect(err).toContain('http://127.0.0.1:1: found no answer (connection refused), wanted a running daemon');
  });

  it('ends with exit code 2 where an address cannot be had', async () => {
    const { code, err } = await drill('nodes: [{ name: A, address: 10.9.9.9 }]\nsteps: [{ at: 1s, kill: A }]', [], {
      unbindable: { 'tcp 10.9.9.9:12000': 'EADDRNOTAVAIL' },
    });
    expect(code).toBe(2);
    expect(err).toContain('nodes: A: found 10.9.9.9:12000, which cannot be listened on (EADDRNOTAVAIL), wanted');
  });

  it.each([
    'nodes: ["A\\e[2J", "A\\e[2J"]\nsteps: [{ at: 1s, kill: B }]',
    'name: "A\\e[2J"\nnodes: [{ name: A, api: "http://127.0.0.1:1" }]\nsteps: [{ at: 1s, clock: 1h }]',
  ])('gives no commands of a file to the terminal: %j', async (text) => {
    const { code, err } = await drill(text);
    expect([code, err]).toEqual([2, expect.stringContaining('A\\x1b[2J')]);
    expect(err).not.toContain('\u001b');
  });

  it('has a help with examples', async () => {
    const { code, out } = await labcm(['drill', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('labcm drill primary-dies.yaml --report out');
  });
});
