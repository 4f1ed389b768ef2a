// Truth: what a user program can observe, and nothing else. Every content has versions; every thread
// carries what it knows; an access is wrong if no moment since that knowledge could explain it. It
// watches a model through events as a rule does, but it may look at bytes, which no kernel could.

import type { FieldsOf } from '../../events/emit.ts';
import type { EventKind } from '../../events/vocabulary.ts';
import { Declarations } from '../../lang/declare.ts';
import { type AnyExpr, either, type Id } from '../../lang/expr.ts';
import type { Field, Stmt } from '../../lang/nodes.ts';
import type { Observer } from '../../lang/observer.ts';
import { each, flatStmts, type Stmts, when } from '../../lang/program.ts';
import { bool, int, maybe, setOf } from '../../lang/sorts.ts';
import { sharing } from './sharing.ts';

/** The four ways in which an access can be wrong (DESIGN.md, section 4). */
export const wrongs = {
  'stale-read': 'a load returned a version, or a content, older than its thread knows',
  leak: "a load returned bytes that are not the address's at all",
  'lost-write': 'a store went into a frame that no longer backs the content',
  'stale-permission': 'an access succeeded that its thread knows is not allowed any more',
} as const;
export type Wrong = keyof typeof wrongs;

/** What truth must know of the model it watches: which contents there are, and whose. */
export interface TruthWorld {
  readonly versions: number;
  readonly contentOf: (slot: Id<'slot'>) => Id<'content'>;
  readonly anonOf: (mm: Id<'mm'>, va: Id<'va'>) => Id<'content'>;
  /** The mapping of each location at the start. */
  readonly mapped: readonly {
    readonly mm: Id<'mm'>;
    readonly va: Id<'va'>;
    readonly content: Id<'content'>;
    readonly writable: boolean;
    readonly shared: boolean;
  }[];
  /** Frames that are page tables at the start; left out: page tables are no frames in this model. */
  readonly tables?: readonly Id<'frame'>[];
  /** Page-cache slots that hold a frame at the start, with the content's first version in it. */
  readonly cached: readonly {
    readonly frame: Id<'frame'>;
    readonly content: Id<'content'>;
  }[];
}

export function truth(world: TruthWorld): Observer {
  const d = new Declarations();
  const version = int(world.versions);
  /** What a frame's bytes are: a version of a content, or nothing of ours. */
  const bytes = d.table('bytes', ['frame'], {
    content: maybe('content'),
    version,
    /** Zeroes for private memory that no address shows yet: as new as the newest discard. */
    zero: bool,
  });
  /** The bytes in a swap slot. */
  const swapped = d.table('swapped', ['swap'], { content: maybe('content'), version });
  /**
   * Private memory that was another content at a moment, by fork or by KSM: bytes of `origin` up to
   * version `upTo` are its own bytes of version `from`.
   */
  const alias = d.table('alias', ['content'], {
    origin: maybe('content'),
    upTo: version,
    from: version,
  });
  const newest = d.column('newest', ['content'], version);
  const stored = d.column('stored', ['content'], version);
  /** The frame a store must reach to count. */
  const backing = d.column('backing', ['content'], maybe('frame'));
  const known = d.column('known', ['thread', 'content'], version);
  /** The newest version that replaced a content without a store: before it, any store was lost. */
  const replaced = d.column('replaced', ['content'], version);
  /** What a thread may find at an address, by all that it was since the thread last knew. */
  const may = d.table('may', ['thread', 'mm', 'va'], {
    read: setOf('content'),
    write: setOf('content'),
    /** Somebody else changed the mapping since. */
    moved: bool,
  });
  /** All that an address ever was: tells a stale read from a leak. */
  const ever = d.column('ever', ['mm', 'va'], setOf('content'));
  /** What has been sent to a thread and not yet received. A thread has one sender at most. */
  const open = d.column('sent_open', ['thread'], bool);
  const sent = d.column('sent', ['thread', 'content'], version);
  const sentMay = d.table('sent_may', ['thread', 'mm', 'va'], {
    read: setOf('content'),
    write: setOf('content'),
    moved: bool,
  });

  /** The frame's bytes are a page table's, if an empty one: nothing was stored into it since. */
  const isTable = world.tables === undefined ? undefined : d.column('is_table', ['frame'], bool);
  const noTable = (frame: Id<'frame'>): Stmts =>
    isTable === undefined ? [] : [isTable(frame).set(false)];

  type Handlers = { readonly [E in EventKind]?: (e: FieldsOf<E>) => Stmts };
  const newVersion = (frame: Id<'frame'>, content: Id<'content'>, thread: Id<'thread'>): Stmts => [
    newest(content).set(newest(content).plus(1)),
    bytes(frame).content.set(content),
    bytes(frame).version.set(newest(content)),
    bytes(frame).zero.set(false),
    known(thread, content).set(newest(content)),
  ];

  const load = ({ mm, va, frame, thread }: FieldsOf<'tlb.use'>): Stmts => {
    const { content, version: got } = bytes(frame);
    const here = may(thread, mm, va);
    const parties = { thread, mm, va, frame, content, version: got };
    const allowed = content.isSome().and(here.read.has(content.the()));
    const own = world.anonOf(mm, va);
    const shared = content.isSome().and(alias(own).origin.is(content));
    const beyond = shared.and(alias(own).upTo.lt(got));
    const newestThere = got.is(alias(own).upTo);
    const fresh = either(
      shared,
      allowed
        .and(beyond.not())
        .and(newestThere.or(got.ge(known(thread, content.the()))))
        .and(alias(own).from.ge(known(thread, own))),
      allowed.and(got.ge(known(thread, content.the()))),
    );
    return [
      when(
        fresh,
        [when(known(thread, content.the()).lt(got), [known(thread, content.the()).set(got)])],
        [
          when(
            beyond.and(here.read.isSome()),
            [wrong('leak', parties)],
            [
              when(
                here.read.isEmpty(),
                [wrong('stale-permission', parties)],
                [
                  when(
                    content.isSome().and(ever(mm, va).has(content.the())),
                    [wrong('stale-read', { ...parties, known: known(thread, content.the()) })],
                    [wrong('leak', parties)],
                  ),
                ],
              ),
            ],
          ),
        ],
      ),
    ];
  };

  const store = ({ mm, va, frame, thread }: FieldsOf<'tlb.use'>): Stmts => {
    const { content } = bytes(frame);
    const here = may(thread, mm, va);
    const parties = { thread, mm, va, frame, content };
    const one = content.the();
    // The frame was private memory here, and has been discarded since (munmap, MADV_DONTNEED).
    const discarded = content
      .is(world.anonOf(mm, va))
      .and(bytes(frame).version.lt(stored(world.anonOf(mm, va))));
    const unordered = discarded.and(known(thread, one).lt(stored(one)));
    const ok = content
      .isSome()
      .and(here.write.has(one))
      .and(backing(one).is(frame))
      .and(discarded.not());
    // The content was cut off, punched out or replaced from outside since the thread last knew it:
    // the store may as well have come before that, and its bytes are gone either way.
    const before = content
      .isSome()
      .and(here.write.has(one))
      .and(known(thread, one).lt(replaced(one)))
      .and(bytes(frame).version.lt(replaced(one)));
    return [
      when(
        here.write.isEmpty(),
        [wrong('stale-permission', parties)],
        [
          when(
            ok,
            [
              newVersion(frame, one, thread),
              // After its own store to private memory a thread knows that the file is not there.
              when(one.is(world.anonOf(mm, va)).and(here.moved.not()), [here.read.set(one.only())]),
            ],
            // A store that came before that, or before the discard, as far as its thread knows, goes with
            // it.
            [when(before.or(unordered).not(), [wrong('lost-write', parties)])],
          ),
        ],
      ),
    ];
  };

  /** read(2): as a load, but of a file's page and not of an address. */
  const read = ({ slot, frame, thread }: FieldsOf<'file.read'>): Stmts => {
    const { content, version: got } = bytes(frame);
    const wanted = world.contentOf(slot);
    const parties = { thread, slot, frame, content, version: got };
    return [
      when(
        content.is(wanted),
        [
          when(
            got.lt(known(thread, wanted)),
            [wrong('stale-read', { ...parties, known: known(thread, wanted) })],
            [known(thread, wanted).set(got)],
          ),
        ],
        [wrong('leak', parties)],
      ),
    ];
  };

  const deviceWrite = ({ content, frame, thread }: FieldsOf<'device.write'>): Stmts => {
    const wanted = content.the();
    return [
      when(
        bytes(frame).content.is(wanted).and(backing(wanted).is(frame)),
        newVersion(frame, wanted, thread),
        [wrong('lost-write', { thread, frame, content: bytes(frame).content })],
      ),
    ];
  };

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
  const { becomeOwn, mayFind, fork } = sharing({
    anonOf: world.anonOf,
    bytes,
    alias,
    newest,
    ever,
    may,
    sentMay,
    open,
  });

  const hears: Handlers = {
    'tlb.use': (e) => [when(e.store, store(e), load(e))],
    // No program sees the walk, but it sees what comes of one through bytes of somebody else.
    'table.walk': ({ cpu, mm, frame }) =>
      isTable === undefined
        ? []
        : [when(isTable(frame).not(), [wrong('leak', { cpu, mm, frame })])],
    'frame.fill': ({ frame, content }) => [
      noTable(frame),
      bytes(frame).content.set(content),
      when(
        content.isSome(),
        [bytes(frame).version.set(stored(content.the()))],
        [bytes(frame).version.set(0)],
      ),
      bytes(frame).zero.set(content.isSome()),
    ],
    'frame.write': ({ frame, content, thread }) => [
      noTable(frame),
      when(content.isSome(), newVersion(frame, content.the(), thread), [
        bytes(frame).content.clear(),
        bytes(frame).version.set(0),
        bytes(frame).zero.set(false),
      ]),
    ],
    'frame.copy': ({ from, frame, content }) => [
      noTable(frame),
      when(content.isSome(), becomeOwn(bytes(from), frame, content.the()), [
        bytes(frame).content.set(bytes(from).content),
        bytes(frame).version.set(bytes(from).version),
        bytes(frame).zero.set(false),
      ]),
    ],
    'frame.adopt': ({ mm, va, frame }) => [
      becomeOwn(bytes(frame), frame, world.anonOf(mm, va)),
      when(bytes(frame).content.is(world.anonOf(mm, va)), [
        backing(world.anonOf(mm, va)).set(frame),
        mayFind(mm, va, world.anonOf(mm, va)),
      ]),
    ],
    'frame.merge': ({ mm, va, old, frame }) => [
      when(bytes(frame).content.isSome(), [
        alias(world.anonOf(mm, va)).origin.set(bytes(frame).content),
        alias(world.anonOf(mm, va)).upTo.set(bytes(frame).version),
        alias(world.anonOf(mm, va)).from.set(bytes(old).version),
        mayFind(mm, va, bytes(frame).content.the()),
      ]),
    ],
    'swap.write': ({ swap, frame }) => [
      swapped(swap).content.set(bytes(frame).content),
      swapped(swap).version.set(bytes(frame).version),
    ],
    'swap.read': ({ swap, frame }) => [
      bytes(frame).content.set(swapped(swap).content),
      bytes(frame).version.set(swapped(swap).version),
      bytes(frame).zero.set(false),
    ],
    'mm.fork': (e) => [each('va', (va) => fork(e, va))],
    'frame.free': ({ frame }) => [
      bytes(frame).zero.set(false),
      each('content', (content) => [when(backing(content).is(frame), [backing(content).clear()])]),
    ],
    'slot.add': ({ slot, frame }) => [backing(world.contentOf(slot)).set(frame)],
    'slot.remove': ({ slot }) => [backing(world.contentOf(slot)).clear()],
    'slot.replace': ({ slot, frame }) => [backing(world.contentOf(slot)).set(frame)],
    'slot.change': ({ slot, thread }) => [
      newest(world.contentOf(slot)).set(newest(world.contentOf(slot)).plus(1)),
      stored(world.contentOf(slot)).set(newest(world.contentOf(slot))),
      replaced(world.contentOf(slot)).set(newest(world.contentOf(slot))),
      known(thread, world.contentOf(slot)).set(newest(world.contentOf(slot))),
    ],
    'slot.promise': ({ slot, thread }) => [
      known(thread, world.contentOf(slot)).set(newest(world.contentOf(slot))),
    ],
    'file.read': read,
    'device.write': deviceWrite,
    'slot.writeout': ({ slot, frame }) => [stored(world.contentOf(slot)).set(bytes(frame).version)],
    'pte.set': ({ mm, va, frame }) => {
      const anon = world.anonOf(mm, va);
      return [
        when(bytes(frame).content.is(anon), [
          backing(anon).set(frame),
          when(bytes(frame).zero, [bytes(frame).version.set(stored(anon))]),
          bytes(frame).zero.set(false),
          mayFind(mm, va, anon),
        ]),
      ];
    },
    'vma.change': (e) => [
      when(e.content.isSome(), [ever(e.mm, e.va).add(e.content.the().only())]),
      when(e.fresh, startAnew(e)),
      each('thread', (thread) => remap(e, thread)),
    ],
    'message.send': ({ from, to }) => [
      open(to).set(true),
      each('content', (content) => [sent(to, content).set(known(from, content))]),
      each('mm', (mm) => [
        each('va', (va) => [
          sentMay(to, mm, va).read.set(may(from, mm, va).read),
          sentMay(to, mm, va).write.set(may(from, mm, va).write),
          sentMay(to, mm, va).moved.set(may(from, mm, va).moved),
        ]),
      ]),
    ],
    'message.receive': ({ to }) => [
      open(to).set(false),
      each('content', (content) => [
        when(known(to, content).lt(sent(to, content)), [known(to, content).set(sent(to, content))]),
        sent(to, content).set(0),
      ]),
      each('mm', (mm) => [each('va', (va) => receive(may(to, mm, va), sentMay(to, mm, va)))]),
    ],
  };

  return {
    id: 'truth',
    reports: Object.keys(wrongs),
    declarations: d,
    hears: Object.fromEntries(
      Object.entries(hears).map(([kind, handler]) => [
        kind,
        (fields: Record<string, unknown>) => flatStmts((handler as (e: unknown) => Stmts)(fields)),
      ]),
    ),
    init: flatStmts([
      world.mapped.map(({ mm, va, content, writable, shared }) => [
        ever(mm, va).set(content.only()),
        each('thread', (thread) => [
          may(thread, mm, va).read.set(content.only()),
          writable
            ? [may(thread, mm, va).write.set((shared ? content : world.anonOf(mm, va)).only())]
            : [],
        ]),
      ]),
      isTable === undefined ? [] : (world.tables ?? []).map((frame) => isTable(frame).set(true)),
      world.cached.map(({ frame, content }) => [
        bytes(frame).content.set(content),
        backing(content).set(frame),
      ]),
    ]),
  };

  /** Later knowledge allows fewer contents: the two sets are nested, so they meet in the newer. */
  function receive(mine: ReturnType<typeof may>, theirs: ReturnType<typeof sentMay>): Stmts {
    const newer = theirs.read.within(mine.read).and(theirs.write.within(mine.write));
    return [
      when(newer, [
        mine.read.set(theirs.read),
        mine.write.set(theirs.write),
        mine.moved.set(theirs.moved),
      ]),
      theirs.read.clear(),
      theirs.write.clear(),
      theirs.moved.set(false),
    ];
  }
}

function wrong(id: Wrong, parties: Readonly<Record<string, AnyExpr>>): Stmt {
  const fields: Record<string, Field> = {};
  for (const [name, expr] of Object.entries(parties)) {
    fields[name] = { sort: expr.sort, node: expr.node };
  }
  return { op: 'report', id, parties: fields };
}
