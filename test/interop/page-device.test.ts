// The view of a device in a real browser, against a daemon with simulated phones.

import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLab } from '../../src/lab.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { CallingSccpPhone } from '../support/calling-phones.js';
import { eventually, SERVICES, TestDaemon } from '../support/daemon.js';
import { KEEPALIVE, SccpPhone } from '../support/sccp-phone.js';
import { HAS_BROWSER, openBrowser, seriousFaults, type WatchedPage, watchPage } from './support/browser.js';
import { expectCleanPage } from './support/clean-page.js';

const TOKEN = 'a-token-of-this-test';
const HOSTILE = '<img src=x onerror="window.hacked=1">\u202E\u0000';
const SHOWN = '<img src=x onerror="window.hacked=1">\\u{202E}\\u{0}';

const LAB = `
devices:
  - name: SEP000000000001
    model: CIPC
    protocol: SCCP
    lines: [{ dn: "5001", label: Reception }, "5011"]
    speedDials: [{ number: "5002", label: Boss, busyLampField: true }, { number: "999", label: Taxi }]
    serviceUrls: [{ name: News, url: "http://news.example/" }]
  - { name: SEP000000000002, model: CIPC, protocol: SCCP, lines: ["5002"] }
`;
const CAPTURED = 'capture: { devices: all }';

describe.runIf(HAS_BROWSER)('a device in Chromium', () => {
  let browser: Browser;
  let lab: TestDaemon;
  let watched: WatchedPage;
  const phones: { close(): unknown }[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const phone of phones.splice(0)) phone.close();
    await watched.page.context().close();
    await lab.remove();
  });

  const openLab = async (more = '', services = SERVICES): Promise<void> => {
    lab = new TestDaemon();
    lab.configure(`${more}\n${LAB}`, services);
    await lab.start();
  };
  const open = async (name = 'SEP000000000001', options: Parameters<typeof watchPage>[2] = {}): Promise<Page> => {
    watched = await watchPage(browser, lab.url(`/#/device/${encodeURIComponent(name)}`), options);
    await watched.page.getByRole('heading', { level: 1 }).waitFor();
    return watched.page;
  };
  const connect = async (): Promise<SccpPhone> => {
    const phone = await SccpPhone.connect(lab.endpoint('SCCP').port);
    phones.push({ close: () => phone.socket.destroy() });
    return phone;
  };
  const comeUp = async (name = 'SEP000000000001'): Promise<SccpPhone> => {
    const phone = await connect();
    await phone.comeUp(name);
    return phone;
  };
  const expectClean = (): Promise<void> => expectCleanPage(watched);

  const ladder = (page: Page): Locator => page.getByRole('list', { name: /^What happened/ });
  const openStep = async (page: Page, text: RegExp): Promise<Locator> => {
    const step = ladder(page).locator('> li', { hasText: text }).last();
    await step.locator('> details > summary').click();
    return step;
  };

  it('opens a step with the decoded messages that led to it', async () => {
    await openLab(CAPTURED);
    await comeUp();
    const page = await open();
    const step = await openStep(page, /^.*registered over SCCP/);
    const messages = step.getByRole('list', { name: 'Messages' });
    await messages.getByText(/CapabilitiesResMessage/).waitFor();
    await messages.getByText(/CapabilitiesResMessage/).click();
    await messages.locator('pre', { hasText: /^capCount: \d/ }).waitFor();
    expect(await messages.getByText('from the phone').count()).toBeGreaterThan(0);
    const asked = await openStep(page, /asks over SCCP/);
    await asked.getByText(/RegisterReqMessage.*SEP000000000001/).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await expectClean();
  });

  it('says which line keeps messages, and captures while it is looked at', async () => {
    await openLab();
    await comeUp();
    const page = await open();
    const step = await openStep(page, /registered over SCCP/);
    await step.getByText('capture: { devices: ["SEP000000000001"] }').waitFor();
    await page.getByText('no pcap: its packets are not kept').waitFor();
    await step.getByRole('button', { name: 'capture while I look' }).click();
    await page.getByRole('link', { name: 'its packets (pcap)' }).waitFor();
    const phone = await comeUp();
    phone.write(KEEPALIVE);
    const live = page.getByRole('list', { name: /^Messages as they come/ });
    await live.getByText('KeepAliveAckMessage').first().waitFor();
    await ladder(page).getByText('registered again elsewhere').first().waitFor();
    await (await openStep(page, /asks over SCCP/)).getByText(/RegisterReqMessage/).waitFor();
    await page.getByRole('button', { name: 'follow its messages' }).click();
    await page.getByText('no pcap: its packets are not kept').waitFor();
    await expectClean();
  });

  it('shows the intervals of keepalives as dots, and says the same in words', async () => {
    await openLab();
    const phone = await comeUp();
    const page = await open();
    await page.getByText('Two must come before an interval is seen').waitFor();
    for (const count of [1, 2, 3]) {
      phone.write(KEEPALIVE);
      await eventually(() =>
        expect(lab.daemon.database.byName('SEP000000000001')?.registration?.keepAlives).toBe(count),
      );
    }
    await page
      .getByText(/^2 intervals: 0\.\d s on average, 30\.0 s expected at most; jitter \d+ ms; .*none late\.$/)
      .waitFor();
    expect(await page.locator('figure circle').count()).toBe(2);
    expect(await page.locator('figure svg').getAttribute('aria-hidden')).toBe('true');
    await expectClean();
  });

  it('shows the keys with their labels and states, and the calls', async () => {
    await openLab();
    const { port } = lab.endpoint('SCCP');
    const [caller, boss] = [
      await CallingSccpPhone.register(port, 'SEP000000000001'),
      await CallingSccpPhone.register(port, 'SEP000000000002', 20_002),
    ];
    phones.push(caller, boss);
    const page = await open();
    const keys = page.getByRole('list', { name: 'Keys of the phone' });
    await keys.getByText('Reception').waitFor();
    const texts = async (): Promise<readonly string[]> => await keys.getByRole('listitem').allTextContents();
    await eventually(async () =>
      expect(await texts()).toEqual([
        'Receptionline · 5001 · idle',
        '5011line · idle',
        'Bossspeed-dial · 5002 · idle',
        'Taxispeed-dial · 999',
        'Newsservice · http://news.example/',
      ]),
    );
    caller.call('5002');
    await keys.getByText('speed-dial · 5002 · ring-in').waitFor();
    await page.getByRole('link', { name: 'SEP000000000002' }).waitFor();
    boss.lift();
    await keys.getByText('line · 5001 · connected').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await expectClean();
  });

  it('shows files, loads, reports and the configuration with its places', async () => {
    await openLab();
    const page = await open();
    await fetch(lab.url('/SEP000000000001.cnf.xml', 'HTTP'));
    await page.getByRole('cell', { name: 'SEP000000000001.cnf.xml' }).waitFor();
    await page.getByText(/^\d\d:\d\d:\d\d over HTTP$/).waitFor();
    const row = page.getByRole('row', { name: /lines\.0\.label/ });
    expect(await row.textContent()).toMatch(/Reception.*lab\.yaml:\d+$/);
    await page
      .getByRole('row', { name: /protocol|group Default phones\.defaultGroup/ })
      .first()
      .waitFor();
    const at = lab.daemon.database.byName('SEP000000000001')?.namedAt ?? 0;
    lab.daemon.bus.publish({
      ...{ type: 'device.reported', at: at as never, device: 'SEP000000000001' as never },
      facts: { alarm: HOSTILE, [HOSTILE]: 'x' },
    });
    await page.getByText(SHOWN).first().waitFor();
    await expectClean();
  });

  it('waits for a status, and says what is so meanwhile', async () => {
    await openLab();
    const page = await open();
    await page.getByRole('button', { name: 'wait', exact: true }).click();
    await page.getByText(/^waits for Registered; it is Unknown/).waitFor();
    const phone = await comeUp();
    await page.getByText(/^Registered, after \d+\.\d s$/).waitFor();
    await page.getByLabel('wait until').selectOption('UnRegistered');
    await page.getByRole('button', { name: 'wait', exact: true }).click();
    phone.socket.destroy();
    await page.getByText(/^UnRegistered, after/).waitFor();
    await page.getByLabel('wait until').selectOption('Rejected');
    await page.getByRole('button', { name: 'wait', exact: true }).click();
    await page.getByRole('button', { name: 'stop waiting' }).click();
    await page.getByRole('button', { name: 'wait', exact: true }).waitFor();
    await expectClean();
  });

  it('gives its file and its packets to who has the token, and to nobody else', async () => {
    await openLab(CAPTURED, SERVICES.replace('api: { port: 0 }', `api: { port: 0, token: ${TOKEN} }`));
    await comeUp();
    const page = await open();
    const field = page.getByLabel(/^Token/);
    await field.waitFor();
    expect(await page.getByRole('link', { name: /^its/ }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'follow its messages' }).count()).toBe(0);
    await field.fill(TOKEN);
    await field.press('Enter');
    const download = async (name: string): Promise<Buffer> => {
      const coming = page.waitForEvent('download');
      await page.getByRole('link', { name }).click();
      const found = await coming;
      return readFileSync(await found.path());
    };
    expect((await download('its file (cnf.xml)')).toString()).toContain('</device>');
    expect((await download('its packets (pcap)')).readUInt32BE(0)).toBe(0x0a0d0d0a);
    await expectClean();
  });

  it('stands still while it is paused, and then shows what is so', async () => {
    await openLab();
    const page = await open();
    await page.getByText('Cisco IP Communicator · SCCP · Unknown').waitFor();
    await page.keyboard.press('p');
    await page.getByText('paused').waitFor();
    await comeUp();
    await page.getByText('1 of 2 registered').waitFor();
    await page.getByText('Cisco IP Communicator · SCCP · Unknown').waitFor();
    await page.keyboard.press('p');
    await page.getByText('Cisco IP Communicator · SCCP · Registered').waitFor();
    await expectClean();
  });

  it('says that the connection is cut, and shows what is so when it is back', async () => {
    await openLab();
    const { port } = lab.endpoint('API');
    const page = await open();
    await page.getByText('Cisco IP Communicator · SCCP · Unknown').waitFor();
    await lab.stop();
    await page.getByText('labcm does not answer').waitFor();
    await lab.start([`http.api.port=${port}`]);
    await comeUp();
    await page.getByText('Cisco IP Communicator · SCCP · Registered').waitFor();
    expect(await page.getByText('labcm does not answer').count()).toBe(0);
    watched.complaints.splice(0); // the refused connections that the browser tells of
    await expectClean();
  });

  it('reads nothing again and again: what it shows comes over one stream', async () => {
    await openLab();
    const page = await open();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await page.getByText('Cisco IP Communicator · SCCP · Unknown').waitFor();
    const phone = await comeUp();
    await page.getByText('Cisco IP Communicator · SCCP · Registered').waitFor();
    phone.socket.destroy();
    await page.getByText('Cisco IP Communicator · SCCP · UnRegistered').waitFor();
    expect(requests.filter((path) => path.startsWith('/api/devices'))).toEqual([]);
    await expectClean();
  });

  it('shows messages of hostile phones as text', async () => {
    await openLab(CAPTURED);
    const phone = await comeUp();
    phone.write(encode('AlarmMessage', { alarmSeverity: 2, text: HOSTILE, parm1: 0, parm2: 0 } as never, 20));
    const page = await open();
    const step = await openStep(page, /told/);
    await step
      .getByText(/AlarmMessage/)
      .first()
      .click();
    await step.locator('pre', { hasText: '<img src=x onerror="window.hacked=1">' }).first().waitFor();
    await expectClean();
  });

  it('shows the boot of simulated phones over DHCP, files, SCCP and SIP', async () => {
    const boots = await startLab({
      dhcp: { enabled: true },
      capture: { devices: 'all' },
      devices: [
        { name: 'SEP001122334455', model: '7962', protocol: 'SCCP', lines: ['5001'] },
        {
          ...{ name: 'SEP001122334466', model: '7975', protocol: 'SIP', lines: ['5002'] },
          digest: { user: 'lab', password: 'a-secret' },
        },
      ],
    });
    lab = new TestDaemon(); // nothing to stop
    try {
      for (const [name, registered] of [
        ['SEP001122334455', /RegisterReqMessage/],
        ['SEP001122334466', /REGISTER sip:/],
      ] as const) {
        await boots.phone({ name }).registered();
        watched = await watchPage(browser, boots.url(`/#/device/${name}`));
        const { page } = watched;
        const steps = ladder(page);
        await steps
          .getByText(/registered over/)
          .first()
          .waitFor();
        const messagesOf = async (lane: string, step: RegExp): Promise<string> => {
          const row = steps.locator(`> .lane-${lane}`, { hasText: step }).last();
          await row.locator('> details > summary').click();
          const list = row.getByRole('list', { name: 'Messages' });
          await list.waitFor();
          for (const one of await list.locator('summary').all()) await one.click();
          return (await list.textContent()) ?? '';
        };
        const leased = await messagesOf('DHCP', /got|leased|lease/);
        for (const kind of ['DISCOVER', 'OFFER', 'REQUEST', 'ACK']) expect(leased).toContain(kind);
        expect(await messagesOf('files', /fetched SEP/)).toMatch(/cnf\.xml/);
        const protocol = registered.source.startsWith('REGISTER') ? 'SIP' : 'SCCP';
        const asked = await messagesOf(protocol, /asks over/);
        expect(asked).toMatch(registered);
        if (protocol === 'SIP') {
          expect(asked).toContain('401 Unauthorized');
          expect(asked).toMatch(/response="x{32}"/);
        }
        await expectClean();
        if (protocol === 'SCCP') await page.context().close();
      }
    } finally {
      await boots.stop();
    }
  });

  it.each([
    ['light, wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
    ['dark, narrow', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' }],
  ] as const)('with everything open has nothing that axe-core finds serious, and fits: %s', async (_, options) => {
    await openLab(CAPTURED);
    const phone = await comeUp();
    const page = await open('SEP000000000001', options);
    await page.getByRole('button', { name: 'follow its messages' }).click();
    const live = page.getByRole('list', { name: /^Messages as they come/ }).getByRole('listitem');
    await eventually(async () => {
      phone.write(KEEPALIVE); // until the stream is there
      await live.first().waitFor({ timeout: 500 });
    });
    for (const _ of [1, 2]) phone.write(KEEPALIVE);
    await page.getByText(/^\d+ intervals/).waitFor();
    const step = await openStep(page, /registered over SCCP/);
    await step.getByText(/CapabilitiesResMessage/).click();
    await page.getByRole('button', { name: 'wait', exact: true }).click();
    expect(await seriousFaults(page)).toEqual([]);
    const widths =
      "['html', 'main'].map((name) => document.querySelector(name)).map((box) => box.scrollWidth - box.clientWidth)";
    expect(await page.evaluate(widths)).toEqual([0, 0]);
    await expectClean();
  });
});
