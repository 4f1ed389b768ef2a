// Why slips survive, by what the exploration saw of them: from what no run comes to, to what changes and
// harms nobody. A cause is worked out from the answer alone.

import { isOpen, type Mutant } from '../explain/mutants/score.ts';

/** What CPUs get at, and what they find there. */
const reached = new Set(['tlb', 'huge_tlb', 'bytes', 'backing']);
const entries = new Set(['pte', 'pte_dirty', 'pmd', 'pmd_dirty', 'second_pte', 'page_table']);

/** In the order of the page: the last one is what a new scenario is wanted for first. */
export const causes = {
  unreached: 'no run of a variant that was explored whole comes to the place',
  partly: 'only variants that are too large to be explored whole have runs that come to the place',
  same: 'nothing that threads share goes through any other change, as far as was looked',
  order:
    'the same values everywhere, combined or in an order that there was not: a step comes earlier or later, or outside of a lock, and nobody is in between',
  records:
    'other values only in locks, counts, debts and marks: more is done or noted than needed, or somebody makes up for it later, or nobody asks',
  entries: 'other values in page tables, and no CPU comes by another translation',
  reached:
    'CPUs come by other translations, or other bytes are somewhere: nobody looks there, or whoever does was promised nothing',
} as const;
export type Cause = keyof typeof causes;

/** In a few words, of slips that are open and have shown nothing that a program could notice. */
export const openCauses: Partial<Readonly<Record<Cause, string>>> = {
  partly: 'only in variants too large to be explored whole',
  same: 'no difference so far',
  order: 'the same values, otherwise combined or in another order',
  records: 'other values in locks, counts, debts and marks only',
};

/** Undefined for a mutant that is no survivor. */
export function causeOf({
  answer,
  unexplored,
}: Pick<Mutant, 'answer' | 'unexplored'>): Cause | undefined {
  if (answer?.outcome !== 'survivor') return undefined;
  const { reaching, whole, alike, different = [] } = answer;
  if (reaching === 0) return unexplored === 0 ? 'unreached' : 'partly';
  if (whole === 0) return 'partly';
  if (alike === whole) return 'same';
  if (different.length === 0) return 'order';
  const tables = different.map((name) => name.split('.')[0] ?? '');
  if (tables.some((name) => reached.has(name))) return 'reached';
  return tables.some((name) => entries.has(name)) ? 'entries' : 'records';
}

export interface CauseCount {
  readonly cause: Cause;
  /** In every variant that the catalogue has for them. */
  readonly decided: number;
  readonly open: number;
  /** The slips that are most often among them, with how often. */
  readonly most: readonly (readonly [string, number])[];
}

const MOST = 3;

/** One for each cause that some mutant has. */
export function causeCounts(mutants: readonly Mutant[]): CauseCount[] {
  return (Object.keys(causes) as Cause[]).flatMap((cause) => {
    const own = mutants.filter((one) => causeOf(one) === cause);
    if (own.length === 0) return [];
    const open = own.filter(isOpen).length;
    const counts = new Map<string, number>();
    for (const { operator } of own) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST);
    return [{ cause, decided: own.length - open, open, most }];
  });
}
