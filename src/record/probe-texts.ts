// What is to be probed, as text that knows no kernel: for each event of the profile the functions
// that stand for it, oldest kernel last, and how to get at each field from what the function is
// given. BTF of the target decides which function there is and what the fields' offsets are.
//
// A field is `PARAMETER[:STRUCT]->MEMBER...[0] [TYPE]`: a parameter by name or place ($1), the
// structure that a `void *` points to, members through pointers and embedded structures alike, `[0]`
// for the first word of an array, and how it is stored (x64 if left out).

export interface FunctionText {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface ProbeText {
  /** Name of the event, as src/trace/profiles/probes.ts knows it. */
  readonly event: string;
  readonly at: 'entry' | 'return';
  /** The first that the kernel has is probed. */
  readonly functions: readonly FunctionText[];
  /** What only the what-if or a better explanation needs: no rule loses by it. */
  readonly isExtra?: boolean;
}

const vma = {
  mm: 'vma->vm_mm',
  vm_start: 'vma->vm_start',
  vm_pgoff: 'vma->vm_pgoff u64',
  vm_flags: 'vma->vm_flags',
};
const ofPage = { page: 'page', index: 'page->index u64', mapping: 'page->mapping' };
const ofFolio = {
  page: 'page',
  folio: 'folio',
  nr: 'nr_pages u32',
  index: 'folio->index u64',
  mapping: 'folio->mapping',
};
const anon = { mm: 'vma->vm_mm', addr: 'address', vm_flags: 'vma->vm_flags' };
const cpus = 'vma->vm_mm->cpu_bitmap[0]';
const written = {
  mapping: 'iocb->ki_filp->f_mapping',
  ino: 'iocb->ki_filp->f_inode->i_ino u64',
  dev: 'iocb->ki_filp->f_inode->i_sb->s_dev u32',
  pos: 'iocb->ki_pos s64',
};

function entry(
  event: string,
  functions: Readonly<Record<string, Readonly<Record<string, string>>>>,
  isExtra = false,
): ProbeText {
  const texts = Object.entries(functions).map(([name, fields]) => ({ name, fields }));
  return { event, at: 'entry', functions: texts, isExtra };
}

function atReturn(event: string, name: string, fields: Readonly<Record<string, string>> = {}) {
  return { event, at: 'return', functions: [{ name, fields }] } as const satisfies ProbeText;
}

/** Which pages are mapped and unmapped, for the rules. */
export const mappingProbes: readonly ProbeText[] = [
  entry('rmap_add_file', {
    folio_add_file_rmap_ptes: { ...ofFolio, ...vma },
    page_add_file_rmap: { ...ofPage, ...vma },
  }),
  entry('rmap_add_new_anon', {
    folio_add_new_anon_rmap: { page: 'folio', ...anon },
    page_add_new_anon_rmap: { page: 'page', ...anon },
  }),
  entry('rmap_add_anon', {
    folio_add_anon_rmap_ptes: { page: 'page', nr: 'nr_pages u32', ...anon },
    page_add_anon_rmap: { page: 'page', ...anon },
  }),
  entry('rmap_del', {
    folio_remove_rmap_ptes: { ...ofFolio, cpus, ...vma },
    page_remove_rmap: { ...ofPage, cpus, ...vma },
  }),
  entry('unmap_one', {
    try_to_unmap_one: { folio: 'folio', mm: 'vma->vm_mm', addr: 'address', ttu: 'arg' },
  }),
  atReturn('unmap_one_ret', 'try_to_unmap_one', { ret: '$retval u8' }),
  entry('clear_flush', {
    ptep_clear_flush: { mm: 'vma->vm_mm', addr: 'address', pte: 'ptep->pte' },
  }),
  // What NUMA balancing or PROT_NONE has made unusable owes no flush later.
  entry('change_prot', {
    change_protection: { mm: 'vma->vm_mm', start: 'start', end: 'end' },
  }),
  entry('zap', { unmap_page_range: { mm: 'vma->vm_mm', start: 'addr', end: 'end' } }),
  entry('flush_rmaps', { tlb_flush_rmaps: { mm: 'vma->vm_mm' } }),
  atReturn('flush_rmaps_ret', 'tlb_flush_rmaps'),
];

/** Which flushes are asked for and carried out, and who has what loaded. */
export const flushProbes: readonly ProbeText[] = [
  entry('flush_range', {
    flush_tlb_mm_range: {
      mm: 'mm',
      start: 'start',
      end: 'end',
      stride: 'stride_shift u32',
      freed: 'freed_tables u8',
      cpus: 'mm->cpu_bitmap[0]',
    },
  }),
  atReturn('flush_range_ret', 'flush_tlb_mm_range'),
  entry('flush_func', {
    flush_tlb_func: {
      mm: 'info:flush_tlb_info->mm',
      start: 'info:flush_tlb_info->start',
      end: 'info:flush_tlb_info->end',
      gen: 'info:flush_tlb_info->new_tlb_gen u64',
      from: 'info:flush_tlb_info->initiating_cpu u32',
    },
  }),
  entry('batch_flush', { arch_tlbbatch_flush: { cpus: 'batch->cpumask->bits[0]' } }),
  atReturn('batch_flush_ret', 'arch_tlbbatch_flush'),
  entry('batch_pending', {
    flush_tlb_batched_pending: { mm: 'mm', batched: 'mm->tlb_flush_batched->counter u32' },
  }),
  entry('switch_mm', { switch_mm_irqs_off: { prev: '$1', next: 'next' } }),
];

/** What a design that defers would have had to pay for. */
export const pointProbes: readonly ProbeText[] = [
  entry('perform_write', { generic_perform_write: written }, true),
  entry('iomap_write', { iomap_file_buffered_write: written }, true),
  entry(
    'fault',
    {
      handle_mm_fault: {
        mm: 'vma->vm_mm',
        addr: 'address',
        flags: 'flags x32',
        vm_flags: 'vma->vm_flags',
      },
    },
    true,
  ),
];

/** The kernel's own tracepoints, `system/name`. */
export const tracepoints: readonly string[] = [
  'tlb/tlb_flush',
  'kmem/mm_page_alloc',
  'kmem/mm_page_free',
  'filemap/mm_filemap_add_to_page_cache',
  'filemap/mm_filemap_delete_from_page_cache',
  ...['mmap', 'munmap', 'mprotect', 'mremap', 'madvise'].flatMap((name) => [
    `syscalls/sys_enter_${name}`,
    `syscalls/sys_exit_${name}`,
  ]),
];

/** A choice of what to record. */
export interface RecordProfile {
  readonly id: string;
  readonly says: string;
  readonly probes: readonly ProbeText[];
  readonly tracepoints: readonly string[];
}

export const recordProfiles: readonly RecordProfile[] = [
  {
    id: 'full',
    says: 'all that the rules and lufcheck whatif need',
    probes: [...flushProbes, ...mappingProbes, ...pointProbes],
    tracepoints,
  },
  {
    id: 'rules',
    says: 'all that the rules need',
    probes: [...flushProbes, ...mappingProbes],
    tracepoints,
  },
  {
    id: 'flushes',
    says: 'flushes and switches only: little load, but no rule can be judged',
    probes: flushProbes,
    tracepoints: ['tlb/tlb_flush'],
  },
];
