// `labcm phone` in mixed mode: a trust store that outlives the command, what it says of a damaged one, and a certificate of its factory.

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../security/identities.js';
import { TestDaemon } from '../support/daemon.js';
import { start } from './harness.js';

const NAME = 'SEP00270DC01C92';
const MIC = 'SEP00270DC01C93';

const SERVICES = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0, tls: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0, tls: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`;

describe('labcm phone in mixed mode', () => {
  const daemon = new TestDaemon();
  let folder: string;

  beforeAll(async () => {
    writeFileSync(join(daemon.folder, 'mic.pem'), identity('callmanager', MIC).certificate);
    daemon.configure(
      `security:
  mode: mixed
  itl: on
  phoneIssuers: [mic.pem]
  capf: { listen: 127.0.0.1, port: 0 }
  tvs: { listen: 127.0.0.1, port: 0 }
devices:
  - { name: ${NAME}, model: 7962, protocol: SCCP, lines: ["5001"], security: { mode: encrypted, enrol: null-string } }
  - { name: ${MIC}, model: 7962, protocol: SIP, lines: ["5002"], security: { mode: encrypted } }
`,
      SERVICES,
    );
    await daemon.start();
  });
  afterAll(() => daemon.remove());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'labcm-phones-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const phone = async (...words: string[]) => {
    const ports = {
      'tftp-port': daemon.endpoint('TFTP').port,
      'http-port': daemon.endpoint('HTTP').port,
      'sccp-tls-port': daemon.endpoint('SCCP', 'tls').port,
    };
    const running = start(
      [
        'phone',
        ...words,
        ...['--model', '7962', '--within', '20s', '--stay', '0s'],
        ...Object.entries(ports).flatMap(([name, port]) => [`--${name}`, String(port)]),
      ],
      { directory: folder },
    );
    const code = await running.ended;
    return { code, out: running.out(), err: running.err() };
  };

  it('keeps its lists and its certificate, and starts with them', async () => {
    const first = await phone('--name', NAME, '--trust-dir', 'phones');
    expect(first.code, first.err).toBe(0);
    expect(first.out).toContain('on faith');
    expect(first.out).toContain('CAPF: installed');
    expect(first.out).toMatch(/SCCP at 127\.0\.0\.1:\d+: its certificate is in the CTL/);
    const kept = join(folder, 'phones', NAME);
    expect(readdirSync(kept)).toEqual(['CTLFile.tlv', 'ITLFile.tlv', 'configuration.xml', 'lsc.pem']);
    for (const file of readdirSync(kept)) expect(statSync(join(kept, file)).mode & 0o777).toBe(0o600);
    const second = await phone('--name', NAME, '--trust-dir', 'phones');
    expect(second.code, second.err).toBe(0);
    expect(second.out).toMatch(/Trust store: CTL of CN=.*; ITL of CN=.*; a certificate of CAPF/);
    expect(second.out).not.toContain('on faith');
    expect(second.out).not.toContain('CAPF: installed');
    expect(second.out).toContain('Registered with CM1');
    const erased = await phone('--name', NAME, '--trust-dir', 'phones', '--erase-trust');
    expect(erased.code, erased.err).toBe(0);
    expect(erased.out).toContain('Trust lists erased; the certificate of CAPF stays');
    expect(erased.out).toContain('on faith');
  });

  it('comes with the certificate of its factory, and says of a damaged store that it is one', async () => {
    const { key, certificate } = identity('callmanager', MIC);
    writeFileSync(join(folder, 'own.pem'), `${certificate}\n${key}`);
    const options = ['--name', MIC, '--protocol', 'sip', '--mic', 'own.pem', '--trust-dir', 'phones'];
    const first = await phone(...options);
    expect(first.code, first.err).toBe(0);
    expect(first.out).toMatch(/SIP at 127\.0\.0\.1:\d+: its certificate is in the CTL/);
    writeFileSync(join(folder, 'phones', MIC, 'ITLFile.tlv'), 'damaged');
    const second = await phone(...options);
    expect(second.code, second.err).toBe(0);
    expect(second.out).toMatch(/Trust store: ITLFile\.tlv: .*; it counts as empty/);
    expect(second.out).toContain('on faith');
  });

  it.each([
    [['--erase-trust'], /--erase-trust: found no --trust-dir/],
    [['--trust-dir', 'file'], /--trust-dir: found .*file \(EEXIST\), wanted a directory/],
    [['--mic', 'nothing.pem'], /--mic: found .*nothing\.pem, which cannot be read/],
    [['--mic', 'file'], /--mic: found .*file without a certificate/],
    [['--mic', 'mixed.pem'], /--mic: found .*mixed\.pem, whose key is not that of its certificate/],
  ])('refuses %j', async (words, told) => {
    writeFileSync(join(folder, 'file'), 'text');
    writeFileSync(join(folder, 'mixed.pem'), `${identity('callmanager', MIC).certificate}\n${identity('capf').key}`);
    const { code, err } = await phone('--name', NAME, ...words);
    expect(code).toBe(2);
    expect(err).toMatch(told);
  });
});
