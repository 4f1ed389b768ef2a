// What differs between two campaigns, cell by cell: after a change of a model, a design or a bound. Cells are
// the same if they are named the same; a result that came from the same text and bounds cannot differ.

import { canonical } from './canonical.ts';
import { cellName, questionOf } from './cell.ts';
import { type CellResult, isViolated, type Outcome } from './result.ts';
import type { CampaignCell, CampaignRecord } from './store.ts';

export type Change =
  /** It was not, or not known to be. */
  | 'newly violated'
  /** In every interleaving, which was not so, or not known. */
  | 'newly holding'
  /** Otherwise another answer. */
  | 'another answer'
  /** Nothing wrong, in more states or in fewer. */
  | 'deeper'
  | 'less deep'
  /** The same look took much more time, or much less. */
  | 'slower'
  | 'quicker'
  /** Nothing is known any more, or only now. */
  | 'not known any more'
  | 'known now'
  | 'only in the first'
  | 'only in the second';

export interface Difference {
  readonly name: string;
  readonly change: Change;
  readonly before?: CampaignCell;
  readonly after?: CampaignCell;
}

/** Times that a look must take longer, and seconds, before it is worth a word: machines differ. */
const SLOWER = 2;
const SLOWER_SECONDS = 1;

type Cells = Pick<CampaignRecord, 'cells'>;

/** In the order of the cells of the second; then those that only the first has. */
export function compareCampaigns(first: Cells, second: Cells): Difference[] {
  const before = byQuestion(first);
  const after = byQuestion(second);
  const found: Difference[] = [];
  for (const [question, cell] of after) {
    const old = before.get(question);
    const name = cellName(cell.cell);
    const change = old === undefined ? 'only in the second' : changeOf(old, cell);
    if (change === undefined) continue;
    found.push({ name, change, ...(old === undefined ? {} : { before: old }), after: cell });
  }
  for (const [question, cell] of before) {
    if (after.has(question)) continue;
    found.push({ name: cellName(cell.cell), change: 'only in the first', before: cell });
  }
  return found;
}

function byQuestion({ cells }: Cells): Map<string, CampaignCell> {
  return new Map(cells.map((one) => [questionOf(one.cell), one] as const));
}

function changeOf(a: CampaignCell, b: CampaignCell): Change | undefined {
  if (b.result === undefined) return a.result === undefined ? undefined : 'not known any more';
  const old = a.result?.outcome;
  const { outcome } = b.result;
  if (isViolated(outcome) && (old === undefined || !isViolated(old))) return 'newly violated';
  if (outcome.verdict === 'holds' && old?.verdict !== 'holds') return 'newly holding';
  if (old === undefined) return 'known now';
  if (old.verdict === 'bounded' && outcome.verdict === 'bounded') {
    if (outcome.states !== old.states) return outcome.states > old.states ? 'deeper' : 'less deep';
  } else if (old.verdict === 'holds' && outcome.verdict === 'bounded') {
    return 'less deep';
  } else if (answerOf(old) !== answerOf(outcome)) {
    return 'another answer';
  }
  return paceOf(a, b);
}

/** What is asked of a cell, without how it was found. */
function answerOf(outcome: Outcome): string {
  switch (outcome.verdict) {
    case 'violated':
      return `violated ${outcome.what}`;
    case 'error':
      return `error ${outcome.code}`;
    default:
      return outcome.verdict;
  }
}

/** Only of looks within the same bounds, both of which were made. */
function paceOf(a: CampaignCell, b: CampaignCell): 'slower' | 'quicker' | undefined {
  if (a.cost === undefined || b.cost === undefined || !sameBounds(a.result, b.result)) {
    return undefined;
  }
  const [before, after] = [a.cost.seconds, b.cost.seconds];
  if (after > SLOWER * before && after > before + SLOWER_SECONDS) return 'slower';
  if (before > SLOWER * after && before > after + SLOWER_SECONDS) return 'quicker';
  return undefined;
}

function sameBounds(a: CellResult | undefined, b: CellResult | undefined): boolean {
  return canonical(a?.bounds ?? null) === canonical(b?.bounds ?? null);
}
