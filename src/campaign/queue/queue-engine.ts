// Workers behind a queue, as an engine. What the queue says is only ever a hint to look: what has become
// of a job is read from the job itself, again and again until it is known. So nothing hangs on a message that is
// lost, and a server that forgets its last second costs that second.

import { randomUUID } from 'node:crypto';
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { counted } from '../../base/text.ts';
import type { Engine, EngineEvents, LookProgress, Task, TaskEnd } from '../engine.ts';
import type { QueueAddress } from './address.ts';
import { forgetBlobs, getBlobs } from './blobs.ts';
import { unreachable, whyOf } from './connection.ts';
import { type JobData, type JobEnd, type Limits, MOST_LOST } from './job.ts';
import { jobIdOf, PREFIX, queueNameOf } from './names.ts';
import { leave, type Presence, present, say } from './presence.ts';

export interface QueueEngineWish extends EngineEvents {
  readonly address: QueueAddress;
  /** The campaign, for people. */
  readonly name: string;
  readonly program: string;
  readonly limits: Limits;
  /** What the user should know, and can do something about. */
  readonly onNote: (text: string) => void;
  /** Milliseconds that a queue may be away before the campaign gives up (ten minutes). */
  readonly patience?: number;
  /** Milliseconds between two looks at everything (three seconds). */
  readonly beat?: number;
}

/** Tasks for each worker: at work and waiting, so that it never waits for us. */
const AHEAD = 2;
/** Tasks for workers that come yet. */
const FEWEST_AHEAD = 8;
/** Jobs that are looked at in one beat: the queue says which have ended, and this is for what it did not. */
const MOST_LOOKS = 200;
/** Milliseconds that parting may take where the queue is away. */
const PARTING_MS = 2000;
/** Milliseconds after which nobody at work is worth a word. */
const ALONE_MS = 5000;

interface Asked {
  /** More than one where cells of a campaign have one question. */
  readonly tasks: Task[];
  /** Something is being done about it right now. */
  busy: boolean;
  /** Look again: something happened meanwhile. */
  again: boolean;
}

export class QueueEngine implements Engine {
  readonly failure: Promise<never>;
  readonly #wish: QueueEngineWish;
  readonly #redis: Redis;
  readonly #queue: Queue<JobData, JobEnd>;
  readonly #events: QueueEvents;
  readonly #asked = new Map<string, Asked>();
  readonly #id: string = `campaign-${randomUUID()}`;
  readonly #begun = performance.now();
  #slots = 0;
  #seen = new Map<string, Presence>();
  readonly #told = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #sweeping = false;
  /** Jobs that are still to be looked at in this round. */
  #round: string[] = [];
  #stopping = false;
  #awaySince: number | undefined;
  #lastError = '';
  #failed: (error: unknown) => void = () => {};

  /** `redis`: open, and from now on the engine's; `stop` closes it. */
  constructor(wish: QueueEngineWish, redis: Redis) {
    this.#wish = wish;
    this.#redis = redis;
    this.failure = new Promise((_, failed) => {
      this.#failed = failed;
    });
    this.failure.catch(() => {});
    const options = { connection: redis, prefix: PREFIX };
    this.#queue = new Queue(queueNameOf(wish.program), options);
    this.#events = new QueueEvents(queueNameOf(wish.program), options);
    redis.on('error', (error: Error) => {
      this.#lastError = whyOf(error);
    });
    redis.on('close', () => this.#away(this.#lastError || 'the connection was closed'));
    redis.on('ready', () => void this.#sweep(Infinity));
    // Their connections are told of above; each would end the program otherwise.
    this.#queue.on('error', () => {});
    this.#events.on('error', () => {});
    this.#events.on('completed', ({ jobId }) => void this.#look(jobId));
    this.#events.on('failed', ({ jobId }) => void this.#look(jobId));
    this.#events.on('progress', ({ jobId, data }) => {
      for (const task of this.#asked.get(jobId)?.tasks ?? []) {
        wish.onProgress(task, data as unknown as LookProgress);
      }
    });
    this.#timer = setInterval(() => void this.#sweep(), this.#beat);
    void this.#sweep();
  }

  get #beat(): number {
    return this.#wish.beat ?? 3000;
  }

  /** As many as say that they are there: they come and go. */
  get workers(): number {
    return this.#slots;
  }

  room(): number {
    if (this.#stopping) return 0;
    return Math.max(FEWEST_AHEAD, this.#slots * AHEAD) - this.#asked.size;
  }

  put(task: Task): void {
    const id = jobIdOf(task);
    const known = this.#asked.get(id);
    if (known !== undefined) {
      known.tasks.push(task);
      return;
    }
    this.#asked.set(id, { tasks: [task], busy: false, again: false });
    void this.#look(id, true);
  }

  /** What has become of a job. `first`: a failure that is there was that of another time. */
  async #look(id: string, first = false): Promise<void> {
    const asked = this.#asked.get(id);
    if (asked === undefined || this.#stopping) return;
    if (asked.busy) {
      asked.again = true;
      return;
    }
    asked.busy = true;
    let end: TaskEnd | undefined;
    try {
      end = await this.#stateOf(id, asked, first);
    } catch (error) {
      // Looked at again with the rest.
      this.#away(whyOf(error));
    }
    asked.busy = false;
    if (end !== undefined) this.#end(id, asked, end);
    else if (asked.again) {
      asked.again = false;
      await this.#look(id);
    }
  }

  async #stateOf(id: string, { tasks }: Asked, first: boolean): Promise<TaskEnd | undefined> {
    const [task] = tasks as [Task];
    const job = await this.#queue.getJob(id);
    if (job === undefined) {
      await this.#queue.add(task.kind, { task, limits: this.#wish.limits }, { jobId: id });
      return undefined;
    }
    if (job.finishedOn === undefined) return undefined;
    if (job.failedReason !== undefined && job.failedReason !== '') {
      if (!first) return { kind: 'died', how: howOf(job.failedReason) };
      await this.#anew(id, task);
      return undefined;
    }
    const end: JobEnd = job.returnvalue;
    if (end.kind !== 'found') return end;
    const blobs = await getBlobs(this.#redis, end.blobs);
    if (blobs === undefined) {
      await this.#anew(id, task);
      return undefined;
    }
    return { ...end, blobs };
  }

  async #anew(id: string, task: Task): Promise<void> {
    await this.#queue.remove(id);
    await this.#queue.add(task.kind, { task, limits: this.#wish.limits }, { jobId: id });
  }

  #end(id: string, { tasks }: Asked, end: TaskEnd): void {
    this.#asked.delete(id);
    for (const task of tasks) this.#wish.onEnd(task, end);
    // Whoever asked has written it down by now.
    if (end.kind === 'found' && end.blobs.length > 0 && !this.#stopping) {
      const names = end.blobs.map(({ name }) => name);
      forgetBlobs(this.#redis, names).catch(() => {});
    }
  }

  /** Looks at who is there, and at what has become of what was asked. */
  async #sweep(most = MOST_LOOKS): Promise<void> {
    if (this.#stopping) return;
    this.#loseHeart();
    if (this.#sweeping || this.#redis.status !== 'ready') return;
    this.#sweeping = true;
    try {
      const { name, program } = this.#wish;
      const who = { kind: 'campaign', name, program, slots: 0, beat: this.#beat } as const;
      await say(this.#redis, this.#id, who);
      await this.#lookAround();
      if (this.#round.length === 0) this.#round = [...this.#asked.keys()];
      await Promise.all(this.#round.splice(0, most).map((id) => this.#look(id)));
      if (this.#awaySince !== undefined && this.#redis.status === 'ready') {
        this.#awaySince = undefined;
        this.#wish.onNote('the queue answers again');
      }
    } catch (error) {
      this.#away(whyOf(error));
    } finally {
      this.#sweeping = false;
    }
  }

  async #lookAround(): Promise<void> {
    const workers = (await present(this.#redis)).filter(({ who }) => who.kind === 'worker');
    const { program, onNote } = this.#wish;
    const here = new Map<string, Presence>();
    for (const { id, who, silent } of workers) {
      if (who.program !== program) {
        if (silent || this.#told.has(id)) continue;
        this.#told.add(id);
        onNote(
          `worker ${who.name} refuses: it runs lufcheck ${who.program.slice(0, 8)}, and this is ${program.slice(0, 8)}`,
        );
      } else if (!silent) {
        here.set(id, who);
      } else if (this.#seen.has(id)) {
        onNote(`worker ${who.name} fell silent: others take what it was at`);
      }
    }
    this.#seen = here;
    this.#slots = [...here.values()].reduce((sum, { slots }) => sum + slots, 0);
    if (this.#slots > 0) this.#told.delete('alone');
    else if (performance.now() - this.#begun > ALONE_MS && !this.#told.has('alone')) {
      this.#told.add('alone');
      onNote('nobody works at the queue: lufcheck campaign worker --queue URL starts a worker');
    }
  }

  #away(why: string): void {
    if (this.#stopping || this.#awaySince !== undefined) return;
    this.#awaySince = performance.now();
    this.#lastError = why;
    this.#wish.onNote(
      `the queue is away (${why}): what is at work goes on, and is asked for when it is back`,
    );
  }

  #loseHeart(): void {
    const { patience = 600_000, address } = this.#wish;
    if (this.#awaySince === undefined || performance.now() - this.#awaySince < patience) return;
    const waited = counted(Math.round(patience / 1000), 'second');
    this.#failed(unreachable(address, `away for ${waited} (${this.#lastError})`));
  }

  /** What waits is taken back; what is at work is finished, and its answer kept for `resume`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    const asked = [...this.#asked];
    this.#asked.clear();
    await within(PARTING_MS, async () => {
      await Promise.all(asked.map(([id]) => this.#takeBack(id).catch(() => {})));
      await leave(this.#redis, this.#id);
      await Promise.all([this.#events.close(), this.#queue.close()]);
      await this.#redis.quit();
    });
    await within(PARTING_MS, () => this.#events.disconnect());
    this.#redis.disconnect();
    for (const [, { tasks }] of asked) {
      for (const task of tasks) this.#wish.onEnd(task, { kind: 'returned' });
    }
  }

  /** An answer that came meanwhile stays, and so does a job at work: it is locked. */
  async #takeBack(id: string): Promise<void> {
    const job = await this.#queue.getJob(id);
    if (job?.finishedOn === undefined) await job?.remove();
  }
}

/** In our words, where the reason is BullMQ's own. */
function howOf(reason: string): string {
  return reason.startsWith('job stalled')
    ? `${MOST_LOST + 1} workers fell silent while they were at it`
    : reason;
}

async function within(milliseconds: number, act: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, milliseconds);
  });
  await Promise.race([act().catch(() => {}), late]);
  clearTimeout(timer);
}
