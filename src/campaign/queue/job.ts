// What goes through the queue, as plain data.

import type { Task, TaskEnd } from '../engine.ts';
import type { Blob } from '../result.ts';

/** When a worker process is ended, as the specification says. */
export interface Limits {
  /** Bytes that it may hold. */
  readonly memory: number;
  /** Milliseconds without a word. */
  readonly silence: number;
}

export interface JobData {
  readonly task: Task;
  readonly limits: Limits;
}

/** As `TaskEnd`, with large texts by name: they are kept once, beside the jobs. */
export type JobEnd =
  | (Omit<Extract<TaskEnd, { kind: 'found' }>, 'blobs'> & {
      readonly blobs: readonly Blob['name'][];
    })
  | Extract<TaskEnd, { kind: 'identified' | 'refused' }>;

/** Seconds that an answer is kept for a campaign that was stopped, and how many. */
export const KEPT_SECONDS = 7 * 86_400;
export const KEPT_JOBS = 10_000;
/** Losses of a whole worker that a task survives; each is somebody's fault, mostly the machine's. */
export const MOST_LOST = 5;
