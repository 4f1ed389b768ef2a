// A run of the lab for a terminal: flush point by flush point what programs read, what the rules found
// in the recording and what the explorer says, with the reason wherever they differ.

import { counted, grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { Answer, Outcome } from '../lab/agreement.ts';
import type { LabRun } from '../lab/lab-run.ts';
import type { LabRow } from '../lab/lab-table.ts';
import type { Look } from './look.ts';

const answerText: Readonly<Record<Answer, string>> = {
  wrong: 'WRONG',
  nothing: '-',
  unknown: '?',
  'not asked': 'not asked',
};

const outcomeText: Readonly<Record<Outcome, string>> = {
  agree: 'agree',
  differ: 'DIFFER',
  'not tried': 'not tried',
  alone: '',
};

function labelOf(row: LabRow): string {
  switch (row.kind) {
    case 'stock':
      return '(stock kernel)';
    case 'all-on':
      return '(nothing: all on)';
    case 'unseen':
      return '(nothing: unseen changes)';
    case 'repaired':
      return `(unseen changes; with ${row.added})`;
    default:
      return row.removed ?? row.id;
  }
}

const HEADS = [
  'without',
  'kept',
  'wrong',
  'stale reads',
  'programs',
  'rules',
  'model',
  '',
] as const;

export function labText(run: LabRun, { columns, paint }: Look): string[] {
  const head = `${paint.bold('LAB')}  ${run.release}, ${run.design}, ${run.cpus} CPUs (${run.accel}), ${counted(run.rounds, 'round')} of ${counted(run.programs.length + run.unseen.length, 'program')}, ${counted(run.boots, 'boot')}`;
  const cells = run.rows.map((row) => [
    labelOf(row),
    `${row.reached}/${row.tried}`,
    grouped(row.wrongRounds),
    grouped(row.staleReads),
    answerText[row.programs],
    answerText[row.rules],
    row.kind === 'less' ? answerText[row.model] : '',
    row.complete ? outcomeText[row.outcome] : 'MISSING',
  ]);
  const widths = HEADS.map((text, i) =>
    Math.max(width(text), ...cells.map((row) => width(row[i] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) =>
        i >= 1 && i <= 3 ? padStart(text, widths[i] ?? 0) : padEnd(text, widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    head,
    '',
    paint.bold(line(HEADS)),
    ...cells.map((row, i) => {
      const text = line(row);
      return run.rows[i]?.programs === 'wrong' ? paint.bad(text) : text;
    }),
    '',
    ...run.rows.flatMap((row) =>
      remarks(row).flatMap((text) => wrap(`${labelOf(row)}: ${text}`, columns, '  ')),
    ),
    ...beyondLines(run).flatMap((text) => wrap(text, columns, '  ')),
    ...savings(run).flatMap((text) => wrap(text, columns, '  ')),
    ...wrap(
      'kept: rounds in which a reader went on by a translation that reclaim had taken away, of those in which reclaim was asked to. wrong: rounds with a read that nothing allows. WRONG, -: something goes wrong without the point, or nothing does; ?: cannot say.',
      columns,
    ),
    ...healthLines(run).flatMap((text) => wrap(text, columns, '  ')),
  ];
}

function remarks(row: LabRow): string[] {
  const seen = row.seenBy.length === 0 ? [] : [`read by ${row.seenBy.join(', ')}`];
  const firing = row.firing.length === 0 ? [] : [`rules ${row.firing.join(', ')}`];
  const leftOut =
    row.leftOut === undefined ? [] : [`${counted(row.leftOut, 'flush', 'flushes')} left out`];
  const witness = row.witness === undefined ? [] : [`model: lufcheck ${row.witness}`];
  const because = row.because === '' ? [] : [row.because];
  const unmodelled = row.unmodelled === undefined ? [] : [`no model: ${row.unmodelled}`];
  const all = [
    ...leftOut,
    ...seen,
    ...firing,
    ...witness,
    ...because,
    ...unmodelled,
    ...row.failures,
  ];
  return all.length === 0 ? [] : [all.join('; ')];
}

/** Points of the design that are not in the lab, those with one reason together. */
function beyondLines({ beyond = [], design }: LabRun): string[] {
  const reasons = [...new Set(beyond.map(({ because }) => because))];
  return reasons.map((because) => {
    const points = beyond.filter((one) => one.because === because).map(({ point }) => point);
    return `Of ${design} not in the lab: ${points.join(', ')} (${because ?? 'no reason is known'}).`;
  });
}

/** The same programs on the stock kernel and with every point on. */
function savings({ rows }: LabRun): string[] {
  const [stock, whole] = ['stock', 'all-on'].map((id) => rows.find((row) => row.id === id));
  if (stock?.interrupts === undefined || whole?.interrupts === undefined) return [];
  return [
    `TLB shootdown interrupts of these programs, one run: ${grouped(stock.interrupts)} on the stock kernel, ${grouped(whole.interrupts)} with LUF (${counted(whole.deferred, 'flush', 'flushes')} put off, ${grouped(whole.flushes)} carried out for them).`,
  ];
}

function healthLines(run: LabRun): string[] {
  return [
    ...run.failures.map((text) => `guest: ${text}`),
    ...run.warnings.map((text) => `kernel: ${text}`),
    ...(run.stopped === undefined
      ? []
      : [
          `${grouped(run.stopped)} of ${counted(run.boots, 'boot')} stopped when the time was over (--seconds).`,
        ]),
    ...(run.complete
      ? []
      : ['not complete: --into FILE carries on; --keep DIR keeps what the console said']),
    run.unloaded ? 'The module was unloaded cleanly.' : 'The module was NOT unloaded.',
  ];
}
