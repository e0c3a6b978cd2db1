// `npm run pictures`: makes the pictures of the page in `docs/`, with a lab of simulated phones and a headless Chromium.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { HistoryJson } from '../src/http/api/history-shapes.js';
import { startLab } from '../src/lab.js';
import { HAS_BROWSER, openBrowser, watchPage } from './interop/support/browser.js';

const SIZE = { width: 1200, height: 570 };
const MODELS = ['7962', '7970', '7942', '7975'];
const FLEET = 400;
/** Of the history, five seconds each. */
const SAMPLES = 15;
/** What is wrong in this lab: some phones are configured as another model, some have never come. */
const [MISTAKEN, AWAY] = [7, 23];

const nameOf = (index: number): string =>
  `SEP${(0x00_1b_54_00_00_00 + index * 4_099).toString(16).toUpperCase().padStart(12, '0')}`;

const devices = Array.from({ length: FLEET }, (_, index) => ({
  name: nameOf(index),
  model: MODELS[index % MODELS.length] ?? '7962',
  protocol: index % 3 === 0 ? 'SIP' : 'SCCP',
  lines: [{ dn: String(2_000 + index) }],
}));

const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (!HAS_BROWSER) {
  process.stderr.write('there is no /usr/bin/chromium: `bash .ci/install-programs.sh` installs it\n');
  process.exit(1);
}
// From a file, so that the remedy can name its line.
const folder = mkdtempSync(join(tmpdir(), 'lab-'));
const file = join(folder, 'labcm.yaml');
writeFileSync(
  file,
  `capture: { devices: all }\ndevices:\n${devices.map((device) => `  - ${JSON.stringify(device)}\n`).join('')}`,
);
const lab = await startLab(file);
const browser = await openBrowser();
try {
  const names = devices.map((_, index) => nameOf(index));
  const present = names.filter((_, index) => index % AWAY !== 4);
  const mistaken = present.filter((_, index) => index % MISTAKEN === 3 && index < 60);
  for (const name of present) lab.phone({ name, ...(mistaken.includes(name) ? { model: '7941' } : {}) });
  lab.phone({ name: 'SEP001B54AABBCC', model: '7962' });
  for (const name of present.filter((one) => !mistaken.includes(one))) await lab.registered(name, { within: '60s' });
  const [first = ''] = mistaken;
  const take = async (
    hash: string,
    file: string,
    until: string | RegExp,
    options: { readonly isReady?: () => Promise<boolean>; readonly act?: (page: Page) => Promise<void> } = {},
  ): Promise<void> => {
    const { isReady = async () => true, act = async () => {} } = options;
    while (!(await isReady())) await new Promise((soon) => setTimeout(soon, 1_000));
    const { page } = await watchPage(browser, lab.url(`/${hash}`), { viewport: SIZE, reducedMotion: 'reduce' });
    await page.getByText(until).first().waitFor();
    await act(page);
    await page.screenshot({ path: file });
    await page.context().close();
    say(`${file}: ${Math.ceil(statSync(file).size / 1024)} KiB`);
  };
  await take('#/fleet', 'docs/fleet.png', /another model|says? that it is/);
  await take(`#/device/${first}`, 'docs/device.png', /says? that it is/, {
    act: async (page) => {
      await page.setViewportSize({ ...SIZE, height: 840 });
      const rejected = page.getByRole('list', { name: /^What happened/ }).getByText(/was rejected over/);
      await rejected.last().click();
      await page.getByRole('list', { name: 'Messages' }).getByRole('listitem').first().waitFor();
    },
  });
  // Charts of a minute or so.
  await take('#/charts', 'docs/charts.png', 'Devices by status', {
    isReady: async () => {
      const { samples } = (await (await fetch(lab.url('/api/history'))).json()) as HistoryJson;
      return samples.length >= SAMPLES;
    },
  });
} finally {
  await browser.close();
  await lab.stop();
  rmSync(folder, { recursive: true });
}
