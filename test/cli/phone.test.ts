// `labcm phone` with a daemon on free ports: what it prints and what its exit code says.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/lab/free-port.js';
import { SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { start } from './harness.js';

const MANY = Array.from({ length: 20 }, (_, at) => {
  const name = `SEP02${(at + 1).toString(16).toUpperCase().padStart(10, '0')}`;
  return `  - { name: ${name}, model: CIPC, protocol: SCCP, lines: [{ dn: "${7001 + at}" }] }`;
}).join('\n');

/** An answer of TFTP (RFC 1350 §5). */
const FILE_NOT_FOUND = Buffer.from('\0\x05\0\x01no\0', 'latin1');

describe('labcm phone', () => {
  const daemon = new TestDaemon();

  beforeAll(async () => {
    daemon.configure(
      `${SEED_PHONES}\n${MANY}\nautoRegistration: { enabled: false }\ncalls: { pickupGroups: [{ name: desks, members: ["5002", "5005", "7002"], number: "74" }] }`,
    );
    await daemon.start();
  });
  afterAll(() => daemon.remove());

  const ports = (): string[] => [
    '--tftp-port',
    String(daemon.endpoint('TFTP').port),
    '--http-port',
    '0',
    '--sccp-port',
    String(daemon.endpoint('SCCP').port),
    '--sip-port',
    String(daemon.endpoint('SIP', 'tcp').port),
  ];
  const phone = async (...words: string[]) => {
    const running = start(['phone', ...words, ...ports()]);
    const code = await running.ended;
    return { code, out: running.out(), err: running.err(), listening: running.listening() };
  };

  it.each([
    ['sccp', 'ipctest2', '5002'],
    ['sip', 'SEP005056A1033D', '5005'],
  ])('boots a phone over %s, tells its steps as a screen would and leaves', async (protocol, name, line) => {
    const { code, out, listening } = await phone(
      '--name',
      name,
      '--mac',
      '005056A1033D',
      '--protocol',
      protocol,
      '--within',
      '10s',
      '--stay',
      '0s',
    );
    expect(code).toBe(0);
    expect(out).toContain(`Loading ${name}.cnf.xml`);
    expect(out).toContain(`Registered with CM1, ${line}`);
    expect(out).toContain('Unregistered from CM1');
    expect(listening).toBe(0);
  });

  it('gives each step as a line of JSON', async () => {
    const { out } = await phone('--name', 'ipctest2', '--mac', '005056A1033D', '--stay', '0s', '--json');
    const steps = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; phone: string; at: string });
    expect(steps.map(({ type }) => type)).toContain('phone.registered');
    expect(steps.every(({ phone: who, at }) => who === 'ipctest2' && !Number.isNaN(Date.parse(at)))).toBe(true);
  });

  it.each([
    [['--name', 'ipctest2', '--mac', '005056A1033D'], '5002', '5005'],
    [['--name', 'SEP005056A1033D', '--protocol', 'sip'], '5005', '5002'],
  ])('%j forwards by its key, and ends that', async (words, dn, to) => {
    const forward = () => daemon.daemon.database.byDirectoryNumber(dn as never)[0]?.configured.lines[0]?.forward.all;
    const set = await phone(...words, '--within', '10s', '--forward', to, '--dnd', 'on');
    expect([set.code, set.err]).toEqual([0, '']);
    await vi.waitUntil(() => forward() === to);
    expect((await phone(...words, '--within', '10s', '--forward', '7777')).code).toBe(1);
    await phone(...words, '--within', '10s', '--forward', to);
    await vi.waitUntil(() => forward() === to);
    expect((await phone(...words, '--within', '10s', '--forward', 'off', '--dnd', 'off')).code).toBe(0);
    await vi.waitUntil(() => forward() === undefined);
  });

  describe('in calls', () => {
    const FIRST = ['--name', 'ipctest2', '--mac', '005056A1033D', '--within', '10s'];
    const SECOND = ['--name', 'SEP005056A1033D', '--protocol', 'sip', '--within', '10s'];
    const answering = async (...words: string[]) => {
      const running = start(['phone', ...SECOND, ...words, ...ports()]);
      await vi.waitUntil(() => running.out().includes('Registered with'), 10_000);
      return running;
    };

    it('calls, talks and hangs up, and the other answers and stays until Ctrl+C', async () => {
      const other = await answering('--answer', '10ms');
      const { code, out } = await phone(...FIRST, '--call', '5005', '--talk', '300ms');
      expect(code).toBe(0);
      expect(out).toMatch(
        /Call 1: dialling 5005\n[\s\S]*Call 1: connected with 5005 \(\d+ ms\)\n[\s\S]*Call 1: ended by this phone after 0\.\d s, \d+ packets sent, \d+ received, 0 lost\n/,
      );
      await vi.waitUntil(() => other.out().includes('Call 1: ended by the other side'), 5_000);
      other.signal('SIGINT');
      expect(await other.ended).toBe(0);
      expect(other.out()).toContain('Call 1: 5002 calls');
    });

    it('parks the call in place of hanging up, and says where', async () => {
      const other = await answering('--answer', '10ms');
      const { code, out, err } = await phone(...FIRST, '--call', '5005', '--talk', '300ms', '--park');
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/Call 1: parked at \S+\n/);
      expect(other.out()).not.toContain('Call 1: ended');
      other.signal('SIGINT');
      await other.ended;
    });

    it.each([
      ['its own group', ['--name', 'SEP020000000002', '--pick-up']],
      ['the group of a number', ['--name', 'SEP020000000003', '--pick-up', '74']],
    ])('picks up what rings in %s', async (_group, words) => {
      const other = await answering('--answer', 'never');
      const caller = start(['phone', ...FIRST, '--call', '5005', '--talk', '300ms', ...ports()]);
      await vi.waitUntil(() => other.out().includes('5002 calls'), 10_000);
      const { code, out, err } = await phone(...words, '--talk', '300ms', '--within', '10s');
      expect([code, err, out]).toEqual([0, '', expect.stringMatching(/Call 1: connected.*\n[\s\S]*[1-9]\d* received/)]);
      expect(await caller.ended).toBe(0);
      other.signal('SIGINT');
      await other.ended;
    });

    it('says where nothing rings that it could pick up', async () => {
      const { code, err } = await phone('--name', 'SEP020000000002', '--pick-up', '--within', '5s');
      expect([code, err]).toEqual([1, expect.stringMatching(/^labcm: the call that it picks up failed: /)]);
    });

    it.each([
      [['--park'], '--park: found no call, wanted --call or --pick-up beside it'],
      [['--pick-up', '74', '--call', '5005'], '--pick-up: found 74 beside --call, wanted one of them'],
    ])('%j is a mistake', async (words, said) => {
      const { code, err } = await phone(...FIRST, ...words);
      expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    });

    it('fails where the other is busy, and says so', async () => {
      const other = await answering('--answer', 'busy');
      const { code, err } = await phone(...FIRST, '--call', '5005');
      other.signal('SIGINT');
      await other.ended;
      expect([code, err]).toEqual([1, 'labcm: the call to 5005 failed: Busy\n']);
    });

    it('fails where nobody answers in time', async () => {
      const other = await answering('--answer', 'never');
      const { code, err } = await phone(...FIRST.slice(0, 4), '--call', '5005', '--within', '1500ms');
      other.signal('SIGINT');
      await other.ended;
      expect([code, err]).toEqual([1, 'labcm: the call to 5005 was not answered within 1.5 s\n']);
    });

    it('lets many call each other and counts what was heard at both ends', async () => {
      const words = [
        '--count',
        '8',
        '--rate',
        '100',
        '--hold',
        '1500ms',
        '--calls-per-second',
        '10',
        '--talk',
        '300ms',
      ];
      const { code, out } = await phone('--name', 'SEP02%010X', ...words, '--within', '20s');
      expect(code, out).toBe(0);
      expect(out).toMatch(/^\d+ calls, [1-9]\d* connected, 0 failed, 0 without sound/m);
      expect(out).toMatch(/^RTP at the callers: \d+ packets sent, [1-9]\d* received, \d+ lost$/m);
      expect(out).toMatch(/^call set up +[1-9]/m);
    });

    it.each([
      [['--answer', 'soon'], '--answer: found soon, wanted a time such as 2s, busy or never'],
      [['--calls-per-second', '0'], '--calls-per-second: found 0, wanted a number above 0 and up to 1000'],
    ])('%j is a mistake', async (words, said) => {
      const { code, err } = await phone(...FIRST, ...words);
      expect([code, err]).toEqual([2, expect.stringContaining(said)]);
    });
  });

  describe('with --pages', () => {
    const hostAt = async (url: string) =>
      /<HostName>(.*)<\/HostName>/.exec(await (await fetch(`${url}DeviceInformationX`)).text())?.[1];

    it('serves the pages of a phone, and tells where', async () => {
      const words = ['--name', 'ipctest2', '--mac', '005056A1033D', '--pages', '0', '--stay'];
      const running = start(['phone', ...words, ...ports()]);
      await vi.waitUntil(() => running.out().includes('Registered with'), 10_000);
      const [, url = ''] = /Pages: (http:\/\/127\.0\.0\.1:\d+\/)/.exec(running.out()) ?? [];
      expect(await hostAt(url)).toBe('ipctest2');
      running.signal('SIGINT');
      expect(await running.ended).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
    });

    it('serves those of each phone at its own address', async () => {
      const port = await freePort();
      const words = ['--name', 'SEP02%010X', '--count', '3', '--model', 'CIPC', '--boot', 'register'];
      const running = start(['phone', ...words, '--pages', String(port), '--stay', ...ports()]);
      await vi.waitUntil(() => running.err().includes('3 of 3 are registered'), 10_000);
      for (const number of [1, 2, 3])
        expect(await hostAt(`http://127.10.0.${number}:${port}/`)).toBe(`SEP02000000000${number}`);
      running.signal('SIGINT');
      expect(await running.ended).toBe(0);
      expect(running.err()).not.toContain('pages:');
    });

    it('says that no more than a thousand phones have them', async () => {
      const words = ['--name', 'SEP02%010X', '--count', '1001', '--rate', '1', '--pages', '0', '--stay'];
      const running = start(['phone', ...words, ...ports()]);
      await vi.waitUntil(() => running.err() !== '', 10_000);
      expect(running.err()).toContain('pages: the first 1000 of the 1001 phones have them\n');
      running.signal('SIGINT');
      await running.ended;
    });

    it('fails where the port is taken, and says so', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const one = await phone('--name', 'ipctest2', '--mac', '005056A1033D', '--pages', String(port));
      expect([one.code, one.err]).toEqual([1, expect.stringContaining('its web server: listen EADDRINUSE')]);
      expect(one.out).toContain(`Pages: http://127.0.0.1:${port}/ cannot be opened: listen EADDRINUSE`);
      const many = ['--name', 'SEP02%010X', '--count', '2', '--boot', 'register', '--addresses', '127.0.0.0/30'];
      const fleet = await phone(...many, '--pages', String(port));
      other.close();
      expect([fleet.code, fleet.err]).toEqual([
        1,
        expect.stringMatching(/^pages: 1 phone could not open theirs, the first SEP020000000001, http.*EADDRINUSE/m),
      ]);
    });

    it.each([
      [['--name', 'ipctest2', '--pages', '70000'], '--pages: found 70000, wanted a port from 0 to 65535'],
      [['--name', 'ipctest2', '--pages', '80', '--fault', 'wrong-model'], '--pages: found 80 beside --fault'],
      [
        ['--name', '%d', '--count', '2', '--pages', '--server', '10.9.9.9'],
        '--pages: found 80, wanted beside --count also --addresses, or port 0',
      ],
    ])('%j is a mistake', async (words, said) => {
      const running = start(['phone', ...words]);
      expect([await running.ended, running.err()]).toEqual([2, expect.stringContaining(said)]);
    });
  });

  it('fails where the phone is refused, and says why', async () => {
    const { code, err } = await phone('--name', 'ipctest2', '--model', '7962', '--stay', '0s');
    expect(code).toBe(1);
    expect(err).toContain('labcm: ipctest2 was refused: Error Mismatch');
  });

  it('fails after its time where nobody answers, and says what it waits for', async () => {
    const running = start(['phone', '--name', 'ipctest2', '--tftp-port', '1', '--within', '200ms']);
    expect(await running.ended).toBe(1);
    expect(running.err()).toContain('ipctest2 is not registered after 0.2 s; it waits for the files of 127.0.0.1');
  });

  it.each([
    [['--name', 'no such name!'], 'name: found no such name!'],
    [['--name', 'ipctest2', '--model', '1234'], 'model: found 1234'],
    [['--name', 'ipctest2', '--model', '8851'], 'a Cisco 8851 does not speak SCCP'],
    [['--name', 'ipctest2', '--within', 'soon'], '--within: found soon'],
    [['--name', 'ipctest2', '--count', '5'], '--name: found ipctest2'],
    [['--name', '%d', '--count', '5', '--mix', 'x'], '--mix: found x'],
    [[], '--name: found nothing'],
  ])('says what is wrong with %j', async (words, expected) => {
    const { code, err } = await phone(...words);
    expect(code).not.toBe(0);
    expect(err).toContain(expected);
  });

  it('misbehaves, and says whether the server took it as it must', async () => {
    const { code, out } = await phone('--name', 'ipctest2', '--fault', 'wrong-model', '--boot', 'register');
    expect([code, out]).toEqual([0, 'as it must: RegisterRejectMessage Error Mismatch; then the link was closed\n']);
    const wrong = await phone('--name', 'ipctest2', '--fault', 'wrong-protocol', '--boot', 'register');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(/^NOT as it must: RegisterAckMessage/);
  });

  it.each([
    ['wrong-line', 'as it must: 100 Trying, 404 '],
    ['alien', 'as it must: '],
  ])('needs no --line over SIP for %s, which names none of its lines', async (fault, said) => {
    const sip = ['--name', 'SEP005056A1033D', '--protocol', 'sip', '--fault', fault, '--boot', 'register'];
    const { code, out } = await phone(...sip);
    expect([code, out]).toEqual([0, expect.stringContaining(said)]);
    expect((await phone(...sip.with(5, 'too-brief'))).err).toContain('--line: found nothing');
  });

  it('has its line and its call manager from its file, as other phones that boot from files', async () => {
    const misbehaving = async (...tftpPort: string[]) => {
      const words = ['--name', 'SEP005056A1033D', '--protocol', 'sip', '--fault', 'twice', '--http-port', '0'];
      const running = start(['phone', ...words, '--sip-port', '1', '--tftp-port', ...tftpPort]);
      return [await running.ended, `${running.out()}${running.err()}`];
    };
    const right = expect.stringContaining('as it must: 100 Trying, 200 OK');
    expect(await misbehaving(String(daemon.endpoint('TFTP').port))).toEqual([0, right]);
    const empty = createSocket('udp4');
    empty.on('message', (_, { port, address }) => empty.send(FILE_NOT_FOUND, port, address));
    await once(empty.bind(0, '127.0.0.1'), 'listening');
    const missing = await misbehaving(String(empty.address().port));
    empty.close();
    expect(missing).toEqual([2, expect.stringContaining('no file of SEP005056A1033D at 127.0.0.1')]);
  });

  it('leaves no link behind once it has misbehaved, though the server would keep it', async () => {
    const links = (): number => process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length;
    const before = links();
    const flood = ['--name', 'SEP005056A1033D', '--protocol', 'sip', '--line', '5005', '--fault', 'flood'];
    const { code, out } = await phone(...flood, '--boot', 'register');
    expect([code, out]).toEqual([0, 'as it must: 100 Trying, 200 OK\n']);
    await vi.waitFor(() => expect(links()).toBe(before));
  });

  it('runs many, and its exit code says whether all were registered at the end', async () => {
    const many = ['--name', 'SEP02%010X', '--boot', 'register', '--rate', '200', '--hold', '0s'];
    const good = await phone(...many, '--count', '20');
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/^20 phones started, 20 registered in \d+ ms/);
    expect(good.out).toMatch(/^boot +20 /m);
    const bad = await phone(...many, '--count', '22', '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      started: 22,
      registeredAtEnd: 20,
      failed: 2,
      reasons: { 'Error DBConfig': 2 },
    });
  });
});
