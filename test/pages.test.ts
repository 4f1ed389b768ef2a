// The pages as a person meets them: in a real browser, from the built program's own server and from a plain file
// server. Without a browser these tests say so and are skipped; .ci/run installs one.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const found = [process.env.CHROMIUM ?? '', ...candidates].find(
  (path) => path !== '' && existsSync(path),
);
if (found === undefined) {
  process.stderr.write('no Chromium found (set CHROMIUM): the tests of the pages are skipped\n');
}
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const types: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' },
  ...{ '.json': 'application/json', '.svg': 'image/svg+xml' },
};
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** On a busy machine a browser is slow. */
const PATIENCE = 45_000;

describe.skipIf(found === undefined)('the pages in a browser', () => {
  let browser: Browser;
  let page: Page;
  let server: ChildProcess;
  let url = '';
  let said: string[] = [];

  beforeAll(async () => {
    // A lab of its own: what was run on this machine is not shown.
    server = spawn(
      process.execPath,
      [resolve(root, 'dist/cli/main.js'), 'serve', '--port', '47817'],
      { env: { ...process.env, XDG_CACHE_HOME: '/nonexistent' } },
    );
    url = await new Promise((done, failed) => {
      server.stdout?.on('data', (data) => done(/http\S+/.exec(String(data))?.[0] ?? ''));
      server.on('exit', () => failed(new Error('the server ended')));
    });
    browser = await chromium.launch({ executablePath: found as string, args: flags });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) {
        said.push(`asked for ${request.url()}`);
      }
    });
  }, PATIENCE);
  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGINT');
  });

  async function open(hash: string): Promise<void> {
    said = [];
    await page.goto('about:blank');
    await page.goto(`${url}${hash}`);
  }

  /** Serious trouble for people with other eyes or hands, as axe finds it, in both themes. */
  async function accessibility(): Promise<string[]> {
    // To look into a shadow root it adds style elements, which the page's policy refuses: not the page's doing.
    const before = [...said];
    await page.evaluate(axe);
    const problems: string[] = [];
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      const found = (await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0]?.html.slice(0, 160)))",
      )) as string[];
      problems.push(...found.map((one) => `${theme}: ${one}`));
    }
    // What the console says comes a little later than what was asked.
    await page.waitForTimeout(200);
    said = before;
    return problems;
  }

  test('the board: filter, and a click opens the story of a variant, explored here', {
    timeout: 90_000,
  }, async () => {
    await open('');
    await page.fill('input[type=search]', 'LUF-buddy');
    await page.locator('.hazards > li').first().waitFor();
    expect(await page.locator('.hazards > li').count()).toBeLessThan(10);
    expect(await accessibility()).toEqual([]);
    await page.click('.variants a[href="#/story/LUF-buddy:broken"]');
    await page.waitForSelector('h1:has-text("leak: frame handed out before the flush")');
    expect(page.url()).toContain('schedule=');
    expect(await page.locator('.seg-wrong').count()).toBeGreaterThan(1);
    expect(await accessibility()).toEqual([]);
    expect(said).toEqual([]);
  });

  test('a story by keyboard: back, another step, undo; the address has all of it', {
    timeout: 90_000,
  }, async () => {
    await open('#/story/LUF-buddy:broken?schedule=H1S0-15S2%3D1--S1');
    await page.waitForSelector('[aria-current=step]');
    await page.keyboard.press('Home');
    await page.waitForSelector('text=step 0 of 21');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('text=step 1 of 21');
    const others = page.locator('.choices button:not(.taken)');
    await others.first().waitFor();
    const number = await others.first().locator('.k').innerText();
    await page.keyboard.press(number);
    await page.waitForSelector('text=step 2 of 2');
    const left = page.url();
    expect(await page.locator('h1 .violated').count()).toBe(0);
    await page.keyboard.press('u');
    await page.waitForSelector('text=step 1 of 1');
    await open(left.slice(url.length));
    await page.waitForSelector('text=step 2 of 2');
    expect(said).toEqual([]);
  });

  test('how something can be reached, and two kernels side by side', {
    timeout: 90_000,
  }, async () => {
    await open('#/story/LUF-buddy:broken?at=0');
    await page.fill('input[placeholder*="slab alloc"]', 'leak');
    await page.click('form button:has-text("Find")');
    await page.click('button:has-text("Go")');
    await page.waitForSelector('h1:has-text("leak: frame handed out before the flush")');
    await page.selectOption('select', 'LUF-buddy:repaired');
    await page.locator('.besides .differs').first().waitFor();
    expect(await page.locator('.besides .diagram').count()).toBe(2);
    expect(await accessibility()).toEqual([]);
    expect(said).toEqual([]);
  });

  test('the workbench finds the bug that was just typed', { timeout: 90_000 }, async () => {
    await open('#/workbench');
    await page.locator('.cm-content').waitFor();
    const example = readFileSync(resolve(root, 'examples/hasty-munmap.ts'), 'utf8');
    // Mended, it always flushes: the load through an old translation is never reached. Then without.
    const mended = example.replace(
      'branch(l.gathered, [flush_tlb_mm_range(k, { mm, va })])',
      'flush_tlb_mm_range(k, { mm, va })',
    );
    expect(mended).not.toBe(example);
    for (const [text, verdict] of [
      [mended.replaceAll("expect: 'stale-permission'", "expect: 'holds'"), 'unreached'],
      [example, 'stale permission'],
    ] as const) {
      await page.locator('.cm-content').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(text);
      await page.click('button.main:has-text("Explore")');
      await page.locator(`.results .tag:has-text("${verdict}")`).nth(2).waitFor();
    }
    await page.click('.results button:has-text("luf-v11")');
    await page.waitForSelector('h1:has-text("stale permission after hasty_munmap()")');
    expect(await accessibility()).toEqual([]);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('export const a: = <img src=x onerror=alert(1)>;');
    await page.waitForSelector('[role=alert]:has-text("LUF-E001")');
    // Where coloured text is replaced, Chromium's own editing sets styles, and the policy refuses them.
    expect(said.filter((text) => !text.startsWith('Applying inline style'))).toEqual([]);
  });

  test('the workbench knows the types: a wrong call is marked, a name is offered and imported', {
    timeout: 90_000,
  }, async () => {
    await open('#/workbench');
    await page.waitForSelector('text=types: no error');
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText("import { path } from 'lufcheck';\npath(3);\n");
    await page.waitForSelector('.types:has-text("1 error") >> text=line 2:');
    expect(await page.locator('.cm-lintRange-error').innerText()).toMatch(/path|3/);
    expect(await accessibility()).toEqual([]);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText("import { path } from 'lufcheck';\n");
    await page.keyboard.type('ptep_ge');
    await page.waitForSelector('.cm-tooltip-autocomplete [aria-selected]:has-text("ptep_get_and")');
    // The editor takes no key for an answer to what has just appeared.
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.cm-line:has-text("import { path, ptep_get_and_clear }")');
    expect(said.filter((text) => !text.startsWith('Applying inline style'))).toEqual([]);
  });

  test('the lab: how to get a run, a run that is dropped, and what is none', {
    timeout: 90_000,
  }, async () => {
    await open('#/lab');
    await page.waitForSelector('text=npx lufcheck lab run');
    expect(await accessibility()).toEqual([]);
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
      page.setInputFiles('input[type=file]', {
        ...{ name: `${hostile}.json`, mimeType: 'application/json' },
        buffer: Buffer.from(JSON.stringify(value)),
      });
    await drop(run);
    await page.waitForSelector('.bars td:has-text("-90 %")');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await accessibility()).toEqual([]);
    await drop({ ...run, rows: [{}] });
    await page.waitForSelector('[role=alert]:has-text("rows[0].id")');
    expect(said).toEqual([]);
  });

  test('a dropped recording is judged, its violation told; a malformed one is refused', {
    timeout: 90_000,
  }, async () => {
    await open('#/trace');
    await page.setInputFiles('input[type=file]', resolve(root, 'fixtures/traces/noflush.dat'));
    await page.click('button:has-text("frame-reused-before-flush") >> nth=0');
    await page.waitForSelector('.trace-story li.bad');
    await page.fill('.trace-tools input', 'kind:tlb.flush');
    await page.locator('.event .kind').first().waitFor();
    const kinds = await page.locator('.event .kind').allInnerTexts();
    expect(new Set(kinds)).toEqual(new Set(['tlb.flush']));
    expect(await accessibility()).toEqual([]);
    const name = '<img src=x onerror=alert(1)>.dat';
    await page.setInputFiles('input[type=file]', {
      ...{ name, mimeType: 'application/octet-stream' },
      buffer: Buffer.from('no trace at all'),
    });
    await page.waitForSelector('[role=alert]');
    expect(await page.locator('h1').innerText()).toBe(name);
    expect(await page.locator('h1 img').count()).toBe(0);
    expect(said).toEqual([]);
  });

  test('the rules page and the other tables', { timeout: 90_000 }, async () => {
    await open('#/?by=designs&filter=LUF-buddy');
    await page.locator('.cell.violated, .cell.holds').first().waitFor();
    expect(await accessibility()).toEqual([]);
    await open('#/?by=points');
    await page.locator('table.points tbody tr').first().waitFor();
    expect(await accessibility()).toEqual([]);
    await open('#/rules');
    await page.locator('table.rules button').first().click();
    await page.waitForSelector('.examples');
    expect(await accessibility()).toEqual([]);
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    expect(await accessibility()).toEqual([]);
    expect(said).toEqual([]);
  });

  test('a plain file server, or none: the same pages, and nothing on the console', {
    timeout: 120_000,
  }, async () => {
    const site = resolve(root, 'dist/site');
    const plain = createServer((request, response) => {
      const path = resolve(site, `.${request.url === '/' ? '/index.html' : request.url}`);
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
      response.end(readFileSync(path));
    });
    await new Promise<void>((done) => {
      plain.listen(0, '127.0.0.1', done);
    });
    const { port } = plain.address() as AddressInfo;
    const ways = [`http://127.0.0.1:${port}/`, pathToFileURL(resolve(site, 'lufcheck.html')).href];
    const usual = url;
    try {
      for (const way of ways) {
        url = way;
        await open('#/story/LUF-buddy:broken');
        await page.waitForSelector('h1:has-text("leak: frame handed out before the flush")');
        expect(said).toEqual([]);
        await open('#/trace?recording=noflush');
        await page.waitForSelector('button:has-text("frame-reused-before-flush")');
        expect(said).toEqual([]);
        await open('#/workbench');
        await page.waitForSelector('text=types: no error');
        expect(said).toEqual([]);
        await open('#/?by=designs&filter=LUF-buddy');
        await page.locator('.cell.violated').first().waitFor();
        expect(said).toEqual([]);
      }
    } finally {
      url = usual;
      plain.close();
    }
  });

  test('axe finds what is wrong: a text without contrast', { timeout: 90_000 }, async () => {
    await open('#/trace');
    await page.waitForSelector('h1');
    await page.evaluate(
      "const text = document.createElement('p'); text.textContent = 'hardly seen'; text.style.color = '#cccccc'; text.style.backgroundColor = '#ffffff'; document.querySelector('main').append(text)",
    );
    expect((await accessibility()).join()).toContain('color-contrast');
  });
});

test('the first view is small', () => {
  const folder = resolve(root, 'dist/site');
  const first = readdirSync(resolve(folder, 'assets')).filter((name) =>
    /^(index|model-worker)-/.test(name),
  );
  expect(first.length).toBe(3);
  const bytes = first.map((name) => gzipSync(readFileSync(resolve(folder, 'assets', name))).length);
  expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(300_000);
  expect(readFileSync(resolve(folder, 'index.html'), 'utf8')).not.toMatch(/https?:\/\//);
});

test.each([
  [
    'LUF-buddy:repaired --without prep_new_page H1S0-',
    '#/story/LUF-buddy:repaired?without=prep_new_page&schedule=H1S0-',
  ],
  ['LUF-buddy', '#/?filter=LUF-buddy'],
  [resolve(root, 'fixtures/traces/noflush.dat'), '#/trace?recording=0'],
  [undefined, ''],
])('serve opens at what was named: %s', async (named, hash) => {
  const args = ['serve', '--port', '47818', ...(named === undefined ? [] : [named])];
  const child = spawn(process.execPath, [resolve(root, 'dist/cli/main.js'), ...args]);
  const said = await new Promise<string>((done) => {
    child.stdout.once('data', (data) => done(String(data)));
  });
  const ended = new Promise((done) => {
    child.once('exit', done);
  });
  child.kill('SIGINT');
  expect(said).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
  expect(said.split(/\s/)[0]?.replace(/^http:\/\/[^/]+\//, '')).toBe(hash);
  expect(await ended).toBe(0);
});
