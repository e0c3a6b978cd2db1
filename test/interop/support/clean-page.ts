import { expect } from 'vitest';
import type { WatchedPage } from './browser.js';

/**
 * Nothing was said on the console, nothing was refused by the policy, nothing left the origin, and no element came in that the
 * page does not make.
 */
export const expectCleanPage = async ({ page, complaints, strangeRequests }: WatchedPage): Promise<void> => {
  expect(complaints).toEqual([]);
  expect(strangeRequests).toEqual([]);
  expect(
    await page.evaluate(`[
      window.reports ?? [],
      window.hacked ?? null,
      document.querySelectorAll('img, iframe, object, embed, body script, style').length,
    ]`),
  ).toEqual([[], null, 0]);
};
