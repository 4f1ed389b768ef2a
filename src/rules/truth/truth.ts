// Truth: what a user program can observe, and nothing else. Every content has versions; every thread
// carries what it knows; an access is wrong if no moment since that knowledge could explain it. It
// watches a model through events as a rule does, but it may look at bytes, which no kernel could.

import { Declarations } from '../../lang/declare.ts';
import type { Observer } from '../../lang/observer.ts';
import { each, flatStmts, type Stmts, when } from '../../lang/program.ts';
import { accesses } from './accesses.ts';
import { frames } from './frames.ts';
import { lazyfree } from './lazyfree.ts';
import { mappings } from './mappings.ts';
import { messages } from './messages.ts';
import { slots } from './slots.ts';
import { declareTables } from './tables.ts';
import type { Handlers, TruthWorld } from './truth-world.ts';
import { wrongs } from './wrongs.ts';

export function truth(world: TruthWorld): Observer {
  const d = new Declarations();
  const tables = declareTables(d, world);
  const { ever, may, isTable, bytes, backing } = tables;
  const { load, store, read, deviceWrite, newVersion } = accesses(world, tables);
  const hears: Handlers = {
    'tlb.use': (e) => [when(e.store, store(e), load(e))],
    'file.read': read,
    'device.write': deviceWrite,
    ...frames(world, tables, newVersion),
    ...slots(world, tables),
    ...mappings(world, tables),
    ...lazyfree(world, tables),
    ...messages(tables),
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
}
