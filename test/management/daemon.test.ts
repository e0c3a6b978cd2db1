// The management interface of a whole daemon with simulated phones: scripts ask while phones register.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';
import { BASIC, namesIn, RIS_PATH, selectRequest } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'labcm-management-'));
const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, 'lab-secret-1\n');
let lab: Lab;
afterEach(() => lab.stop());
afterAll(() => rmSync(folder, { recursive: true }));

const devices = [
  { name: 'SEP000000000001', model: 7962, protocol: 'SCCP', lines: [{ dn: '5001' }] },
  { name: 'SEP000000000002', model: '8851', protocol: 'SIP', lines: [{ dn: '5002' }] },
] as const;

const ask = (body: string | Buffer): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const headers = { Authorization: BASIC, 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
    const at = { host: '127.0.0.1', port: lab.port('Management'), path: RIS_PATH, rejectUnauthorized: false };
    const sent = request({ ...at, method: 'POST', agent: false, headers }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

it('tells who is registered, beside hostile bodies', { timeout: 30_000 }, async () => {
  lab = await startLab({
    ...{ management: { user: 'labadmin', passwordFile, port: 0, rates: { ris: 'off' as never } } },
    devices: devices.map((device) => ({ ...device, lines: [...device.lines] })),
  });
  expect(namesIn((await ask(selectRequest())).text)).toEqual([]);
  const hostile = Promise.all([
    ...Array.from({ length: 4 }, () => ask(Buffer.alloc(10_000_000, 0x20))),
    ...Array.from({ length: 4 }, () => ask(`<!DOCTYPE a [<!ENTITY b "c">]>${selectRequest()}`)),
    ...Array.from({ length: 4 }, () => ask(selectRequest({ NodeName: '<a>'.repeat(100_000) }))),
  ]);
  for (const { name } of devices) await lab.phone({ name }).registered();
  expect((await hostile).map(({ status }) => status)).toEqual([
    413, 413, 413, 413, 500, 500, 500, 500, 500, 500, 500, 500,
  ]);
  const { text } = await ask(selectRequest({ Status: 'Registered' }));
  expect(namesIn(text)).toEqual(['SEP000000000001', 'SEP000000000002']);
  expect(text).toContain('<ns1:DirNumber>5001-Registered</ns1:DirNumber>');
  expect(lab.devices().map(({ status }) => status)).toEqual(['Registered', 'Registered']);
});

it('does not listen without an account', async () => {
  lab = await startLab({});
  expect(lab.listeners.map(({ service }) => service)).not.toContain('Management');
});
