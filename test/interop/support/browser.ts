// A headless Chromium in front of the page, and what it notices: messages of the console, reports of the policy, requests.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** `false`: there is no Chromium here; `.ci/install-programs.sh` installs it. */
export const HAS_BROWSER = existsSync(CHROMIUM);

/** Without a sandbox, which root in a container cannot have; the page is our own. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

/** A page with what was noticed of it. */
export interface WatchedPage {
  readonly page: Page;
  /** Messages of the console, errors, and reports of the policy. */
  readonly complaints: string[];
  /** Addresses of requests that left the origin. */
  readonly strangeRequests: string[];
}

/** Opens the page at `url`. */
export const watchPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangeRequests: string[] = [];
  const { origin } = new URL(url);
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      strangeRequests.push(request.url());
  });
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    (window.reports ??= []).push(event.violatedDirective + ' ' + event.blockedURI);
  });`);
  await page.goto(url);
  return { page, complaints, strangeRequests };
};

/** How much wider than its box the page is: 0 and 0 where nothing stands beside the screen. */
export const excessWidths = (page: Page): Promise<unknown> =>
  page.evaluate(
    "['html', 'main'].map((name) => document.querySelector(name)).map((box) => box.scrollWidth - box.clientWidth)",
  );

/**
 * What was noticed that must not be: messages of the console, requests to others, reports of the policy, and elements that
 * only a phone's text could have brought. Empty: nothing.
 */
export const impurities = async ({ page, complaints, strangeRequests }: WatchedPage): Promise<readonly string[]> => [
  ...complaints,
  ...strangeRequests,
  ...((await page.evaluate(`[
    ...(window.reports ?? []),
    ...(window.hacked === undefined ? [] : ['hacked']),
    ...[...document.querySelectorAll('img, iframe, object, embed, body script, style')].map((element) => element.outerHTML),
  ]`)) as string[]),
];

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that is serious or critical, as `rule: elements`. */
export const seriousFaults = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations", "passes"] })')) as {
    readonly passes: readonly unknown[];
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  };
  if (found.passes.length === 0) throw new Error('axe-core looked at nothing');
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
};
