import { emit } from '../../events/emit.ts';
import { all, type BoolRef, exists, no, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, each, loopWhile, path, pickStep, step, when } from '../../lang/program.ts';
import { maybe, setOf } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import type { WithHuge } from '../pmd.ts';
import { free_unref_folio } from './alloc.ts';

/** Takes the block of frames that makes the huge page, if all of them are free. */
export const alloc_huge_folio: (k: Kernel & WithHuge, args: { failed: BoolRef }) => Code = path(
  {
    name: 'alloc_charge_folio',
    source: 'mm/khugepaged.c, mm/page_alloc.c, 6.12 (alloc_charge_folio, __folio_alloc)',
    leavesOut:
      'memory control groups; compaction for a free block; the frames of a block are tagged, and paid for, each on its own',
    reads: ['huge_page'],
    writes: ['free', 'folio'],
    locals: { todo: setOf('va'), page: maybe('frame') },
  },
  (k, { failed }, l) => {
    const { part } = k.huge;
    const missing = exists('va', (va) =>
      k.free
        .has(part(va))
        .and(k.hooks.may_take(part(va), 'task'))
        .not(),
    );
    return [
      k.hooks.get_page_from_freelist(),
      step(
        'rmqueue',
        when(
          missing,
          [failed.set(true)],
          [
            each('va', (va) => [
              k.hooks.rmqueue(part(va), 'rmqueue'),
              k.free.remove(part(va).only()),
            ]),
            l.todo.set(all('va')),
          ],
        ),
      ),
      branch(failed.not(), [
        loopWhile(
          l.todo.isSome(),
          pickStep('prep_new_page', {
            pick: ['va'],
            among: ({ va }) => l.todo.has(va),
            does: ({ va }) => [l.page.set(some(part(va))), l.todo.remove(va.only())],
          }),
          k.hooks.prep_new_page(l.page.the(), 'rmqueue'),
        ),
        step(
          'post_alloc_hook',
          each('va', (va) => [
            emit('frame.alloc', { frame: part(va) }),
            k.folio(part(va)).dirty.set(no),
          ]),
        ),
      ]),
    ];
  },
);

/** Gives the block back. */
export const free_huge_folio: (k: Kernel & WithHuge, args: Record<never, never>) => Code = path(
  {
    name: 'folio_put',
    source: 'mm/swap.c, 6.12 (__folio_put of a large folio)',
    leavesOut: 'the split of a block that is only partly unmapped (deferred_split_folio)',
    reads: ['huge_page'],
    writes: [],
    locals: { todo: setOf('va'), page: maybe('frame') },
  },
  (k, _, l) => [
    step('__folio_put', l.todo.set(all('va'))),
    loopWhile(
      l.todo.isSome(),
      pickStep('free_unref_page', {
        pick: ['va'],
        among: ({ va }) => l.todo.has(va),
        does: ({ va }) => [l.page.set(some(k.huge.part(va))), l.todo.remove(va.only())],
      }),
      free_unref_folio(k, { folio: l.page.the() }),
    ),
  ],
);
