// What things are called in Redis. A queue belongs to one program: a worker never gets a task that it
// would have to refuse for being another lufcheck.

import { canonical } from '../canonical.ts';
import { questionOf } from '../cell.ts';
import { digestOf } from '../digest.ts';
import type { Task } from '../engine.ts';

/** Before every key of ours. */
export const PREFIX = 'lufcheck';

export function queueNameOf(program: string): string {
  return `cells-${program.slice(0, 16)}`;
}

export function blobKeyOf(name: string): string {
  return `${PREFIX}:blob:${name}`;
}

/** Who is there: campaigns and workers, of whatever program. */
export const PRESENT_KEY = `${PREFIX}:present`;

/** The same question has the same job, whoever asks it, and how often. */
export function jobIdOf(task: Task): string {
  if (task.kind === 'look') return `look-${digestOf([task.subject, canonical(task.bounds)])}`;
  return `identify-${digestOf([task.folder, questionOf(task.cell)])}`;
}
