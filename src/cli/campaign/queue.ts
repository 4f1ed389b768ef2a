// `--queue`: who answers the cells of a campaign is on other machines, and `campaign worker` is one of them.
// BullMQ is read when it is asked for, and never else.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { counted } from '../../base/text.ts';
import type { Engine, EngineEvents } from '../../campaign/engine.ts';
import { ProcessEngine } from '../../campaign/process-engine.ts';
import { programId, programRoot } from '../../campaign/program-id.ts';
import { type QueueAddress, queueAddress } from '../../campaign/queue/address.ts';
import type { Limits } from '../../campaign/queue/job.ts';
import type { Surroundings } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** Seconds without a sign of life after which others take what a worker was at. */
const DEFAULT_SILENCE = 30;

/** The address, with the password from the environment where it has none. */
export function addressFrom(text: string): QueueAddress {
  return queueAddress(text, process.env.LUFCHECK_QUEUE_PASSWORD);
}

export interface QueueWish {
  readonly queue: string;
  /** The campaign's name. */
  readonly name: string;
  readonly limits: Limits;
}

/** Workers behind a queue, once it is known to answer. */
export async function queueEngine(
  { queue, name, limits }: QueueWish,
  io: Surroundings,
): Promise<(events: EngineEvents) => Engine> {
  const [{ openRedis }, { QueueEngine }] = await Promise.all([
    import('../../campaign/queue/connection.ts'),
    import('../../campaign/queue/queue-engine.ts'),
  ]);
  const address = addressFrom(queue);
  const redis = await openRedis(address);
  const { program } = programId();
  return (events) =>
    new QueueEngine({ ...events, address, name, program, limits, onNote: noteTo(io) }, redis);
}

/** Worker processes of this machine. */
export function localEngine(workers: number, limits: Limits, events: EngineEvents): Engine {
  const entry = join(programRoot(), 'cli/campaign/process.js');
  return new ProcessEngine({ ...events, entry, workers, ...limits });
}

export interface WorkerWish {
  readonly queue: string;
  readonly workers: number | undefined;
  readonly silence: number | undefined;
  readonly idle: number | undefined;
  readonly quiet: boolean;
}

/** `campaign worker`: until Ctrl-C, SIGTERM, or nothing to do for `--idle` seconds. */
export async function workForOthers(wish: WorkerWish, io: Surroundings): Promise<ExitCode> {
  const { workAtQueue } = await import('../../campaign/queue/queue-worker.ts');
  const address = addressFrom(wish.queue);
  const { program } = programId();
  const slots = wish.workers ?? availableParallelism();
  const { silence = DEFAULT_SILENCE, idle } = wish;
  // What service managers send; Ctrl-C is the program's own.
  const term = new AbortController();
  process.once('SIGTERM', () => term.abort());
  const note = noteTo(io);
  const answered = await workAtQueue({
    address,
    program,
    slots,
    silence: silence * 1000,
    ...(idle === undefined ? {} : { idle: idle * 1000 }),
    startEngine: (limits, events) => localEngine(slots, limits, events),
    onReady: () => {
      if (!wish.quiet) {
        note(
          `lufcheck ${program.slice(0, 8)} works at ${address.shown} with ${counted(slots, 'process', 'processes')}`,
        );
      }
    },
    onNote: note,
    onAnswer: (so) => io.progress.show(`${counted(so, 'answer')} given`),
    stop: AbortSignal.any([io.stop, term.signal]),
  });
  io.progress.clear();
  if (!wish.quiet) io.out(`${counted(answered, 'answer')} given.`);
  return exitCodes.asExpected;
}

/** Notes stay; the line of progress is drawn anew below them. */
function noteTo(io: Surroundings): (text: string) => void {
  return (text) => {
    io.progress.clear();
    io.note(text);
  };
}
