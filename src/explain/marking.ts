// A design that does nothing but leave marks: where each question of a design is asked in the text of
// the kernel's paths. For printing them, never for exploring.

import { freeAtOnce } from '../kernel/designs/no-hooks.ts';
import { type Design, type FlushPoint, flushPoints, type Hooks } from '../kernel/kernel.ts';
import type { Codes, Stmts } from '../lang/program.ts';
import { step } from '../lang/program.ts';

const MARK = 'a design may act here: ';

/** The text of a mark: what is asked, and at which flush points some design answers. */
function markOf(question: string, points: readonly string[]): string {
  const named = points.filter((point) => point in flushPoints);
  return named.length === 0 ? `${MARK}${question}` : `${MARK}${question} [${named.join(', ')}]`;
}
export function isMark(label: string): boolean {
  return label.startsWith(MARK);
}
export function textOfMark(label: string): string {
  return label.slice(MARK.length);
}

function codes(question: string, ...points: readonly string[]): Codes {
  return [step(markOf(question, points))];
}
/** Inside a step there can be no step: a report that nobody listens to. */
function stmts(question: string, ...points: readonly string[]): Stmts {
  return [{ op: 'report', id: markOf(question, points), parties: {} }];
}

const hooks: Hooks = {
  ...freeAtOnce(() => codes('free_reclaimed', 'try_to_unmap_flush', 'shrink_folio_list')),
  defers: true,
  try_to_unmap_start: () => codes('try_to_unmap_start'),
  before_add_pending: () => codes('before_add_pending'),
  set_tlb_ubc_flush_pending: () => stmts('set_tlb_ubc_flush_pending'),
  try_to_unmap_end: () => codes('try_to_unmap_end'),
  try_to_unmap_flush_dirty: () => codes('try_to_unmap_flush_dirty', 'try_to_unmap_flush_dirty'),
  before_remove_mapping: () => codes('before_remove_mapping', '__remove_mapping'),
  keep_reclaimed: () => codes('keep_reclaimed', 'try_to_unmap_flush', 'shrink_folio_list'),
  migrate_flush: () =>
    codes(
      'migrate_flush',
      'try_to_unmap_flush@migrate_pages_batch',
      'try_to_unmap_flush_dirty@migrate_pages_batch',
    ),
  migrate_folio_done: () => codes('migrate_folio_done', 'migrate_folio_done'),
  flush_tlb_batched_pending: (_, site) =>
    codes('flush_tlb_batched_pending', `flush_tlb_batched_pending@${site}`),
  get_page_from_freelist: () => codes('get_page_from_freelist', 'get_page_from_freelist'),
  rmqueue: (_, exit) => stmts('rmqueue', exit === 'rmqueue' ? 'luf_takeoff' : exit),
  prep_new_page: (_, exit) =>
    codes('prep_new_page', ...(exit === 'rmqueue' ? ['prep_new_page', 'luf_takeoff'] : [exit])),
  free_pcppages_bulk: () => stmts('free_pcppages_bulk'),
  free_pages_prepare: () => codes('free_pages_prepare', 'free_pages_prepare'),
  cancel: (point) => codes('cancel', point),
  before_pte_change: () => codes('before_pte_change', 'set_pte', 'pte_gen'),
  before_filemap_add: () => codes('before_filemap_add', '__filemap_add_folio', 'filemap_add_folio'),
};

export const marking: Design = {
  id: 'marking',
  says: 'Leaves marks where designs act.',
  source: 'none',
  points: Object.keys(flushPoints) as FlushPoint[],
  build: () => hooks,
};
