// The management interface of a whole daemon with simulated phones: scripts ask while phones register.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab.js';
import { AXL_PATH, BASIC, namesIn, RIS_PATH, selectRequest } from './harness.js';

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

const ask = (body: string | Buffer, path = RIS_PATH): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const headers = { Authorization: BASIC, 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
    const at = { host: '127.0.0.1', port: lab.port('Management'), path, rejectUnauthorized: false };
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

const axl = (operation: string, content: string) =>
  ask(
    `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.cisco.com/AXL/API/12.5"><e:Body><a:${operation}>${content}</a:${operation}></e:Body></e:Envelope>`,
    AXL_PATH,
  );

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

it('adds phones that register, beside hostile bodies', { timeout: 30_000 }, async () => {
  lab = await startLab({
    ...{ management: { user: 'labadmin', passwordFile, port: 0 } },
    devices: devices.map((device) => ({ ...device, lines: [...device.lines] })),
  });
  const hostile = Promise.all([
    ...Array.from({ length: 2 }, () => ask(Buffer.alloc(10_000_000, 0x20), AXL_PATH)),
    ask('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', AXL_PATH),
    axl('addPhone', '<phone>'.repeat(1_000) + '</phone>'.repeat(1_000)),
    axl('listPhone', `<searchCriteria><name>${'%_'.repeat(100_000)}</name></searchCriteria>`),
    axl('addPhone', `<phone>${'<name/>'.repeat(20_000)}</phone>`),
  ]);
  for (const { name } of devices) await lab.phone({ name }).registered();
  const added = await axl(
    'addPhone',
    '<phone><name>SEP000000000003</name><product>Cisco 7962</product><class>Phone</class><protocol>SCCP</protocol><devicePoolName>Default</devicePoolName><lines><line><index>1</index><dirn><pattern>5003</pattern></dirn></line></lines></phone>',
  );
  expect(added.text).toMatch(/<return>\{[0-9A-F-]{36}\}<\/return>/);
  await lab.phone({ name: 'SEP000000000003' }).registered();
  expect((await hostile).map(({ status }) => status)).toEqual([413, 413, 500, 500, 200, 500]);
  expect((await axl('removePhone', '<name>SEP000000000003</name>')).status).toBe(200);
  expect(lab.devices().map(({ status }) => status)).toEqual(['Registered', 'Registered']);
});

it('ends a statement of SQL that never ends, beside phones that register', { timeout: 60_000 }, async () => {
  lab = await startLab({
    ...{ management: { user: 'labadmin', passwordFile, port: 0 } },
    devices: devices.map((device) => ({ ...device, lines: [...device.lines] })),
  });
  const ended = new Promise<unknown>((resolve) => void lab.on('management.sql-ended', resolve));
  const product = Array.from({ length: 8 }, (_, number) => `syscolumns s${number}`).join(' , ');
  const query = (sql: string) => axl('executeSQLQuery', `<sql>${sql}</sql>`);
  const endless = query(`select count(*) from ${product}`);
  for (const { name } of devices) await lab.phone({ name }).registered();
  expect((await endless).text).toContain('<faultstring>');
  expect(await ended).toMatchObject({ reason: 'too-long', detail: expect.stringContaining(product) });
  expect((await query('select name from device')).text).toContain('<name>SEP000000000002</name>');
  expect(lab.devices().map(({ status }) => status)).toEqual(['Registered', 'Registered']);
});

it('does not listen without an account', async () => {
  lab = await startLab({});
  expect(lab.listeners.map(({ service }) => service)).not.toContain('Management');
});
