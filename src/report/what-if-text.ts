// The answer of `lufcheck whatif` for a terminal: a table, a plot of interrupts, what was paid where,
// and every assumption. The same as CSV for spreadsheets.

import { grouped, padEnd, padStart, width, wrap } from '../base/text.ts';
import type { WhatIf, WhatIfDesign, WhatIfPlace } from '../whatif/what-if.ts';
import type { Look } from './look.ts';

const BAR = 30;

export function whatIfText(answer: WhatIf, { columns, paint }: Look): string[] {
  const { batched, others } = answer;
  const facts = [
    `${grouped(answer.events)} events in ${answer.seconds.toFixed(1)} s on ${answer.cpus} CPUs`,
    `reclaim emptied ${grouped(answer.unmapped)} entries, ${grouped(answer.unmappedShared)} of them in address spaces that several CPUs used`,
    `recorded: ${grouped(batched.flushes)} batched flushes with ${grouped(batched.ipis)} interrupts of other CPUs; ${grouped(others.flushes)} other flushes with ${grouped(others.ipis)}, which no design here defers`,
  ];
  return [
    `${paint.bold('WHAT IF')}  ${answer.file}`,
    ...facts.flatMap((one) => wrap(`  ${one}`, columns, '  ')),
    '',
    ...table(answer),
    '',
    ...plot(answer),
    '',
    ...answer.designs.flatMap((one) => wrap(`  ${paidText(one)}`, columns, '    ')),
    '',
    'Assumptions',
    ...answer.assumptions.flatMap((one) => wrap(`  - ${one}`, columns, '    ')),
    ...answer.designs
      .filter(({ unseen }) => unseen.length > 0)
      .flatMap(({ design, unseen }) =>
        wrap(`  - not seen in the recording, for ${design}: ${unseen.join(', ')}`, columns, '    '),
      ),
  ];
}

/** One line for each design and place; durations in nanoseconds. */
export function whatIfCsv(answer: WhatIf): string[] {
  const head = [
    'design',
    'place',
    'flush_point',
    'flushes',
    'shootdowns',
    'ipis',
    'deferred',
    'merged',
    'carried_frames',
    'carried_median_ns',
    'held_frames',
    'held_median_ns',
  ];
  const rows = answer.designs.flatMap((one) => {
    const last = [
      one.deferred,
      one.merged,
      one.carried.count,
      one.carried.median,
      one.held.count,
      one.held.median,
    ];
    const line = (place: string, isPoint: boolean, at: Omit<WhatIfPlace, 'place' | 'isPoint'>) =>
      [one.design, place, isPoint, at.flushes, at.shootdowns, at.ipis, ...last].join(',');
    return [
      line('all', false, one),
      ...one.places.map((place) => line(place.place, place.isPoint, place)),
    ];
  });
  const recorded = (place: string, { flushes, shootdowns, ipis }: WhatIf['batched']): string =>
    ['recorded', place, false, flushes, shootdowns, ipis, 0, 0, 0, 0, 0, 0].join(',');
  return [
    head.join(','),
    recorded('arch_tlbbatch_flush', answer.batched),
    recorded('flush_tlb_mm_range', answer.others),
    ...rows,
  ];
}

function table({ designs }: WhatIf): string[] {
  const head = [
    'design',
    'flushes',
    'interrupts',
    'put off',
    'together',
    'free in debt',
    'for',
    'kept',
  ];
  const rows = designs.map((one) => [
    one.design,
    grouped(one.flushes),
    grouped(one.ipis),
    grouped(one.deferred),
    grouped(one.merged),
    grouped(one.carried.count + (one.mostHeld > 0 ? 0 : one.left)),
    one.carried.count === 0 ? '-' : time(one.carried.median),
    one.held.count === 0 ? '-' : `${grouped(one.held.count)} for ${time(one.held.median)}`,
  ]);
  const wide = head.map((_, i) => Math.max(...[head, ...rows].map((row) => width(row[i] ?? ''))));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => (i === 0 ? padEnd(cell, wide[i] ?? 0) : padStart(cell, wide[i] ?? 0)))
      .join('  ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}

function plot({ designs }: WhatIf): string[] {
  const most = Math.max(1, ...designs.map(({ ipis }) => ipis));
  const wide = Math.max(...designs.map(({ design }) => width(design)));
  return [
    '  interrupts of other CPUs',
    ...designs.map(({ design, ipis }) => {
      const bar = '#'.repeat(Math.ceil((ipis / most) * BAR));
      return `  ${padEnd(design, wide)}  ${padEnd(bar, BAR)} ${grouped(ipis)}`;
    }),
  ];
}

function paidText({ design, places }: WhatIfDesign): string {
  if (places.length === 0) return `${design}: no flush at all`;
  const where = places.map(
    ({ place, flushes, ipis, isPoint }) =>
      `${place}${isPoint ? '' : ' (the kernel itself)'} ${grouped(flushes)} (${grouped(ipis)})`,
  );
  return `${design} flushed (interrupts): ${where.join(', ')}`;
}

function time(ns: number): string {
  if (ns < 1e6) return `${(ns / 1e3).toFixed(0)} us`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e9).toFixed(1)} s`;
}
