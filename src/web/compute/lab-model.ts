// What the lab page says of a run: its three answers in words, and what deferring saved as bars.

import type { RowShown, RunShown, Said, WorkloadRun, WorkloadShown } from './lab-file.ts';
import type { VerdictKind } from './words.ts';

export interface AnswerShown {
  readonly kind: VerdictKind;
  readonly text: string;
  /** Who or what says so; may be empty. */
  readonly by: readonly string[];
}

const kinds: Readonly<Record<Said, VerdictKind>> = {
  wrong: 'violated',
  nothing: 'holds',
  unknown: 'bounded',
  'not asked': 'none',
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
    const { id, programs, rules, model, seenBy, firing, witness } = row;
    return {
      id,
      row,
      name: nameOf(row),
      programs: answer(programs, ['stale bytes', 'nothing stale', 'did not run'], seenBy),
      rules: answer(rules, ['violated', 'silent', 'no verdict'], firing),
      model: isPoint(row) ? answer(model, ['goes wrong', 'holds', 'cannot say'], []) : undefined,
      witness: witness?.split(' '),
      agreement: row.complete ? agreementOf(row) : { kind: 'none', text: 'did not end', by: [] },
    };
  });
}

function nameOf({ id, kind, removed, added }: RowShown): string {
  if (removed !== undefined) return removed;
  if (added !== undefined) return `every flush point on, and ${added}`;
  if (kind === 'unseen') return 'every flush point on; changes that no path of the kernel sees';
  return id === 'stock' ? 'the stock kernel' : 'every flush point on';
}

/** The model is asked about flush points, not about faults of the stock kernel. */
function isPoint({ id, removed }: RowShown): boolean {
  return removed !== undefined && !id.startsWith('fault');
}

const outcomes: Readonly<Record<string, string>> = {
  agree: 'agree',
  differ: 'differ',
  'not tried': 'not tried',
  alone: 'one witness only',
};

/** Who cannot say does not differ; older runs do not tell the two apart. */
function agreementOf(row: RowShown): AnswerShown {
  const { agree, programs, rules, model, outcome } = row;
  if (agree) return { kind: 'holds', text: 'agree', by: [] };
  const said = isPoint(row) ? [programs, rules, model] : [programs, rules];
  const known = new Set(said.filter((one) => one === 'wrong' || one === 'nothing'));
  const guess = known.size > 1 ? 'differ' : 'alone';
  return { kind: 'bounded', text: outcomes[outcome ?? guess] ?? 'differ', by: [] };
}

function answer(
  said: Said,
  [wrong, nothing, unknown]: readonly [string, string, string],
  by: readonly string[],
): AnswerShown {
  return {
    kind: kinds[said],
    text: { wrong, nothing, unknown, 'not asked': 'not asked' }[said],
    by,
  };
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
  // A fault of the stock kernel says nothing about LUF, and other programs nothing about these.
  return labLines({
    rows: rows.filter(
      ({ id, kind }) => !id.startsWith('fault') && kind !== 'unseen' && kind !== 'repaired',
    ),
  }).flatMap(({ id, name, row: { interrupts, removed } }) =>
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
