// Who answers: worker processes of this machine (process-engine.ts), or workers behind a queue. Both run
// the same code for a cell (cli/campaign/answer.ts), and both may lose a worker at any moment.

import type { Cell, CellBounds } from './cell.ts';
import type { Blob, CellResult, Cost } from './result.ts';

/** `identify`: what the cell's model is; `look`: one search within bounds. Plain data. */
export type Task = {
  /** The cell's number in its campaign. */
  readonly n: number;
  readonly cell: Cell;
  /** Where relative paths in the cell begin. */
  readonly folder: string;
  /** Digest of the program that asks: a worker of another one refuses. */
  readonly program: string;
} & (
  | { readonly kind: 'identify' }
  | { readonly kind: 'look'; readonly subject: string; readonly bounds: CellBounds }
);

export type TaskEnd =
  | { readonly kind: 'identified'; readonly subject: string }
  | {
      readonly kind: 'found';
      readonly result: CellResult;
      readonly blobs: readonly Blob[];
      readonly cost: Cost;
    }
  /** The worker died, fell silent or took too much memory while it was at it. */
  | { readonly kind: 'died'; readonly how: string }
  /** No worker will answer it, and why: another program, a file that is not there. */
  | { readonly kind: 'refused'; readonly code: string; readonly why: string }
  /** It was given back without an answer, and is no worse for it. */
  | { readonly kind: 'returned' };

/** How far a look has got. */
export interface LookProgress {
  readonly states: number;
  readonly depth: number;
}

export interface EngineEvents {
  readonly onEnd: (task: Task, end: TaskEnd) => void;
  /** Now and then. */
  readonly onProgress: (task: Task, progress: LookProgress) => void;
}

export interface Engine {
  /** Workers that can be at work at a time. */
  readonly workers: number;
  /** How many more tasks it wants now: it never holds many more than its workers need. */
  room(): number;
  put(task: Task): void;
  /** Fails when nothing can be answered any more: no worker starts, the queue is gone. */
  readonly failure?: Promise<never>;
  /** Gives all tasks back: those at work end at the next occasion, or are cut off. */
  stop(): Promise<void>;
}
