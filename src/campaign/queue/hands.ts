// Worker processes of this machine, one task and one promise each, under limits that come with the task.

import type { Engine, EngineEvents, LookProgress, Task, TaskEnd } from '../engine.ts';
import type { Limits } from './job.ts';

export type StartEngine = (limits: Limits, events: EngineEvents) => Engine;

interface Waiting {
  readonly onProgress: (progress: LookProgress) => void;
  readonly done: (end: TaskEnd) => void;
  readonly failed: (error: unknown) => void;
}

export class Hands {
  readonly #start: StartEngine;
  readonly #waiting = new Map<Task, Waiting>();
  /** By limits: campaigns with others of them have processes of their own while they are asked for. */
  readonly #engines = new Map<string, { readonly engine: Engine; tasks: number }>();

  constructor(start: StartEngine) {
    this.#start = start;
  }

  work(task: Task, limits: Limits, onProgress: Waiting['onProgress']): Promise<TaskEnd> {
    const key = `${limits.memory} ${limits.silence}`;
    const known = this.#engines.get(key) ?? { engine: this.#engine(limits), tasks: 0 };
    this.#engines.set(key, known);
    this.#dropIdle(key);
    known.tasks++;
    return new Promise<TaskEnd>((done, failed) => {
      this.#waiting.set(task, { onProgress, done, failed });
      known.engine.put(task);
    }).finally(() => {
      known.tasks--;
      this.#waiting.delete(task);
    });
  }

  #engine(limits: Limits): Engine {
    const engine = this.#start(limits, {
      onEnd: (task, end) => this.#waiting.get(task)?.done(end),
      onProgress: (task, progress) => this.#waiting.get(task)?.onProgress(progress),
    });
    engine.failure?.catch((error: unknown) => {
      for (const one of [...this.#waiting.values()]) one.failed(error);
    });
    return engine;
  }

  #dropIdle(but: string): void {
    for (const [key, { engine, tasks }] of this.#engines) {
      if (key === but || tasks > 0) continue;
      this.#engines.delete(key);
      void engine.stop();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#engines.values()].map(({ engine }) => engine.stop()));
  }
}
