// Workers as processes of this machine. Each has one task at work and one waiting, so that it never waits
// for us. One that dies, falls silent or holds too much memory loses the task it was at; the one
// that waited goes to another. Memory is looked at from outside, since a search that grows says nothing.

import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Problem } from '../base/problem.ts';
import type { Engine, EngineEvents, LookProgress, Task, TaskEnd } from './engine.ts';

export type ToWorker = { readonly kind: 'task'; readonly task: Task } | { readonly kind: 'stop' };
export type FromWorker =
  | { readonly kind: 'begun' }
  | { readonly kind: 'progress'; readonly progress: LookProgress }
  | { readonly kind: 'end'; readonly end: TaskEnd };

export interface ProcessEngineWish extends EngineEvents {
  /** The worker's file. */
  readonly entry: string;
  readonly workers: number;
  /** Bytes that one may hold. */
  readonly memory: number;
  /** Milliseconds without a word while at work, after which one is given up. */
  readonly silence: number;
}

/** At work and waiting. */
const AHEAD = 2;
/** Milliseconds between two looks at the workers. */
const WATCH_MS = 250;
/** Milliseconds that a worker may take to hear that all is to stop. */
const GRACE_MS = 2000;
/** Workers that end before they have begun anything, one after the other: something is wrong with all. */
const MOST_STILLBORN = 5;

interface Hand {
  readonly child: ChildProcess;
  /** The first one is at work. */
  readonly tasks: Task[];
  /** When it last said something while at work. */
  heard: number;
  /** Why it is being ended. */
  why?: string;
  /** It has begun some task, so it can. */
  begun: boolean;
  /** It is at its first task now. */
  working: boolean;
}

export class ProcessEngine implements Engine {
  readonly workers: number;
  readonly #wish: ProcessEngineWish;
  readonly #hands = new Set<Hand>();
  /** Tasks of a worker that died, which it had not begun. */
  readonly #left: Task[] = [];
  readonly #watch: NodeJS.Timeout;
  #stopping = false;
  #stillborn = 0;
  #failed: (error: unknown) => void = () => {};
  /** Fails when no worker can be had; never ends otherwise. */
  readonly failure: Promise<never>;

  constructor(wish: ProcessEngineWish) {
    this.#wish = wish;
    this.workers = wish.workers;
    this.failure = new Promise((_, failed) => {
      this.#failed = failed;
    });
    // Whoever does not wait for it must not die of it.
    this.failure.catch(() => {});
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  room(): number {
    if (this.#stopping) return 0;
    return this.workers * AHEAD - this.#inFlight() - this.#left.length;
  }

  #inFlight(): number {
    let sum = 0;
    for (const { tasks } of this.#hands) sum += tasks.length;
    return sum;
  }

  put(task: Task): void {
    const fewest = [...this.#hands].reduce<Hand | undefined>(
      (a, b) => (a === undefined || b.tasks.length < a.tasks.length ? b : a),
      undefined,
    );
    const idle = fewest !== undefined && fewest.tasks.length === 0;
    const hand =
      fewest === undefined || (!idle && this.#hands.size < this.workers) ? this.#start() : fewest;
    if (hand.tasks.length === 0) hand.heard = performance.now();
    hand.tasks.push(task);
    hand.child.send({ kind: 'task', task } satisfies ToWorker, () => {});
  }

  #start(): Hand {
    const { entry, memory } = this.#wish;
    const megabytes = Math.max(64, Math.floor(memory / 2 ** 20));
    // Between two tasks it ends by itself if it has kept more than half: the next cell is not to blame.
    const child = fork(entry, [`${memory / 2}`], {
      // Flags of the program are not for its workers; what they print is no result.
      execArgv: [`--max-old-space-size=${megabytes}`],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const now = performance.now();
    const hand: Hand = { child, tasks: [], heard: now, begun: false, working: false };
    this.#hands.add(hand);
    child.stdout?.on('data', (text: Buffer) => process.stderr.write(text));
    child.on('message', (message: FromWorker) => this.#hear(hand, message));
    child.on('error', (error) => {
      hand.why ??= error.message;
      if (child.pid === undefined) this.#gone(hand, null, null);
    });
    child.on('exit', (code, signal) => this.#gone(hand, code, signal));
    return hand;
  }

  #hear(hand: Hand, message: FromWorker): void {
    hand.heard = performance.now();
    const [task] = hand.tasks;
    if (task === undefined || !this.#hands.has(hand)) return;
    if (message.kind === 'begun') {
      hand.begun = true;
      hand.working = true;
      this.#stillborn = 0;
    } else if (message.kind === 'progress') {
      this.#wish.onProgress(task, message.progress);
    } else {
      hand.tasks.shift();
      hand.working = false;
      this.#wish.onEnd(task, message.end);
    }
  }

  #gone(hand: Hand, code: number | null, signal: NodeJS.Signals | null): void {
    if (!this.#hands.delete(hand)) return;
    if (this.#stopping) {
      for (const one of hand.tasks) this.#wish.onEnd(one, { kind: 'returned' });
      return;
    }
    if (!hand.begun && ++this.#stillborn >= MOST_STILLBORN) {
      this.#failed(
        new Problem(
          'LUF-E301',
          `worker processes end before they begin (${hand.why ?? how(code, signal)})`,
          { where: this.#wish.entry, hint: 'is the build whole? npm run build' },
        ),
      );
      return;
    }
    const [task, ...waiting] = hand.tasks;
    const guilty = hand.working ? task : undefined;
    this.#left.push(...(guilty === undefined ? hand.tasks : waiting));
    if (guilty !== undefined) {
      this.#wish.onEnd(guilty, { kind: 'died', how: hand.why ?? how(code, signal) });
    }
    // onEnd may have filled what room there was.
    for (const one of this.#left.splice(0)) this.put(one);
  }

  #look(): void {
    const now = performance.now();
    const { silence, memory } = this.#wish;
    for (const hand of this.#hands) {
      const held = memoryOf(hand.child.pid);
      if (held > memory) {
        end(
          hand,
          `it held ${Math.round(held / 2 ** 20)} MiB, more than ${Math.round(memory / 2 ** 20)}`,
        );
      } else if (hand.tasks.length > 0 && now - hand.heard > silence) {
        end(hand, `it said nothing for ${Math.round(silence / 1000)} s`);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const one of this.#left.splice(0)) this.#wish.onEnd(one, { kind: 'returned' });
    const until = performance.now() + GRACE_MS;
    for (const { child } of this.#hands) child.send({ kind: 'stop' } satisfies ToWorker, () => {});
    while (this.#inFlight() > 0 && performance.now() < until) {
      await new Promise((done) => setTimeout(done, 20));
    }
    clearInterval(this.#watch);
    for (const hand of [...this.#hands]) {
      this.#hands.delete(hand);
      hand.child.kill('SIGKILL');
      for (const task of hand.tasks) this.#wish.onEnd(task, { kind: 'returned' });
    }
  }
}

function end(hand: Hand, why: string): void {
  hand.why = why;
  hand.child.kill('SIGKILL');
}

function how(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'it was killed, as the system does when memory runs out';
  if (signal === 'SIGABRT' || code === 134) return 'it aborted, as Node does when its heap is full';
  return signal === null ? `it ended by itself (exit code ${code})` : `it ended by ${signal}`;
}

/** Bytes in memory; 0 where the system does not tell. */
function memoryOf(pid: number | undefined): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4096;
  } catch {
    return 0;
  }
}
