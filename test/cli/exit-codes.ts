// The exit codes that commands leave to a script, beside a daemon with the phones of the seed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from '../support/daemon.js';

const SMALL = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { enabled: false } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
trace: { directory: small/logs, console: off }
state: { directory: small/state }
`;
/** Writes the files that the rows name. */
export const writeCommandFiles = ({ folder }: TestDaemon): void => {
  writeFileSync(join(folder, 'good.yaml'), 'counts: { devices: 2 }');
  writeFileSync(join(folder, 'bad.yaml'), 'counts: { devices: 3 }');
  writeFileSync(join(folder, 'broken.yaml'), 'counts: { devices: [ }');
  writeFileSync(join(folder, 'small.yaml'), SMALL);
  writeFileSync(join(folder, 'faulty.yaml'), 'sccp: { port: x }');
};

const ASK = new Set([
  'status',
  'timeline',
  'leases',
  'calls',
  'dial',
  'mwi',
  'reset',
  'restart',
  'apply',
  'push',
  'wait',
  'assert',
  'add',
  'set',
  'remove',
  'forward',
  'dnd',
  'import',
]);
/** The words, with the address of the daemon where a command asks one. */
export const asking = (daemon: TestDaemon, words: readonly string[]): readonly string[] =>
  ASK.has(words[0] ?? '') && !words.includes('--api') ? [...words, '--api', daemon.url('')] : words;

export const EXIT_CODES: readonly (readonly [code: number, words: readonly string[]])[] = [
  [0, ['--version']],
  [0, ['--help']],
  [2, []],
  [2, ['nonsense']],
  [2, ['status', '--nonsense']],
  [0, ['check', '-c', 'small.yaml']],
  [2, ['check', '-c', 'faulty.yaml']],
  [0, ['doctor', '-c', 'small.yaml', '--skip', 'host']],
  [3, ['doctor', '-c', 'small.yaml', '--skip', 'host', '--strict']],
  [2, ['doctor', '-c', 'faulty.yaml']],
  [2, ['doctor', '-c', 'small.yaml', '--only', 'nonsense']],
  [2, ['run', '-c', 'faulty.yaml']],
  [2, ['run', '-c', 'none.yaml']],
  [0, ['status']],
  [0, ['status', '--json']],
  [0, ['status', 'ipctest2']],
  [1, ['status', 'NOBODY']],
  [2, ['status', '--api', 'http://127.0.0.1:1']],
  [2, ['status', '--api', 'nonsense']],
  [0, ['timeline', 'ipctest2']],
  [1, ['timeline', 'NOBODY']],
  [0, ['leases']],
  [0, ['calls']],
  [0, ['dial', '5005']],
  [1, ['dial', '77']],
  [2, ['dial']],
  [0, ['mwi', '5005', 'on']],
  [0, ['mwi', '5005']],
  [1, ['mwi', '77', 'on']],
  [2, ['mwi', '5005', 'maybe']],
  [2, ['mwi', '5005', 'on', '--new', 'many']],
  [1, ['reset', 'ipctest2']],
  [1, ['restart', 'ipctest2']],
  [1, ['apply', 'ipctest2']],
  [1, ['push', 'ipctest2', '--text', 'x']],
  [2, ['push', 'ipctest2']],
  [2, ['add', 'X', '--model', 'none']],
  [2, ['add', 'X']],
  [1, ['set', 'NOBODY', 'description=x']],
  [2, ['set', 'ipctest2', 'nonsense']],
  [1, ['remove', 'NOBODY']],
  [1, ['forward', '7777', 'off']],
  [2, ['forward', '7777']],
  [1, ['dnd', 'NOBODY', 'on']],
  [2, ['dnd', 'ipctest2', 'maybe']],
  [2, ['import', 'none.csv']],
  [0, ['export', '-c', 'small.yaml']],
  [2, ['export', '-c', 'faulty.yaml']],
  [0, ['wait', 'ipctest2', 'unknown', '--within', '5s']],
  [1, ['wait', 'ipctest2', 'registered', '--within', '100ms']],
  [2, ['wait', 'ipctest2', 'nonsense']],
  [0, ['assert', 'good.yaml']],
  [1, ['assert', 'bad.yaml']],
  [2, ['assert', 'broken.yaml']],
  [0, ['messages']],
  [0, ['messages', 'RegisterMessage']],
  [1, ['messages', 'NoSuchThingAtAll']],
  [2, ['decode', 'nonsense']],
  [0, ['decode', 'sccp']],
];
