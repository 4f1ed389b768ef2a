// What the pages cost in a real browser: the first view, and a long recording that is opened, panned and zoomed.
//
//   npm run build && npm run bench:pages -- [FILE [EVENTS]]
//
// FILE is a recording (fixtures/traces/stock-thp.dat); it is repeated to EVENTS records (4,000,000). Needs Chromium
// (or CHROMIUM=PATH), trace-cmd and GNU time. Frames are counted by requestAnimationFrame in the page.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startSite } from '../src/web/server/site-server.ts';
import { longTrace } from './long-trace.ts';
import { packageRoot } from './package-root.ts';

const EVENTS = 4_000_000;
const PATIENCE = 400_000;
/** Of the mouse or its wheel, for one figure. */
const MOVES = 200;
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-quic'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const root = packageRoot();
const [file = join(root, 'fixtures/traces/stock-thp.dat'), events = EVENTS] = process.argv.slice(2);
const executablePath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));
if (executablePath === undefined) throw new Error('no Chromium found: set CHROMIUM');

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-'));
const site = await startSite({ root: join(root, 'dist/site'), port: 0 });
const browser = await chromium.launch({ executablePath, args: flags });
try {
  await firstView(browser);
  await recording(browser, await longTrace(resolve(file), Number(events), folder));
} finally {
  await browser.close();
  await site.close();
  rmSync(folder, { recursive: true });
}

async function firstView(browser: Browser): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let n = 0; n < 5; n++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(request.url()));
    await page.addInitScript(
      "new MutationObserver((_, me) => { if (document.querySelector('.hazards a') === null) return; me.disconnect(); requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.interactive = String(performance.now()); })); }).observe(document, { childList: true, subtree: true })",
    );
    await page.goto(site.url);
    await page.waitForSelector('html[data-interactive]');
    times.push(Number(await page.getAttribute('html', 'data-interactive')));
    await page.waitForLoadState('networkidle');
    await context.close();
    bytes = 0;
    for (const url of asked) {
      bytes += gzipSync(await (await fetch(url)).arrayBuffer()).length;
    }
  }
  print('first view, gzip', `${(bytes / 1000).toFixed(0)} kB`);
  print('board there and answering', `${middle(times).toFixed(0)} ms (${spread(times)})`);
}

async function recording(
  browser: Browser,
  long: { readonly path: string; readonly records: number },
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${site.url}#/trace`);
  await page.setInputFiles('input[type=file]', long.path);
  const start = Date.now();
  await page.waitForSelector('.trace-canvas');
  print(`${long.records.toLocaleString('en')} records, picture`, seconds(start));
  print('shown', await page.locator('.facts').innerText());
  print('frames while it is judged', await frames(page, () => drag(page)));
  await page.waitForSelector('section[aria-label=Verdict]');
  print('verdict', seconds(start));
  await page.waitForTimeout(1000);
  for (let n = 0; n < 2; n++) print('overview', await frames(page, () => scrub(page)));
  print('zoom in', await frames(page, () => wheel(page, -40)));
  print('pan', await frames(page, () => drag(page)));
  print('zoom out', await frames(page, () => wheel(page, 40)));
  await page.click('button:has-text("all")');
  print('pan at a quarter', await frames(page, () => quarter(page)));
  print('peak memory of the page and its workers', `${peakMegabytes().toFixed(0)} MB`);
  await page.close();
}

/** Frames a second, and how long frames were, while something is done. */
async function frames(page: Page, act: () => Promise<void>): Promise<string> {
  await page.evaluate(
    '(() => { const seen = (window.frameTimes = []); const note = (at) => { seen.push(at); if (window.frameTimes === seen) requestAnimationFrame(note); }; requestAnimationFrame(note); })()',
  );
  await act();
  const seen = (await page.evaluate(
    '(() => { const seen = window.frameTimes; window.frameTimes = undefined; return seen; })()',
  )) as number[];
  const gaps = seen.slice(1).map((at, i) => at - (seen[i] as number));
  const rate = (gaps.length / ((seen.at(-1) ?? 0) - (seen[0] ?? 0))) * 1000;
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  return `${rate.toFixed(1)} frames/s; ms: median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)}`;
}

async function drag(page: Page): Promise<void> {
  await page.mouse.move(1500, 260);
  await page.mouse.down();
  for (let i = 0; i < MOVES; i++) await page.mouse.move(1500 - i * 6, 260);
  await page.mouse.up();
}

/** Drags the window through the overview. */
async function scrub(page: Page): Promise<void> {
  await page.mouse.move(200, 190);
  await page.mouse.wheel(0, 0);
  await page.mouse.down();
  for (let i = 0; i < MOVES; i++) await page.mouse.move(200 + i * 7, 190);
  await page.mouse.up();
}

async function wheel(page: Page, by: number): Promise<void> {
  await page.mouse.move(900, 260);
  for (let i = 0; i < MOVES; i++) await page.mouse.wheel(0, by);
}

async function quarter(page: Page): Promise<void> {
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await drag(page);
}

/** The highest resident set of any process that shows a page, as Linux counts it. */
function peakMegabytes(): number {
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((id) => {
      try {
        if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
        const status = readFileSync(`/proc/${id}/status`, 'utf8');
        return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      } catch {
        return 0;
      }
    });
  return Math.max(0, ...peaks);
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(42)} ${figure}\n`);
}
