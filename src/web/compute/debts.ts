// Which CPUs owed a flush, and when: from unmapping a page that they may have cached to a flush of theirs that
// covers it. For each CPU one list of spans without overlap, with the most pages owed in each.

import type { TraceTable } from './trace-table.ts';

export interface DebtSpans {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly pages: Uint32Array;
}

const PAGE = 4096;

interface Owing {
  /** By the index of an mm: addresses. */
  readonly byMm: Map<number, Set<number>>;
  pages: number;
  since: number;
  most: number;
  readonly spans: { from: number; to: number; pages: number }[];
}

/** By CPU. What is owed at the end is owed to the end. */
export function debtsOf(table: TraceTable): DebtSpans[] {
  const cpuLists = table.texts.map((text) => (text === '' ? [] : text.split(',').map(Number)));
  const owing: Owing[] = [];
  const of = (cpu: number): Owing => {
    owing[cpu] ??= { byMm: new Map(), pages: 0, since: 0, most: 0, spans: [] };
    return owing[cpu] as Owing;
  };
  const clear = table.kinds.indexOf('pte.clear');
  const flush = table.kinds.indexOf('tlb.flush');
  for (let i = 0; i < table.count; i++) {
    const kind = table.kind[i];
    if (kind !== clear && kind !== flush) continue;
    const at = table.time[i] as number;
    const va = table.va[i] as number;
    const mm = table.mm[i] as number;
    for (const cpu of cpuLists[table.cpus[i] as number] ?? []) {
      if (kind === clear) owe(of(cpu), mm, va, at);
      else
        pay(
          of(cpu),
          mm,
          va,
          Number.isNaN(table.pages[i] as number) ? 1 : (table.pages[i] as number),
          at,
        );
    }
  }
  const end = table.time[table.count - 1] ?? 0;
  return Array.from({ length: Math.max(owing.length, table.cpuCount) }, (_, cpu) => {
    const one = owing[cpu];
    if (one !== undefined && one.pages > 0) close(one, end);
    const spans = one?.spans ?? [];
    return {
      from: Float64Array.from(spans, (span) => span.from),
      to: Float64Array.from(spans, (span) => span.to),
      pages: Uint32Array.from(spans, (span) => span.pages),
    };
  });
}

function owe(one: Owing, mm: number, va: number, at: number): void {
  if (Number.isNaN(va)) return;
  let pages = one.byMm.get(mm);
  if (pages === undefined) {
    pages = new Set();
    one.byMm.set(mm, pages);
  }
  if (pages.has(va)) return;
  pages.add(va);
  if (one.pages === 0) {
    one.since = at;
    one.most = 0;
  }
  one.pages++;
  one.most = Math.max(one.most, one.pages);
}

/** `mm` 0: of all. */
function pay(one: Owing, mm: number, va: number, count: number, at: number): void {
  if (one.pages === 0) return;
  for (const [own, pages] of mm === 0 ? [...one.byMm] : ([[mm, one.byMm.get(mm)]] as const)) {
    if (pages === undefined) continue;
    const before = pages.size;
    if (Number.isNaN(va)) pages.clear();
    else {
      for (const page of pages) if (page >= va && page < va + count * PAGE) pages.delete(page);
    }
    one.pages -= before - pages.size;
    if (pages.size === 0) one.byMm.delete(own);
  }
  if (one.pages === 0) close(one, at);
}

function close(one: Owing, at: number): void {
  one.spans.push({ from: one.since, to: at, pages: one.most });
}
