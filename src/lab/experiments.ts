// What the guest is asked to do, as the lines that its init reads: one experiment for the design as
// it is, one for each flush point taken away, one for each fault planted in the stock kernel; and, for
// programs about changes that no path of the kernel sees, one for the design and one for each repair.

import type { FlushPoint } from '../kernel/kernel.ts';
import { type LabPoint, pointIn } from './lab-points.ts';

/** How the module is set up for a design, beyond its flush points. */
export interface LabDesign {
  readonly id: string;
  readonly points: readonly FlushPoint[];
  readonly accounting: 11 | 12;
}

export type ExperimentKind = 'stock' | 'all-on' | 'less' | 'unseen' | 'repaired' | 'fault';

export interface Experiment {
  readonly id: string;
  readonly kind: ExperimentKind;
  /** What is taken away: parameters of flush points, joined by +, or a fault. */
  readonly removed?: string;
  /** The repair that is put in: its parameter. */
  readonly added?: string;
  /** The module puts flushes off. */
  readonly defers: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly records: boolean;
  readonly programs: readonly string[];
  /** The programs leave reclaim out. */
  readonly stays?: boolean;
}

/**
 * Flushes of the stock kernel that the module can leave out, by parameter: LUF_FAULTS in its header. With
 * `@FUNCTION` behind it only those that are asked for in that function or below.
 */
export const faults: readonly string[] = [
  'fault_arch_tlbbatch_flush',
  'fault_flush_tlb_batched_pending',
  'fault_flush_tlb_mm_range',
  'fault_ptep_clear_flush',
  'fault_arch_tlbbatch_add_mm',
  'fault_flush_tlb_func',
];

/** Faults of what reclaim owes; the others are about pages that are mapped until a program changes them. */
const ofReclaim: ReadonlySet<string> = new Set([
  'fault_arch_tlbbatch_flush',
  'fault_flush_tlb_batched_pending',
  'fault_arch_tlbbatch_add_mm',
]);

/** Longer names of functions do not fit into the module's parameter. */
const CALLER = /^(fault_\w+)@([A-Za-z_]\w{0,61})$/;

/**
 * The settings of a fault.
 *
 * @example
 * ```ts
 * faultSettings('fault_ptep_clear_flush@wp_page_copy')
 * // => { fault_ptep_clear_flush: 'Y', fault_caller: 'wp_page_copy' }
 * ```
 */
export function faultSettings(name: string): Record<string, string> | undefined {
  if (faults.includes(name)) return { [name]: 'Y' };
  const [, fault = '', caller = ''] = CALLER.exec(name) ?? [];
  return faults.includes(fault) ? { [fault]: 'Y', fault_caller: caller } : undefined;
}

/**
 * In microseconds: how late reclaim is with the flush of its batch, on the kernel as it is and with a fault of
 * reclaim. A kernel that is interrupted there is as late; without it, what others do between the emptied entry
 * and its flush would have to come within microseconds, and no program hits that.
 */
const FLUSH_DELAY = '3000';

/** Points that belong to no design: without them the guest could run out of memory. */
const always: ReadonlySet<string> = new Set(['try_to_free_pages', 'out_of_memory']);

export interface ExperimentWish {
  /** Parameters of points (several joined by +), repairs, or faults; empty: all. */
  readonly only: readonly string[];
  readonly records: boolean;
  /** Every point of the module is on, whether or not the design has it. */
  readonly extra: boolean;
  readonly programs: readonly string[];
  /** Programs about changes that no path of the kernel sees. */
  readonly unseen: readonly string[];
}

/**
 * The experiments, the whole design first; those without a program to run are left out. Points that
 * the design does not have are off in all of them, unless `extra`.
 */
export function experimentsOf(
  design: LabDesign,
  points: readonly LabPoint[],
  wish: ExperimentWish,
): Experiment[] {
  const has = (point: LabPoint): boolean =>
    point.repair !== true &&
    (wish.extra || always.has(point.param) || pointIn(point, design.points) !== undefined);
  const base: Record<string, string> = { accounting: String(design.accounting) };
  for (const point of points) base[point.param] = has(point) ? 'Y' : 'N';
  const wanted = (name: string): boolean => wish.only.length === 0 || wish.only.includes(name);
  const isRemovable = (point: LabPoint): boolean => has(point) && !always.has(point.param);
  const removable = points.filter(isRemovable).map(({ param }) => param);
  // Points that stand behind each other show nothing unless all of them are taken away.
  const together = wish.only.filter(
    (name) => name.includes('+') && name.split('+').every((one) => removable.includes(one)),
  );
  const { records, programs, unseen } = wish;
  const repairs = points.filter((point) => point.repair === true && wanted(point.param));
  const all: Experiment[] = [
    {
      id: 'stock',
      kind: 'stock',
      defers: false,
      settings: { ...base, flush_delay_us: FLUSH_DELAY },
      records,
      programs: [...programs, ...(repairs.length === 0 ? [] : unseen)],
    },
    { id: 'all-on', kind: 'all-on', defers: true, settings: base, records, programs },
    ...[...removable.filter(wanted), ...together].map(
      (removed): Experiment => ({
        id: `less-${removed}`,
        kind: 'less',
        removed,
        defers: true,
        settings: {
          ...base,
          ...Object.fromEntries(removed.split('+').map((param) => [param, 'N'])),
        },
        records,
        programs,
      }),
    ),
    ...repairs.slice(0, 1).map(
      (): Experiment => ({
        id: 'unseen',
        kind: 'unseen',
        defers: true,
        settings: base,
        records,
        programs: unseen,
      }),
    ),
    ...repairs.map(
      ({ param }): Experiment => ({
        id: `plus-${param}`,
        kind: 'repaired',
        added: param,
        defers: true,
        settings: { ...base, [param]: 'Y' },
        records,
        programs: unseen,
      }),
    ),
    ...(wish.only.length === 0 ? faults : wish.only.filter(faultSettings)).map(
      (fault): Experiment => {
        const isOfReclaim = ofReclaim.has(fault.replace(/@.*/, ''));
        const delay = isOfReclaim ? { flush_delay_us: FLUSH_DELAY } : {};
        return {
          id: fault,
          kind: 'fault',
          removed: fault,
          defers: false,
          settings: { ...base, ...delay, ...faultSettings(fault) },
          records,
          programs,
          stays: !isOfReclaim,
        };
      },
    ),
  ];
  return all.filter((one) => one.programs.length > 0);
}

/**
 * The text of /plan.
 *
 * @example
 * ```ts
 * planText([{ id: 'stock', kind: 'stock', defers: false, settings: { accounting: '12' }, records: false, programs: ['write'] }], 5)
 * // => 'experiment stock\nset accounting 12\nlitmus write 5\nend\n'
 * ```
 */
export function planText(experiments: readonly Experiment[], rounds: number): string {
  const lines = experiments.flatMap((experiment) => [
    `experiment ${experiment.id}`,
    ...settingLines(experiment),
    ...(experiment.records ? ['record'] : []),
    ...experiment.programs.map(
      (program) => `litmus ${program} ${rounds}${experiment.stays ? ' stays' : ''}`,
    ),
    'end',
  ]);
  return `${lines.join('\n')}\n`;
}

/** Putting flushes off begins when all else is set. */
export function settingLines({ settings, defers }: Experiment): string[] {
  const lines = Object.entries(settings).map(([name, value]) => `set ${name} ${value}`);
  return defers ? [...lines, 'set on Y'] : lines;
}
