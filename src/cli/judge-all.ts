// Explores one variant after the other. A search yields now and then, so that progress can be shown
// and a Ctrl-C heard: then it stops where it is, and what has not begun never does.

import { setImmediate } from 'node:timers/promises';
import { type JudgeOptions, judging, type Verdict } from '../explain/judge.ts';
import type { Progress } from '../explore/search.ts';
import { nodeCrew } from '../explore-node/crew.ts';
import { freeBytes } from '../explore-node/free-bytes.ts';
import { nameOfChoice } from '../kernel/kernel.ts';
import type { Selected } from './select.ts';
import { inUserFile } from './user-file.ts';

/** How each variant is explored. */
export type SearchWish = Omit<JudgeOptions, 'onProgress'>;

export interface JudgeAllOptions {
  readonly search: SearchWish;
  readonly stop: AbortSignal;
  /** Called as a variant begins (without progress) and while it goes on. */
  readonly onProgress: (one: Selected, index: number, progress: Progress | undefined) => void;
  readonly onVerdict: (verdict: Verdict, one: Selected) => void;
}

export async function judgeAll(
  selected: readonly Selected[],
  options: JudgeAllOptions,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [index, one] of selected.entries()) {
    options.onProgress(one, index, undefined);
    await setImmediate();
    const verdict = options.stop.aborted ? notStarted(one) : await judgeOne(one, index, options);
    verdicts.push(verdict);
    options.onVerdict(verdict, one);
  }
  return verdicts;
}

/** What only this platform has. */
export const onNode = { crew: nodeCrew, freeBytes };

async function judgeOne(one: Selected, index: number, options: JudgeAllOptions): Promise<Verdict> {
  const run = judging(one.scenario, one.variant, { ...onNode, ...options.search });
  try {
    let go = true;
    for (;;) {
      const { done, value } = run.next(go);
      if (done === true) return value;
      options.onProgress(one, index, value);
      await setImmediate();
      go = !options.stop.aborted;
    }
  } catch (error) {
    throw one.file === undefined ? error : inUserFile(error, one.file);
  }
}

function notStarted(one: Selected): Verdict {
  const result = {
    verdict: 'bounded',
    bound: 'interrupted before it began',
    states: 0,
    transitions: 0,
    depth: 0,
    seconds: 0,
    bytes: 0,
    completed: 0,
  } as const;
  const { scenario, variant } = one;
  return { scenario, variant, design: nameOfChoice(one.variant.design), asExpected: false, result };
}
