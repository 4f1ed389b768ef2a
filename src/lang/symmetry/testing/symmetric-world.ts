// A world in which everything of a kind is alike, over the modelled kernel: every CPU runs the same
// thread, and every page is a page of a file of its own, mapped read-only at an address of its own.
// What symmetry is worth is measured on it.

import type { DesignChoice, Kernel } from '../../../kernel/kernel.ts';
import { reclaim } from '../../../kernel/paths/reclaim.ts';
import { load } from '../../../kernel/paths/user.ts';
import { buildModel } from '../../../kernel/scenario.ts';
import type { TlbForm } from '../../../kernel/tlb-form.ts';
import { type Id, theId } from '../../expr.ts';
import type { ModelText } from '../../machine.ts';
import type { Code } from '../../nodes.ts';
import { path, pickStep } from '../../program.ts';
import { maybe } from '../../sorts.ts';

export interface SymmetricWorld {
  readonly cpus: number;
  readonly pages: number;
  readonly frames: number;
  readonly design: DesignChoice;
  /** What the thread on each CPU does, in this order. */
  readonly does: readonly ('load' | 'reclaim')[];
  readonly tlb?: TlbForm;
}

/** Loads from any address. */
const loadAny: (k: Kernel, args: { cpu: Id<'cpu'> }) => Code = path(
  {
    name: 'load_any',
    source: 'a test',
    leavesOut: 'nothing',
    reads: ['pte', 'pte_dirty'],
    writes: ['tlb'],
    locals: { va: maybe('va') },
  },
  (k, { cpu }, l) => [
    pickStep('choose', { pick: ['va'], does: ({ va }) => [l.va.set(va)] }),
    load(k, { cpu, mm: theId('mm', 0), va: l.va.the() }),
  ],
);

export function symmetricWorld({
  cpus,
  pages,
  frames,
  design,
  does,
  tlb,
}: SymmetricWorld): ModelText {
  const each = <T>(n: number, make: (i: number) => T): T[] =>
    Array.from({ length: n }, (_, i) => make(i));
  return buildModel({
    world: { cpus, mms: 1, vas: pages, frames, slots: pages },
    setup: {
      vmas: each(pages, (n) => ({
        mm: 0,
        va: n,
        file: n,
        writable: false,
        shared: true,
        present: 'read-only' as const,
      })),
      cached: each(pages, (n) => n),
      loaded: each(cpus, () => 0),
    },
    threads: each(cpus, (cpu) => ({
      name: `cpu${cpu}`,
      cpu,
      code: (k) =>
        does.flatMap((what) =>
          what === 'load' ? [loadAny(k, { cpu: theId('cpu', cpu) })] : reclaim(k),
        ),
    })),
    design,
    ...(tlb === undefined ? {} : { tlb }),
  });
}
