import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copySite } from './copy-site.ts';
import { labRunsRoute } from './lab-runs.ts';
import { recordingsRoute } from './recordings.ts';
import { runsRoute } from './run-events.ts';
import { type RunningSite, startSite } from './site-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-site-'));
const root = join(folder, 'site');
let site: RunningSite;
let isStopped = false;

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<p>pages</p>');
  writeFileSync(join(root, 'assets', 'model-worker-a1.js'), '1');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'a.dat'), 'recording');
  mkdirSync(join(folder, 'runs', 'folder.json'), { recursive: true });
  for (const name of ['2025.json', '2026 <i>.json', 'notes.txt']) {
    writeFileSync(join(folder, 'runs', name), name);
  }
  writeFileSync(join(folder, 'named.json'), 'named');
  site = await startSite({
    root,
    port: 0,
    routes: [
      labRunsRoute(join(folder, 'runs'), [join(folder, 'named.json')]),
      recordingsRoute([{ path: join(folder, 'a.dat'), says: '<b>hostile</b>' }]),
      runsRoute({
        short: async (tell) => {
          tell('half');
          return { done: true };
        },
        failing: () => Promise.reject(new Error('no')),
        endless: (_, stop) =>
          new Promise((_done, failed) => {
            stop.addEventListener('abort', () => {
              isStopped = true;
              failed(new Error('stopped'));
            });
          }),
      }),
    ],
  });
});
afterAll(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((done, failed) => {
    const asked = request(
      { host: '127.0.0.1', port: site.port, path, method, headers },
      (response) => {
        let text = '';
        response.on('data', (data) => {
          text += String(data);
        });
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    asked.on('error', failed);
    asked.end();
  });
}

test('pages are served with a strict policy; only workers may compile code', async () => {
  const page = await get('/');
  expect(page).toMatchObject({ status: 200, text: '<p>pages</p>' });
  expect(page.headers['content-security-policy']).not.toContain('unsafe');
  expect(page.headers['x-content-type-options']).toBe('nosniff');
  const worker = await get('/assets/model-worker-a1.js');
  expect(worker.headers['content-security-policy']).toContain("'unsafe-eval'");
});

test('other hosts, origins and sites are refused', async () => {
  const own = `127.0.0.1:${site.port}`;
  expect((await get('/', { host: own, origin: `http://${own}` })).status).toBe(200);
  expect((await get('/', { host: `localhost:${site.port}` })).status).toBe(200);
  for (const headers of [
    { host: `evil.example:${site.port}` },
    { host: '127.0.0.1' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ]) {
    expect([headers, (await get('/recordings/0', headers)).status]).toEqual([headers, 403]);
  }
  const link = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  expect((await get('/', link)).status).toBe(200);
});

test('no path leads out of the folder', async () => {
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd',
    '/recordings/../secret.txt',
    '/recordings/a.dat',
    '/recordings/-1',
    '/recordings/1',
    '/lab-runs/../secret.txt',
    '/lab-runs/..%2fsecret.txt',
    '/lab-runs/notes.txt',
    '/lab-runs/folder.json',
  ]) {
    const { status, text } = await get(path);
    expect([
      path,
      status,
      text.includes('secret') && !text.startsWith('there is no such '),
    ]).toEqual([path, 404, false]);
  }
  expect((await get('/', {}, 'POST')).status).toBe(405);
});

test('recordings are offered by number', async () => {
  const { text, headers } = await get('/recordings/');
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(text)).toMatchObject({ recordings: [{ id: 0, name: 'a.dat' }] });
  expect((await get('/recordings/0')).text).toBe('recording');
});

test('saved runs: those that were named, then the latest; and nothing beside them', async () => {
  const { runs } = JSON.parse((await get('/lab-runs/')).text) as { runs: { id: string }[] };
  expect(runs.map(({ id }) => id)).toEqual(['named-0', '2026 <i>.json', '2025.json']);
  expect((await get('/lab-runs/named-0')).text).toBe('named');
  const second = await get(`/lab-runs/${encodeURIComponent('2026 <i>.json')}`);
  expect(second.text).toBe('2026 <i>.json');
  expect(second.headers['content-type']).toBe('application/json');
  expect((await get('/lab-runs/', {}, 'POST')).status).toBe(405);
});

test('a run tells its progress and its answer, or its trouble', async () => {
  const { text, headers } = await get('/runs/short');
  expect(headers['content-type']).toBe('text/event-stream');
  expect(text).toContain('event: progress\ndata: "half"\n\n');
  expect(text).toContain('event: answer\ndata: {"done":true}\n\n');
  expect((await get('/runs/failing')).text).toContain('event: trouble\ndata: "no"');
  expect((await get('/runs/toString')).status).toBe(404);
});

test('a run is stopped when nobody listens any more', async () => {
  const socket = connect(site.port, '127.0.0.1');
  socket.write(`GET /runs/endless HTTP/1.1\r\nhost: 127.0.0.1:${site.port}\r\n\r\n`);
  await new Promise((done) => socket.once('data', done));
  expect(isStopped).toBe(false);
  socket.destroy();
  await expect.poll(() => isStopped).toBe(true);
});

test('another port where one is taken', async () => {
  const second = await startSite({ root, port: site.port });
  expect(second.port).not.toBe(site.port);
  await second.close();
});

test('static files go to a new or empty folder, or over older ones of theirs', () => {
  const to = join(folder, 'copy');
  expect(copySite(root, to)).toBe(2);
  expect(copySite(root, to)).toBe(2);
  const others = join(folder, 'others');
  mkdirSync(others);
  writeFileSync(join(others, 'mine.txt'), '');
  expect(() => copySite(root, others)).toThrow('the folder has other files in it');
});
