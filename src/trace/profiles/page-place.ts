// Where a page that is being unmapped was mapped. page_remove_rmap names the vma and the page's
// index, from which rmap's vma_address() computes the address; but not every struct page has an
// index that means this, and a wrong address would look like a flush that missed its page.

import type { TraceRecord } from '../formats/trace-record.ts';
import { distance, isZero, newWide, numberOf, PAGE, pageOf, wideOf } from './fields.ts';
import { STRUCT_PAGE } from './page-base.ts';
import { probes } from './probes.ts';

/** include/linux/mm.h; the index of a huge page counts huge pages. */
const VM_HUGETLB = 0x400000;
/** include/linux/poison.h: `mapping` of tail pages, whose index is left over from earlier. */
const TAIL_MAPPING = { high: 0xdead_0000 | 0, low: 0x400 };
/** PAGE_MAPPING_KSM = PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE: a KSM page is mapped anywhere. */
const KSM_BITS = 3;
const MOST_IN_FOLIO = 1 << 18;
/** Pages of the largest user address space, 57 bits. */
const MOST_PAGES = 2 ** 45;

const { fields } = probes.rmap_del;
const wide = newWide();
const other = newWide();

/**
 * vm_start + (index - vm_pgoff) * 4096, or undefined where that cannot be trusted: huge and tail
 * pages, KSM pages, and pages that a driver inserted (no mapping, an index left over). `isIndexed`: it is
 * known otherwise that the index can be trusted, where the record has no `mapping` to tell.
 */
export function placeOf(record: TraceRecord, isIndexed: boolean): number | undefined {
  const flags = numberOf(record, fields.flags);
  if (flags !== undefined && (flags & VM_HUGETLB) !== 0) return undefined;
  if (wideOf(record, fields.mapping, wide)) {
    const isTail = wide.high === TAIL_MAPPING.high && wide.low === TAIL_MAPPING.low;
    if (isTail || isZero(wide) || (wide.low & KSM_BITS) === KSM_BITS) return undefined;
  } else if (!isIndexed) return undefined;
  const pgoff = numberOf(record, fields.pgoff);
  const index = indexOf(record);
  if (pgoff === undefined || index === undefined || !wideOf(record, fields.start, wide)) {
    return undefined;
  }
  const page = pageOf(wide) + index - pgoff;
  return index >= pgoff && page < MOST_PAGES ? page * PAGE : undefined;
}

/** The index is that of the folio where one is named: its later pages have none of their own. */
function indexOf(record: TraceRecord): number | undefined {
  const index = numberOf(record, fields.index);
  if (index === undefined || !wideOf(record, fields.folio, other)) return index;
  if (!wideOf(record, fields.page, wide)) return index;
  const further = Math.trunc(distance(wide, other) / STRUCT_PAGE);
  return further >= 0 && further < MOST_IN_FOLIO ? index + further : undefined;
}
