// What the lab page says of a run: its three answers in words, and what deferring saved as bars.

import type { Answer } from '../../lab/agreement.ts';
import type { WorkloadRun } from '../../lab/workload.ts';
import type { RowShown, RunShown, WorkloadShown } from './lab-file.ts';
import type { VerdictKind } from './words.ts';

export interface AnswerShown {
  readonly kind: VerdictKind;
  readonly text: string;
  /** Who or what says so; may be empty. */
  readonly by: readonly string[];
}

const kinds: Readonly<Record<Answer, VerdictKind>> = {
  wrong: 'violated',
  nothing: 'holds',
  unknown: 'bounded',
};

export interface LabLine {
  readonly id: string;
  /** What was done to the kernel. */
  readonly name: string;
  readonly programs: AnswerShown;
  readonly rules: AnswerShown;
  /** Undefined where nothing was taken away that the model could be asked about. */
  readonly model: AnswerShown | undefined;
  /** Arguments of lufcheck that show the model's counterexample. */
  readonly witness: readonly string[] | undefined;
  readonly agreement: AnswerShown;
  readonly row: RowShown;
}

export function labLines({ rows }: Pick<RunShown, 'rows'>): LabLine[] {
  return rows.map((row): LabLine => {
    const { id, removed, programs, rules, model, seenBy, firing, witness, complete, agree } = row;
    return {
      id,
      row,
      name: removed ?? (id === 'stock' ? 'the stock kernel' : 'every flush point on'),
      programs: answer(programs, ['stale bytes', 'nothing stale', 'did not run'], seenBy),
      rules: answer(rules, ['violated', 'silent', 'no verdict'], firing),
      model:
        removed === undefined
          ? undefined
          : answer(model, ['goes wrong', 'holds', 'cannot say'], []),
      witness: witness?.split(' '),
      agreement: complete
        ? agreementOf(agree, removed === undefined ? [programs, rules] : [programs, rules, model])
        : { kind: 'none', text: 'did not end', by: [] },
    };
  });
}

/** Who cannot say does not differ. */
function agreementOf(agree: boolean, answers: readonly Answer[]): AnswerShown {
  if (agree) return { kind: 'holds', text: 'agree', by: [] };
  const known = new Set(answers.filter((one) => one !== 'unknown'));
  return { kind: 'bounded', text: known.size > 1 ? 'differ' : 'too little to tell', by: [] };
}

function answer(
  said: Answer,
  [wrong, nothing, unknown]: readonly [string, string, string],
  by: readonly string[],
): AnswerShown {
  return { kind: kinds[said], text: { wrong, nothing, unknown }[said], by };
}

export interface Saving {
  readonly name: string;
  readonly interrupts: number;
  /** Against the stock kernel, in percent: -91. Undefined for the stock kernel itself. */
  readonly change: number | undefined;
}

/** TLB shootdown interrupts of the same programs on each kernel of a run; those that were not counted are left out. */
export function savingsOf({ rows }: Pick<RunShown, 'rows'>): Saving[] {
  const stock = rows.find(({ id }) => id === 'stock')?.interrupts;
  // A fault of the stock kernel says nothing about LUF.
  return labLines({ rows: rows.filter(({ id }) => !id.startsWith('fault')) }).flatMap(
    ({ id, name, row: { interrupts, removed } }) =>
      interrupts === undefined
        ? []
        : [
            {
              name: removed === undefined ? name : `without ${name}`,
              interrupts,
              change: id === 'stock' ? undefined : changeOf(stock, interrupts),
            },
          ],
  );
}

export interface WorkloadBar {
  readonly name: string;
  /** For each 1,000 pages read: TLB shootdown interrupts. */
  readonly rate: number;
  readonly runs: number;
  readonly least: number;
  readonly most: number;
  readonly change: number | undefined;
}

/** Interrupts for each 1,000 pages, over all runs; a kernel without a run that ended has no bar. */
export function workloadBars(work: Pick<WorkloadShown, 'stock' | 'luf' | 'design'>): WorkloadBar[] {
  const before = rateOf(work.stock);
  return (
    [
      ['the stock kernel', work.stock],
      [work.design, work.luf],
    ] as const
  ).flatMap(([name, runs], i): WorkloadBar[] => {
    const rate = rateOf(runs);
    if (rate === undefined) return [];
    const rates = runs.map((one) => rateOf([one]) ?? 0);
    return [
      {
        ...{ name, rate, runs: runs.length },
        ...{ least: Math.min(...rates), most: Math.max(...rates) },
        change: i === 0 ? undefined : changeOf(before, rate),
      },
    ];
  });
}

function rateOf(runs: readonly WorkloadRun[]): number | undefined {
  const pages = runs.reduce((sum, one) => sum + one.pages, 0);
  const interrupts = runs.reduce((sum, one) => sum + one.interrupts, 0);
  return pages === 0 ? undefined : (interrupts / pages) * 1000;
}

function changeOf(before: number | undefined, after: number): number | undefined {
  return before === undefined || before === 0 ? undefined : ((after - before) / before) * 100;
}
