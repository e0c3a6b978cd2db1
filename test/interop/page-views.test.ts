// The views of the page besides fleet and device, in a real browser: charts, faults, files, nodes, leases, the log's times, and
// commands to many devices.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Instant, instant } from '../../src/core/time.js';
import { type Lab, startLab } from '../../src/lab.js';
import { systemClock } from '../../src/net/system-clock.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { SERVICES, TestDaemon } from '../support/daemon.js';
import { aRegister } from '../support/sccp-harness.js';
import { SccpPhone } from '../support/sccp-phone.js';
import {
  excessWidths,
  HAS_BROWSER,
  impurities,
  openBrowser,
  seriousFaults,
  type WatchedPage,
  watchPage,
} from './support/browser.js';

const TOKEN = 'a-token-of-this-test';
const VIEWS = ['faults', 'charts', 'leases', 'files', 'nodes', 'log'] as const;
const HOSTILE = '<img src=x onerror="window.hacked=1">\u202E.xml';
const SHOWN = '<img src=x onerror="window.hacked=1">\\u{202E}.xml';

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;
const fleetOf = (count: number): string =>
  `devices:\n${Array.from({ length: count }, (_, index) => `  - { name: ${nameOf(index)}, model: CIPC, protocol: SCCP, lines: ["${5_000 + index}"] }\n`).join('')}`;

describe.runIf(HAS_BROWSER)('the views in Chromium', () => {
  let browser: Browser;
  let daemon: TestDaemon | undefined;
  let lab: Lab | undefined;
  let watched: WatchedPage;
  const phones: SccpPhone[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const phone of phones.splice(0)) phone.socket.destroy();
    await watched.page.context().close();
    await daemon?.remove();
    await lab?.stop();
    daemon = undefined;
    lab = undefined;
  });

  const start = async (devices?: string, services?: string): Promise<TestDaemon> => {
    const started = new TestDaemon();
    daemon = started;
    started.configure(devices, services);
    return started.start();
  };
  const connect = async (): Promise<SccpPhone> => {
    const phone = await SccpPhone.connect(daemon?.endpoint('SCCP').port ?? 0);
    phones.push(phone);
    return phone;
  };
  const open = async (hash: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const url = daemon?.url(`/#/${hash}`) ?? lab?.url(`/#/${hash}`) ?? '';
    watched = await watchPage(browser, url, options);
    return watched.page;
  };

  it('draws charts that go on by themselves, with the same as a table', async () => {
    await start(fleetOf(3));
    const page = await open('charts');
    const devices = page.getByRole('figure', { name: 'Devices by status' });
    await devices.getByRole('img', { name: /now: Registered 0, .* Unknown 3$/ }).waitFor();
    let readings = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api/history')) readings += 1;
    });
    await (await connect()).comeUp(nameOf(0));
    // The next sample comes within five seconds, over the stream.
    await devices.getByRole('img', { name: /now: Registered 1, .* Unknown 2$/ }).waitFor();
    expect(readings).toBe(0);
    expect(await devices.locator('svg g.s0 path.line').first().getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+L/);
    await devices.getByText('as a table').click();
    const rows = devices.getByRole('table', { name: 'Devices by status' }).getByRole('row');
    expect(await rows.nth(0).textContent()).toBe('timeRegisteredPartiallyRegisteredUnRegisteredRejectedUnknown');
    expect(await rows.nth(1).textContent()).toMatch(/^\d\d:\d\d:\d\d10002$/);
    expect(await rows.nth(2).textContent()).toMatch(/^\d\d:\d\d:\d\d00003$/);
    await page
      .getByRole('figure', { name: 'Registrations, a second' })
      .getByRole('img', { name: /SCCP 0\.2/ })
      .waitFor();
    await page.getByLabel('The last').selectOption('an hour');
    const plot = devices.locator('svg[role=img]');
    const { width = 0 } = (await plot.boundingBox()) ?? {};
    await plot.hover({ position: { x: width - 15, y: 20 } });
    await devices.getByText(/^at \d/).waitFor();
    // What came while nobody saw the page is read.
    const see = (isHidden: boolean): Promise<unknown> =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    const isClosed = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/fleet/changes'));
    await see(true);
    await isClosed;
    const isRead = page.waitForResponse((response) => response.url().includes('/api/history'));
    await see(false);
    await isRead;
    expect(await impurities(watched)).toEqual([]);
  });

  it('lists what is wrong by its cause, and leads to the devices that have it', async () => {
    await start(fleetOf(3));
    const page = await open('faults');
    await page.getByText('Nothing is wrong with any device').waitFor();
    for (const index of [0, 2])
      (await connect()).write(encode('RegisterReqMessage', aRegister(nameOf(index), { deviceType: 115 }), 0));
    const faults = page.getByRole('list', { name: 'What is wrong, by its cause' });
    await faults.getByText('2 devices, blocking').waitFor();
    expect(await faults.getByRole('link', { name: nameOf(2), exact: true }).count()).toBe(1);
    await faults.getByRole('link', { name: /Cisco 7941/ }).click();
    await page.getByText('2 of 3', { exact: true }).waitFor();
    expect(page.url()).toContain('filter=code%3Aregister.wrong-model');
    expect(await impurities(watched)).toEqual([]);
  });

  it('shows the files and leases of phones that boot', async () => {
    lab = await startLab({
      dhcp: {
        enabled: true,
        subnets: [
          {
            ...{ subnet: '127.0.0.0/8', pools: ['127.0.1.100-127.0.1.199'], option150: ['127.0.0.1'], leaseTime: '1h' },
            reservations: [{ mac: '00:11:22:33:44:B1', address: '127.0.1.150' }],
          },
        ],
      },
      devices: [
        { name: 'SEP0011223344A1', model: '7962', protocol: 'SCCP', lines: ['6001'] },
        { name: 'SEP0011223344A2', model: '7962', protocol: 'SCCP', lines: ['6002'] },
      ],
    });
    for (const { name } of lab.devices()) {
      lab.phone({ name, boot: 'full' });
      await lab.registered(name, { within: '30s' });
    }
    const page = await open('files');
    const row = (name: string) => page.getByRole('row').filter({ hasText: name });
    await row('{device}.cnf.xml').getByText('served').waitFor();
    expect(await row('{device}.cnf.xml').locator('.c-devices').textContent()).toBe('2');
    expect(await row('CTL{device}.tlv').locator('.c-answer').textContent()).toBe('refused: file not found (harmless)');
    await page.getByLabel('Which files').selectOption('only missed');
    await row('{device}.cnf.xml').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('harmless');
    await row('CTL{device}.tlv').getByRole('link', { name: 'SEP0011223344A1' }).click();
    await page.getByRole('heading', { name: 'SEP0011223344A1' }).waitFor();
    await page.getByRole('link', { name: 'Leases' }).click();
    const pools = page.getByRole('list', { name: 'Address pools' });
    await pools.getByText('2 leased').waitFor();
    expect(await pools.getByRole('listitem').textContent()).toBe(
      '127.0.0.0/8 127.0.1.100-127.0.1.1992 leased97 free1 reserved, 0 of them leased',
    );
    expect(await pools.locator('.bar .leased').count()).toBe(1);
    expect(await impurities(watched)).toEqual([]);
  });

  it('shows names of files as text, whatever they are', async () => {
    const { database } = (await start()).daemon;
    const miss = { transport: 'TFTP', outcome: 'refused', octets: 0, reason: '<b>not found</b>' } as const;
    database.recordFileRequest('ipctest2', { at: systemClock.now(), file: HOSTILE, ...miss }, {
      address: '127.0.0.1',
    } as never);
    const page = await open('files');
    await page.getByText(SHOWN).waitFor();
    await page.getByText('refused: <b>not found</b>').waitFor();
    expect(await impurities(watched)).toEqual([]);
  });

  it('shows the nodes of the configuration, and what this one sees', async () => {
    const nodes = `nodes: [{ name: CM1, address: 127.0.0.1 }, { name: CM2, address: 127.0.0.2, description: the other }]
self: CM1
groups: [{ name: Default, members: [CM2, CM1] }]`;
    await start(fleetOf(2), SERVICES.replace(/nodes: .*/, nodes));
    await (await connect()).comeUp(nameOf(0));
    const page = await open('nodes');
    const cells = (name: RegExp) => page.getByRole('row', { name }).getByRole('cell').allTextContents();
    await page.getByRole('row', { name: /^CM1 \(this one\)/ }).waitFor();
    expect((await cells(/^CM2/)).slice(0, 2)).toEqual(['CM2 ', '127.0.0.2']);
    expect((await cells(/^CM2/)).slice(-2)).toEqual(['1 of Default', 'the other']);
    expect((await cells(/^CM1/)).slice(-2)).toEqual(['2 of Default', '']);
    expect(await cells(/^Default/)).toEqual(['Default', 'CM2, CM1', '2', '1']);
    await page.getByText('1 over SCCP, 0 over SIP').waitFor();
    const listeners = page.getByRole('table', { name: 'Listeners' });
    await listeners.getByRole('cell', { name: String(daemon?.endpoint('SCCP').port), exact: true }).waitFor();
    expect(await listeners.getByText('KNOCK').count()).toBe(0);
    await page.getByText('What CM2 has registered is not known here').waitFor();
    expect(await impurities(watched)).toEqual([]);
  });

  it('goes to a time of the log, and holds it there', async () => {
    const { bus } = (await start()).daemon;
    const page = await open('log');
    await page.getByText('live').waitFor();
    const now = systemClock.now();
    const rejected = (at: Instant) =>
      bus.publish({
        ...{ type: 'device.rejected', at, device: 'SEP1', protocol: 'SCCP', transport: 'tcp', address: '10.0.0.1' },
        ...{ port: 1, link: 1, typeId: 7, reason: 'unknown-device' },
      } as never);
    await page.waitForTimeout(300);
    for (let second = 300; second >= 0; second -= 1) rejected(instant(now - second * 1_000));
    await page.getByText(/^301 of 301/).waitFor();
    const time = await page.evaluate(
      `new Date(${systemClock.wallTime(instant(now - 150_000))}).toLocaleTimeString('en-GB')`,
    );
    const field = page.getByLabel('Go to');
    await field.fill('soon');
    await field.press('Enter');
    await page.getByText('a time such as 10:02 or 10:02:14').waitFor();
    await field.fill(String(time));
    await field.press('Enter');
    await page.getByText('paused').waitFor();
    const chosen = page.locator('[role=row].chosen');
    expect(await chosen.locator('.c-at').textContent()).toBe(time);
    expect(await chosen.getAttribute('aria-rowindex')).toBe('152');
    expect(await chosen.isVisible()).toBe(true);
    await field.fill('00:00:00');
    await field.press('Enter');
    await page.getByText('every line here is later').waitFor();
    expect(await impurities(watched)).toEqual([]);
  });

  describe('commands to many', () => {
    const COUNT = 8;
    /** Of these phones the first five are there. */
    const openFleet = async (services?: string): Promise<Page> => {
      await start(fleetOf(COUNT), services);
      for (let index = 0; index < 5; index += 1) await (await connect()).comeUp(nameOf(index));
      const page = await open('fleet');
      await page.getByText('5 of 8 registered').waitFor();
      return page;
    };
    const box = (page: Page, index: number) => page.getByRole('checkbox', { name: `select ${nameOf(index)}` });
    const commands = (): readonly string[] =>
      daemon === undefined
        ? []
        : [...daemon.daemon.database.devices()]
            .filter(({ registration }) => registration?.said === 'Reset')
            .map(({ configured: { name } }) => name);

    it('ask first, and tell those that are selected by boxes and keys', async () => {
      const page = await openFleet();
      await box(page, 1).click();
      await page.getByText('1 selected').waitFor();
      await box(page, 3).click({ modifiers: ['Shift'] });
      await page.getByText('3 selected').waitFor();
      expect(await box(page, 2).isChecked()).toBe(true);
      for (const key of ['j', 'x']) await page.keyboard.press(key);
      await page.getByText('4 selected').waitFor();
      const [first] = await page.getByRole('row', { selected: true }).allTextContents();
      expect(first).toContain(nameOf(0));
      await page.getByRole('button', { name: 'reset', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'reset 4 devices?' });
      await dialog.getByText('All of them are registered.').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      const sent: unknown[] = [];
      daemon?.daemon.bus.on('device.commanded', ({ device, command }) => sent.push(`${command} ${device}`));
      await page.getByRole('button', { name: 'restart', exact: true }).click();
      await page.getByRole('button', { name: 'restart 4 devices' }).click();
      await page.getByText('restart: 4 of 4 told; done').waitFor();
      expect(sent.sort()).toEqual([0, 1, 2, 3].map((index) => `restart ${nameOf(index)}`));
      await page.getByRole('button', { name: 'select none' }).click();
      await page.getByText('4 selected').waitFor({ state: 'detached' });
      expect(commands()).toEqual([]);
      expect(await impurities(watched)).toEqual([]);
    });

    it('reach all that the filter leaves, and say who was not told', async () => {
      const page = await openFleet();
      await page.getByRole('searchbox').fill('communicator');
      await page.getByRole('button', { name: 'select all 8' }).click();
      await page.getByText('8 selected').waitFor();
      await page.getByRole('button', { name: 'reset', exact: true }).click();
      await page.getByText('5 of them are registered; the others cannot be told.').waitFor();
      await page.getByRole('button', { name: 'reset 8 devices' }).click();
      await page.getByText('reset: 5 of 8 told; 3 not registered; done').waitFor();
      await page.getByText('who was not told').click();
      const untold = page.getByRole('region', { name: 'Progress of reset' }).getByRole('listitem');
      expect(await untold.allTextContents()).toEqual([5, 6, 7].map((index) => `${nameOf(index)} not registered`));
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'close' }).click();
      await page.getByText('who was not told').waitFor({ state: 'detached' });
      expect(await impurities(watched)).toEqual([]);
    });

    it('reach forty thousand, of which one is there', async () => {
      const lines = Array.from({ length: 40_000 }, (_, index) => `${nameOf(index)},CIPC,SCCP,${10_000 + index}`);
      const started = new TestDaemon();
      daemon = started;
      writeFileSync(join(started.folder, 'fleet.csv'), `name,model,protocol,lines\n${lines.join('\n')}`);
      started.configure('devicesFile: fleet.csv');
      await started.start();
      await (await connect()).comeUp(nameOf(39_999));
      const page = await open('fleet');
      await page.getByRole('button', { name: 'select all 40,000' }).click();
      await page.getByText('40,000 selected').waitFor();
      await page.getByRole('button', { name: 'restart', exact: true }).click();
      await page.getByRole('button', { name: 'restart 40,000 devices' }).click();
      await page.getByText('restart: 1 of 40,000 told; 39,999 not registered; done').waitFor();
      expect(await impurities(watched)).toEqual([]);
    });

    it('need the token where there is one', async () => {
      const page = await openFleet(SERVICES.replace('api: { port: 0 }', `api: { port: 0, token: ${TOKEN} }`));
      await box(page, 0).click();
      const field = page.getByLabel(/^Token/);
      await field.waitFor();
      expect(await page.getByRole('button', { name: 'reset', exact: true }).count()).toBe(0);
      await field.fill(TOKEN);
      await field.press('Enter');
      await page.getByRole('button', { name: 'apply', exact: true }).click();
      await page.getByRole('button', { name: 'apply 1 device' }).click();
      await page.getByText('apply: 1 of 1 told; done').waitFor();
      expect(await impurities(watched)).toEqual([]);
    });
  });

  it.each([
    ['light, wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
    ['dark, narrow', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' }],
    ['dark, 4K', { colorScheme: 'dark', viewport: { width: 3840, height: 2160 } }],
  ] as const)('have nothing that axe-core finds serious, and nothing beside the screen: %s', async (_, options) => {
    await start(fleetOf(3));
    await (await connect()).comeUp(nameOf(0));
    (await connect()).write(encode('RegisterReqMessage', aRegister(nameOf(1), { deviceType: 115 }), 0));
    const page = await open('fleet', options);
    await page.getByText('1 of 3 registered').waitFor();
    await page.getByRole('button', { name: /^select all/ }).click();
    expect(['fleet', await seriousFaults(page), await excessWidths(page)]).toEqual(['fleet', [], [0, 0]]);
    for (const view of VIEWS) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.locator('h1', { hasText: new RegExp(view, 'i') }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => {});
      expect([view, await seriousFaults(page), await excessWidths(page)]).toEqual([view, [], [0, 0]]);
    }
    expect(await impurities(watched)).toEqual([]);
  });

  it('say what is so in a lab without devices', async () => {
    await start('devices: []');
    const page = await open('faults');
    await page.getByText('Nothing is wrong with any device').waitFor();
    for (const [view, text] of [
      ['Files', 'No phone has asked for a file yet.'],
      ['Leases', 'This labcm gives no addresses: DHCP is off.'],
      ['Nodes', 'The configuration lists no other node.'],
      ['Charts', 'Devices by status'],
      ['Fleet', 'No device is configured yet'],
    ] as const) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByText(text).first().waitFor();
    }
    expect(await impurities(watched)).toEqual([]);
  });
});
