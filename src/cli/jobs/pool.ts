// Questions put to a few threads, and their outcomes in the order of the questions, whoever is done
// first. A thread that dies costs the question that it was at, and nothing else; one that does not
// hear that all is to stop is ended. What a question is, its file knows (thread.ts).

import { Worker } from 'node:worker_threads';

/** What became of a question. `P`: how far it got. */
export type Outcome<A, P> =
  | { readonly kind: 'answer'; readonly answer: A }
  | { readonly kind: 'died'; readonly death: Death }
  /** Everything was stopped while it was at work. */
  | { readonly kind: 'cut'; readonly progress: P | undefined }
  | { readonly kind: 'not begun' };

/** How a thread ended that was not told to. */
export interface Death {
  readonly outOfMemory: boolean;
  /** In half a sentence. */
  readonly how: string;
}

export type FromThread<A, P> =
  | { readonly kind: 'progress'; readonly progress: P }
  | { readonly kind: 'answer'; readonly answer: A };

/** What a thread is started with; it is told the numbers of questions then, one after the other. */
export interface ThreadData<D> {
  readonly data: D;
  /** Not 0: stop. */
  readonly stop: Int32Array;
}

export interface PoolWish<D, A, P> {
  readonly thread: URL;
  /** The same for all threads. */
  readonly data: D;
  /** Numbers of the first question and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** Threads at most. */
  readonly jobs: number;
  readonly stop: AbortSignal;
  /** Questions at work, with how far each has got, if it has said so. */
  readonly onProgress: (running: ReadonlyMap<number, P | undefined>, finished: number) => void;
  /** Once for each question, in their order. */
  readonly onOutcome: (outcome: Outcome<A, P>, question: number) => void;
}

/** So long a thread may take to hear that everything stops. */
const GRACE_MS = 500;

interface Hand<P> {
  readonly worker: Worker;
  question: number | undefined;
  progress: P | undefined;
  error: unknown;
}

/** Answers when every question has an outcome, and every thread has been told to end. */
export function inThreads<D, A, P>(wish: PoolWish<D, A, P>): Promise<void> {
  return new Promise((done, failed) => {
    const { from, to, stop } = wish;
    const data: ThreadData<D> = {
      data: wish.data,
      stop: new Int32Array(new SharedArrayBuffer(4)),
    };
    const outcomes = new Map<number, Outcome<A, P>>();
    const hands = new Set<Hand<P>>();
    let next = from;
    let told = from;
    let finished = 0;
    let grace: NodeJS.Timeout | undefined;

    function settle(question: number, outcome: Outcome<A, P>): void {
      outcomes.set(question, outcome);
      finished++;
      try {
        for (let ready = outcomes.get(told); ready !== undefined; ready = outcomes.get(told)) {
          outcomes.delete(told);
          wish.onOutcome(ready, told++);
        }
      } catch (error) {
        end();
        failed(error);
        return;
      }
      if (told < to) return;
      end();
      done();
    }
    function end(): void {
      clearTimeout(grace);
      stop.removeEventListener('abort', halt);
      for (const { worker } of hands) {
        worker.removeAllListeners();
        void worker.terminate();
      }
      hands.clear();
    }
    function show(): void {
      const running = [...hands].flatMap(({ question, progress }) =>
        question === undefined ? [] : [[question, progress] as const],
      );
      wish.onProgress(new Map(running.sort(([a], [b]) => a - b)), finished);
    }
    /** Gives a thread the next question; without one, it ends. */
    function give(hand: Hand<P>): void {
      hand.question = undefined;
      hand.progress = undefined;
      if (next >= to || stop.aborted) {
        hands.delete(hand);
        hand.worker.removeAllListeners();
        void hand.worker.terminate();
        return;
      }
      hand.question = next++;
      hand.worker.postMessage(hand.question);
    }
    function start(): void {
      // Flags of the program are not for its threads; what they print is no result.
      const options = { workerData: data, execArgv: [], stdout: true };
      const worker = new Worker(wish.thread, options);
      const hand: Hand<P> = { worker, question: undefined, progress: undefined, error: undefined };
      hands.add(hand);
      worker.stdout.on('data', (text: Buffer) => process.stderr.write(text));
      worker.on('message', (message: FromThread<A, P>) => {
        if (hand.question === undefined) return;
        if (message.kind === 'progress') {
          hand.progress = message.progress;
          show();
          return;
        }
        const { question } = hand;
        give(hand);
        settle(question, message);
        if (finished < to - from) show();
      });
      worker.on('error', (error) => {
        hand.error = error;
      });
      worker.on('exit', (code) => {
        hands.delete(hand);
        const { question } = hand;
        if (next < to && !stop.aborted) start();
        if (question !== undefined) {
          settle(question, { kind: 'died', death: deathOf(hand.error, code) });
        }
      });
      give(hand);
    }
    function halt(): void {
      Atomics.store(data.stop, 0, 1);
      const begun = next;
      next = to;
      grace = setTimeout(() => {
        for (const { question, progress } of [...hands]) {
          if (question !== undefined) settle(question, { kind: 'cut', progress });
        }
      }, GRACE_MS);
      for (let question = begun; question < to; question++) settle(question, { kind: 'not begun' });
    }

    stop.addEventListener('abort', halt, { once: true });
    if (stop.aborted) {
      halt();
      return;
    }
    for (let n = Math.min(wish.jobs, to - from); n > 0; n--) start();
    show();
  });
}

function deathOf(error: unknown, code: number): Death {
  if (!(error instanceof Error)) {
    return { outOfMemory: false, how: `its thread ended by itself (exit code ${code})` };
  }
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  const how = outOfMemory ? 'out of memory' : `its thread died: ${error.message}`;
  return { outOfMemory, how };
}
