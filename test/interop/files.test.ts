// TFTP and HTTP clients that others wrote, against the daemon.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';
import { someBytes } from '../tftp/harness.js';

const run = promisify(execFile);

const SIZES = [0, 1, 511, 512, 513, 1_048_576, 41_943_040];

let lab: TestDaemon;
let folder: string;

beforeAll(async () => {
  lab = new TestDaemon();
  folder = mkdtempSync(join(tmpdir(), 'labcm-interop-'));
  const root = join(folder, 'root');
  mkdirSync(join(root, 'Loads'), { recursive: true });
  for (const size of SIZES) writeFileSync(join(root, 'Loads', `f${size}.bin`), someBytes(size));
  lab.configure();
  await lab.start([`tftp.root=${root}`]);
});
afterAll(async () => {
  await lab.remove();
  rmSync(folder, { recursive: true });
});

type Fetch = (file: string, into: string) => Promise<unknown>;

const port = (): string => String(lab.endpoint('TFTP').port);

/** Each program and way of asking, and the sizes it is tried with. */
const CLIENTS: Readonly<Record<string, Fetch>> = {
  'tftp-hpa': (file, into) => run('tftp', ['-m', 'binary', '127.0.0.1', port(), '-c', 'get', file, into]),
  atftp: (file, into) => run('atftp', ['-g', '-r', file, '-l', into, '127.0.0.1', port()]),
  'atftp with blocks of 1428 in windows of 8': (file, into) =>
    run('atftp', [
      ...['--option', 'blksize 1428', '--option', 'windowsize 8', '--option', 'tsize 0'],
      ...['-g', '-r', file, '-l', into, '127.0.0.1', port()],
    ]),
  'busybox tftp': (file, into) => run('busybox', ['tftp', '-g', '-r', file, '-l', into, '127.0.0.1', port()]),
  'busybox tftp with blocks of 8192': (file, into) =>
    run('busybox', ['tftp', '-b', '8192', '-g', '-r', file, '-l', into, '127.0.0.1', port()]),
  'curl over TFTP': (file, into) => run('curl', ['-sSf', '-o', into, `tftp://127.0.0.1:${port()}/${file}`]),
  'curl over TFTP with blocks of 1428': (file, into) =>
    run('curl', ['-sSf', '--tftp-blksize', '1428', '-o', into, `tftp://127.0.0.1:${port()}/${file}`]),
  'curl over HTTP': (file, into) => run('curl', ['-sSf', '-o', into, lab.url(`/${file}`, 'HTTP')]),
};

describe.each(Object.entries(CLIENTS))('%s', (_name, fetch) => {
  it.each(SIZES)('fetches %d octets', async (size) => {
    const into = join(folder, 'got');
    rmSync(into, { force: true });
    await fetch(`Loads/f${size}.bin`, into);
    expect(readFileSync(into).equals(someBytes(size))).toBe(true);
  });

  it('fetches a device’s file, the same as all others do', async () => {
    const into = join(folder, 'got');
    rmSync(into, { force: true });
    await fetch('SEP005056A1033D.cnf.xml', into);
    const expected = await (await globalThis.fetch(lab.url('/SEP005056A1033D.cnf.xml', 'HTTP'))).text();
    expect(readFileSync(into, 'utf8')).toBe(expected);
    expect(expected).toMatch(/<\/device>\s*$/);
  });
});

describe('a file that is not there', () => {
  it('tftp-hpa is told so at once', async () => {
    const { stdout, stderr } = await run('tftp', [
      '127.0.0.1',
      port(),
      '-c',
      'get',
      'CTLSEP005056A1033D.tlv',
      join(folder, 'x'),
    ]);
    expect(`${stdout}${stderr}`).toContain('Error code 1: File not found');
  });

  it('curl is told so at once, by TFTP and by HTTP', async () => {
    const tftp = run('curl', ['-sS', '-o', '/dev/null', `tftp://127.0.0.1:${port()}/CTLSEP005056A1033D.tlv`]);
    await expect(tftp).rejects.toMatchObject({ code: 68 }); // CURLE_TFTP_NOTFOUND
    const { stdout } = await run('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      lab.url('/CTLSEP005056A1033D.tlv', 'HTTP'),
    ]);
    expect(stdout).toBe('404');
  });

  it('nothing outside the root is given to anybody', async () => {
    for (const name of [
      '../../etc/passwd',
      '/etc/passwd',
      '..\\..\\etc\\passwd',
      'C:/windows/win.ini',
      'Loads/../../x',
    ]) {
      const { stdout, stderr } = await run('tftp', ['127.0.0.1', port(), '-c', 'get', name, join(folder, 'x')]);
      expect(`${stdout}${stderr}`).toContain('Error code 1');
      const answer = await run('curl', [
        '-s',
        '--path-as-is',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        lab.url(`/${name}`, 'HTTP'),
      ]);
      expect(answer.stdout).toBe('404');
    }
  });
});

describe('curl', () => {
  it('asks for the head, and for a range', async () => {
    const head = await run('curl', ['-sI', lab.url('/Loads/f1048576.bin', 'HTTP')]);
    expect(head.stdout).toMatch(/^HTTP\/1\.1 200/);
    expect(head.stdout).toMatch(/content-length: 1048576/i);
    const into = join(folder, 'part');
    await run('curl', ['-sSf', '-r', '1000-1999', '-o', into, lab.url('/Loads/f1048576.bin', 'HTTP')]);
    expect(readFileSync(into).equals(someBytes(1_048_576).subarray(1000, 2000))).toBe(true);
  });
});
