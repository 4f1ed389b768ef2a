// The questions about rules, scenario by scenario, in this thread or in several. The answers come in
// the order of the scenarios, whoever found them.

import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Scenario } from '../catalogue/scenario.ts';
import { type RuleAnswer, ruleAnswers } from '../explain/rule-answers.ts';
import { designs as allDesigns } from '../kernel/designs/all.ts';
import { allRules } from '../rules/all.ts';

export interface RulesWish {
  readonly scenarios: readonly Scenario[];
  /** Ids; left out: all. */
  readonly designs: readonly string[] | undefined;
  /** False: only truth is asked, which is faster. */
  readonly withRules: boolean;
  readonly variantsOnly: boolean;
  readonly maxStates: number;
  readonly workers: number;
  readonly stop: AbortSignal;
  /** Told after each answer: how many scenarios are done, and the last question. */
  readonly onAnswer: (done: number, answers: number, last: string) => void;
}

/** What a thread is asked: a scenario of the catalogue, by its id and those of its variants. */
export interface RulesTask {
  readonly index: number;
  readonly scenario: string;
  readonly variants: readonly string[];
  readonly designs: readonly string[] | undefined;
  readonly withRules: boolean;
  readonly variantsOnly: boolean;
  readonly maxStates: number;
}
export type RulesMessage =
  | { readonly kind: 'answer'; readonly name: string }
  | { readonly kind: 'done'; readonly answers: readonly RuleAnswer[] };

/** The answers, and whether all are there. */
export async function rulesAnswers(
  wish: RulesWish,
): Promise<{ answers: RuleAnswer[]; finished: boolean }> {
  const found: (readonly RuleAnswer[] | undefined)[] = wish.scenarios.map(() => undefined);
  const threads = wish.workers > 1 && existsSync(entry) ? wish.workers : 1;
  if (threads === 1) await alone(wish, found);
  else await together(wish, threads, found);
  return {
    answers: found.flatMap((some) => some ?? []),
    finished: !wish.stop.aborted && found.every((some) => some !== undefined),
  };
}

/** One scenario's answers, from ids: what a thread does. */
export function answersToTask(
  task: RulesTask,
  scenario: Scenario,
  more: { readonly onAnswer: (answer: RuleAnswer) => void; readonly go?: () => boolean },
): RuleAnswer[] {
  const { designs: ids, withRules, variantsOnly, maxStates } = task;
  return ruleAnswers(scenario, {
    rules: withRules ? allRules : [],
    ...(ids === undefined ? {} : { designs: allDesigns.filter((one) => ids.includes(one.id)) }),
    variantsOnly,
    maxStates,
    ...more,
  });
}

function taskOf(
  { designs, withRules, variantsOnly, maxStates }: RulesWish,
  scenario: Scenario,
  index: number,
): RulesTask {
  const variants = scenario.variants.map(({ id }) => id);
  return { index, scenario: scenario.id, variants, designs, withRules, variantsOnly, maxStates };
}

async function alone(wish: RulesWish, found: (readonly RuleAnswer[] | undefined)[]): Promise<void> {
  let answered = 0;
  for (const [i, scenario] of wish.scenarios.entries()) {
    await setImmediate(); // lets Ctrl-C be heard
    if (wish.stop.aborted) return;
    found[i] = answersToTask(taskOf(wish, scenario, i), scenario, {
      onAnswer: (answer) => wish.onAnswer(i, ++answered, answer.name),
    });
  }
}

const entry = fileURLToPath(new URL('./rules-thread.js', import.meta.url));
/** Making models makes much that is short-lived. */
const YOUNG_MEGABYTES = 128;

async function together(
  wish: RulesWish,
  threads: number,
  found: (readonly RuleAnswer[] | undefined)[],
): Promise<void> {
  const todo = wish.scenarios.map((scenario, i) => taskOf(wish, scenario, i));
  let [answered, done] = [0, 0];
  const all = new Set<Worker>();
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(entry, {
        // Flags of the program are not for its threads.
        execArgv: [],
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      });
      all.add(worker);
      let task: RulesTask | undefined;
      const next = (): void => {
        task = todo.shift();
        if (task === undefined) end();
        else worker.postMessage(task);
      };
      const end = (): void => {
        wish.stop.removeEventListener('abort', end);
        worker.removeAllListeners();
        void worker.terminate().then(() => resolve());
      };
      wish.stop.addEventListener('abort', end);
      worker.on('error', (error) => {
        // The others would go on for nobody.
        for (const one of all) void one.terminate();
        reject(error);
      });
      worker.on('message', (message: RulesMessage) => {
        if (message.kind === 'answer') {
          wish.onAnswer(done, ++answered, message.name);
          return;
        }
        if (task !== undefined) found[task.index] = message.answers;
        done++;
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: threads }, work));
}
