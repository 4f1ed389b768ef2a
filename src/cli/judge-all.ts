// Variants judged one after the other, or several at a time; the verdicts come in the order of the
// variants. After a Ctrl-C what is at work stops where it is, and what has not begun never does.

import { Problem } from '../base/problem.ts';
import { interrupted, unanswered, type Verdict } from '../explain/judge.ts';
import type { Progress } from '../explore/search.ts';
import { exitCodes } from './exit-codes.ts';
import { askAll, type Told } from './jobs/ask.ts';
import { exitCodeOfFailure } from './jobs/failure.ts';
import { type CheckAnswer, type CheckPlan, checkQuestions } from './jobs/plan.ts';
import type { SearchWish } from './search-wish.ts';
import type { Selected } from './select.ts';

export type { SearchWish } from './search-wish.ts';

/** What lets several variants be judged at a time. */
export interface Together {
  /** The selected variants are those of this plan. */
  readonly plan: CheckPlan;
  /** Threads at most; as many as there are cores for, if left out. */
  readonly jobs: number | undefined;
}

export interface JudgeAllOptions {
  readonly search: SearchWish;
  readonly stop: AbortSignal;
  /** Told now and then which variants are at work. */
  readonly onProgress: (running: ReadonlyMap<number, Progress | undefined>, done: number) => void;
  readonly onVerdict: (verdict: Verdict, one: Selected) => void;
}

/**
 * Without `together`, and for a single variant, what is wrong with a model is thrown; else it is the
 * variant's verdict, and the others are judged all the same.
 */
export async function judgeAll(
  selected: readonly Selected[],
  { onVerdict, ...options }: JudgeAllOptions,
  together?: Together,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  await askAll({
    ...options,
    plan: together?.plan,
    jobs: together?.jobs,
    questions: checkQuestions(selected),
    onAnswer(told, n) {
      const one = selected[n] as Selected;
      if (selected.length === 1) throwMistake(told);
      const verdict = verdictOf(told, one);
      verdicts.push(verdict);
      onVerdict(verdict, one);
    },
  });
  return verdicts;
}

function verdictOf(told: Told<CheckAnswer>, { scenario, variant }: Selected): Verdict {
  if (told.kind === 'not begun') return interrupted(scenario, variant);
  if (told.kind === 'cut') return interrupted(scenario, variant, told.progress ?? null);
  if (told.failure !== undefined) return unanswered(scenario, variant, told.failure);
  return { scenario, variant, ...told.answer };
}

/** Of a single variant the user's mistake is all there is to say. */
function throwMistake(told: Told<CheckAnswer>): void {
  if (told.kind !== 'answered' || told.failure === undefined) return;
  const { code, message, ...more } = told.failure;
  if (exitCodeOfFailure(told.failure) === exitCodes.usage) throw new Problem(code, message, more);
}
