// SIP programs that others wrote, against the service over real sockets.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { type Node, openNode } from '../sip/sockets.js';
import { aDevice } from '../support/devices.js';

const run = promisify(execFile);
const PHONES = 50;
const DAY = 86_400_000;

let node: Node;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-sip-'));
  const now = Date.now();
  const identity = selfSignedIdentity({
    commonName: 'CM1',
    organization: 'labcm',
    alternatives: ['127.0.0.1'],
    notBefore: wallTime(now - DAY),
    notAfter: wallTime(now + DAY),
  });
  node = await openNode(
    [
      ...Array.from({ length: PHONES }, (_, index) =>
        aDevice(`SOFT${index}`, { protocol: 'SIP', lines: [String(6_000 + index)] }),
      ),
      aDevice('AUTH', { protocol: 'SIP', lines: ['7001'], digest: { user: 'auth7001', password: 'secret' } }),
    ],
    { tls: { port: 0, identity } },
  );
});
afterAll(async () => {
  await node.close();
  rmSync(folder, { recursive: true });
});

const registered = (): number => node.database.registered.SIP;
const state = (device: string) => node.database.byName(device)?.state;

/** Registers, refreshes and unregisters; every answer is checked by sipp itself. */
const scenario = (transport: string): string => {
  const register = (cseq: number, expires: number): string => `
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/${transport} [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[remote_ip]>;tag=[pid]s[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: ${cseq} REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: ${expires}
Content-Length: 0

  ]]></send>
  <recv response="100" optional="false"/>
  <recv response="200"><action><ereg regexp="Expires: *${expires === 0 ? 0 : 120}|expires=${expires === 0 ? 0 : 120}" search_in="msg" check_it="true" assign_to="1"/></action></recv>`;
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">${register(1, 300)}${register(2, 300)}${register(3, 0)}
  <Reference variables="1"/>
</scenario>`;
};

/** sipp of this distribution has no TLS of its own: it speaks TCP to a tunnel that does. */
const tlsTunnel = async (port: number): Promise<net.Server> => {
  const server = net.createServer((socket) => {
    const inner = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    socket.pipe(inner).pipe(socket);
    for (const each of [socket, inner]) each.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

describe('sipp', () => {
  const sipp = async (mode: string, transport: string, port: number): Promise<void> => {
    const file = join(folder, `${transport}.xml`);
    writeFileSync(file, scenario(transport));
    const users = join(folder, 'users.csv');
    writeFileSync(
      users,
      `SEQUENTIAL\n${Array.from({ length: PHONES }, (_, index) => `${6_000 + index};`).join('\n')}\n`,
    );
    await run(
      'sipp',
      [
        '-sf',
        file,
        '-inf',
        users,
        '-t',
        mode,
        '-m',
        String(PHONES),
        '-r',
        '50',
        '-l',
        '20',
        '-i',
        '127.0.0.1',
        '-nostdin',
        '-max_socket',
        '1000',
        '-timeout',
        '30',
        '-timeout_error',
        '-trace_err',
        '-error_file',
        join(folder, 'errors.log'),
        `127.0.0.1:${port}`,
      ],
      { cwd: folder, env: { ...process.env, TERM: 'dumb' } },
    );
  };

  it('registers, refreshes and unregisters over UDP', async () => {
    await sipp('u1', 'UDP', node.udp);
    expect(registered()).toBe(0);
  });

  it('registers, refreshes and unregisters over TCP', async () => {
    await sipp('t1', 'TCP', node.tcp);
    expect(registered()).toBe(0);
  });

  it('registers, refreshes and unregisters over TLS', async () => {
    const tunnel = await tlsTunnel(node.tls);
    await sipp('t1', 'TCP', (tunnel.address() as net.AddressInfo).port);
    expect(registered()).toBe(0);
    tunnel.close();
  });

  it('registers with credentials, asked for them once', async () => {
    const register = (cseq: number, more = ''): string => `
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:7001@[remote_ip]>;tag=[pid]s[call_number]
To: <sip:7001@[remote_ip]>
Call-ID: [call_id]
CSeq: ${cseq} REGISTER
Contact: <sip:7001@[local_ip]:[local_port]>${more}
Expires: 300
Content-Length: 0

  ]]></send>
  <recv response="100" optional="false"/>`;
    const file = join(folder, 'digest.xml');
    writeFileSync(
      file,
      `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="digest">${register(1)}
  <recv response="401" auth="true"/>${register(2, '\n[authentication username=auth7001 password=secret]')}
  <recv response="200"/>
</scenario>`,
    );
    await run(
      'sipp',
      [
        ...['-sf', file, '-t', 'u1', '-m', '1', '-i', '127.0.0.1', '-nostdin', '-timeout', '30', '-timeout_error'],
        ...['-trace_err', '-error_file', join(folder, 'errors.log'), `127.0.0.1:${node.udp}`],
      ],
      { cwd: folder, env: { ...process.env, TERM: 'dumb' } },
    );
    expect(state('AUTH')).toBe('registered');
  });
});

describe('sipsak', () => {
  const sipsak = (...more: string[]) => run('sipsak', [...more, '-s', `sip:6001@127.0.0.1:${node.udp}`]);

  it('registers, is answered a ping and unregisters', async () => {
    await sipsak('-U', '-C', 'sip:6001@127.0.0.1:5999', '-x', '300');
    expect(state('SOFT1')).toBe('registered');
    await sipsak(); // OPTIONS: exit code 0 for a 200
    await sipsak('-U', '-C', 'sip:6001@127.0.0.1:5999', '-x', '0').catch(() => {});
    expect(state('SOFT1')).toBe('unregistered');
  });

  it('registers with credentials', async () => {
    await run('sipsak', [
      '-U',
      '-C',
      'sip:7001@127.0.0.1:5998',
      '-x',
      '300',
      '-u',
      'auth7001',
      '-a',
      'secret',
      '-s',
      `sip:7001@127.0.0.1:${node.udp}`,
    ]);
    expect(state('AUTH')).toBe('registered');
  });
});

describe('baresip', () => {
  const baresip = async (transport: string, port: number, account: string, more = ''): Promise<string> => {
    const home = join(folder, `baresip-${transport}-${account}`);
    mkdirSync(home);
    writeFileSync(
      join(home, 'accounts'),
      `<sip:${account}@127.0.0.1:${port};transport=${transport}>;regint=100${more}\n`,
    );
    writeFileSync(
      join(home, 'config'),
      'sip_verify_server no\nmodule_path /usr/lib/baresip/modules\nmodule account.so\nmodule stdio.so\n',
    );
    writeFileSync(join(home, 'contacts'), '');
    const { stdout, stderr } = await run('baresip', ['-4', '-f', home, '-t', '4'], {
      env: { ...process.env, HOME: home },
    });
    return stdout + stderr;
  };

  it.each([
    ['udp', () => node.udp, '6010', 'SOFT10', ''],
    ['tcp', () => node.tcp, '6011', 'SOFT11', ''],
    ['tls', () => node.tls, '6012', 'SOFT12', ''],
    ['udp', () => node.udp, '7001', 'AUTH', ';auth_user=auth7001;auth_pass=secret'],
  ])('over %s registers and, at its end, unregisters', async (transport, port, account, device, more) => {
    const facts: string[] = [];
    const stop = (['device.registered', 'device.unregistered'] as const).map((type) =>
      node.bus.on(type, (event) => {
        if (event.device === device) facts.push(event.type);
      }),
    );
    const said = await baresip(transport, port(), account, more);
    for (const each of stop) each();
    expect(said).toContain('200 OK');
    expect(facts.at(0) === 'device.unregistered' ? facts.slice(1) : facts).toEqual([
      'device.registered',
      'device.unregistered',
    ]);
  });
});
