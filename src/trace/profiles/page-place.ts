// Where a page that is being unmapped was mapped. page_remove_rmap names the vma and the page's
// index, from which rmap's vma_address() computes the address; but not every struct page has an
// index that means this, and a wrong address would look like a flush that missed its page.

import type { TraceRecord } from '../formats/trace-record.ts';
import { numberIn, PAGE, pageIn } from './fields.ts';
import { STRUCT_PAGE } from './page-base.ts';
import { at, halves, has, high, low, readRmap, rights } from './rmap-fields.ts';

/** include/linux/mm.h; the index of a huge page counts huge pages. */
const VM_HUGETLB = 0x400000;
/** include/linux/poison.h: `mapping` of tail pages, whose index is left over from earlier. */
const TAIL_MAPPING = { high: 0xdead_0000 | 0, low: 0x400 };
/** PAGE_MAPPING_KSM = PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE: a KSM page is mapped anywhere. */
const KSM_BITS = 3;
const MOST_IN_FOLIO = 1 << 18;
/** Pages of the largest user address space, 57 bits. */
const MOST_PAGES = 2 ** 45;

/**
 * vm_start + (index - vm_pgoff) * 4096, or undefined where that cannot be trusted: huge and tail
 * pages, KSM pages, and pages that a driver inserted (no mapping, an index left over). `isIndexed`: it is
 * known otherwise that the index can be trusted, where the record has no `mapping` to tell.
 */
export function placeOf(record: TraceRecord, isIndexed: boolean): number | undefined {
  readRmap(record);
  return placeRead(isIndexed);
}

/** The same of the record that `readRmap` has read. */
export function placeRead(isIndexed: boolean): number | undefined {
  if ((rights() & VM_HUGETLB) !== 0) return undefined;
  if (has(at.mapping)) {
    const [upper, lower] = [high(at.mapping), low(at.mapping)];
    if (upper === TAIL_MAPPING.high && lower === TAIL_MAPPING.low) return undefined;
    if ((upper | lower) === 0 || (lower & KSM_BITS) === KSM_BITS) return undefined;
  } else if (!isIndexed) return undefined;
  if (!has(at.pgoff) || !has(at.index) || !has(at.start)) return undefined;
  const pgoff = numberIn(halves, at.pgoff);
  const index = indexOfPage();
  if (pgoff < 0 || index < pgoff) return undefined;
  const page = pageIn(halves, at.start) + index - pgoff;
  return page < MOST_PAGES ? page * PAGE : undefined;
}

/** The index is that of the folio where one is named: its later pages have none of their own. */
function indexOfPage(): number {
  const index = numberIn(halves, at.index);
  if (index < 0 || !has(at.folio) || !has(at.page)) return index;
  if (high(at.page) === high(at.folio) && low(at.page) === low(at.folio)) return index;
  const further = Math.trunc(
    ((high(at.page) - high(at.folio)) * 2 ** 32 + ((low(at.page) >>> 0) - (low(at.folio) >>> 0))) /
      STRUCT_PAGE,
  );
  return further >= 0 && further < MOST_IN_FOLIO ? index + further : -1;
}
