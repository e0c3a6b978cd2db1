// How long 40,000 devices take to load from CSV and from JSON Lines, and what the process then weighs. Each load has a
// process of its own, started on the built program. `tsx test/bench/load.ts` runs it alone, after `npm run build`.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progress } from './progress.js';
import { markdown, median, type Row, spread } from './table.js';

const DEVICES = 40_000;
const ROUNDS = 5;

interface Load {
  readonly milliseconds: number;
  /** Octets. */
  readonly rss: number;
  readonly heapUsed: number;
}

const nameOf = (index: number): string => `SEP${(0x1000000000 + index).toString(16).padStart(12, '0').toUpperCase()}`;

const csv = (): string => {
  const rows = Array.from(
    { length: DEVICES },
    (_, index) =>
      `${nameOf(index)},7962,${index % 2 === 0 ? 'SCCP' : 'SIP'},${10_000 + index}=Desk ${index},"Floor, ${index % 9}",5000=Lobby;5001,1`,
  );
  return ['name,model,protocol,lines,description,speedDials,vendorConfig.webAccess', ...rows, ''].join('\n');
};

const jsonLines = (): string =>
  Array.from({ length: DEVICES }, (_, index) => {
    const device = {
      name: nameOf(index),
      model: '7962',
      protocol: index % 2 === 0 ? 'SCCP' : 'SIP',
      lines: [{ dn: String(10_000 + index), label: `Desk ${index}` }],
      description: `Floor, ${index % 9}`,
      speedDials: [{ number: '5000', label: 'Lobby' }, '5001'],
      vendorConfig: { webAccess: 1 },
    };
    return `${JSON.stringify(device)}\n`;
  }).join('');

const LOADER = `
const { loadConfig } = await import(process.argv[1]);
const started = performance.now();
const { devices } = await loadConfig(process.argv[2]);
const milliseconds = performance.now() - started;
const { rss } = process.memoryUsage();
globalThis.gc();
const { heapUsed } = process.memoryUsage();
if (devices.length !== ${DEVICES}) throw new Error('devices are missing');
process.stdout.write(JSON.stringify({ milliseconds, rss, heapUsed }));
`;

const measure = (configuration: string): Load => {
  const program = new URL('../../dist/config/index.js', import.meta.url).href;
  const words = ['--expose-gc', '--input-type=module', '-e', LOADER, program, configuration];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Load;
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-load-'));
  try {
    return (
      [
        ['CSV', 'phones.csv', csv],
        ['JSON Lines', 'phones.jsonl', jsonLines],
      ] as const
    ).flatMap(([name, file, content]): readonly Row[] => {
      const configuration = join(folder, `${name}.yaml`);
      writeFileSync(join(folder, file), content());
      writeFileSync(configuration, `devicesFile: ./${file}\n`);
      progress(`load: ${name}`);
      const loads = Array.from({ length: ROUNDS }, () => measure(configuration));
      const [times, resident, kept] = [
        loads.map(({ milliseconds }) => milliseconds),
        loads.map(({ rss }) => rss / 1_048_576),
        loads.map(({ heapUsed }) => heapUsed / 1_048_576),
      ];
      const what = `${DEVICES.toLocaleString('en-US')} devices from ${name}`;
      return [
        alone(`${what}: time`, times, 'ms', 2000),
        alone(`${what}: whole process`, resident, 'MiB', 150),
        alone(`${what}: heap kept`, kept, 'MiB', undefined),
      ];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A row without a peer. */
const alone = (name: string, values: readonly number[], unit: string, below: number | undefined): Row => ({
  name,
  ours: `${spread(values)} ${unit}`,
  peer: '',
  ratio: undefined,
  aim: below === undefined ? '' : `< ${below.toLocaleString('en-US')} ${unit}`,
  met: below === undefined ? undefined : median(values) < below,
});

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
