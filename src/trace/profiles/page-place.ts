// Where a page that is being unmapped was mapped. page_remove_rmap names the vma and the page's
// index, from which rmap's vma_address() computes the address; but not every struct page has an
// index that means this, and a wrong address would look like a flush that missed its page.

import type { TraceRecord } from '../formats/trace-record.ts';
import { hexOf, numberOf, PAGE, pageOf } from './fields.ts';
import { probes } from './probes.ts';

/** include/linux/mm.h; the index of a huge page counts huge pages. */
const VM_HUGETLB = 0x400000;
/** include/linux/poison.h: `mapping` of tail pages, whose index is left over from earlier. */
const TAIL_MAPPING = 'dead000000000400';
/** PAGE_MAPPING_KSM = PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE: a KSM page is mapped anywhere. */
const KSM_BITS = 3;
const STRUCT_PAGE = 64n;
const MOST_IN_FOLIO = 1n << 18n;
/** Pages of the largest user address space, 57 bits. */
const MOST_PAGES = 2 ** 45;

const { fields } = probes.rmap_del;

/**
 * vm_start + (index - vm_pgoff) * 4096, or undefined where that cannot be trusted: huge and tail
 * pages, KSM pages, and pages that a driver inserted (no mapping, an index left over).
 */
export function placeOf(record: TraceRecord): number | undefined {
  const flags = numberOf(record, fields.flags);
  if (flags !== undefined && (flags & VM_HUGETLB) !== 0) return undefined;
  const mapping = hexOf(record, fields.mapping);
  if (mapping === '0' || mapping === TAIL_MAPPING) return undefined;
  if (mapping !== undefined && (Number.parseInt(mapping.slice(-1), 16) & KSM_BITS) === KSM_BITS) {
    return undefined;
  }
  const start = hexOf(record, fields.start);
  const pgoff = numberOf(record, fields.pgoff);
  const index = indexOf(record);
  if (start === undefined || pgoff === undefined || index === undefined) return undefined;
  const page = pageOf(start) + index - pgoff;
  return index >= pgoff && page < MOST_PAGES ? page * PAGE : undefined;
}

/** The index is that of the folio where one is named: its later pages have none of their own. */
function indexOf(record: TraceRecord): number | undefined {
  const index = numberOf(record, fields.index);
  const [page, folio] = [hexOf(record, fields.page), hexOf(record, fields.folio)];
  if (index === undefined || page === undefined || folio === undefined) return index;
  const further = (BigInt(`0x${page}`) - BigInt(`0x${folio}`)) / STRUCT_PAGE;
  return further >= 0n && further < MOST_IN_FOLIO ? index + Number(further) : undefined;
}

/** Whether the record has a `mapping` to tell pages with a meaningful index from others. */
export function hasMapping(record: TraceRecord): boolean {
  return hexOf(record, fields.mapping) !== undefined;
}
