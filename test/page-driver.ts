// The pages in a real browser, from the built program's own server. Without a browser the tests that need one say so
// and are skipped; .ci/run installs one.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

export const root: string = resolve(import.meta.dirname, '..');
const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const foundBrowser: string | undefined = [process.env.CHROMIUM ?? '', ...candidates].find(
  (path) => path !== '' && existsSync(path),
);
if (foundBrowser === undefined) {
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
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** On a busy machine a browser is slow. */
export const PATIENCE = 45_000;

/** A page of a browser, and the server that it is of. */
export class PageDriver {
  readonly page: Page;
  /** Where the pages are. */
  url: string;
  /** What the console said since the page was opened, and requests to elsewhere. */
  said: string[] = [];
  readonly #browser: Browser;
  readonly #server: ChildProcess;

  constructor(page: Page, url: string, browser: Browser, server: ChildProcess) {
    this.page = page;
    this.url = url;
    this.#browser = browser;
    this.#server = server;
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => this.said.push(message.text()));
    page.on('pageerror', (error) => this.said.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !/^(data|blob):/.test(request.url())) {
        this.said.push(`asked for ${request.url()}`);
      }
    });
  }

  async open(hash: string): Promise<void> {
    this.said = [];
    await this.page.goto('about:blank');
    await this.page.goto(`${this.url}${hash}`);
  }

  /** Serious trouble for people with other eyes or hands, as axe finds it, in both themes. */
  async accessibility(): Promise<string[]> {
    const { page } = this;
    // To look into a shadow root it adds style elements, which the page's policy refuses: not the page's doing.
    const before = [...this.said];
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
    this.said = before;
    return problems;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.kill('SIGINT');
  }
}

/** @param named Arguments of `lufcheck serve`. */
export async function startPages(port: number, named: readonly string[] = []): Promise<PageDriver> {
  const server = spawn(
    process.execPath,
    [resolve(root, 'dist/cli/main.js'), 'serve', '--port', String(port), ...named],
    // A lab of its own: what was run on this machine is not shown.
    { env: { ...process.env, XDG_CACHE_HOME: '/nonexistent' } },
  );
  const url = await new Promise<string>((done, failed) => {
    server.stdout.on('data', (data) => {
      const site = /http:\/\/[^/]+\//.exec(String(data))?.[0];
      if (site !== undefined) done(site);
    });
    server.on('exit', () => failed(new Error('the server ended')));
  });
  const browser = await chromium.launch({ executablePath: foundBrowser as string, args: flags });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  return new PageDriver(page, url, browser, server);
}
