import { all, either, exists, type Id, none, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { leave, loop, path, pickStep, step } from '../../lang/program.ts';
import { bool, maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { type ZapHow, zap_page_range_single } from './zap.ts';

interface UnmapArgs {
  readonly slot: Id<'slot'>;
  /** Whether private copies go as well: when the file ends before the page. */
  readonly even_cows: boolean;
}

/** Zaps a page of a file wherever it is mapped. */
export function unmap_mapping_range(k: Kernel, args: UnmapArgs, how: ZapHow = {}): Code {
  return unmapPath(k, { ...args, how });
}

const unmapPath: (k: Kernel, args: UnmapArgs & { how: ZapHow }) => Code = path(
  {
    name: 'unmap_mapping_range',
    source: 'mm/memory.c, 6.12 (unmap_mapping_range, unmap_mapping_range_tree)',
    leavesOut:
      'i_mmap_rwsem: a mapping that munmap is taking away at the same time is left to munmap',
    reads: ['vma'],
    writes: [],
    locals: { mms: setOf('mm'), vas: setOf('va'), mm: maybe('mm'), va: maybe('va'), shared: bool },
  },
  (k, { slot, even_cows, how }, l) => {
    const here = (mm: Id<'mm'>, va: Id<'va'>) => k.vma(mm, va).file.is(slot);
    const file = either(l.shared, some(slot), none('slot'));
    return [
      step('i_mmap_lock_read', l.mms.set(all('mm'))),
      loop(
        'mms',
        pickStep('vma_interval_tree_foreach', {
          pick: ['mm'],
          among: ({ mm }) => l.mms.has(mm).and(exists('va', (va) => here(mm, va))),
          does: ({ mm }) => [l.mm.set(mm), l.mms.remove(mm.only()), l.vas.set(all('va'))],
          otherwise: [leave('mms')],
        }),
        loop(
          'vas',
          pickStep('unmap_mapping_range_vma', {
            pick: ['va'],
            among: ({ va }) => l.vas.has(va).and(here(l.mm.the(), va)),
            does: ({ va }) => [
              l.va.set(va),
              l.vas.remove(va.only()),
              l.shared.set(k.vma(l.mm.the(), va).shared),
            ],
            otherwise: [leave('vas')],
          }),
          zap_page_range_single(k, { mm: l.mm.the(), va: l.va.the(), file, even_cows, how }),
        ),
      ),
    ];
  },
);
