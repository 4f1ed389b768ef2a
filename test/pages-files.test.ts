// The pages that show files: recordings, runs of the lab, campaigns; in a real browser.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../src/campaign/log-store.ts';
import type { Store } from '../src/campaign/store.ts';
import { foundBrowser, PATIENCE, type PageDriver, root, startPages } from './page-driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-pages-'));
const database = join(folder, 'mine.campaigns');

const known = (key: string, outcome: object) => ({
  result: {
    ...{ key, subject: `of ${key}`, bounds: { states: 2000 } },
    outcome: outcome as { verdict: 'holds'; states: number; depth: number },
  },
  blobs: [],
  cost: { seconds: 1, memory: 1, worker: 'local' },
});
/** What the search finds in this cell; whether it does is shown by the story that opens. */
const broken = {
  ...{ verdict: 'violated', what: 'leak', steps: 15, states: 308, rules: [] },
  ...{ schedule: 'H1S0-9S2=1--S1', story: 'none' },
};

function begun(): Store {
  const store = openStore(database);
  const spec = { schema: 'lufcheck.campaign/1', name: 'mine', cells: [] } as const;
  store.begin({ id: 'mine', spec, folder, program: 'p', begun: '2026-11-23T00:00:00.000Z' });
  const of = (name: string, more: object = {}) =>
    ({ cell: { kind: 'model', of: 'situation', name, ...more }, group: 0 }) as const;
  store.list('mine', [
    of('LUF-buddy:broken', { design: 'mainline', without: ['try_to_unmap_flush'] }),
    of('LUF-buddy:broken', { design: 'luf-v12' }),
    of('LUF-buddy:broken', { design: 'strict' }),
  ]);
  store.state('mine', 'running');
  return store;
}

describe.skipIf(foundBrowser === undefined)('files in the pages', () => {
  let site: PageDriver;
  let store: Store;

  beforeAll(async () => {
    store = begun();
    site = await startPages(47827, [database, resolve(root, 'fixtures/traces/noflush.dat')]);
  }, PATIENCE);
  afterAll(async () => {
    await site?.close();
    store?.close();
    rmSync(folder, { recursive: true });
  });

  test('the lab: how to get a run, a run that is dropped, and what is none', {
    timeout: 90_000,
  }, async () => {
    await site.open('#/lab');
    await site.page.waitForSelector('table.lab >> text=prep_new_page');
    await site.page.click('summary:has-text("make a run of your own")');
    await site.page.waitForSelector('text=npx lufcheck lab run');
    expect(await site.accessibility()).toEqual([]);
    const row = {
      ...{ id: 'stock', complete: true, rounds: 6, reached: 4, wrongRounds: 0, staleReads: 0 },
      ...{ seenBy: [], programs: 'nothing', rules: 'nothing', firing: [], model: 'nothing' },
      ...{ deferred: 0, flushes: 0, interrupts: 200, failures: [], agree: true, because: '' },
    };
    const hostile = '<img src=x onerror=alert(1)>';
    const run = {
      ...{ schema: 'lufcheck.lab-run/1', date: '2026-11-23T08:32:13.969Z', release: hostile },
      ...{ design: 'luf-v12', cpus: 2, accel: 'tcg', rounds: 3, programs: ['alias'] },
      ...{ warnings: [hostile], failures: [], unloaded: true, complete: true },
      rows: [row, { ...row, id: 'less-a', removed: 'handle_mm_fault', interrupts: 20 }],
    };
    const drop = (value: object): Promise<void> =>
      site.page.setInputFiles('input[type=file]', {
        ...{ name: `${hostile}.json`, mimeType: 'application/json' },
        buffer: Buffer.from(JSON.stringify(value)),
      });
    await drop(run);
    await site.page.waitForSelector('.bars td:has-text("-90 %")');
    expect(await site.page.locator('main img').count()).toBe(0);
    expect(await site.accessibility()).toEqual([]);
    await drop({ ...run, rows: [{}] });
    await site.page.waitForSelector('[role=alert]:has-text("rows[0].id")');
    const soak = {
      ...{ ...run, schema: 'lufcheck.lab-soak/1', seconds: 600, passes: 2, tried: 9, reached: 7 },
      ...{ wrongRounds: 0, staleReads: 0, reads: 12345, wrongIn: [], kills: 1, reloads: 3 },
    };
    await drop(soak);
    await site.page.waitForSelector('text=No wrong read in 12,345.');
    const call = {
      file: 'a.dat',
      task: hostile,
      cpu: 1,
      from: '1.5',
      before: ['x'],
      allowed: ['y'],
    };
    const path = { path: 'try_to_unmap_one', occurrences: 3, matched: 2, unmatched: 1 };
    await drop({
      ...{ schema: 'lufcheck.conform/1', design: 'mainline', neverSeen: [hostile] },
      files: [{ file: 'a.dat', records: 30 }],
      paths: [{ ...path, differences: [{ ...call, mayReturn: true, count: 1 }] }],
    });
    await site.page.waitForSelector('.tag.violated:has-text("1 path")');
    expect(await site.page.locator('main img').count()).toBe(0);
    expect(await site.accessibility()).toEqual([]);
    await drop({ schema: 'lufcheck.matrix/1' });
    await site.page.waitForSelector('[role=alert]:has-text("is lufcheck.matrix/1")');
    expect(site.said).toEqual([]);
  });

  test('a dropped recording is judged, its violation told; a malformed one is refused', {
    timeout: 90_000,
  }, async () => {
    await site.open('#/trace');
    await site.page.setInputFiles('input[type=file]', resolve(root, 'fixtures/traces/noflush.dat'));
    await site.page.click('button:has-text("frame-reused-before-flush") >> nth=0');
    await site.page.waitForSelector('.trace-story li.bad');
    await site.page.fill('.trace-tools input', 'kind:tlb.flush');
    await site.page.locator('.event .kind').first().waitFor();
    const kinds = await site.page.locator('.event .kind').allInnerTexts();
    expect(new Set(kinds)).toEqual(new Set(['tlb.flush']));
    expect(await site.accessibility()).toEqual([]);
    const name = '<img src=x onerror=alert(1)>.dat';
    await site.page.setInputFiles('input[type=file]', {
      ...{ name, mimeType: 'application/octet-stream' },
      buffer: Buffer.from('no trace at all'),
    });
    await site.page.waitForSelector('[role=alert]');
    expect(await site.page.locator('h1').innerText()).toBe(name);
    expect(await site.page.locator('h1 img').count()).toBe(0);
    expect(site.said).toEqual([]);
  });

  test('a link to a part of a recording shows that part; what if is a chart', {
    timeout: 90_000,
  }, async () => {
    const { page } = site;
    await site.open('#/trace?recording=0');
    await page.click('button:has-text("frame-reused-before-flush") >> nth=0');
    await page.fill('.trace-tools input', 'cpu:1');
    await page.waitForURL((to) => /from=\d+\.\d+&to=.*filter=cpu%3A1&violation=\d+/.test(to.hash));
    const shown = await page.locator('.trace-tools >> text=shown:').innerText();
    expect(shown).not.toContain(' s');
    const link = page.url().slice(site.url.length);
    await site.open(link);
    await page.waitForSelector('.trace-story li.bad');
    expect(await page.locator('.trace-tools >> text=shown:').innerText()).toBe(shown);
    expect(await page.locator('.trace-tools input').inputValue()).toBe('cpu:1');
    const cpus = await page.locator('.event span:nth-child(2)').allInnerTexts();
    expect(new Set(cpus)).toEqual(new Set(['1']));
    await page.keyboard.press('0');
    await page.waitForURL((to) => !to.hash.includes('from='));
    await page.click('button:has-text("Replay it under each design")');
    await page.locator('table.bars tbody tr').nth(2).waitFor();
    expect(await page.locator('table.bars th:has-text("luf-v12")').count()).toBe(1);
    expect(await site.accessibility()).toEqual([]);
    expect(site.said).toEqual([]);
  });

  test('records that were lost are a gap, and what could not be seen is unknown', {
    timeout: 90_000,
  }, async () => {
    const { page } = site;
    const lines = readFileSync(resolve(root, 'fixtures/traces/reclaim.txt'), 'utf8').split('\n');
    const middle = Math.floor(lines.length / 2);
    const cut = [...lines.slice(0, middle), 'CPU:1 [LOST 12 EVENTS]', ...lines.slice(middle)];
    await site.open('#/trace');
    await page.setInputFiles('input[type=file]', {
      ...{ name: 'cut.txt', mimeType: 'text/plain', buffer: Buffer.from(cut.join('\n')) },
    });
    await page.waitForSelector('.facts:has-text("1 gap")');
    await page.waitForSelector('section[aria-label=Verdict] .tag:not(.holds)');
    expect(page.url()).toContain('file=cut.txt');
    expect(site.said).toEqual([]);
  });

  test('a campaign is followed while it runs; what is wrong opens as its story', {
    timeout: 90_000,
  }, async () => {
    const { page } = site;
    await site.open('#/campaign?db=0');
    await page.waitForSelector('text=0 of 3 cells looked at as far as was asked');
    expect(await page.locator('.cells .tag:has-text("open")').count()).toBe(3);
    store.result('mine', 1, known('a', { verdict: 'holds', states: 900, depth: 30 }));
    await page.waitForSelector('.cells .tag.holds');
    store.result('mine', 0, known('b', broken));
    await page.waitForSelector('.cells .tag.violated:has-text("leak")');
    expect(await site.accessibility()).toEqual([]);
    await page.click('button:has-text("violated")');
    await page.waitForURL(/verdict=violated/);
    expect(await page.locator('.cells tbody tr').count()).toBe(1);
    await page.click('.cells a:has-text("LUF-buddy:broken mainline -try_to_unmap_flush")');
    await page.waitForSelector('h1:has-text("leak: frame handed out before the flush")');
    expect(page.url()).toContain('of=situation');
    expect(site.said).toEqual([]);
  });

  test('an export of a campaign opens from a file, against an earlier one; others are refused', {
    timeout: 90_000,
  }, async () => {
    const { page } = site;
    const hostile = '<img src=x onerror=alert(1)>';
    const line = (outcome: object): object => ({
      cell: { kind: 'model', of: 'variant', name: hostile },
      ...{ key: 'k', subject: 's', bounds: { states: 10 }, outcome },
    });
    const drop = (input: string, ...lines: object[]): Promise<void> =>
      page.setInputFiles(input, {
        ...{ name: `${hostile}.jsonl`, mimeType: 'application/json' },
        buffer: Buffer.from(lines.map((one) => JSON.stringify(one)).join('\n')),
      });
    const head = { schema: 'lufcheck.campaign-results/1', campaign: hostile };
    await site.open('#/campaign');
    const [first, against] = ['.drop > .row input[type=file]', '.against input[type=file]'];
    await drop(first, head, line({ verdict: 'bounded', bound: hostile, states: 9, depth: 2 }));
    await page.waitForSelector('.cells .tag.bounded');
    await drop(against, head, line({ verdict: 'holds', states: 99, depth: 4 }));
    await page.waitForSelector('.against td:has-text("less deep")');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await site.accessibility()).toEqual([]);
    await drop(first, head, line({ verdict: 'bounded' }));
    await page.waitForSelector('[role=alert]:has-text("line 2: outcome.bound")');
    expect(site.said).toEqual([]);
  });
});
