// All that truth keeps.

import type { Declarations } from '../../lang/declare.ts';
import { bool, int, maybe, setOf } from '../../lang/sorts.ts';
import type { TruthWorld } from './truth-world.ts';

/** Declared in a fixed order: it is that of a state's bits. */
export function declareTables(d: Declarations, world: TruthWorld) {
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
  /** The version since which a content may turn into zeroes. */
  const lazyAt = d.column('lazy_at', ['content'], version);
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
  return {
    bytes,
    swapped,
    alias,
    newest,
    stored,
    backing,
    known,
    replaced,
    lazyAt,
    may,
    ever,
    open,
    sent,
    sentMay,
    isTable,
  };
}
export type Tables = ReturnType<typeof declareTables>;
