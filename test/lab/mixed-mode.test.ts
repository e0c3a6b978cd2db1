// A lab in mixed mode: phones enrol, register over TLS with their certificates, and are refused without; a stranger costs no more
// than its handshakes.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';
import { temporaryFolder } from '../../src/net/files/temporary-folder.js';

const TOKEN = 'a token of sixteen or more';
const SIP = 'SEP00270DC01C92';
const SCCP = 'SEP00270DC01C93';
const PLAIN = 'SEP00270DC01C94';

const DEVICES = [
  { name: SIP, model: '8845', protocol: 'SIP', lines: ['5001'], security: { mode: 'encrypted', enrol: 'null-string' } },
  {
    name: SCCP,
    model: '7962',
    protocol: 'SCCP',
    lines: ['5002'],
    security: { mode: 'authenticated', enrol: 'null-string' },
  },
  { name: PLAIN, model: '7962', protocol: 'SCCP', lines: ['5003'] },
] as const;

let lab: Lab;
const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(async () => {
  await lab.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

const mixedLab = async (security: object = {}, devices: readonly object[] = DEVICES): Promise<void> => {
  const folder = temporaryFolder('labcm-mixed');
  folders.push(folder);
  lab = await startLab(
    {
      security: { mode: 'mixed', itl: 'on', ...security },
      http: { api: { token: TOKEN } },
      devices,
    } as Parameters<typeof startLab>[0],
    { directory: folder.path },
  );
};

const portOf = (service: string, transport: string): number =>
  lab.listeners.find((one) => one.service === service && one.transport === transport)?.port ?? 0;

const api = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(lab.url(path), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};

describe('a lab in mixed mode', () => {
  it('enrols phones of both protocols, and registers them over TLS; a device without a profile comes without', async () => {
    await mixedLab();
    const phones = [SIP, SCCP, PLAIN].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    expect([SIP, SCCP, PLAIN].map((name) => lab.device(name)?.registration?.transport)).toEqual(['tls', 'tls', 'tcp']);
    const { certificates, operations } = await api('GET', '/api/capf');
    expect(certificates).toMatchObject([
      { device: SIP, issuer: expect.stringMatching(/^CAPF-/) },
      { device: SCCP, issuer: expect.stringMatching(/^CAPF-/) },
    ]);
    expect(operations).toEqual([]);
    const file = await (
      await fetch(lab.url(`/api/devices/${SIP}/config.xml`), { headers: { authorization: `Bearer ${TOKEN}` } })
    ).text();
    expect(file).toContain('<deviceSecurityMode>3</deviceSecurityMode>');
    expect(file).toContain('<transportLayerProtocol>3</transportLayerProtocol>');
    expect(file).toContain('<voipControlPort>5061</voipControlPort>');
    expect(file).toContain('<capfAuthMode>0</capfAuthMode>');
    expect(file).toMatch(/<certHash>[0-9a-f]{32}<\/certHash>/);
    expect(file).toContain(`<phonePort>${portOf('CAPF', 'tls')}</phonePort>`);
  });

  it('refuses a phone that has no certificate, and takes it once CAPF was armed and it has been reset', async () => {
    await mixedLab({}, [{ ...DEVICES[0], security: { mode: 'encrypted' } }]);
    const phone = lab.phone({ name: SIP, capfString: '471100' });
    await expect(phone.registered({ within: '30s' })).rejects.toThrow(/security mismatch|refused/i);
    expect(lab.device(SIP)?.reason).toMatchObject({ number: 28, name: 'SecurityMismatch' });
    expect(
      await api('PUT', `/api/devices/${SIP}/capf`, {
        operation: 'install',
        authentication: 'string',
        string: '471100',
      }),
    ).toMatchObject({
      string: '471100',
    });
    await phone.stop();
    const again = lab.phone({ name: SIP, capfString: '471100' });
    await again.registered({ within: '30s' });
    expect(lab.device(SIP)?.registration?.transport).toBe('tls');
  });

  it('serves healthy phones while a stranger without certificate opens connection after connection', async () => {
    await mixedLab({ unproven: { perSecond: 5, burst: 10 } });
    const phones = [SIP, SCCP].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    const handshake = async (port: number): Promise<boolean> => {
      const stranger = { host: '127.0.0.1', port, localAddress: '127.0.0.9', rejectUnauthorized: false };
      const socket = tls.connect(stranger as tls.ConnectionOptions);
      const isOpen = await new Promise<boolean>((resolve) => {
        socket.once('secureConnect', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('close', () => resolve(false));
      });
      socket.destroy();
      return isOpen;
    };
    const before = [SIP, SCCP].map((name) => lab.device(name)?.registration?.generation);
    for (const [service, transport] of [
      ['SCCP', 'tls'],
      ['SIP', 'tls'],
    ] as const) {
      const outcomes: boolean[] = [];
      for (let count = 0; count < 60; count += 1) outcomes.push(await handshake(portOf(service, transport)));
      expect(outcomes.slice(0, 10).every(Boolean)).toBe(true);
      expect(outcomes.filter((isOpen) => !isOpen).length).toBeGreaterThan(20);
    }
    // The phones of another address are as before, and others come as before.
    expect([SIP, SCCP].map((name) => lab.device(name)?.registration?.generation)).toEqual(before);
    const late = lab.phone({ name: PLAIN });
    await late.registered({ within: '30s' });
    const [one, other] = phones;
    const call = await one?.dial('5002');
    await other?.rings();
    other?.answer();
    await call?.connected();
  });

  it('gives configurations over HTTPS, as plain text by their signed names, and nothing else', async () => {
    await mixedLab({ https: 0 });
    const port = portOf('HTTPS', 'tls');
    const get = (name: string) =>
      new Promise<{ readonly status: number; readonly body: string; readonly curve: string | undefined }>((resolve) => {
        https.get(
          { host: '127.0.0.1', port, path: `/${name}`, rejectUnauthorized: false, agent: false },
          (response) => {
            const { asn1Curve: curve } = (response.socket as tls.TLSSocket).getPeerCertificate() as {
              asn1Curve?: string;
            };
            let body = '';
            response.setEncoding('utf8');
            response.on('data', (piece: string) => {
              body += piece;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body, curve }));
          },
        );
      });
    const signed = await get(`${SIP}.cnf.xml.sgn`);
    expect([signed.status, signed.curve]).toEqual([200, 'secp384r1']);
    expect(signed.body.startsWith('<?xml')).toBe(true);
    for (const name of [`${SIP}.cnf.xml`, 'ext_ITLSEP00270DC01C92.tlv', 'ITLFile.tlv', 'SEP0000000000FF.cnf.xml.sgn'])
      expect((await get(name)).status).toBe(404);
  });

  it('shows the certificate of the call manager in its list, and keeps no secret where others read', async () => {
    await mixedLab();
    const folder = folders[0]?.path ?? '';
    const wanted = readFileSync(join(folder, 'state/trust/callmanager.pem'), 'latin1');
    for (const service of ['SCCP', 'SIP']) {
      const socket = tls.connect({ host: '127.0.0.1', port: portOf(service, 'tls'), rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      expect(socket.getPeerX509Certificate()?.toString().trim()).toBe(wanted.trim());
      socket.destroy();
    }
    await api('PUT', `/api/devices/${SIP}/capf`, { operation: 'install', authentication: 'string', string: '471100' });
    const listed = JSON.stringify(await api('GET', '/api/capf'));
    expect(listed).toContain('"string"');
    expect(listed).not.toContain('471100');
    await lab.stop();
    expect(readFileSync(join(folder, 'logs/ccm.txt'), 'latin1')).toContain('CAPF operation install');
    expect(readFileSync(join(folder, 'logs/ccm.txt'), 'latin1')).not.toContain('471100');
  });
});
