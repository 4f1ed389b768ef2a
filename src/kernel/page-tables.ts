// Page tables as pages of memory, in worlds that ask for it: an address space has one, whose frame is
// freed and reused like any other. CPUs cache where it is, and may walk through what they cached.

import { emit } from '../events/emit.ts';
import type { Declarations } from '../lang/declare.ts';
import { boundId, type Id, type MaybeRef } from '../lang/expr.ts';
import type { Ambient } from '../lang/machine.ts';
import { flatStmts, type Stmts } from '../lang/program.ts';
import { maybe } from '../lang/sorts.ts';
import type { CpuState } from './cpu-state.ts';
import type { KernelState } from './state.ts';

export interface PageTables {
  /** The page that the directory of an mm names (or a second MMU's); none once it is unlinked. */
  readonly table: (mm: Id<'mm'>) => MaybeRef<'frame'>;
  /** A CPU's paging-structure cache: where it believes that page to be. */
  readonly cached: (cpu: Id<'cpu'>, mm: Id<'mm'>) => MaybeRef<'frame'>;
  /** The same under an ASID; only where CPUs switch. */
  readonly cachedOf: (cpu: Id<'cpu'>, asid: Id<'asid'>) => MaybeRef<'frame'>;
}

export function declarePageTables(d: Declarations, switching: CpuState | undefined): PageTables {
  const table = d.column('page_table', ['mm'], maybe('frame'));
  const owner = d.owner;
  d.owner = 'arch';
  const tables = { table, ...declareCache(d, switching) };
  d.owner = owner;
  return tables;
}
function declareCache(
  d: Declarations,
  switching: CpuState | undefined,
): Pick<PageTables, 'cached' | 'cachedOf'> {
  if (switching === undefined) {
    return {
      cached: d.column('walk_cache', ['cpu', 'mm'], maybe('frame')),
      cachedOf: () => {
        throw new Error('only a world whose CPUs switch has ASIDs');
      },
    };
  }
  const cachedOf = d.column('walk_cache', ['cpu', 'asid'], maybe('frame'));
  return { cached: (cpu) => cachedOf(cpu, switching.tlbstate(cpu).asid), cachedOf };
}

/** A CPU forgets where the tables of an mm are, as with any flush of more than leaf entries. */
export function walkCacheDrop(k: KernelState, cpu: Id<'cpu'>, mm: Id<'mm'>): Stmts {
  return k.tables === undefined ? [] : [k.tables.cached(cpu, mm).clear()];
}

/** What a CPU does with them by itself, at any time: cache, forget, walk speculatively. */
export function walks(k: KernelState, tables: PageTables): Ambient[] {
  const params = [
    { name: 'cpu', of: 'cpu' },
    { name: 'mm', of: 'mm' },
  ] as const;
  const [cpu, mm] = [boundId(params[0]), boundId(params[1])];
  const cached = tables.cached(cpu, mm);
  // Beside a second MMU it is that one's tables which are pages.
  const uses = k.loaded(cpu).is(mm);
  const loaded = k.second === undefined ? uses : uses.and(k.second.users.has(cpu));
  return [
    {
      label: 'walk cache fill',
      params,
      when: loaded.and(tables.table(mm).isSome()).and(cached.isNone()).node,
      body: flatStmts([cached.set(tables.table(mm))]),
    },
    {
      label: 'walk cache drop',
      params,
      when: loaded.and(cached.isSome()).node,
      body: flatStmts([cached.clear()]),
    },
    {
      label: 'page walk',
      params,
      when: loaded.and(cached.isSome()).node,
      body: flatStmts([emit('table.walk', { cpu, mm, frame: cached.the() })]),
    },
  ];
}
