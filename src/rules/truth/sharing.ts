// Truth about private memory that several addresses show: after a fork, and after KSM has merged two
// pages. Such an address may show the other content up to the version it had when they parted.

import type { FieldsOf } from '../../events/emit.ts';
import { either, type Id, type Int, type Maybe } from '../../lang/expr.ts';
import { each, type Stmts, when } from '../../lang/program.ts';
import type { Tables } from './tables.ts';
import type { TruthWorld } from './truth-world.ts';

export interface Sharing {
  readonly becomeOwn: (
    from: { content: Maybe<'content'>; version: Int },
    to: Id<'frame'>,
    own: Id<'content'>,
  ) => Stmts;
  readonly mayFind: (mm: Id<'mm'>, va: Id<'va'>, content: Id<'content'>) => Stmts;
  readonly fork: (e: FieldsOf<'mm.fork'>, va: Id<'va'>) => Stmts;
}

export function sharing({
  anonOf,
  bytes,
  alias,
  newest,
  ever,
  may,
  sentMay,
  open,
}: Tables & Pick<TruthWorld, 'anonOf'>): Sharing {
  /** The bytes of a frame, copied or taken over, are an address's private page from now on. */
  const becomeOwn = (
    from: { content: Maybe<'content'>; version: Int },
    to: Id<'frame'>,
    own: Id<'content'>,
  ): Stmts => {
    const { origin, upTo, from: since } = alias(own);
    const shared = from.content.isSome().and(origin.is(from.content));
    const target = bytes(to);
    return [
      target.zero.set(false),
      when(
        from.content.is(own),
        [target.version.set(from.version), target.content.set(own)],
        [
          when(
            shared,
            [
              when(
                upTo.lt(from.version),
                // Bytes that came after the sharing stay the other's: reading them is a leak.
                [target.version.set(from.version), target.content.set(from.content)],
                [target.version.set(since), target.content.set(own)],
              ),
            ],
            [target.version.set(newest(own)), target.content.set(own)],
          ),
        ],
      ),
    ];
  };
  /** Another content may be found at an address by everyone who does not know that nothing is there. */
  const mayFind = (mm: Id<'mm'>, va: Id<'va'>, content: Id<'content'>): Stmts => [
    ever(mm, va).add(content.only()),
    each('thread', (thread) => {
      const [here, underway] = [may(thread, mm, va), sentMay(thread, mm, va)];
      return [
        when(here.read.isSome(), [here.read.add(content.only())]),
        when(open(thread).and(underway.read.isSome()), [underway.read.add(content.only())]),
      ];
    }),
  ];
  const fork = (e: FieldsOf<'mm.fork'>, va: Id<'va'>): Stmts => {
    const [parent, child] = [anonOf(e.from, va), anonOf(e.to, va)];
    const mine = may(e.thread, e.from, va);
    const writable = mine.write.has(parent);
    const write = either(writable, child.only(), mine.write);
    return [
      alias(child).origin.set(parent),
      alias(child).upTo.set(newest(parent)),
      alias(child).from.set(0),
      ever(e.to, va).set(ever(e.from, va)),
      each('thread', (thread) => {
        const [here, underway] = [may(thread, e.to, va), sentMay(thread, e.to, va)];
        return [
          here.read.add(mine.read),
          here.write.add(write),
          here.moved.set(thread.isnt(e.thread)),
          when(open(thread), [
            underway.read.add(mine.read),
            underway.write.add(write),
            underway.moved.set(true),
          ]),
        ];
      }),
    ];
  };
  return { becomeOwn, mayFind, fork };
}
