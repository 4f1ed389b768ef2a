// What the guest is asked to do, as the lines that its init reads: one experiment for the design as
// it is, one for each flush point taken away, one for each fault planted in the stock kernel.

import type { FlushPoint } from '../kernel/kernel.ts';
import { type LabPoint, pointIn } from './lab-points.ts';

/** How the module is set up for a design, beyond its flush points. */
export interface LabDesign {
  readonly id: string;
  readonly points: readonly FlushPoint[];
  readonly accounting: 11 | 12;
}

export interface Experiment {
  readonly id: string;
  /** What is taken away: a flush point's parameter, or a fault's. */
  readonly removed?: string;
  /** The module puts flushes off. */
  readonly defers: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly records: boolean;
}

/** Flushes of the stock kernel that the module can leave out. */
export const faults: readonly string[] = [
  'fault_arch_tlbbatch_flush',
  'fault_flush_tlb_batched_pending',
  'fault_flush_tlb_mm_range',
  'fault_ptep_clear_flush',
];

/** Points that belong to no design: without them the guest could run out of memory. */
const always: ReadonlySet<string> = new Set(['try_to_free_pages', 'out_of_memory']);

/**
 * The experiments of one boot, the whole design first. Points that the design does not have are off
 * in all of them, unless `extra`: then every point of the module is on.
 */
export function experimentsOf(
  design: LabDesign,
  points: readonly LabPoint[],
  wish: { readonly only: readonly string[]; readonly records: boolean; readonly extra: boolean },
): Experiment[] {
  const has = (point: LabPoint): boolean =>
    wish.extra || always.has(point.param) || pointIn(point, design.points) !== undefined;
  const base: Record<string, string> = { accounting: String(design.accounting) };
  for (const point of points) base[point.param] = has(point) ? 'Y' : 'N';
  const wanted = (name: string): boolean => wish.only.length === 0 || wish.only.includes(name);
  const { records } = wish;
  return [
    { id: 'stock', defers: false, settings: base, records },
    { id: 'all-on', defers: true, settings: base, records },
    ...points
      .filter((point) => has(point) && !always.has(point.param) && wanted(point.param))
      .map(({ param }) => ({
        id: `less-${param}`,
        removed: param,
        defers: true,
        settings: { ...base, [param]: 'N' },
        records,
      })),
    ...faults.filter(wanted).map((fault) => ({
      id: fault,
      removed: fault,
      defers: false,
      settings: { ...base, [fault]: 'Y' },
      records,
    })),
  ];
}

/**
 * The text of /plan.
 *
 * @example
 * ```ts
 * planText([{ id: 'stock', defers: false, settings: { accounting: '12' }, records: false }], ['write'], 5)
 * // => 'experiment stock\nset accounting 12\nlitmus write 5\nend\n'
 * ```
 */
export function planText(
  experiments: readonly Experiment[],
  programs: readonly string[],
  rounds: number,
): string {
  const lines = experiments.flatMap((experiment) => [
    `experiment ${experiment.id}`,
    ...settingLines(experiment),
    ...(experiment.records ? ['record'] : []),
    ...programs.map((program) => `litmus ${program} ${rounds}`),
    'end',
  ]);
  return `${lines.join('\n')}\n`;
}

/** Putting flushes off begins when all else is set. */
export function settingLines({ settings, defers }: Experiment): string[] {
  const lines = Object.entries(settings).map(([name, value]) => `set ${name} ${value}`);
  return defers ? [...lines, 'set on Y'] : lines;
}
