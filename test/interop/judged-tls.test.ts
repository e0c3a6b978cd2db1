// A phone's judgement within the handshake, against the TLS of others: OpenSSL's and GnuTLS's servers see the alert that it sends, and
// serve it where it goes on.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../src/lab/free-port.js';
import type { ServerRefusal, StreamLink } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { identity } from '../security/identities.js';

let folder: string;
const children: ChildProcess[] = [];
const links: StreamLink[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-judged-'));
  for (const role of ['callmanager', 'callmanager-ec'] as const) {
    writeFileSync(join(folder, `${role}.pem`), identity(role).certificate);
    writeFileSync(join(folder, `${role}-key.pem`), identity(role).key);
  }
});
afterEach(() => {
  for (const link of links.splice(0)) link.destroy();
  for (const child of children.splice(0)) child.kill();
});
afterAll(() => rmSync(folder, { recursive: true }));

const SERVERS = {
  openssl: {
    program: 'openssl',
    options: (port: number, role: string) =>
      `s_server -accept ${port} -cert ${role}.pem -key ${role}-key.pem -Verify 1 -msg`.split(' '),
    isReady: /ACCEPT/,
    told: (alert: number) => (alert === 48 ? /alert unknown ca/i : /alert certificate expired/i),
  },
  gnutls: {
    program: 'gnutls-serv',
    // Only the log of its record layer has the numbers of alerts.
    options: (port: number, role: string) =>
      `-d 5 --port ${port} --x509certfile ${role}.pem --x509keyfile ${role}-key.pem --echo --priority NORMAL`.split(
        ' ',
      ),
    isReady: /listening on IPv4.*done/,
    told: (alert: number) => new RegExp(`Alert\\[2\\|${alert}\\].*was received`),
  },
} as const;

const serving = async (name: keyof typeof SERVERS, role: string) => {
  const port = await freePort();
  const { program, options, isReady } = SERVERS[name];
  const child = spawn(program, options(port, role), { cwd: folder });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  await vi.waitFor(() => expect(said).toMatch(isReady), { timeout: 10_000 });
  return { to: { address: '127.0.0.1', port }, said: () => said };
};

const connected = async (
  to: { readonly address: string; readonly port: number },
  judge: (certificate: Buffer) => ServerRefusal | undefined,
): Promise<StreamLink> => {
  const { key, certificate } = identity('callmanager', 'PHONE');
  const link = await nodeStreams.connect(
    to,
    { tls: { key, certificate, judgeServer: async (der) => judge(der) } },
    () => ({ received: () => {}, closed: () => {} }),
  );
  links.push(link);
  return link;
};

describe.each(Object.keys(SERVERS) as (keyof typeof SERVERS)[])('the server of %s', (name) => {
  it.each(['callmanager', 'callmanager-ec'] as const)('serves a phone that knows its %s certificate', async (role) => {
    const { to } = await serving(name, role);
    const judged: Buffer[] = [];
    const link = await connected(to, (der) => void judged.push(der));
    expect(judged).toEqual([identity(role).read.der]);
    expect(link.remote).toEqual(to);
  });

  it.each([48, 45])('is told alert %i', async (alert) => {
    const { to, said } = await serving(name, 'callmanager');
    await expect(connected(to, () => ({ alert, why: 'refused' }))).rejects.toThrow('refused');
    await vi.waitFor(() => expect(said()).toMatch(SERVERS[name].told(alert)), { timeout: 10_000 });
  });
});
