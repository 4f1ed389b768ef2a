// Judging with the progress line: what `check` and `tour` share.

import { counted, grouped, padEnd } from '../base/text.ts';
import type { Verdict } from '../explain/judge.ts';
import { tallyOf } from '../report/check-text.ts';
import type { Surroundings } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { judgeAll, type SearchWish } from './judge-all.ts';
import { nameOf, type Selected } from './select.ts';

export async function judgeSelected(
  selected: readonly Selected[],
  io: Surroundings,
  search: SearchWish,
  onVerdict: (verdict: Verdict, one: Selected) => void = () => {},
): Promise<Verdict[]> {
  const verdicts = await judgeAll(selected, {
    search,
    stop: io.stop,
    onProgress: (one, index, progress) => {
      const place = `${index + 1}/${selected.length} ${padEnd(nameOf(one), 24)}`;
      if (progress === undefined) return io.progress.show(place);
      const { states, depth, frontier, seconds } = progress;
      const speed = grouped(Math.round(states / Math.max(seconds, 0.001)));
      io.progress.show(
        `${place} ${counted(states, 'state')}, depth ${depth}, ${grouped(frontier)} waiting, ${speed}/s`,
      );
    },
    onVerdict: (verdict, one) => {
      io.progress.clear();
      onVerdict(verdict, one);
    },
  });
  io.progress.clear();
  return verdicts;
}

/** A surprise outweighs a bound: it is known. */
export function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  const { surprises, bounded } = tallyOf(verdicts);
  if (surprises.length > 0) return exitCodes.surprise;
  return bounded > 0 ? exitCodes.bounded : exitCodes.asExpected;
}
