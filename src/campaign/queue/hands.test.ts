import { expect, test } from 'vitest';
import type { Engine, EngineEvents, Task } from '../engine.ts';
import { Hands } from './hands.ts';
import type { Limits } from './job.ts';

/** Answers when it is told to. */
class SlowEngine implements Engine {
  readonly workers = 1;
  readonly events: EngineEvents;
  readonly failure: Promise<never>;
  fail: (error: Error) => void = () => {};
  isStopped = false;
  readonly tasks: Task[] = [];

  constructor(events: EngineEvents) {
    this.events = events;
    this.failure = new Promise((_, failed) => {
      this.fail = failed;
    });
  }
  room(): number {
    return 1;
  }
  put(task: Task): void {
    this.tasks.push(task);
  }
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const task of this.tasks.splice(0)) this.events.onEnd(task, { kind: 'returned' });
  }
}

function hands(): { hands: Hands; engines: Map<Limits, SlowEngine> } {
  const engines = new Map<Limits, SlowEngine>();
  const start = (limits: Limits, events: EngineEvents): Engine => {
    const engine = new SlowEngine(events);
    engines.set(limits, engine);
    return engine;
  };
  return { hands: new Hands(start), engines };
}

const small: Limits = { memory: 1, silence: 1 };
const large: Limits = { memory: 2, silence: 1 };

function task(n: number): Task {
  const cell = { kind: 'trace', file: `${n}.dat` } as const;
  return { kind: 'identify', n, cell, folder: '/', program: 'p' };
}

test('each task gets its own answer, under its own limits', async () => {
  const { hands: all, engines } = hands();
  const [a, b] = [task(1), task(2)];
  const answers = [all.work(a, small, () => {}), all.work(b, large, () => {})];
  expect(engines.get(small)?.tasks).toEqual([a]);
  expect(engines.get(large)?.tasks).toEqual([b]);
  engines.get(large)?.events.onEnd(b, { kind: 'identified', subject: 'b' });
  engines.get(small)?.events.onEnd(a, { kind: 'identified', subject: 'a' });
  expect(await Promise.all(answers)).toEqual([
    { kind: 'identified', subject: 'a' },
    { kind: 'identified', subject: 'b' },
  ]);
});

test('processes with limits that nobody asks for any more are ended, busy ones are not', async () => {
  const { hands: all, engines } = hands();
  const first = task(1);
  const answer = all.work(first, small, () => {});
  const second = all.work(task(2), large, () => {});
  expect(engines.get(small)?.isStopped).toBe(false);
  engines.get(small)?.events.onEnd(first, { kind: 'died', how: 'x' });
  expect(await answer).toEqual({ kind: 'died', how: 'x' });
  void all.work(task(3), large, () => {});
  expect(engines.get(small)?.isStopped).toBe(true);
  await all.stop();
  expect(await second).toEqual({ kind: 'returned' });
});

test('where no process starts, every task fails', async () => {
  const { hands: all, engines } = hands();
  const answer = all.work(task(1), small, () => {});
  engines.get(small)?.fail(new Error('no process'));
  await expect(answer).rejects.toThrow('no process');
});
