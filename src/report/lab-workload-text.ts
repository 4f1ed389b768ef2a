// What LUF saved in the lab, for a terminal: medians and ranges over the runs, never one number alone.

import { counted, grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { Prediction } from '../lab/prediction.ts';
import type { Workload, WorkloadRun } from '../lab/workload.ts';
import type { Look } from './look.ts';

const ROWS: readonly (readonly [string, keyof WorkloadRun])[] = [
  ['TLB shootdown interrupts', 'interrupts'],
  ['batches that reclaim flushed', 'kernelFlushes'],
  ['batches put off', 'deferred'],
  ['flushes for what was put off', 'flushes'],
  ['pages read', 'pages'],
  ['of them wrong', 'wrong'],
];

export function workloadText(work: Workload, { columns, paint }: Look): string[] {
  const { stock, luf } = work;
  const table = [
    ['', 'stock', work.design],
    ...ROWS.map(([text, field]) => [text, spread(stock, field), spread(luf, field)]),
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...table.map((row) => width(row[i] ?? ''))));
  const lines = table.map((row) =>
    row
      .map((text, i) => (i === 0 ? padEnd : padStart)(text, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [before, after] = [rate(stock), rate(luf)];
  const saved =
    before === undefined || after === undefined || before === 0
      ? ['Nothing to compare.']
      : [
          `Interrupts for each 1,000 pages read: ${before.toFixed(1)} on the stock kernel, ${after.toFixed(1)} with LUF (${(((after - before) / before) * 100).toFixed(0)} %).`,
        ];
  return [
    `${paint.bold('LAB WORKLOAD')}  ${work.release}, ${work.cpus} CPUs (${work.accel}), ${counted(stock.length, 'run')} of ${work.seconds} s on the stock kernel, ${luf.length} with LUF, whose timer pays after ${grouped(work.timer)} ms`,
    '',
    ...lines,
    '',
    ...saved,
    ...(work.prediction === undefined
      ? []
      : wrap(predictionText(work.prediction, work.design), columns)),
    ...wrap(
      'Medians, and the least and the most in brackets. In an emulator times say nothing about hardware, and counts follow from them: take the shares, not the numbers.',
      columns,
    ),
    ...[...work.failures, ...work.warnings].flatMap((text) =>
      wrap(`guest: ${text}`, columns, '  '),
    ),
  ];
}

function predictionText(prediction: Prediction | string, design: string): string {
  if (typeof prediction === 'string') return `No prediction: ${prediction}`;
  const { batched, others } = prediction.happened;
  const [before, after] = [batched + others, prediction.predicted + others];
  const share = before === 0 ? '' : ` (${(((after - before) / before) * 100).toFixed(0)} %)`;
  return `lufcheck whatif, from ${prediction.seconds.toFixed(1)} s of the stock kernel recorded: ${grouped(batched)} interrupts for reclaim and ${grouped(others)} for all else would have been ${grouped(prediction.predicted)} and ${grouped(others)}${share} with ${design}.`;
}

function spread(runs: readonly WorkloadRun[], field: keyof WorkloadRun): string {
  const sorted = runs.map((one) => one[field]).sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '-';
  const median = grouped(medianOf(sorted));
  return least === most ? median : `${median} (${grouped(least)} to ${grouped(most)})`;
}

/** Interrupts for each 1,000 pages, over all runs. */
function rate(runs: readonly WorkloadRun[]): number | undefined {
  const pages = runs.reduce((sum, one) => sum + one.pages, 0);
  const interrupts = runs.reduce((sum, one) => sum + one.interrupts, 0);
  return pages === 0 ? undefined : (interrupts / pages) * 1000;
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return Math.round(((low ?? 0) + (high ?? 0)) / 2);
}
