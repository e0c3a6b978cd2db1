// The management interface of a node whose phones are partly at another one: AXL reaches them, and SQL shows them.

import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { systemClock } from '../../src/net/system-clock.js';
import { AXL_PATH, BASIC } from '../management/harness.js';
import { eventually, SEED_PHONES, TestDaemon } from '../support/daemon.js';
import { SccpPhone } from '../support/sccp-phone.js';

const PHONE = 'ipctest2';

const servicesOf = (self: string, passwordFile: string): string => `
nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.1, sccpPort: 2002 }]
self: ${self}
management: { user: labadmin, passwordFile: ${passwordFile}, address: 127.0.0.1, port: 0 }
tftp: { enabled: false }
http: { provisioning: { enabled: false }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0 }
sip: { enabled: false }
trace: { directory: logs, console: off }
state: { directory: state }
`;

let one: TestDaemon;
let two: TestDaemon;
beforeEach(async () => {
  const engine = new InProcessEngine(systemClock);
  [one, two] = [new TestDaemon(), new TestDaemon()];
  for (const [name, daemon] of [
    ['CM1', one],
    ['CM2', two],
  ] as const) {
    const passwordFile = join(daemon.folder, 'password');
    writeFileSync(passwordFile, 'lab-secret-1\n');
    daemon.configure(SEED_PHONES, servicesOf(name, passwordFile));
    await daemon.start([], { clusterBus: engine.connection(name) });
  }
});
afterEach(() => Promise.all([one.remove(), two.remove()]));

/** What CM1 answers. */
const axl = (operation: string, content: string): Promise<{ readonly status: number; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const body = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.cisco.com/AXL/API/12.5"><e:Body><a:${operation}>${content}</a:${operation}></e:Body></e:Envelope>`;
    const { address: host, port } = one.endpoint('Management');
    const headers = { Authorization: BASIC, 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
    const at = {
      host,
      port,
      path: AXL_PATH,
      rejectUnauthorized: false,
      method: 'POST',
      agent: false,
      headers,
    } as const;
    const sent = request(at, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** What SQL says of the phone's registration, by column. `undefined`: there is no row. */
const registration = async (): Promise<Readonly<Record<string, string>> | undefined> => {
  const { text } = await axl(
    'executeSQLQuery',
    `<sql>select r.lastknownucm ucm, r.lastknownipaddress address, s.name status, r.lastseen seen from registrationdynamic r join device d on r.fkdevice = d.pkid join typerisstatus s on s.enum = r.tkrisstatus where d.name = '${PHONE}'</sql>`,
  );
  const row = /<row>(.*?)<\/row>/s.exec(text)?.[1];
  return row === undefined
    ? undefined
    : Object.fromEntries([...row.matchAll(/<(\w+)>([^<]*)</g)].map(([, name = '', value = '']) => [name, value]));
};

const phoneAtTwo = async (): Promise<SccpPhone> => {
  const phone = await SccpPhone.connect(two.endpoint('SCCP').port);
  await phone.comeUp(PHONE);
  return phone;
};

const AT_TWO = { ucm: 'CM2', address: '127.0.0.1', status: 'Registered', seen: '0' };

it('SQL shows with which node a phone is, and what became of it', async () => {
  expect(await registration()).toBeUndefined();
  const phone = await phoneAtTwo();
  await eventually(async () => expect(await registration()).toEqual(AT_TWO));
  await phone.close();
  await eventually(async () => expect(await registration()).toMatchObject({ ucm: 'CM2', status: 'UnRegistered' }));
  expect(Number((await registration())?.seen)).toBeGreaterThan(0);
});

it.each(['doDeviceReset', 'resetPhone', 'restartPhone', 'applyPhone'])(
  '%s reaches a phone of another node',
  async (operation) => {
    const phone = await phoneAtTwo();
    await eventually(async () => expect(await registration()).toEqual(AT_TWO));
    const named =
      operation === 'doDeviceReset'
        ? `<deviceName>${PHONE}</deviceName><isHardReset>true</isHardReset>`
        : `<name>${PHONE}</name>`;
    const { status, text } = await axl(operation, named);
    expect(text).toContain('<return>');
    expect(status).toBe(200);
    await phone.until(0x9f);
    await phone.close();
  },
);
