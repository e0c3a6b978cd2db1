// What the page shows of a device besides its record, of a whole daemon.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeviceViewJson } from '../../src/http/api/device-view-shapes.js';
import type { DeviceMessagesJson } from '../../src/http/api/message-shapes.js';
import { eventually, TestDaemon } from '../support/daemon.js';
import { KEEPALIVE, SccpPhone } from '../support/sccp-phone.js';

const LAB = `
phones: { loads: { CIPC: CIPC-8-6 }, vendorConfig: { webAccess: 0, sshAccess: 1, wlanPassphrase: s3cret } }
devices:
  - { name: ipctest2, mac: "00:50:56:A1:03:3D", model: CIPC, lines: [{ dn: "5002", label: Reception }], serviceUrls: [{ name: News, url: 'http://lab:s3cret@news/' }], vendorConfig: { sshAccess: 0, adminPassword: s3cret } }
  - { name: SEP005056A1033D, model: CIPC, protocol: SIP, lines: ["5005"], digest: { user: lab, password: a-secret } }
`;

let lab: TestDaemon;
const phones: SccpPhone[] = [];
const leaving: (() => Promise<void>)[] = [];

beforeEach(async () => {
  lab = new TestDaemon();
  lab.configure(LAB);
  await lab.start();
});
afterEach(async () => {
  for (const phone of phones.splice(0)) phone.socket.destroy();
  for (const leave of leaving.splice(0)) await leave();
  await lab.remove();
});

const comeUp = async (): Promise<SccpPhone> => {
  const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
  phones.push(phone);
  await phone.comeUp('ipctest2');
  return phone;
};

/** The last view that the stream of a device has sent. */
const follow = async (name: string): Promise<() => DeviceViewJson | undefined> => {
  const { body } = await fetch(lab.url(`/api/devices/${name}/changes`));
  const reader = body?.getReader();
  if (reader === undefined) throw new Error('no body');
  leaving.push(() => reader.cancel());
  let text = '';
  const pump = async (): Promise<void> => {
    for (let next = await reader.read(); next.value !== undefined; next = await reader.read())
      text += Buffer.from(next.value).toString();
  };
  void pump().catch(() => {});
  return () => {
    const last = [...text.matchAll(/^event: device\ndata: (.+)\n\n/gm)].at(-1)?.[1];
    return last === undefined ? undefined : JSON.parse(last);
  };
};

it('the configuration of a device says where each value is from, and no password', async () => {
  const view = await follow('ipctest2');
  const { configuration = [] } = await eventually(() => view() ?? Promise.reject(new Error('nothing yet')));
  const from = Object.fromEntries(configuration.map(({ key, value, from: place }) => [key, [value, place]]));
  const place = from.name?.[1] ?? '';
  expect(place).toMatch(/lab\.yaml:\d+$/);
  expect(from).toEqual({
    name: ['ipctest2', place],
    mac: ['005056A1033D', place],
    model: ['CIPC', place],
    'lines.0.dn': ['5002', place],
    'lines.0.label': ['Reception', place],
    'serviceUrls.0.name': ['News', place],
    'serviceUrls.0.url': ['http://lab:xxx@news/', place],
    'vendorConfig.sshAccess': ['0', place],
    'vendorConfig.adminPassword': ['xxx', place],
    'vendorConfig.wlanPassphrase': ['xxx', 'phones.vendorConfig'],
    'vendorConfig.webAccess': ['0', 'phones.vendorConfig'],
    protocol: ['SCCP', 'the first of its model'],
    group: ['Default', 'phones.defaultGroup'],
    load: ['CIPC-8-6', 'phones.loads'],
  });
  expect(JSON.stringify(view())).not.toContain('s3cret');
  const sip = await follow('SEP005056A1033D');
  const other = await eventually(() => sip() ?? Promise.reject(new Error('nothing yet')));
  expect(other.configuration).toContainEqual({ key: 'digest.user', value: 'lab', from: expect.any(String) });
  expect(JSON.stringify(other)).not.toContain('a-secret');
});

it('keepalives are noted while somebody looks', async () => {
  const phone = await comeUp();
  const view = await follow('ipctest2');
  await eventually(() => expect(view()?.keepAlives).toMatchObject({ expected: 30_000, times: [] }));
  for (const count of [1, 2, 3]) {
    phone.write(KEEPALIVE);
    await eventually(() => expect(view()?.keepAlives?.times).toHaveLength(count));
  }
  phone.socket.destroy();
  await eventually(() => expect(view()?.keepAlives).toBeNull());
});

it('its file is the one that a phone fetches', async () => {
  const asked = await (await fetch(lab.url('/api/devices/IPCTEST2/config.xml'))).text();
  expect(asked).toContain('<loadInformation>CIPC-8-6</loadInformation>');
  expect(asked).toBe(await (await fetch(lab.url('/ipctest2.cnf.xml', 'HTTP'))).text());
});

it('its messages are kept while somebody reads them as they come', async () => {
  const path = '/api/devices/ipctest2/messages';
  expect((await fetch(lab.url(path))).status).toBe(409);
  const { body } = await fetch(lab.url(`${path}/live`));
  const reader = body?.getReader();
  if (reader === undefined) throw new Error('no body');
  let text = '';
  const until = async (wanted: string): Promise<void> => {
    while (!text.includes(wanted)) text += Buffer.from((await reader.read()).value ?? []).toString();
  };
  await until('retry');
  await comeUp();
  await until('RegisterAckMessage');
  const { messages } = (await (await fetch(lab.url(path))).json()) as DeviceMessagesJson;
  const named = messages.map(({ direction, name }) => `${direction} ${name}`);
  expect(named.slice(0, 2)).toEqual(['in RegisterReqMessage', 'out RegisterAckMessage']);
  expect(messages[0]?.lines).toContain('deviceName: ipctest2');
  await reader.cancel();
  await eventually(async () => expect((await fetch(lab.url(path))).status).toBe(409));
});
