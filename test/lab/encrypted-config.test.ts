// Encrypted configurations over real sockets: a phone gets a certificate of CAPF, then its file encrypted for it, and registers.

import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';
import { temporaryFolder } from '../../src/net/files/temporary-folder.js';

const TOKEN = 'a token of sixteen or more';
const SIP = 'SEP00270DC01C92';
const SCCP = 'SEP00270DC01C93';
const OTHER = 'SEP00270DC01C94';

let lab: Lab;
const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(async () => {
  await lab.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

const start = async (config: object): Promise<string> => {
  const folder = temporaryFolder('labcm-encrypted');
  folders.push(folder);
  lab = await startLab({ http: { api: { token: TOKEN } }, ...config } as Parameters<typeof startLab>[0], {
    directory: folder.path,
  });
  return folder.path;
};

const api = async (method: string, path: string, body?: object) => {
  const response = await fetch(lab.url(path), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const file = async (name: string): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(lab.url(`/${name}`, 'HTTP'));
  return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString('latin1') };
};

const filesOf = (device: string): readonly string[] =>
  (lab.device(device)?.files ?? []).flatMap(({ file: name, outcome }) => (outcome === 'served' ? [name] : []));

describe('a device whose configuration is encrypted', () => {
  it.each([
    ['in mixed mode', { mode: 'mixed', itl: 'on' }, 'encrypted'],
    ['in a cluster with an identity trust list', { itl: 'on' }, 'none'],
  ] as const)('%s: its phone enrols, opens the encrypted file, and registers', async (_, security, mode) => {
    const folder = await start({
      security,
      devices: [
        {
          ...{ name: SIP, model: '8845', protocol: 'SIP', lines: ['5001'] },
          security: { mode, enrol: 'null-string', encryptedConfig: true },
        },
        {
          ...{ name: SCCP, model: '7962', protocol: 'SCCP', lines: ['5002'] },
          security: { mode, enrol: 'null-string', encryptedConfig: true },
        },
      ],
    });
    const withheld: string[] = [];
    lab.on('file.withheld', ({ device, why }) => withheld.push(`${device} ${why}`));
    const untrusted: string[] = [];
    lab.on('phone.file-untrusted', ({ why }) => untrusted.push(why));
    const phones = [SIP, SCCP].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    expect(untrusted).toEqual([]);
    for (const name of [SIP, SCCP]) {
      const asked = filesOf(name).filter((one) => one.includes('.cnf.xml'));
      expect(asked).toEqual([`${name}.cnf.xml.sgn`, `${name}.cnf.xml.enc.sgn`]);
      // Before it had a certificate it got a stub, and labcm said so.
      expect(withheld.filter((one) => one.startsWith(name))).toEqual([`${name} no-certificate`]);
      expect((await file(`${name}.cnf.xml`)).status).toBe(404);
      const stub = await file(`${name}.cnf.xml.sgn`);
      expect(stub.text).toMatch(/<fullConfig>false<[\s\S]*<certHash>[0-9a-f]{32}<\/certHash>\s*<encrConfig>true</);
      expect(stub.text).not.toMatch(/5001|5002|devicePool/);
      const encrypted = await file(`${name}.cnf.xml.enc.sgn`);
      expect([encrypted.status, encrypted.text.includes('<device')]).toEqual([200, false]);
    }
    expect(lab.device(SIP)?.registration?.transport === 'tls').toBe(mode === 'encrypted');
    // A second boot needs no certificate any more.
    await phones[0]?.stop();
    await lab.stop();
    expect(readFileSync(join(folder, 'logs/tftp.txt'), 'latin1')).toMatch(/withheld.*Reason\[no-certificate\]/);
  });

  it('takes the setting of its model, unless it says otherwise', async () => {
    await start({
      security: { itl: 'on' },
      phones: { encryptedConfig: ['7962'] },
      devices: [
        { name: SCCP, model: '7962', lines: ['5002'], security: { enrol: 'null-string' } },
        { name: OTHER, model: '7962', lines: ['5003'], security: { encryptedConfig: false } },
        { name: SIP, model: '8845', protocol: 'SIP', lines: ['5001'] },
      ],
    });
    await lab.phone({ name: SCCP }).registered({ within: '30s' });
    expect(filesOf(SCCP)).toContain(`${SCCP}.cnf.xml.enc.sgn`);
    expect((await file(`${SCCP}.cnf.xml`)).status).toBe(404);
    for (const name of [OTHER, SIP]) expect((await file(`${name}.cnf.xml`)).status).toBe(200);
  });

  it('is encrypted, and in clear again, while labcm runs', async () => {
    await start({
      security: { itl: 'on' },
      devices: [{ name: SCCP, model: '7962', lines: ['5002'], security: { enrol: 'null-string' } }],
    });
    const phone = lab.phone({ name: SCCP });
    await phone.registered({ within: '30s' });
    const set = (encryptedConfig: boolean | null) =>
      fetch(lab.url(`/api/devices/${SCCP}`), {
        method: 'PATCH',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ security: { encryptedConfig } }),
      });
    expect((await file(`${SCCP}.cnf.xml`)).text).toContain('<encrConfig>false</encrConfig>');
    await set(true);
    expect((await api('GET', `/api/devices/${SCCP}`)).body.encryptedConfig).toBe(true);
    expect((await file(`${SCCP}.cnf.xml`)).status).toBe(404);
    expect((await file(`${SCCP}.cnf.xml.enc.sgn`)).status).toBe(200);
    // Its owner sees it all the same.
    const shown = await fetch(lab.url(`/api/devices/${SCCP}/config.xml`), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(await shown.text()).toContain('<encrConfig>true</encrConfig>');
    // An elliptic key could not open it.
    const refused = await api('PUT', `/api/devices/${SCCP}/capf`, {
      ...{ operation: 'install', authentication: 'null', key: 'P-256' },
    });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'body' } } });
    await set(null);
    expect((await file(`${SCCP}.cnf.xml`)).status).toBe(200);
    expect((await file(`${SCCP}.cnf.xml.enc.sgn`)).status).toBe(404);
  });

  it('without a certificate gets a stub and no more; labcm says what is missing, and an operation of CAPF mends it', async () => {
    await start({
      security: { itl: 'on' },
      devices: [{ name: SCCP, model: '7962', lines: ['5002'], security: { encryptedConfig: true } }],
    });
    const untrusted = lab.next('phone.file-untrusted', { within: '30s' });
    const phone = lab.phone({ name: SCCP });
    expect((await untrusted).why).toMatch(/no certificate that the server knows/);
    expect((await file(`${SCCP}.cnf.xml.sgn`)).text).toMatch(/<certHash\/>|<certHash><\/certHash>/);
    expect((await file(`${SCCP}.cnf.xml.enc.sgn`)).status).toBe(404);
    await phone.stop();
    await api('PUT', `/api/devices/${SCCP}/capf`, { operation: 'install', authentication: 'null' });
    await lab.phone({ name: SCCP }).registered({ within: '30s' });
    expect(filesOf(SCCP)).toContain(`${SCCP}.cnf.xml.enc.sgn`);
  });
});

describe('files over HTTPS for clients without trust lists', () => {
  it.each([
    ['with trust lists', { itl: 'on' }],
    ['without', {}],
  ] as const)('%s are those of the other port', async (_, security) => {
    await start({
      security,
      http: { api: { token: TOKEN }, provisioning: { https: 0 } },
      devices: [{ name: SIP, model: '8845', protocol: 'SIP', lines: ['5001'] }],
    });
    const port = lab.listeners.find(({ service }) => service === 'HTTPS')?.port ?? 0;
    const get = (name: string) =>
      new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
        https
          .get({ host: '127.0.0.1', port, path: `/${name}`, rejectUnauthorized: false, agent: false }, (response) => {
            let body = '';
            response.setEncoding('utf8');
            response.on('data', (piece: string) => {
              body += piece;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          })
          .on('error', reject);
      });
    const { status, body } = await get(`${SIP}.cnf.xml`);
    expect([status, body.startsWith('<?xml')]).toEqual([200, true]);
    expect((await get('none.xml')).status).toBe(404);
  });
});
