import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../campaign/log-store.ts';
import type { CampaignCell, Store } from '../../campaign/store.ts';
import { type CampaignNews, type Followed, followed } from '../compute/campaign-model.ts';
import { campaignsRoute } from './campaigns.ts';
import { type RunningSite, startSite } from './site-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'lufcheck-campaigns-'));
const database = join(folder, 'a <i>.campaigns');
let store: Store;
let site: RunningSite;

const cell = (name: string) =>
  ({ cell: { kind: 'model', of: 'variant', name }, group: 0 }) as const;
const result = (key: string) => ({
  result: {
    ...{ key, subject: `of ${key}`, bounds: { states: 10 } },
    outcome: { verdict: 'holds', states: 3, depth: 2 } as const,
  },
  blobs: [{ name: `story-${key}`, text: 'a story' }],
  cost: { seconds: 1, memory: 1, worker: 'local' },
});

beforeAll(async () => {
  store = openStore(database);
  const spec = { schema: 'lufcheck.campaign/1', name: 'mini', cells: [] } as const;
  store.begin({ id: 'mini', spec, folder, program: 'p', begun: '2026-11-23T00:00:00.000Z' });
  store.list('mini', [cell('a:b'), cell('c:d')]);
  store.state('mini', 'running');
  writeFileSync(join(folder, 'x.jsonl'), '{"schema":"lufcheck.campaign-results/1"}\n');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  const root = join(folder, 'site');
  site = await startSite({
    ...{ root, port: 0 },
    routes: [
      campaignsRoute([
        { path: database, kind: 'database', says: 'named' },
        { path: join(folder, 'x.jsonl'), kind: 'export', says: 'named' },
        { path: join(folder, 'gone.campaigns'), kind: 'database', says: 'gone' },
      ]),
    ],
  });
});
afterAll(async () => {
  await site.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string): Promise<Response> => fetch(`${site.url}campaigns/${path}`);

test('what is there is offered by number', async () => {
  const { campaigns } = (await (await get('')).json()) as { campaigns: object[] };
  expect(campaigns).toMatchObject([
    { id: 0, kind: 'database', name: 'a <i>.campaigns' },
    { id: 1, kind: 'export' },
  ]);
  expect(await (await get('0')).json()).toMatchObject({
    campaigns: [{ id: 'mini', cells: 2, state: 'running' }],
  });
  expect(await (await get('1')).text()).toContain('lufcheck.campaign-results/1');
});

test('nothing beside it is read, and nothing is written', async () => {
  for (const path of ['9', '-1', '1/x', '0/nobody', '0/mini/x', '0/blob/x', '0/..%2fsecret.txt']) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.text()).not.toMatch(/^secret/);
  }
  expect((await fetch(`${site.url}campaigns/0`, { method: 'POST' })).status).toBe(405);
});

/** Reads events of a campaign until `isEnough`. */
async function follow(
  id: string,
  isEnough: (shown: Followed | undefined, events: readonly string[]) => boolean,
): Promise<{ shown: Followed | undefined; events: readonly string[] }> {
  const stop = new AbortController();
  const response = await fetch(`${site.url}campaigns/0/${id}/live`, { signal: stop.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events: string[] = [];
  let shown: Followed | undefined;
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, { stream: true });
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        events.push(event);
        if (event === 'news') shown = followed(shown, JSON.parse(data) as CampaignNews);
      }
      if (isEnough(shown, events)) break;
    }
  } finally {
    stop.abort();
  }
  return { shown, events };
}

const verdicts = (shown: Followed | undefined): (string | undefined)[] =>
  (shown?.cells ?? []).map(({ result }: CampaignCell) => result?.outcome.verdict);

test('a campaign is followed: all of it, then what becomes known', async () => {
  let isTold = false;
  const { shown, events } = await follow('mini', (now) => {
    if (!isTold) {
      isTold = true;
      expect(verdicts(now)).toEqual([undefined, undefined]);
      expect(now?.head).toMatchObject({ stateText: 'running', isRunning: true });
      store.result('mini', 1, result('k'));
    }
    return verdicts(now)[1] !== undefined;
  });
  expect(verdicts(shown)).toEqual([undefined, 'holds']);
  expect(events).toEqual(['news', 'news']);
  expect(await (await get('0/blob/story-k')).json()).toEqual({ text: 'a story' });
});

test('a database that is damaged says so, and is read again when it is whole', async () => {
  const aside = join(folder, 'aside');
  let phase = 0;
  const { events } = await follow('mini', (_, told) => {
    if (phase === 0) {
      phase = 1;
      renameSync(database, aside);
      writeFileSync(database, '00000000 1 {"schema":"lufcheck.campaigns/1"}\n');
    }
    if (phase === 1 && told.includes('trouble')) {
      phase = 2;
      renameSync(aside, database);
    }
    return phase === 2 && told.at(-1) === 'news';
  });
  expect(events).toEqual(['news', 'trouble', 'news']);
});
