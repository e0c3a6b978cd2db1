// `labcm pcap`, with an API of the test and as a process beside a daemon.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestDaemon } from '../support/daemon.js';
import { ProgramProcess, program, shell } from '../support/program.js';
import { type CommandSetup, labcm, start } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'labcm-pcap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const urls: string[] = [];
const answering = (answer: () => Response): CommandSetup => ({
  fetch: (async (target: string | URL | Request) => {
    urls.push(String(target));
    return answer();
  }) as typeof fetch,
});
const capture =
  (packets: number, octets = 'PCAP') =>
  () =>
    new Response(octets, { headers: { 'x-labcm-packets': String(packets) } });
const refused = (code: string, message: string) => () => Response.json({ error: { code, message } }, { status: 409 });

describe('asked of the API', () => {
  it('goes to standard output as it is', async () => {
    expect(await labcm(['pcap', 'sep1'], answering(capture(3)))).toMatchObject({ code: 0, out: 'PCAP', err: '' });
    expect(urls.at(-1)).toBe('http://127.0.0.1:8088/api/devices/sep1/pcap');
  });

  it('goes to a file that its owner alone may read, also if it was there before', async () => {
    const path = join(folder, 'a.pcapng');
    writeFileSync(path, 'something longer than the capture', { mode: 0o644 });
    const { code, out, err } = await labcm(['pcap', 'SEP1', '-o', path], answering(capture(3)));
    expect([code, out, err]).toEqual([0, '', `${path}: 3 packets\n`]);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['PCAP', 0o600]);
  });

  it('hands every option on', async () => {
    const words = ['--since', '10m', '--protocols', 'SIP,dhcp', '--secrets', 'none', '--redact', '--follow'];
    await labcm(['pcap', 'a/b', ...words], answering(capture(1)));
    const query = 'follow=true&since=600000ms&protocols=sip%2Cdhcp&secrets=none&redact=true';
    expect(urls.at(-1)).toBe(`http://127.0.0.1:8088/api/devices/a%2Fb/pcap?${query}`);
  });

  it('says so if there is no packet', async () => {
    const { code, err } = await labcm(['pcap', 'SEP1'], answering(capture(0)));
    expect([code, err]).toEqual([0, 'SEP1: labcm has kept no packet of it\n']);
  });

  it.each([
    [['--since', 'soon'], '--since: found soon, wanted a duration such as 30s or 2m'],
    [['--protocols', 'sip,rtp'], '--protocols: found rtp, wanted some of dhcp,tftp,http,sccp,sip'],
    [['--secrets', 'some'], 'secrets'],
  ])('refuses %j', async (words, message) => {
    const { code, err } = await labcm(['pcap', 'SEP1', ...words], answering(capture(1)));
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('does not write packets to a terminal', async () => {
    const { code, err } = await labcm(['pcap', 'SEP1'], { ...answering(capture(1)), terminal: true });
    expect([code, err]).toEqual([
      2,
      'labcm: --output: found a terminal, which shows no packets, wanted a file by -o, or a pipe\n',
    ]);
  });

  it('says which line to add to which file', async () => {
    const path = join(folder, 'none.pcapng');
    const line = 'add `capture: { devices: ["SEP1"] }` to /etc/labcm.yaml and reload it, or use --follow';
    const { code, err } = await labcm(['pcap', 'SEP1', '-o', path], answering(refused('not-captured', line)));
    expect([code, err]).toEqual([1, `labcm: SEP1: found no packets that are kept, wanted a capture of it; ${line}\n`]);
    expect(() => statSync(path)).toThrow();
  });

  it('says what is wrong if the file cannot be written', async () => {
    const path = join(folder, 'nowhere', 'a.pcapng');
    const { code, err } = await labcm(['pcap', 'SEP1', '-o', path], answering(capture(1)));
    expect([code, err]).toEqual([
      1,
      `labcm: ${path}: found a file that cannot be written (ENOENT), wanted one that can; name another by -o\n`,
    ]);
  });

  it('says so if nobody answers', async () => {
    const { code, err } = await labcm(['pcap', 'SEP1']);
    expect([code, err]).toEqual([2, expect.stringContaining('found no answer (connection refused)')]);
  });

  it('that breaks off is a failure, and what came is written', async () => {
    const broken = () => {
      let pulls = 0;
      return new Response(
        new ReadableStream({
          pull: (controller) => {
            pulls += 1;
            if (pulls === 1) controller.enqueue(Buffer.from('PC'));
            else controller.error(new Error('gone'));
          },
        }),
      );
    };
    const { code, out, err } = await labcm(['pcap', 'SEP1', '--follow'], answering(broken));
    expect([code, out, err]).toEqual([1, 'PC', expect.stringContaining('an end in the middle')]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGPIPE'] as const)('%s ends one that goes on', async (signal) => {
    let cancelled = false;
    const endless = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(Buffer.from('head')),
          cancel: () => {
            cancelled = true;
          },
        }),
      );
    const running = start(['pcap', 'SEP1', '--follow'], answering(endless));
    await eventually(() => expect(running.out()).toBe('head'));
    running.signal(signal);
    expect(await running.ended).toBe(0);
    expect([cancelled, running.listening()]).toEqual([true, 0]);
  });

  it('tells its limits and what is private in it', async () => {
    const { out } = await labcm(['pcap', '--help']);
    for (const words of [
      'own view',
      'no ARP',
      'made, not seen',
      'Passwords',
      '--redact',
      '0600',
      'token',
      'labcm pcap SEP005056A1033D -o',
    ])
      expect(out).toContain(words);
  });
});

describe('as a process', { timeout: 60_000 }, () => {
  const daemon = new TestDaemon();
  const SECTION = '0a0d0d0a';

  beforeAll(async () => {
    daemon.configure();
    await daemon.start();
  });
  afterAll(() => daemon.remove());
  const api = (): string[] => ['--api', daemon.url('')];
  const metrics = async (): Promise<string> => (await fetch(daemon.url('/metrics'))).text();

  it('writes what there is, once the configuration says so', async () => {
    const path = join(daemon.folder, 'a.pcapng');
    const before = await program(['pcap', 'ipctest2', '-o', path, ...api()]);
    expect(before).toMatchObject({ code: 1, out: '' });
    expect(before.err).toContain(`add \`capture: { devices: ["ipctest2"] }\` to ${daemon.configPath}`);
    writeFileSync(
      daemon.configPath,
      `${readFileSync(daemon.configPath, 'utf8')}\ncapture: { devices: ["ipctest2"] }\n`,
    );
    await daemon.daemon.reload();
    await (await fetch(daemon.url('/ipctest2.cnf.xml', 'HTTP'))).arrayBuffer();
    expect(await program(['pcap', 'IPCTEST2', '-o', path, ...api()])).toMatchObject({ code: 0, out: '' });
    const file = readFileSync(path);
    expect([file.toString('hex', 0, 4), file.includes('GET /ipctest2.cnf.xml'), file.includes('ipctest2 (')]).toEqual([
      SECTION,
      true,
      true,
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('followed by a reader that goes away early, it ends without a complaint, and the capture with it', async () => {
    const line = `labcm pcap SEP005056A1033D --follow ${api().join(' ')} | head -c 4 | od -An -tx1`;
    const ended = shell(line, { directory: daemon.folder });
    // A pipe tells that its reader has gone only when something is written.
    const knocking = setInterval(
      () => void fetch(daemon.url('/SEP005056A1033D.cnf.xml', 'HTTP')).then((one) => one.text()),
      50,
    );
    const { out, err } = await ended;
    clearInterval(knocking);
    expect([out.replaceAll(/\s/g, ''), err]).toEqual([SECTION, '']);
    await eventually(async () => expect(await metrics()).toContain('labcm_capture_followers 0'));
  });

  it('followed, each packet comes as it happens, until Ctrl+C', async () => {
    const running = new ProgramProcess(['pcap', 'SEP005056A1033D', '--follow', ...api()], { directory: daemon.folder });
    await eventually(() => expect(running.out.length).toBeGreaterThan(0));
    await (await fetch(daemon.url('/SEP005056A1033D.cnf.xml', 'HTTP'))).arrayBuffer();
    await running.waitForText('GET /SEP005056A1033D.cnf.xml');
    running.signal('SIGINT');
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.err).toBe('');
  });

  it('the metrics tell of the rings', async () => {
    await eventually(async () => expect(await metrics()).toContain('labcm_capture_devices 1'));
    const text = await metrics();
    expect(text).toMatch(/labcm_capture_octets\{of="devices"\} [1-9]\d+/);
    expect(text).toContain('labcm_capture_lost_total 0');
  });
});
