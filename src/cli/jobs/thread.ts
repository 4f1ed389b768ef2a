// What runs in a thread of pool.ts: it makes the list of questions from the plan, and answers those
// whose numbers it is told. It looks at `stop` as often as a search yields.

import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../../explore/search.ts';
import { freeBytes } from '../../explore-node/free-bytes.ts';
import type { SearchWish } from '../search-wish.ts';
import type { Answered } from './ask.ts';
import { failureOf } from './failure.ts';
import { type AnswerTo, type Plan, type Question, questionsOf } from './plan.ts';
import type { FromThread, ThreadData } from './pool.ts';

/** What each thread of a run needs to know. */
export interface Task {
  readonly plan: Plan;
  readonly search: SearchWish;
  readonly jobs: number;
}

type Answer = Answered<AnswerTo<Plan>>;

const { data, stop } = workerData as ThreadData<Task>;
// Several searches that grow at once must not take the same bytes.
const search = { ...data.search, freeBytes: () => freeBytes() / data.jobs };
let questions: Promise<Question<AnswerTo<Plan>>[]> | undefined;

parentPort?.on('message', (question: number) => {
  questions ??= questionsOf(data.plan);
  void questions.then((all) => answer(all[question] as Question<AnswerTo<Plan>>));
});

function answer(question: Question<AnswerTo<Plan>>): void {
  try {
    const run = question.ask(search);
    let next = run.next(true);
    while (next.done !== true) {
      tell({ kind: 'progress', progress: next.value });
      next = run.next(Atomics.load(stop, 0) === 0);
    }
    tell({ kind: 'answer', answer: { answer: next.value } });
  } catch (error) {
    tell({ kind: 'answer', answer: { failure: failureOf(error, question.file) } });
  }
}

function tell(message: FromThread<Answer, Progress>): void {
  parentPort?.postMessage(message);
}
