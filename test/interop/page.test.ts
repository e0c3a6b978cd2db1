// The page in a real browser, against a daemon with a fleet and phones.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { eventually, SERVICES, TestDaemon } from '../support/daemon.js';
import { aRegister } from '../support/sccp-harness.js';
import { SccpPhone } from '../support/sccp-phone.js';
import { HAS_BROWSER, openBrowser, seriousFaults, type WatchedPage, watchPage } from './support/browser.js';
import { expectCleanPage } from './support/clean-page.js';

const FLEET = 40_000;
const TOKEN = 'a-token-of-this-test';
const HOSTILE = '<img src=x onerror="window.hacked=1">\'&quot;\u202E\u0000\u009b31m';
const SHOWN = '<img src=x onerror="window.hacked=1">\'&quot;\\u{202E}\\u{0}\\u{9B}31m';

/** The first device that is such a phone as this test has. */
const CIPC = 3;
const MODELS = ['7962', '7941', '7970', 'CIPC'];

const nameOf = (index: number): string => `SEP${String(index).padStart(12, '0')}`;

const fleetFile = (): string =>
  [
    'name,model,protocol,lines',
    ...Array.from({ length: FLEET }, (_, index) => `${nameOf(index)},${MODELS[index % 4]},SCCP,${10_000 + index}`),
  ].join('\n');

/** The name of the first row that is drawn of those that are seen. */
const firstName = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const grid = document.querySelector('[role=grid]');
    const top = grid.getBoundingClientRect().top + 40;
    const rows = [...grid.querySelectorAll('.body [role=row]')];
    const seen = rows.filter((row) => row.getBoundingClientRect().bottom > top);
    seen.sort((one, other) => one.ariaRowIndex - other.ariaRowIndex);
    return seen[0]?.querySelector('.c-name').textContent ?? '';
  })()`);

describe.runIf(HAS_BROWSER)('the page in Chromium', () => {
  let browser: Browser;
  let lab: TestDaemon;
  let watched: WatchedPage;
  const phones: SccpPhone[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const connect = async (): Promise<SccpPhone> => {
    const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
    phones.push(phone);
    return phone;
  };
  const open = async (hash = '', options: Parameters<typeof watchPage>[2] = {}): Promise<Page> => {
    watched = await watchPage(browser, lab.url(`/${hash}`), options);
    return watched.page;
  };
  const expectClean = (): Promise<void> => expectCleanPage(watched);

  afterEach(async () => {
    for (const phone of phones.splice(0)) phone.socket.destroy();
    await watched.page.context().close();
    await lab.remove();
  });

  describe('a fleet of forty thousand', () => {
    const openFleet = async (hash = ''): Promise<Page> => {
      lab = new TestDaemon();
      writeFileSync(join(lab.folder, 'fleet.csv'), fleetFile());
      lab.configure('devicesFile: fleet.csv');
      await lab.start();
      const page = await open(hash);
      await page.getByText('40,000 of 40,000').waitFor();
      return page;
    };

    it('is drawn row by row as it is scrolled, filtered as it is typed, and sorted', async () => {
      const page = await openFleet();
      const grid = page.getByRole('grid', { name: 'Devices' });
      expect(await grid.getAttribute('aria-rowcount')).toBe('40001');
      expect(await firstName(page)).toBe(nameOf(0));
      await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 1e9`);
      const last = page.locator('[role=row][aria-rowindex="40001"]');
      await last.waitFor();
      expect(await last.textContent()).toContain(nameOf(FLEET - 1));
      expect(await page.locator('.body [role=row]').count()).toBeLessThan(60);

      await page.keyboard.press('/');
      await page.keyboard.type('communicator 49999');
      await page.getByText('1 of 40,000', { exact: true }).waitFor();
      expect(await firstName(page)).toBe(nameOf(FLEET - 1));
      expect(page.url()).toContain('filter=communicator+49999');
      await page.keyboard.press('Escape');
      await page.getByText('40,000 of 40,000').waitFor();
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'dn', exact: true }).click();
      await page.getByRole('button', { name: 'dn', exact: true }).click();
      await page.locator('[role=columnheader][aria-sort=descending]').waitFor();
      await page.evaluate(`document.querySelector('[role=grid]').scrollTop = 0`);
      await eventually(async () => expect(await firstName(page)).toBe(nameOf(FLEET - 1)));
      expect(await seriousFaults(page)).toEqual([]);
      await expectClean();
    });

    it('opens with the filter and order of a link', async () => {
      lab = new TestDaemon();
      lab.configure();
      await lab.start();
      const page = await open('#/fleet?filter=sip&sort=-name');
      await page.getByText('1 of 2', { exact: true }).waitFor();
      expect(await firstName(page)).toBe('SEP005056A1033D');
      await expectClean();
    });

    it('shows thousands of changes, and ends with what is so', async () => {
      const page = await openFleet();
      const { database, bus } = lab.daemon;
      for (let round = 0; round < 4; round += 1) {
        for (const { configured } of database.devices())
          bus.publish({ type: 'device.changed', at: 0 as never, device: configured.name });
        await new Promise((turn) => setImmediate(turn));
      }
      const phone = await connect();
      await phone.comeUp(nameOf(CIPC));
      await page.getByText('1 of 40,000 registered').waitFor();
      await expectClean();
    });
  });

  describe('a small lab', () => {
    const openLab = async (devices?: string, services?: string, overrides: readonly string[] = []): Promise<void> => {
      lab = new TestDaemon();
      lab.configure(devices, services);
      await lab.start(overrides);
    };

    it('shows registrations as they come and go, and opens a device by its keys', async () => {
      await openLab();
      const page = await open();
      await page.getByText('0 of 2 registered').waitFor();
      const phone = await connect();
      await phone.comeUp('ipctest2');
      await page.getByText('1 of 2 registered').waitFor();
      const row = page.getByRole('row', { name: /ipctest2/ });
      expect(await row.textContent()).toContain('Registered');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'ipctest2' }).waitFor();
      await page.getByText('It is registered, and nothing is wrong.').waitFor();
      phone.socket.destroy();
      await page.getByText('Cisco IP Communicator · SCCP · UnRegistered').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('0 of 2 registered').waitFor();
      await row.getByText('UnRegistered').waitFor();
      await expectClean();
    });

    it('lets go of its stream while nobody sees it, and catches up afterwards', async () => {
      await openLab();
      const page = await open();
      await page.getByText('0 of 2 registered').waitFor();
      const see = (isHidden: boolean): Promise<unknown> =>
        page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));`);
      const isClosed = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/fleet/changes'));
      await see(true);
      await isClosed;
      await (await connect()).comeUp('ipctest2');
      await see(false);
      await page.getByText('1 of 2 registered').waitFor();
      await expectClean();
    });

    it('stands still while it is paused', async () => {
      await openLab();
      const page = await open('#/log');
      await page.getByText('live').waitFor();
      await page.keyboard.press('p');
      await page.getByText('paused').waitFor();
      await (await connect()).comeUp('ipctest2');
      await page.getByText('1 of 2 registered').waitFor();
      expect(await page.locator('.body [role=row]').count()).toBe(0);
      await page.keyboard.press('p');
      await page.getByRole('row', { name: /registered over SCCP/ }).waitFor();
      await page.getByRole('searchbox').fill('nothing has these words');
      expect(await page.locator('.body [role=row]').count()).toBe(0);
      await expectClean();
    });

    it('says why a phone is refused, with what to type and where it stops', async () => {
      await openLab();
      const page = await open('#/device/ipctest2');
      const phone = await connect();
      phone.write(encode('RegisterReqMessage', aRegister('ipctest2', { deviceType: 115 }), 0));
      const verdict = page.getByRole('region', { name: 'Verdict' });
      await verdict
        .getByText(/says? that it is a Cisco 7941/)
        .first()
        .waitFor();
      expect(await verdict.getByRole('list', { name: 'What to do' }).getByRole('button').count()).toBeGreaterThan(0);
      expect(await verdict.getByRole('listitem').filter({ hasText: 'stops here' }).count()).toBe(1);
      const step = page
        .getByRole('list', { name: /What happened/ })
        .getByText(/refused|rejected/i)
        .first();
      await step.click();
      await page.getByText('device.rejected').first().waitFor();
      await page.goto(lab.url('/#/fleet'));
      await page.getByRole('list', { name: 'Why devices do not work' }).getByRole('link').first().click();
      await page.getByText('1 of 2', { exact: true }).waitFor();
      expect(page.url()).toContain('filter=code%3A');
      await expectClean();
    });

    it('shows what phones say as text, whatever it is', async () => {
      await openLab(
        `devices: [{ name: ipctest2, mac: "00:50:56:A1:03:3D", model: CIPC, protocol: SCCP, description: ${JSON.stringify('<b>bold</b>')}, lines: [{ dn: "5002", label: ${JSON.stringify('<img src=x onerror="window.hacked=1">')} }] }]`,
      );
      const page = await open('#/device/ipctest2');
      const phone = await connect();
      await phone.comeUp('ipctest2');
      const at = lab.daemon.database.byName('ipctest2')?.registration?.startedAt as never;
      lab.daemon.bus.publish({ type: 'device.reported', at, device: 'ipctest2' as never, facts: { alarm: HOSTILE } });
      await page.getByText(SHOWN).first().waitFor();
      await page.getByText('<b>bold</b>').first().waitFor();
      const stranger = await connect();
      stranger.write(encode('RegisterReqMessage', aRegister('<img onerror=1>'), 0));
      await page.getByRole('link', { name: 'Log' }).click();
      await page.getByRole('link', { name: 'Strangers' }).click();
      await page.getByRole('link', { name: '<img onerror=1>' }).click();
      await page.getByRole('heading', { name: '<img onerror=1>' }).waitFor();
      await expectClean();
    });

    it('keeps hostile texts of the log and of a name in an address as texts', async () => {
      await openLab();
      const page = await open('#/log');
      await page.getByText('live').waitFor();
      await eventually(async () => {
        lab.daemon.bus.publish({
          type: 'device.rejected',
          at: 0 as never,
          device: HOSTILE,
          protocol: 'SCCP',
          transport: 'tcp',
          address: '10.0.0.1',
          port: 1,
          link: 1,
          typeId: 7,
          reason: 'unknown-device',
        } as never);
        await page.getByText('\\u{202E}').first().waitFor({ timeout: 500 });
      });
      await page.goto(lab.url(`/#/device/${encodeURIComponent(HOSTILE.replace('\u0000', ''))}`));
      await page.getByText('no device is called').waitFor();
      await page.getByRole('heading', { name: '<img src=x' }).waitFor();
      // The answer 404 is what the console tells of here.
      watched.complaints.splice(0);
      await expectClean();
    });

    it('gives a stranger the lines to paste', async () => {
      await openLab();
      const page = await open('#/strangers');
      await page.getByText('No phone has come that nobody configured.').waitFor();
      (await connect()).write(encode('RegisterReqMessage', aRegister('SEPAABBCCDDEEFF'), 0));
      const lines = page.locator('pre', { hasText: 'name: SEPAABBCCDDEEFF' });
      await lines.waitFor();
      expect(await lines.textContent()).toMatch(/^devices:\n {2}- name: SEPAABBCCDDEEFF\n/);
      await page.getByRole('button', { name: 'copy the lines' }).click();
      await page.getByText('copied').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await expectClean();
    });

    it('says what to do next where there is no device', async () => {
      await openLab('devices: []');
      const page = await open();
      await page.getByRole('heading', { name: 'No device is configured yet' }).waitFor();
      (await connect()).write(encode('RegisterReqMessage', aRegister('SEPAABBCCDDEEFF'), 0));
      await page.getByRole('link', { name: 'One phone has come that nobody configured' }).click();
      await page.getByRole('heading', { name: 'SEPAABBCCDDEEFF' }).waitFor();
      await expectClean();
    });

    it('asks for the token once, refuses a wrong one, and then sends commands', async () => {
      await openLab(undefined, SERVICES.replace('api: { port: 0 }', `api: { port: 0, token: ${TOKEN} }`));
      await (await connect()).comeUp('ipctest2');
      const page = await open('#/device/ipctest2');
      const field = page.getByLabel(/^Token/);
      await field.fill('this-is-another-token');
      await field.press('Enter');
      await page.getByRole('alert').getByText('this is not the token').waitFor();
      watched.complaints.splice(0); // the 401 that the browser tells of
      await field.fill(TOKEN);
      await field.press('Enter');
      await page.getByRole('button', { name: 'reset' }).click();
      await page.getByText('reset: sent').waitFor();
      const [cookie] = await page.context().cookies();
      expect(cookie).toMatchObject({ name: 'labcm-session', httpOnly: true, sameSite: 'Strict' });
      expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe(
        '{}',
      );
      await page.reload();
      await page.getByRole('button', { name: 'restart' }).waitFor();
      await expectClean();
    });

    it('says that the connection is cut, and shows what is so when it is back', async () => {
      await openLab();
      const { port } = lab.endpoint('API');
      const page = await open();
      await page.getByText('0 of 2 registered').waitFor();
      await lab.stop();
      await page.getByText('cut off, trying again').waitFor();
      lab.configure(`devices: [{ name: afterwards, model: "7962", protocol: SCCP, lines: [{ dn: "1" }] }]`);
      await lab.start([`http.api.port=${port}`]);
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByText('0 of 1 registered').waitFor();
      await page.getByRole('row', { name: /afterwards/ }).waitFor();
      watched.complaints.splice(0); // the refused connections that the browser tells of
      await expectClean();
    });

    it.each([
      ['light, wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
      ['dark, narrow', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' }],
    ] as const)('has nothing that axe-core finds serious, and nothing beside the screen: %s', async (_, options) => {
      await openLab();
      await (await connect()).comeUp('ipctest2');
      (await connect()).write(encode('RegisterReqMessage', aRegister('SEP005056A1033D', { deviceType: 115 }), 0));
      const page = await open('', options);
      await page.getByText('1 of 2 registered').waitFor();
      for (const hash of ['fleet', 'device/ipctest2', 'device/SEP005056A1033D', 'strangers', 'leases', 'log']) {
        await page.goto(lab.url(`/#/${hash}`));
        await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
        await page.waitForLoadState('networkidle').catch(() => {});
        expect([hash, await seriousFaults(page)]).toEqual([hash, []]);
        const widths =
          "['html', 'main'].map((name) => document.querySelector(name)).map((box) => box.scrollWidth - box.clientWidth)";
        expect([hash, await page.evaluate(widths)]).toEqual([hash, [0, 0]]);
      }
      await expectClean();
    });
  });
});
