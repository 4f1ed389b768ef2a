// What an address means to each thread.

import type { FieldsOf } from '../../events/emit.ts';
import type { Id } from '../../lang/expr.ts';
import { each, type Stmts, when } from '../../lang/program.ts';
import type { Tables } from './tables.ts';
import type { Handlers, TruthWorld } from './truth-world.ts';

export function mappings(
  world: TruthWorld,
  { newest, stored, known, alias, may, ever, open, sentMay }: Tables,
): Pick<Handlers, 'vma.change'> {
  /** Whatever the address may be besides, it may be what it is now. */
  const widen = (e: FieldsOf<'vma.change'>, here: ReturnType<typeof may>): Stmts => {
    const target = world.anonOf(e.mm, e.va).only();
    return [
      when(e.content.isSome(), [
        // Private memory may be a copy, or still be another's page: mprotect makes it neither.
        e.rights === undefined ? here.read.add(e.content.the().only()) : [],
        when(e.writable, [
          when(e.shared, [here.write.add(e.content.the().only())], [here.write.add(target)]),
        ]),
      ]),
    ];
  };
  const remap = (e: FieldsOf<'vma.change'>, thread: Id<'thread'>): Stmts => {
    const here = may(thread, e.mm, e.va);
    const underway = sentMay(thread, e.mm, e.va);
    return [
      when(
        thread.is(e.thread),
        [
          here.write.clear(),
          e.rights === undefined ? [here.read.clear(), here.moved.set(false)] : [],
        ],
        e.rights === undefined ? [here.moved.set(true)] : [],
      ),
      widen(e, here),
      when(open(thread), [
        e.rights === undefined ? underway.moved.set(true) : [],
        widen(e, underway),
      ]),
    ];
  };
  /** New private memory: whatever was at the address before is older than it. */
  const startAnew = (e: FieldsOf<'vma.change'>): Stmts => {
    const content = e.content.the();
    return [
      newest(content).set(newest(content).plus(1)),
      stored(content).set(newest(content)),
      known(e.thread, content).set(newest(content)),
      alias(content).origin.clear(),
      alias(content).upTo.set(0),
      alias(content).from.set(0),
    ];
  };
  return {
    'vma.change': (e) => [
      when(e.content.isSome(), [ever(e.mm, e.va).add(e.content.the().only())]),
      when(e.fresh, startAnew(e)),
      each('thread', (thread) => remap(e, thread)),
    ],
  };
}
