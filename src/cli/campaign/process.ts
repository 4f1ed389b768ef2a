// What a worker process runs (process-engine.ts): it answers what it is told, one task after the other,
// and says how it gets on. It ends with its parent, however that ends.

import { hostname } from 'node:os';
import type { Task } from '../../campaign/engine.ts';
import type { FromWorker, ToWorker } from '../../campaign/process-engine.ts';
import { answer } from './answer.ts';

/** Bytes beyond which it makes room for a fresh one, between two tasks. */
const most = Number(process.argv[2] ?? Infinity);

let wanted = true;
let answered = 0;
let last: Promise<void> = Promise.resolve();

// Ctrl-C reaches the whole group: what becomes of it, the parent decides.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('error', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') wanted = false;
  else last = last.then(() => work(message.task));
});

async function work(task: Task): Promise<void> {
  if (answered > 0 && process.memoryUsage.rss() > most) process.exit(0);
  if (!wanted) {
    tell({ kind: 'end', end: { kind: 'returned' } });
    return;
  }
  tell({ kind: 'begun' });
  try {
    const end = await answer(task, {
      worker: hostname(),
      onProgress: ({ states, depth }) => {
        tell({ kind: 'progress', progress: { states, depth } });
        return wanted;
      },
    });
    answered++;
    tell({ kind: 'end', end });
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    const how = `internal error, a bug of lufcheck: ${stack ?? String(error)}`;
    tell({ kind: 'end', end: { kind: 'died', how } });
  }
}

function tell(message: FromWorker): void {
  // A parent that was killed hears nothing, and nobody would hear us complain.
  process.send?.(message, undefined, undefined, (error) => {
    if (error !== null) process.exit(0);
  });
}
