// A worker at a queue. BullMQ deals out tasks, locks each for as long as this worker gives signs of life,
// and has others take what a silent one was at; what a task is, and its answer, are the campaign's.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { cellName } from '../cell.ts';
import type { LookProgress } from '../engine.ts';
import type { QueueAddress } from './address.ts';
import { putBlob } from './blobs.ts';
import { openRedis, unreachable, whyOf } from './connection.ts';
import { Hands, type StartEngine } from './hands.ts';
import { type JobData, type JobEnd, KEPT_JOBS, KEPT_SECONDS, MOST_LOST } from './job.ts';
import { PREFIX, queueNameOf } from './names.ts';
import { leave, present, say } from './presence.ts';

export interface QueueWorkerWish {
  readonly address: QueueAddress;
  readonly program: string;
  /** Tasks at a time, each in a process of its own. */
  readonly slots: number;
  /** Milliseconds without a sign of life after which others take this worker's tasks. */
  readonly silence: number;
  /** Milliseconds without a task after which it ends; left out: never. */
  readonly idle?: number;
  readonly startEngine: StartEngine;
  /** It waits for tasks. */
  readonly onReady: () => void;
  readonly onNote: (text: string) => void;
  /** How many it has answered, after each. */
  readonly onAnswer: (answered: number) => void;
  readonly stop: AbortSignal;
}

/** Milliseconds between two words on how a look gets on. */
const PROGRESS_MS = 2000;
/** Milliseconds that a queue may be away. */
const PATIENCE_MS = 600_000;
/** Milliseconds between two signs of life at most. */
const BEAT_MS = 5000;

/**
 * Works until it is stopped, or idle for long.
 *
 * @throws Problem LUF-E507 when the queue cannot be used, LUF-E301 when no process starts.
 * @returns how many tasks it has answered.
 */
export async function workAtQueue(wish: QueueWorkerWish): Promise<number> {
  const worker = new QueueWorker(wish, await openRedis(wish.address));
  return await worker.run();
}

class QueueWorker {
  readonly #wish: QueueWorkerWish;
  readonly #redis: Redis;
  readonly #hands: Hands;
  readonly #name: string = `${hostname()}/${process.pid}`;
  /** Containers may share names. */
  readonly #id: string = `worker-${this.#name}-${randomUUID()}`;
  readonly #told = new Set<string>();
  #answered = 0;
  #atWork = 0;
  #lastWork = performance.now();
  #parting = false;
  #awaySince: number | undefined;
  #lastError = '';

  constructor(wish: QueueWorkerWish, redis: Redis) {
    this.#wish = wish;
    this.#redis = redis;
    this.#hands = new Hands(wish.startEngine);
    redis.on('error', (error: Error) => {
      this.#lastError = whyOf(error);
    });
    redis.on('close', () => {
      if (this.#awaySince !== undefined || this.#parting) return;
      this.#awaySince = performance.now();
      wish.onNote(`the queue is away (${this.#lastError || 'the connection was closed'})`);
    });
    redis.on('ready', () => {
      if (this.#awaySince !== undefined) wish.onNote('the queue answers again');
      this.#awaySince = undefined;
    });
  }

  async run(): Promise<number> {
    const { slots, silence, program, stop } = this.#wish;
    let end: (error?: unknown) => void = () => {};
    const ended = new Promise<unknown>((done) => {
      end = done;
    });
    stop.addEventListener('abort', () => end(), { once: true });
    if (stop.aborted) end();
    const worker = new Worker<JobData, JobEnd>(
      queueNameOf(program),
      (job, token) => this.#process(job, token, end),
      {
        connection: this.#redis,
        prefix: PREFIX,
        name: this.#name,
        concurrency: slots,
        lockDuration: silence,
        stalledInterval: Math.max(1000, silence / 2),
        maxStalledCount: MOST_LOST,
        removeOnComplete: { age: KEPT_SECONDS, count: KEPT_JOBS },
        removeOnFail: { age: KEPT_SECONDS, count: KEPT_JOBS },
      },
    );
    worker.on('error', (error) => this.#trouble(error));
    const beat = Math.min(BEAT_MS, silence / 2);
    const timer = setInterval(() => void this.#beat(beat, end), beat);
    await this.#beat(beat, end);
    this.#wish.onReady();
    const failure = await ended;
    clearInterval(timer);
    await this.#part(worker);
    if (failure !== undefined) throw failure;
    return this.#answered;
  }

  async #process(
    job: Job<JobData, JobEnd>,
    token: string | undefined,
    fail: (error: unknown) => void,
  ): Promise<JobEnd> {
    const { task, limits } = job.data;
    this.#atWork++;
    try {
      const end = await this.#hands.work(task, limits, this.#reporter(job));
      switch (end.kind) {
        case 'returned':
          // For others: this worker is being stopped.
          await job.moveToWait(token);
          throw new WaitingError();
        case 'died':
          throw new UnrecoverableError(`${end.how} (at ${this.#name})`);
        case 'found':
          // First what is named, then who names it.
          for (const blob of end.blobs) await putBlob(this.#redis, blob);
          this.#count();
          return { ...end, blobs: end.blobs.map(({ name }) => name) };
        case 'refused':
          this.#wish.onNote(`refuses ${cellName(task.cell)}: ${end.why}`);
          return end;
        default:
          this.#count();
          return end;
      }
    } catch (error) {
      if (error instanceof WaitingError || error instanceof UnrecoverableError) throw error;
      // No process starts here: somebody else's may.
      fail(error);
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      this.#atWork--;
      this.#lastWork = performance.now();
    }
  }

  #count(): void {
    this.#wish.onAnswer(++this.#answered);
  }

  #reporter(job: Job<JobData, JobEnd>): (progress: LookProgress) => void {
    let last = performance.now();
    return ({ states, depth }) => {
      if (performance.now() - last < PROGRESS_MS || this.#redis.status !== 'ready') return;
      last = performance.now();
      job.updateProgress({ states, depth }).catch(() => {});
    };
  }

  async #beat(beat: number, end: (error?: unknown) => void): Promise<void> {
    const { address, idle, program, slots, onNote } = this.#wish;
    const now = performance.now();
    if (this.#awaySince !== undefined && now - this.#awaySince > PATIENCE_MS) {
      end(unreachable(address, `away for ${PATIENCE_MS / 1000} seconds (${this.#lastError})`));
    }
    if (this.#atWork === 0 && idle !== undefined && now - this.#lastWork > idle) end();
    if (this.#redis.status !== 'ready') return;
    try {
      await say(this.#redis, this.#id, {
        kind: 'worker',
        name: this.#name,
        program,
        slots,
        beat,
      });
      for (const { id, who, silent } of await present(this.#redis)) {
        const other = who.kind === 'campaign' && who.program !== program && !silent;
        if (!other || this.#told.has(id)) continue;
        this.#told.add(id);
        onNote(
          `refuses the cells of ${who.name}: asked by lufcheck ${who.program.slice(0, 8)}, and this is ${program.slice(0, 8)}; install the same one`,
        );
      }
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** A lost lock is a task that others have by now: its answer here is dropped. */
  #trouble(error: unknown): void {
    const why = whyOf(error);
    if (this.#redis.status !== 'ready' || this.#told.has(why)) return;
    if (/lock|Connection is closed|ECONN/.test(why)) return;
    this.#told.add(why);
    this.#wish.onNote(`the queue says: ${why}`);
  }

  async #part(worker: Worker<JobData, JobEnd>): Promise<void> {
    this.#parting = true;
    const away = this.#redis.status !== 'ready';
    // Tasks are given back by the jobs themselves, so that both go on at once.
    const closed = worker.close(away);
    await this.#hands.stop();
    if (!away) {
      await closed;
      await leave(this.#redis, this.#id).catch(() => {});
      await this.#redis.quit().catch(() => {});
    }
    this.#redis.disconnect();
  }
}
