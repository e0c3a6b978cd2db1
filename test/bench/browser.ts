// The page in a browser: the view of a fleet of forty thousand while phones make 5,000 events a second. When it is painted and
// usable, how long its frames take, and whether its memory grows. `npx tsx test/bench/browser.ts` runs it alone. Needs root,
// Chromium and the built program; `LABCM_BENCH_MINUTES` asks for a longer watch of its memory, such as 60.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from 'playwright-core';
import { openBrowser } from '../interop/support/browser.js';
import { churnPhones, churnRateFor, DEVICES, EVENTS_PER_SECOND, fleetDaemon, PORTS } from './fleet-daemon.js';
import { progress } from './progress.js';
import { fact, markdown, type Row, spread } from './table.js';

/** Of the watch of its memory, which follows the minute of frames. */
const MINUTES = Number(process.env.LABCM_BENCH_MINUTES ?? 2);
const OPENINGS = 3;
const FRAMES_FOR = 60_000; // milliseconds
const LOOK = 50; // milliseconds
const PATIENCE = 60_000; // milliseconds
const WEIGHED_EVERY = 10_000; // milliseconds
const SLOW_FRAME = 50; // milliseconds
const HOUR = 3_600_000; // milliseconds
/** A shorter watch says little of an hour. */
const LEAST_MINUTES = 10;
/** Part of the heap that may come in an hour. */
const MOST_GROWTH = 0.1;

/** Runs in the page, from before its first script on. */
const WATCH = `(() => {
  const seen = { usable: 0, frames: 0, slow: [], longTasks: [], isCounting: false };
  let last = 0;
  const frame = (now) => {
    if (seen.usable === 0 && document.body?.innerText.includes(' of ${DEVICES.toLocaleString('en-US')}')) seen.usable = now;
    if (seen.isCounting) {
      seen.frames += 1;
      if (now - last > ${SLOW_FRAME}) seen.slow.push(now - last);
    }
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    if (seen.isCounting) for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
  }).observe({ type: 'longtask' });
  window.watched = seen;
})();`;

/** Milliseconds after the page was asked for. */
interface Opening {
  readonly painted: number;
  readonly usable: number;
}

interface Frames {
  readonly frames: number;
  /** The lengths of those that were slow, in milliseconds. */
  readonly slow: readonly number[];
  readonly longTasks: readonly number[];
}

/** After garbage was collected. `at`: milliseconds since the watch began. */
interface Weight {
  readonly at: number;
  readonly mebibytes: number;
  readonly nodes: number;
}

const opened = async (page: Page): Promise<Opening> => {
  await page.goto(`http://127.0.0.1:${PORTS.api}/`);
  const usableAt = async (): Promise<number> => (await page.evaluate('window.watched.usable')) as number;
  for (const until = Date.now() + PATIENCE; (await usableAt()) === 0; await sleep(LOOK))
    if (Date.now() > until) throw new Error('the page shows no fleet');
  const painted = (await page.evaluate(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`,
  )) as number;
  return { painted, usable: await usableAt() };
};

const framesOf = async (page: Page): Promise<Frames> => {
  await page.evaluate('window.watched.isCounting = true');
  await sleep(FRAMES_FOR);
  await page.evaluate('window.watched.isCounting = false');
  return (await page.evaluate('window.watched')) as Frames;
};

const weightOf = async (session: CDPSession, since: number): Promise<Weight> => {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { at: performance.now() - since, mebibytes: of('JSHeapUsedSize') / 1_048_576, nodes: of('Nodes') };
};

/** The slope of the line that fits best, in MiB an hour. */
const growthOf = (weights: readonly Weight[]): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [at, mebibytes] = [mean(weights.map((one) => one.at)), mean(weights.map((one) => one.mebibytes))];
  const common = mean(weights.map((one) => (one.at - at) * (one.mebibytes - mebibytes)));
  return (common / mean(weights.map((one) => (one.at - at) ** 2))) * HOUR;
};

export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-bench-'));
  const daemon = await fleetDaemon(folder);
  const phones = await churnPhones();
  const browser = await openBrowser();
  try {
    const rate = await churnRateFor(phones, EVENTS_PER_SECOND);
    await phones.asked(String(rate));
    const openings: Opening[] = [];
    const newPage = async (): Promise<Page> => {
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
      await page.addInitScript(WATCH);
      openings.push(await opened(page));
      return page;
    };
    for (let opening = 1; opening < OPENINGS; opening += 1) await (await newPage()).context().close();
    const page = await newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    progress(`page: a minute of frames, ${rate} rows change in a second`);
    const frames = await framesOf(page);
    progress(`page: its memory for ${MINUTES} minutes`);
    const weights: Weight[] = [];
    const since = performance.now();
    do {
      weights.push(await weightOf(session, since));
      await sleep(WEIGHED_EVERY);
    } while (performance.now() - since < MINUTES * 60_000);
    weights.push(await weightOf(session, since));
    return rowsOf(openings, frames, weights, rate);
  } finally {
    await browser.close();
    await phones.close();
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const rowsOf = (
  openings: readonly Opening[],
  { frames, slow, longTasks }: Frames,
  weights: readonly Weight[],
  rate: number,
): Row[] => {
  const [first, last] = [weights[0], weights.at(-1)];
  const growth = growthOf(weights);
  const most = MOST_GROWTH * (first?.mebibytes ?? 0);
  const isLong = MINUTES >= LEAST_MINUTES;
  const longest = Math.max(0, ...slow);
  return [
    fact(
      `${DEVICES.toLocaleString('en-US')} devices, ${OPENINGS} openings: first paint`,
      `${spread(openings.map(({ painted }) => painted))} ms`,
    ),
    fact(
      `${DEVICES.toLocaleString('en-US')} devices, ${OPENINGS} openings: usable, every device read`,
      `${spread(openings.map(({ usable }) => usable))} ms`,
    ),
    fact(
      `${EVENTS_PER_SECOND.toLocaleString('en-US')} events a second, of which ${rate.toLocaleString('en-US')} messages change a row each: frames over ${SLOW_FRAME} ms in a minute`,
      `${slow.length} of ${frames.toLocaleString('en-US')}, the longest ${longest.toFixed(0)} ms; ${longTasks.length} long tasks`,
      'none',
      slow.length === 0,
    ),
    fact(
      `the same for ${MINUTES} minutes: heap of the page, ${weights.length} looks`,
      `from ${first?.mebibytes.toFixed(1)} to ${last?.mebibytes.toFixed(1)} MiB, ${growth.toFixed(1)} MiB an hour; ${first?.nodes} and ${last?.nodes} nodes`,
      isLong ? `≤ ${most.toFixed(1)} MiB an hour` : '',
      isLong ? growth <= most : undefined,
    ),
  ];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${markdown(await run())}\n`);
