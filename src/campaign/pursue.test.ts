// How a campaign is pursued, with an engine that does as each test says.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Problem } from '../base/problem.ts';
import type { ModelCell } from './cell.ts';
import type { Engine, EngineEvents, Task, TaskEnd } from './engine.ts';
import { openStore } from './log-store.ts';
import { type Pursuit, pursue } from './pursue.ts';
import type { BudgetSpec } from './spec.ts';
import type { CampaignState, Store } from './store.ts';

type Answer = (task: Task, nth: number) => TaskEnd;

/** Answers each task some moments later, four at a time. */
class FakeEngine implements Engine {
  readonly workers = 2;
  readonly asked: Task[] = [];
  readonly #events: EngineEvents;
  readonly #answer: Answer;
  readonly #inFlight = new Set<Task>();
  #stopped = false;

  constructor(events: EngineEvents, answer: Answer) {
    this.#events = events;
    this.#answer = answer;
  }
  room(): number {
    return this.#stopped ? 0 : 4 - this.#inFlight.size;
  }
  put(task: Task): void {
    this.asked.push(task);
    this.#inFlight.add(task);
    const nth = this.asked.filter(({ n, kind }) => n === task.n && kind === task.kind).length;
    setTimeout(() => {
      if (!this.#inFlight.delete(task)) return;
      this.#events.onEnd(task, this.#answer(task, nth));
    }, 1);
  }
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const task of this.#inFlight) this.#events.onEnd(task, { kind: 'returned' });
    this.#inFlight.clear();
  }
}

const right: Answer = (task) => {
  if (task.kind === 'identify') return { kind: 'identified', subject: `subject ${task.n}` };
  const { bounds, subject } = task;
  const { states } = bounds;
  return {
    kind: 'found',
    blobs: [],
    cost: { seconds: 0.01, memory: 1, worker: 'fake' },
    result: {
      key: `${subject} ${states}`,
      subject,
      bounds,
      outcome:
        task.n === 0
          ? { verdict: 'bounded', bound: `${states} states`, states, depth: 3 }
          : { verdict: 'holds', states: 5, depth: 2 },
    },
  };
};

interface Ran {
  readonly state: CampaignState;
  readonly asked: readonly Task[];
  readonly store: Store;
}

function freshStore(): Store {
  const store = openStore(join(mkdtempSync(join(tmpdir(), 'lufcheck-')), 'c'));
  begin(store, 'c');
  return store;
}

function begin(store: Store, id: string): void {
  const cells = [0, 1, 2].map((n): { cell: ModelCell; group: number } => ({
    cell: { kind: 'model', of: 'variant', name: `s:v${n}` },
    group: 0,
  }));
  const spec = {
    schema: 'lufcheck.campaign/1',
    name: 'c',
    retries: 1,
    bounds: { from: 10, to: 1000, factor: 10 },
    cells: [{ kind: 'variants' }],
  } as const;
  store.begin({ id, spec, folder: '/', program: 'p', begun: '' });
  store.list(id, cells);
}

async function run(
  store: Store,
  answer: Answer,
  more: Partial<Pursuit> & { readonly budget?: BudgetSpec } = {},
): Promise<Ran> {
  let engine: FakeEngine | undefined;
  const state = await pursue({
    store,
    id: 'c',
    program: 'p',
    engine: (events) => {
      engine = new FakeEngine(events, answer);
      return engine;
    },
    stop: new AbortController().signal,
    onChange: () => {},
    ...more,
  });
  return { state, asked: engine?.asked ?? [], store };
}

function looksAt(asked: readonly Task[], n: number): (number | undefined)[] {
  return asked.flatMap((task) =>
    task.n === n && task.kind === 'look' ? [task.bounds.states] : [],
  );
}

test('every cell is identified once and looked at until it is known or at its last bound', async () => {
  const { state, asked, store } = await run(freshStore(), right);
  expect(state).toBe('finished');
  expect(asked.filter(({ kind }) => kind === 'identify')).toHaveLength(3);
  expect([0, 1, 2].map((n) => looksAt(asked, n))).toEqual([[10, 100, 1000], [10], [10]]);
  const again = await run(store, right);
  expect(again).toMatchObject({ state: 'finished', asked: [] });
});

test('a second campaign takes what the first one found', async () => {
  const { store } = await run(freshStore(), right);
  begin(store, 'd');
  const { state, asked } = await run(store, right, { id: 'd' });
  expect(state).toBe('finished');
  expect(asked.map(({ kind }) => kind)).toEqual(['identify', 'identify', 'identify']);
  const results = (id: string): unknown => store.campaign(id)?.cells.map(({ result }) => result);
  expect(results('d')).toEqual(results('c'));
});

test('a cell whose worker dies is tried again as often as asked, then set aside', async () => {
  const dies: Answer = (task, nth) => {
    if (task.kind === 'look' && task.n === 1) return { kind: 'died', how: 'bang' };
    if (task.kind === 'look' && task.n === 2 && nth === 1) return { kind: 'died', how: 'once' };
    return right(task, nth);
  };
  const { state, asked, store } = await run(freshStore(), dies);
  expect(state).toBe('finished');
  expect(looksAt(asked, 1)).toHaveLength(2);
  const cells = store.campaign('c')?.cells ?? [];
  expect(cells[1]).toMatchObject({
    aside: '2 workers died of it: bang',
    deaths: ['bang', 'bang'],
  });
  expect(cells[2]).toMatchObject({ deaths: ['once'], result: { key: 'subject 2 10' } });
  store.again('c');
  await run(store, right);
  expect(store.campaign('c')?.cells[1]).toMatchObject({ result: { key: 'subject 1 10' } });
  expect(store.campaign('c')?.cells[1]?.aside).toBeUndefined();
});

test('what a worker refuses is set aside at once, with its reason', async () => {
  const refuses: Answer = (task, nth) =>
    task.n === 1 ? { kind: 'refused', code: 'LUF-E506', why: 'another program' } : right(task, nth);
  const { store } = await run(freshStore(), refuses);
  expect(store.campaign('c')?.cells[1]?.aside).toBe('LUF-E506: another program');
});

test('a budget ends it; what was at work is given back and done by the next one', async () => {
  const first = await run(freshStore(), right, { budget: { looks: 2 } });
  expect(first.state).toBe('spent');
  const second = await run(first.store, right, { budget: { looks: 100 } });
  expect(second.state).toBe('finished');
  const all = [...first.asked, ...second.asked].filter(({ kind }) => kind === 'look');
  // Five looks are needed; no more are asked for than those given back.
  expect(all.length).toBeLessThanOrEqual(5 + 4);
});

test('Ctrl-C and cancel end it', async () => {
  const stop = new AbortController();
  stop.abort();
  expect(await run(freshStore(), right, { stop: stop.signal })).toMatchObject({ state: 'stopped' });
  const cancelled = await run(freshStore(), right, { isCancelled: () => true });
  expect(cancelled.state).toBe('cancelled');
});

test('where nothing can be written, it ends with that', async () => {
  const store = freshStore();
  const full = new Problem('LUF-E505', 'the disk is full');
  store.result = () => {
    throw full;
  };
  await expect(run(store, right)).rejects.toBe(full);
  expect(store.campaign('c')?.cells.every(({ result }) => result === undefined)).toBe(true);
});
