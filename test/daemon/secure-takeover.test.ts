// A registration over TLS belongs to who has proved itself over its connection. Over another one, and over UDP, nobody speaks for the
// device, moves its registration or ends it, without a certificate of it.

import { generateKeyPairSync } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { pemOf } from '../../src/security/der.js';
import { issueLsc } from '../../src/security/identity.js';
import { identity } from '../security/identities.js';
import { eventually, TestDaemon } from '../support/daemon.js';

const DEVICE = 'SEP00270DC01C92';
const OTHER = 'SEP00270DC01C93';

const lscOf = (device: string): tls.SecureContextOptions => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = issueLsc(identity('capf'), {
    device,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    now: wallTime(Date.now()),
    years: 5,
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pemOf(der) };
};

let cseq = 100;
const CONTACT = `<sip:uuid-5001@127.0.0.1:5061;transport=tls>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-00270dc01c92>";+u.sip!devicename.ccm.cisco.com="${DEVICE}"`;

const register = (transport: string, headers: readonly string[]): string => {
  cseq += 1;
  return [
    'REGISTER sip:127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/${transport} 127.0.0.1:5061;rport;branch=z9hG4bKtakeover${cseq}`,
    'From: <sip:5001@127.0.0.1>;tag=takeover',
    'To: <sip:5001@127.0.0.1>',
    'Call-ID: takeover@127.0.0.1',
    'Max-Forwards: 70',
    `CSeq: ${cseq} REGISTER`,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
};

/** What is said, by whoever says it. */
const SAYINGS: Readonly<Record<string, (transport: string) => string>> = {
  'a refresh': (transport) => register(transport, [`Contact: ${CONTACT}`, 'Expires: 120']),
  'its end': (transport) => register(transport, [`Contact: ${CONTACT}`, 'Expires: 0']),
  'the end of all': (transport) => register(transport, ['Contact: *', 'Expires: 0']),
  'a question for its contacts': (transport) => register(transport, []),
};

const lab = new TestDaemon();
const open = new Set<tls.TLSSocket>();
const [own, others] = [lscOf(DEVICE), lscOf(OTHER)];
beforeAll(async () => {
  const capf = identity('capf');
  const [certificate, key] = [join(lab.folder, 'capf.pem'), join(lab.folder, 'capf-key.pem')];
  writeFileSync(certificate, capf.certificate);
  writeFileSync(key, capf.key, { mode: 0o600 });
  const device = (name: string, dn: string): string =>
    `  - { name: ${name}, model: 8845, protocol: SIP, lines: [{ dn: "${dn}" }], security: { mode: encrypted } }`;
  lab.configure(
    `security: { mode: mixed, itl: on, capf: { port: 0 }, tvs: { port: 0 }, certificates: { capf: { certificate: ${certificate}, key: ${key} } } }
devices:
${device(DEVICE, '5001')}
${device(OTHER, '5002')}
`,
    `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { enabled: false }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0, tls: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`,
  );
  await lab.start();
});
afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});
afterAll(() => lab.remove());

const STATUS = /SIP\/2\.0 (\d+)/g;
/** The last status in what was heard; a 100 comes before it. */
const finalIn = (text: string): number | undefined => {
  const last = [...text.matchAll(STATUS)].map(([, status]) => Number(status)).findLast((status) => status >= 200);
  return last;
};

const dial = async (certificate: tls.SecureContextOptions | undefined): Promise<tls.TLSSocket> => {
  const { port } = lab.endpoint('SIP', 'tls');
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...certificate });
  open.add(socket);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
};

/** Says something over a connection; resolves with the status of the answer. */
const says = (socket: tls.TLSSocket, what: string): Promise<number> =>
  new Promise((resolve, reject) => {
    let heard = '';
    const listen = (bytes: Buffer): void => {
      heard += bytes.toString('latin1');
      const status = finalIn(heard);
      if (status === undefined) return;
      socket.off('data', listen);
      resolve(status);
    };
    socket.on('data', listen);
    socket.once('close', () => reject(new Error('it was closed')));
    socket.write(SAYINGS[what]?.('TLS') ?? '');
  });

const saysOverUdp = async (what: string): Promise<number> => {
  const socket = dgram.createSocket('udp4');
  try {
    const answered = new Promise<number>((resolve) => {
      socket.on('message', (bytes) => {
        const status = finalIn(bytes.toString('latin1'));
        if (status !== undefined) resolve(status);
      });
    });
    socket.send(SAYINGS[what]?.('UDP') ?? '', lab.endpoint('SIP', 'udp').port, '127.0.0.1');
    return await answered;
  } finally {
    socket.close();
  }
};

const registration = async () => {
  const device = (await (await fetch(lab.url(`/api/devices/${DEVICE}`))).json()) as {
    readonly status: string;
    readonly registration: { readonly generation: number; readonly port: number } | null;
  };
  return [device.status, device.registration?.generation, device.registration?.port] as const;
};

describe('a registration over TLS', () => {
  it.each(Object.keys(SAYINGS))('%s is taken from the phone alone', async (what) => {
    const phone = await dial(own);
    expect(await says(phone, 'a refresh')).toBe(200);
    const before = await registration();
    expect(before[0]).toBe('Registered');
    for (const certificate of [undefined, others]) expect(await says(await dial(certificate), what)).toBe(403);
    expect(await saysOverUdp(what)).toBe(403);
    expect(await registration()).toEqual(before);
    expect(await says(phone, what)).toBe(200);
  });

  it('is not taken over while its phone comes back, and is its own when it has', async () => {
    const phone = await dial(own);
    expect(await says(phone, 'a refresh')).toBe(200);
    const [, generation] = await registration();
    phone.destroy();
    for (const certificate of [undefined, others]) expect(await says(await dial(certificate), 'a refresh')).toBe(403);
    expect(await saysOverUdp('a refresh')).toBe(403);
    const again = await dial(own);
    expect(await says(again, 'a refresh')).toBe(200);
    await eventually(async () => expect(await registration()).toEqual(['Registered', generation, again.localPort]));
  });
});
