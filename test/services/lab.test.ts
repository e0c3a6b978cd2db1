// Simulated phones use the services of a whole daemon on loopback: their file names the pages, they open them, look somebody up,
// see their calls, and obey what is pushed to them.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/lab/free-port.js';
import { type Lab, type LabConfig, PageFault, startLab } from '../../src/lab.js';

const ANNA = 'SEP000000000001';
const BORIS = 'SEP000000000002';
const PASSWORD = 'a good: password & more';

const folder = mkdtempSync(join(tmpdir(), 'labcm-services-'));
const passwordFile = join(folder, 'password');
let webPort = 0;
let lab: Lab;

const config = (phones: NonNullable<LabConfig['phones']> = {}): LabConfig => ({
  phones: { pages: true, authentication: { user: 'lab', passwordFile }, webPort, ...phones },
  devices: [
    { name: ANNA, model: 7962, protocol: 'SCCP', lines: [{ dn: '5001', label: 'Anna Berg' }] },
    { name: BORIS, model: '8851', protocol: 'SIP', lines: [{ dn: '5002', label: 'Boris & <Co>' }] },
  ],
});

/** A web server that knows no path of a phone. */
const refusingServer = async () => {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};

beforeAll(async () => {
  writeFileSync(passwordFile, `${PASSWORD}\nnot this\n`);
  webPort = await freePort();
});
afterEach(() => lab.stop());
afterAll(() => rmSync(folder, { recursive: true }));

describe('a phone of a lab', { timeout: 30_000 }, () => {
  it('opens what its buttons open, and looks somebody up', async () => {
    lab = await startLab(config());
    const phone = await lab.phone({ name: ANNA }).registered();
    const menu = await phone.open('services');
    expect(menu.items.map(({ name }) => name)).toEqual([
      ...['Directory', 'Missed calls', 'Placed calls', 'Received calls', 'This phone'],
    ]);
    const input = await phone.open(menu.items[0]?.url ?? '');
    expect(input.fields.map(({ parameter }) => parameter)).toEqual(['f', 'l', 'n']);
    const found = await phone.open(`${input.url}&l=%3Cco`);
    expect(found.entries).toEqual([{ name: 'Boris & <Co>', number: '5002' }]);
    expect((await phone.open('idle')).text).toContain('5001 Anna Berg');
    expect((await phone.open('directory')).kind).toBe('CiscoIPPhoneMenu');
    await expect(phone.open(lab.url('/phone/nothing', 'HTTP'))).rejects.toThrow(PageFault);
  });

  it('sees the calls that it missed, placed and received', async () => {
    lab = await startLab(config());
    const anna = await lab.phone({ name: ANNA }).registered();
    const boris = await lab.phone({ name: BORIS }).registered();
    const call = anna.dial('5002');
    await boris.rings();
    anna.hangUp();
    await call.ended();
    const numbers = async (phone: typeof anna, list: string) =>
      (await phone.open(`${lab.url(`/phone/calls/${list}`, 'HTTP')}?name=#DEVICENAME#`)).entries.map(
        (entry) => entry.number,
      );
    expect([await numbers(anna, 'placed'), await numbers(boris, 'missed')]).toEqual([['5002'], ['5001']]);
    expect([await numbers(anna, 'missed'), await numbers(boris, 'received')]).toEqual([[], []]);
  });

  it('has no pages in its file where they are off', async () => {
    lab = await startLab({ devices: config().devices ?? [] });
    const phone = await lab.phone({ name: ANNA }).registered();
    await expect(phone.open('services')).rejects.toThrow('is no URL');
    expect((await fetch(lab.url('/phone/services', 'HTTP'))).status).toBe(404);
  });
});

it('a phone of a lab has its own pages, once it has a web server', { timeout: 30_000 }, async () => {
  lab = await startLab(config());
  const [anna, boris] = [lab.phone({ name: ANNA, webPort: 0 }), lab.phone({ name: BORIS })];
  await Promise.all([anna.registered(), boris.registered()]);
  expect([anna.pages, boris.pages]).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/), undefined]);
  const setup = await (await fetch(`${anna.pages}NetworkConfigurationX`)).text();
  expect(setup).toMatch(/<CallManager1>127\.0\.0\.1 Active<\/CallManager1>/);
  expect(setup).toContain('<TFTPServer1>127.0.0.1</TFTPServer1>');
  const url = anna.pages ?? '';
  await anna.stop();
  expect(anna.pages).toBeUndefined();
  await expect(fetch(url)).rejects.toThrow();
});

describe('a push to a phone of a lab', { timeout: 30_000 }, () => {
  it.each([
    [ANNA, 'SCCP'],
    [BORIS, 'SIP'],
  ])('is obeyed by %s, which asks labcm whether it may (%s)', async (name) => {
    lab = await startLab(config());
    const phone = await lab.phone({ name, webPort }).registered();
    const asked = lab.next('service.authenticated');
    expect(await lab.push(name, { text: 'Größe < 5 & "more"', title: 'Note' })).toMatchObject({
      ...{ outcome: 'done', transport: 'HTTP', address: '127.0.0.1', answer: 'the phone did it' },
    });
    expect(await asked).toMatchObject({ outcome: 'authorized', device: name });
    expect(phone.shown).toMatchObject({ kind: 'CiscoIPPhoneText', title: 'Note', text: 'Größe < 5 & "more"' });
    expect(await lab.push(name, { uris: ['Key:Services', lab.url('/phone/help', 'HTTP')], priority: 0 })).toMatchObject(
      {
        outcome: 'done',
      },
    );
    expect(phone.executed[0]).toBe('Key:Services');
    expect(phone.shown).toMatchObject({ kind: 'CiscoIPPhoneText', prompt: expect.stringMatching(/^Cisco/) });
  });

  it('has a phone call somebody', async () => {
    lab = await startLab(config());
    const anna = await lab.phone({ name: ANNA, webPort }).registered();
    const boris = await lab.phone({ name: BORIS }).registered();
    expect(await lab.push(ANNA, { uris: ['Dial:5002'], priority: 0 })).toMatchObject({ outcome: 'done' });
    await boris.rings();
    anna.hangUp();
  });

  it('is told what the phone could not do', async () => {
    lab = await startLab(config());
    await lab.phone({ name: ANNA, webPort }).registered();
    const result = await lab.push(ANNA, { uris: [lab.url('/phone/nothing', 'HTTP')], priority: 0 });
    expect(result).toMatchObject({ outcome: 'failed', answer: expect.stringMatching(/status 6, .*HTTP 404$/) });
  });

  it('is refused where the phone is told that nobody may', async () => {
    lab = await startLab(config({ urls: { authentication: 'none' } }));
    await lab.phone({ name: ANNA, webPort }).registered();
    expect(await lab.push(ANNA, { uris: ['Key:Services'], priority: 0 })).toMatchObject({ outcome: 'unauthorized' });
  });

  it.each([
    [ANNA, 'SCCP'],
    [BORIS, 'SIP'],
  ])('reaches %s, whose web server refuses it, through %s', async (name, transport) => {
    // A server of this test holds the port, so that no other program can answer there.
    await using refusing = await refusingServer();
    lab = await startLab(config({ webPort: refusing.port }));
    const phone = await lab.phone({ name }).registered();
    const text = `${'Größe & <more> '.repeat(260)}end`;
    expect(await lab.push(name, { text, title: 'Note' })).toMatchObject({ transport, outcome: 'done' });
    expect(phone.shown).toMatchObject({ title: 'Note', text });
    expect(await lab.push(name, { uris: ['Key:Services'], priority: 0 })).toMatchObject({ transport, outcome: 'done' });
    expect(phone.executed).toEqual(['Key:Services']);
  });
});
