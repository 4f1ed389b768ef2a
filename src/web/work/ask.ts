// The page's side of the workers for models: a question is a promise. One worker answers what a view needs at
// once; whatever explores gets a worker of its own, which is ended when nobody wants the answer any more.

import type { Answered, Asked, Progress, Question, Reply, Trouble } from './protocol.ts';

/** What a worker could not answer. */
export class Troubled extends Error {
  readonly trouble: Trouble;
  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

interface Waiting {
  readonly done: (answer: unknown) => void;
  readonly failed: (error: unknown) => void;
  readonly progress: ((progress: Progress) => void) | undefined;
}

class Asker {
  readonly #worker = new Worker(new URL('./model-worker.ts', import.meta.url), { type: 'module' });
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor() {
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#hear(event.data);
    this.#worker.onerror = (event) => {
      const error = new Troubled({ message: event.message || 'the worker could not be started' });
      for (const { failed } of this.#waiting.values()) failed(error);
      this.#waiting.clear();
    };
  }

  ask<K extends keyof Asked>(
    kind: K,
    about: Asked[K],
    progress?: (progress: Progress) => void,
  ): Promise<Answered[K]> {
    const id = ++this.#last;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done: done as (answer: unknown) => void, failed, progress });
      this.#worker.postMessage({ id, kind, about } as Question);
    });
  }

  end(): void {
    this.#worker.terminate();
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if (reply.kind === 'progress') {
      waiting.progress?.(reply.progress);
      return;
    }
    this.#waiting.delete(reply.id);
    if (reply.kind === 'answer') waiting.done(reply.answer);
    else waiting.failed(new Troubled(reply.trouble));
  }
}

let shared: Asker | undefined;

/** Asks what is answered at once. */
export function ask<K extends keyof Asked>(kind: K, about: Asked[K]): Promise<Answered[K]> {
  shared ??= new Asker();
  return shared.ask(kind, about);
}

export interface Running<T> {
  readonly answer: Promise<T>;
  /** Ends it; the promise then never settles. */
  readonly cancel: () => void;
}

/** Asks what may take long, in a worker of its own. */
export function run<K extends keyof Asked>(
  kind: K,
  about: Asked[K],
  progress?: (progress: Progress) => void,
): Running<Answered[K]> {
  const asker = new Asker();
  const answer = asker.ask(kind, about, progress).finally(() => asker.end());
  return { answer, cancel: () => asker.end() };
}
