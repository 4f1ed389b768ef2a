import { emit } from '../../events/emit.ts';
import { type Id, me, some } from '../../lang/expr.ts';
import type { Code } from '../../lang/nodes.ts';
import { branch, leave, loop, path, step, waitStep, when } from '../../lang/program.ts';
import { bool, maybe } from '../../lang/sorts.ts';
import type { Kernel } from '../kernel.ts';
import { handle_mm_fault } from './fault.ts';
import { folio_put } from './folio.ts';

/** How a driver may hold on to the page; the right way is the first. */
export interface PinHow {
  readonly pin: 'until it is done' | 'never';
}

interface Args {
  readonly mm: Id<'mm'>;
  readonly va: Id<'va'>;
  readonly slot: Id<'slot'>;
}

/** A device stores into a mapped page of a file, as for O_DIRECT read(2) into it. */
export function device_store(
  k: Kernel,
  args: Args,
  how: PinHow = { pin: 'until it is done' },
): Code {
  return devicePath(k, { ...args, how });
}

const devicePath: (k: Kernel, args: Args & { how: PinHow }) => Code = path(
  {
    name: 'pin_user_pages',
    source: 'mm/gup.c, 6.12 (gup_fast_pte_range, faultin_page, unpin_user_pages_dirty_lock)',
    leavesOut:
      'pins are counted as plain references; the lock-free walk looks and takes its reference in one step, as its second look at the entry makes it',
    reads: ['pte', 'content_of_slot'],
    writes: ['folio'],
    locals: { folio: maybe('frame'), fault: bool },
  },
  (k, { mm, va, slot, how }, l) => {
    const pte = k.pte(mm, va);
    const found = k.folio(pte.frame.the());
    const folio = k.folio(l.folio.the());
    return [
      loop(
        'faultin_page',
        step(
          'gup_fast_pte_range',
          when(pte.frame.isSome(), [
            when(pte.writable, [
              l.folio.set(pte.frame),
              how.pin === 'never' ? [] : found.refs.set(found.refs.plus(1)),
              leave('faultin_page'),
            ]),
          ]),
        ),
        handle_mm_fault(k, { mm, va, write: true, segv: l.fault }),
        branch(l.fault, [leave('pin_user_pages')]),
      ),
      step(
        'DMA',
        emit('device.write', {
          content: some(k.contentOf(slot)),
          frame: l.folio.the(),
          thread: me,
        }),
      ),
      how.pin === 'never'
        ? []
        : [
            waitStep('folio_lock', folio.lock.isNone(), folio.lock.set(me)),
            step(
              'folio_mark_dirty',
              when(folio.mapping.is(k.contentOf(slot)), [folio.dirty.set(true)]),
              folio.lock.clear(),
            ),
            folio_put(k, l.folio),
          ],
      step('return from read', emit('call.return', { name: 'read', thread: me })),
    ];
  },
);
