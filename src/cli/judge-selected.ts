// Judging with the progress line: what `check` and `tour` share.

import type { Verdict } from '../explain/judge.ts';
import { tallyOf } from '../report/check-text.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { worstFailure } from './jobs/failure.ts';
import { judgeAll, type SearchWish, type Together } from './judge-all.ts';
import { progressLine } from './progress-line.ts';
import { nameOf, type Selected } from './select.ts';

export async function judgeSelected(
  selected: readonly Selected[],
  io: Surroundings,
  search: SearchWish,
  onVerdict: (verdict: Verdict, one: Selected) => void = () => {},
  together?: Together,
): Promise<Verdict[]> {
  const names = selected.map(nameOf);
  const verdicts = await judgeAll(
    selected,
    {
      search,
      stop: io.stop,
      onProgress: (running, done) => io.progress.show(progressLine(names, running, done)),
      onVerdict: (verdict, one) => {
        io.progress.clear();
        onVerdict(verdict, one);
      },
    },
    together,
  );
  io.progress.clear();
  return verdicts;
}

/** What was not answered outweighs all; a surprise outweighs a bound: it is known. */
export function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  const { surprises, bounded, notBegun, errors } = tallyOf(verdicts);
  if (errors.length > 0) return worstFailure(errors);
  if (surprises.length > 0) return exitCodes.surprise;
  return bounded + notBegun > 0 ? exitCodes.bounded : exitCodes.asExpected;
}
