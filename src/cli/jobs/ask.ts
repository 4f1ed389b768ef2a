// Asks all questions of a plan: the first ones here, since starting threads takes longer than a small
// question, and what is left after half a second in threads. Who answered makes no difference to the
// answer, nor to the order in which answers come.

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { Failure } from '../../explain/judge.ts';
import type { Progress } from '../../explore/search.ts';
import type { SearchWish } from '../search-wish.ts';
import { failureOf, failureOfDeath } from './failure.ts';
import type { AnswerTo, Plan, Question } from './plan.ts';
import { inThreads, type Outcome } from './pool.ts';
import type { Task } from './thread.ts';

/** What was answered, or why nothing was. */
export type Answered<A> =
  | { readonly answer: A; readonly failure?: undefined }
  | { readonly failure: Failure };

/** With `cut`: the question was at work when everything was stopped. */
export type Told<A> =
  | ({ readonly kind: 'answered' } & Answered<A>)
  | { readonly kind: 'cut'; readonly progress: Progress | undefined }
  | { readonly kind: 'not begun' };

export interface Asking<P extends Plan> {
  /** Without it no thread can know the questions: all are asked here, and what is thrown is thrown. */
  readonly plan: P | undefined;
  /** Those of the plan. */
  readonly questions: readonly Question<AnswerTo<P>>[];
  readonly search: SearchWish;
  /** Threads at most; as many as there are cores for, if left out. */
  readonly jobs?: number | undefined;
  readonly stop: AbortSignal;
  /** Told now and then which questions are at work. */
  readonly onProgress: (
    running: ReadonlyMap<number, Progress | undefined>,
    finished: number,
  ) => void;
  /** Once for each question, in their order. */
  readonly onAnswer: (told: Told<AnswerTo<P>>, question: number) => void;
}

/** Longer than all variants of most scenarios take together. */
const HERE_MS = 500;

export async function askAll<P extends Plan>(asking: Asking<P>): Promise<void> {
  const { plan, questions, search, stop } = asking;
  // A user's code may end the thread that it runs in, or never come back: not this one.
  const trusted = plan === undefined || questions.every((one) => one.file === undefined);
  const alone = plan === undefined || questions.length === 1;
  const most = alone ? Number.POSITIVE_INFINITY : HERE_MS;
  const from = trusted ? await askHere(asking, performance.now() + most, alone) : 0;
  if (plan === undefined || from === questions.length) return;
  const { workers = 1 } = search;
  const free = Math.max(1, Math.floor(availableParallelism() / workers));
  const jobs = Math.min(asking.jobs ?? free, questions.length - from);
  await inThreads<Task, Answered<AnswerTo<P>>, Progress>({
    thread: new URL('./thread.js', import.meta.url),
    data: { plan, search, jobs },
    from,
    to: questions.length,
    jobs,
    stop,
    onProgress: (running, finished) => asking.onProgress(running, from + finished),
    onOutcome: (outcome, n) => asking.onAnswer(toldBy(outcome, questions[n]?.file), n),
  });
}

/** Asks one after the other until the time is over; answers how many have been answered. */
async function askHere<P extends Plan>(
  asking: Asking<P>,
  until: number,
  throws: boolean,
): Promise<number> {
  const { questions } = asking;
  for (const [n, question] of questions.entries()) {
    if (performance.now() > until) return n;
    let told: Told<AnswerTo<P>> | undefined;
    try {
      told = await askOneHere(asking, question, n, until);
    } catch (error) {
      if (throws) throw error;
      told = { kind: 'answered', failure: failureOf(error, question.file) };
    }
    if (told === undefined) return n;
    asking.onAnswer(told, n);
  }
  return questions.length;
}

/** Nothing, if it is not answered in time. */
async function askOneHere<P extends Plan>(
  { search, stop, onProgress }: Asking<P>,
  question: Question<AnswerTo<P>>,
  n: number,
  until: number,
): Promise<Told<AnswerTo<P>> | undefined> {
  onProgress(new Map([[n, undefined]]), n);
  await setImmediate();
  if (stop.aborted) return { kind: 'not begun' };
  const run = question.ask(search);
  for (let go = true; ; ) {
    const { done, value } = run.next(go);
    if (done === true) return { kind: 'answered', answer: value };
    onProgress(new Map([[n, value]]), n);
    await setImmediate();
    go = !stop.aborted;
    if (go && performance.now() > until) {
      run.return(undefined as never);
      return undefined;
    }
  }
}

function toldBy<A>(outcome: Outcome<Answered<A>, Progress>, file: string | undefined): Told<A> {
  switch (outcome.kind) {
    case 'answer':
      return { kind: 'answered', ...outcome.answer };
    case 'died':
      return { kind: 'answered', failure: failureOfDeath(outcome.death, file) };
    default:
      return outcome;
  }
}
