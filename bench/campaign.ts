// What a campaign costs beside its searches: how many cells a second one process can deal out, write down
// and put in order. What more workers would bring: docs/scaling.md.
//
//   npm run bench:campaign

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelCell } from '../src/campaign/cell.ts';
import type { Engine, EngineEvents, Task } from '../src/campaign/engine.ts';
import { openStore } from '../src/campaign/log-store.ts';
import { pursue } from '../src/campaign/pursue.ts';
import type { CellResult } from '../src/campaign/result.ts';

const CELLS = 20_000;

/** Answers at once, so that all time is the campaign's own. */
class InstantEngine implements Engine {
  readonly workers = 1000;
  #inFlight = 0;
  readonly #events: EngineEvents;
  constructor(events: EngineEvents) {
    this.#events = events;
  }
  room(): number {
    return 1000 - this.#inFlight;
  }
  put(task: Task): void {
    this.#inFlight++;
    setImmediate(() => {
      this.#inFlight--;
      const { n } = task;
      if (task.kind === 'identify') {
        this.#events.onEnd(task, { kind: 'identified', subject: `subject ${n}` });
        return;
      }
      const { subject, bounds } = task;
      const outcome = { verdict: 'holds', states: 1234, depth: 40 } as const;
      const result: CellResult = { key: `key ${n}`, subject, bounds, outcome };
      const cost = { seconds: 0.1, memory: 1, worker: 'none' };
      this.#events.onEnd(task, { kind: 'found', result, blobs: [], cost });
    });
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
}

async function measureRate(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lufcheck-bench-'));
  const path = join(folder, 'rate.campaigns');
  const store = openStore(path);
  try {
    const spec = { schema: 'lufcheck.campaign/1', name: 'r', cells: [{ kind: 'matrix' }] } as const;
    store.begin({ id: 'r', spec, folder: '/', program: 'p', begun: '' });
    store.list(
      'r',
      Array.from({ length: CELLS }, (_, n) => ({ cell: cellOf(n), group: 0 })),
    );
    const heap = process.memoryUsage().heapUsed;
    const before = process.cpuUsage();
    await pursue({
      store,
      id: 'r',
      program: 'p',
      engine: (events) => new InstantEngine(events),
      stop: new AbortController().signal,
      onChange: () => {},
    });
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    const bytes = statSync(path).size / CELLS;
    const kept = (process.memoryUsage().heapUsed - heap) / CELLS;
    print(
      `${CELLS} cells identified, looked at and written: ${seconds.toFixed(1)} CPU s, ${Math.round(CELLS / seconds)} cells a CPU second; ${Math.round(bytes)} bytes a cell in the file, some ${Math.round(kept)} in memory`,
    );
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function cellOf(n: number): ModelCell {
  const names = { name: `scenario-${n % 200}:variant-${n % 7}`, design: `design-${n}` };
  return { kind: 'model', of: 'situation', ...names };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await measureRate();
