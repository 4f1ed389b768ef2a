// A soak for a terminal: what was tried, what went wrong, and whether the kernel is well.

import { counted, grouped, wrap } from '../base/text.ts';
import type { Soak } from '../lab/soak.ts';
import type { Look } from './look.ts';

export function soakText(soak: Soak, { columns, paint }: Look): string[] {
  const verdict =
    soak.staleReads > 0
      ? paint.bad(
          `WRONG: ${grouped(soak.staleReads)} of ${grouped(soak.reads)} reads, in ${soak.wrongIn.join(', ')}`,
        )
      : `No stale read in ${grouped(soak.reads)}.`;
  return [
    `${paint.bold('LAB SOAK')}  ${soak.release}, ${soak.design}, ${soak.cpus} CPUs (${soak.accel}), ${grouped(Math.round(soak.seconds))} s`,
    '',
    verdict,
    ...wrap(
      `${counted(soak.rounds, 'round')} of ${counted(soak.programs.length, 'program')} in ${counted(soak.passes, 'pass', 'passes')}; in ${grouped(soak.reached)} of ${grouped(soak.tried)} a reader went on by a translation that reclaim had taken away. ${counted(soak.counters.deferred ?? 0, 'flush', 'flushes')} put off, ${grouped(soak.counters.flushes ?? 0)} carried out for them.`,
      columns,
    ),
    ...wrap(
      `${counted(soak.kills, 'task')} killed for memory, as was wanted; the module was unloaded and loaded ${counted(soak.reloads, 'time')} under load.`,
      columns,
    ),
    ...soak.failures.flatMap((text) => wrap(`guest: ${text}`, columns, '  ')),
    ...soak.warnings.flatMap((text) => wrap(`kernel: ${text}`, columns, '  ')),
    ...(soak.complete ? [] : ['the guest did not come to its end: see its console (--keep DIR)']),
    soak.unloaded ? 'The module was unloaded cleanly.' : 'The module was NOT unloaded.',
  ];
}
