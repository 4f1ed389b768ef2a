// How a bpftrace program comes by the events of rules: which probe, which of its arguments. The probes
// are those of a recording (event-sources.ts) and a few more, which tell what a recording infers
// afterwards: who is lazy, which page was flushed before it was unmapped.

import type { EventKind } from '../events/vocabulary.ts';
import { unmappingCalls } from '../trace/profiles/unmap-calls.ts';

/** Kernels differ in how they tell of a mapping: by folios since Linux 6.8, by pages before. */
export type Kernel = 'folios' | 'pages';

export interface BpftraceProbe {
  readonly event: EventKind;
  readonly probe: string;
  /** A condition in front of it. */
  readonly where?: string;
  /**
   * Statements that set the event's fields as `$mm`, `$va` and, for a change of addresses, `$end`, `$frame` and
   * `$frames` (how many from there on), `$slot_*`, `$cpu`, `$cpus`, `$thread`.
   */
  readonly fields: readonly string[];
  /** Only these rows are told. */
  readonly rows?: string;
  /** What the same hit tells after that, if the condition holds. */
  readonly also?: {
    readonly event: EventKind;
    readonly where: string;
    readonly fields: readonly string[];
  };
  /** What the program itself keeps, after the rule has been told. */
  readonly keeps?: readonly string[];
}

const PAGE_SIZE = 4096;
const STRUCT_PAGE = 64;

const pfnOf = (page: string): string =>
  `(${page} - *(uint64 *)kaddr("vmemmap_base")) / ${STRUCT_PAGE}`;
const ofVma = (arg: string): string[] => [
  `$vma = (struct vm_area_struct *)${arg};`,
  '$mm = (uint64)$vma->vm_mm;',
];
const addressOf = (index: string): string =>
  `$va = $vma->vm_start + (${index} - $vma->vm_pgoff) * ${PAGE_SIZE};`;
/**
 * cpu_bitmap is what comes last in mm_struct. Reclaim and migration raise the mm's generation and tell of
 * the page only later: a CPU that comes to the mm in between, or is flushed, owes nothing.
 */
const owing = [
  '@mask[cpu] = *(uint64 *)($mm + sizeof(struct mm_struct));',
  'if (@unmapping_since[tid] != 0) {',
  '  $r = (uint64)0;',
  '  while ($r < 64) {',
  '    if (@flushed_at[$r] >= @unmapping_since[tid]) {',
  '      @mask[cpu] = @mask[cpu] & ~((uint64)1 << $r);',
  '    }',
  '    $r = $r + 1;',
  '  }',
  '}',
  '$cpus = @mask[cpu];',
];
const slot = [
  '$frame = args->pfn;',
  '$frames = (uint64)1;',
  '$slot_dev = (uint64)args->s_dev;',
  '$slot_ino = (uint64)args->i_ino;',
  '$slot_index = (uint64)args->index;',
];
const frames = ['$frame = args->pfn;', '$frames = (uint64)1 << args->order;'];
const oneFrame = '$frames = (uint64)1;';

const inCall = '@unmapping[tid] == 1';
const caller = '$thread = (uint64)tid;';
/** An entry that such a call empties itself. */
const emptied = {
  event: 'vma.change',
  where: inCall,
  fields: [`$end = $va + ${PAGE_SIZE};`, caller],
} as const;

/** The order of probes at one place is theirs. */
export function probesFor(kernel: Kernel): readonly BpftraceProbe[] {
  return [...mapping(kernel), ...common];
}

function mapping(kernel: Kernel): BpftraceProbe[] {
  // A page whose entry was flushed as it was cleared owes nothing, and its rmap goes afterwards.
  const unflushed = [
    '@cleared_and_flushed[tid] == 0',
    '@collapsing[tid] == 0',
    // What zap_pte_range lets go of after its flush: by a function of its own since Linux 6.2.
    ...(kernel === 'folios' ? ['@in_flush_rmaps[tid] == 0'] : []),
  ].join(' && ');
  if (kernel === 'pages') {
    const at = [addressOf('((struct page *)arg0)->index'), `$frame = ${pfnOf('arg0')};`, oneFrame];
    const given = ['$va = arg2;', `$frame = ${pfnOf('arg0')};`, oneFrame];
    return [
      {
        event: 'pte.clear',
        probe: 'kprobe:page_remove_rmap',
        where: unflushed,
        fields: [...ofVma('arg1'), ...at, ...owing],
        also: emptied,
      },
      { event: 'pte.set', probe: 'kprobe:page_add_file_rmap', fields: [...ofVma('arg1'), ...at] },
      {
        event: 'pte.set',
        probe: 'kprobe:page_add_new_anon_rmap',
        fields: [...ofVma('arg1'), ...given],
      },
      {
        event: 'pte.set',
        probe: 'kprobe:page_add_anon_rmap',
        fields: [...ofVma('arg1'), ...given],
      },
    ];
  }
  const at = [
    addressOf(`((struct folio *)arg0)->index + (arg1 - arg0) / ${STRUCT_PAGE}`),
    `$frame = ${pfnOf('arg1')};`,
    oneFrame,
  ];
  return [
    {
      event: 'pte.clear',
      probe: 'kprobe:folio_remove_rmap_ptes',
      where: unflushed,
      fields: [...ofVma('arg3'), ...at, ...owing],
      also: emptied,
    },
    {
      event: 'pte.set',
      probe: 'kprobe:folio_add_file_rmap_ptes',
      fields: [...ofVma('arg3'), ...at],
    },
    {
      event: 'pte.set',
      probe: 'kprobe:folio_add_new_anon_rmap',
      fields: [...ofVma('arg1'), '$va = arg2;', `$frame = ${pfnOf('arg0')};`, oneFrame],
    },
    {
      event: 'pte.set',
      probe: 'kprobe:folio_add_anon_rmap_ptes',
      fields: [...ofVma('arg3'), '$va = arg4;', `$frame = ${pfnOf('arg1')};`, oneFrame],
    },
  ];
}

/** This CPU leaves what it ran; `@running` has, by address space, the CPUs that run it, `@ever` those that did. */
const leaves = '@running[@loaded[cpu]] = @running[@loaded[cpu]] & ~((uint64)1 << cpu);';

const common: readonly BpftraceProbe[] = [
  { event: 'frame.alloc', probe: 'tracepoint:kmem:mm_page_alloc', fields: frames },
  { event: 'frame.free', probe: 'tracepoint:kmem:mm_page_free', fields: frames },
  {
    event: 'slot.add',
    probe: 'tracepoint:filemap:mm_filemap_add_to_page_cache',
    fields: slot,
  },
  {
    event: 'slot.remove',
    probe: 'tracepoint:filemap:mm_filemap_delete_from_page_cache',
    fields: slot,
  },
  {
    event: 'tlb.flush',
    probe: 'tracepoint:tlb:tlb_flush',
    // 4 is TLB_REMOTE_SEND_IPI: who asks others has flushed nothing by that.
    where: 'args->reason != 4',
    fields: ['$cpus = (uint64)1 << cpu;'],
    keeps: ['@flushed_at[cpu] = nsecs;'],
  },
  // Once whoever asked for it goes on, each CPU has flushed, or will before it uses the mm again. The CPU's
  // own word may be missing: the kernel runs no program in an interrupt of another one.
  {
    event: 'tlb.flush',
    probe: 'kretprobe:arch_tlbbatch_flush',
    fields: ['$cpus = @batch[tid];'],
    keeps: ['delete(@batch[tid]);'],
  },
  {
    event: 'tlb.flush',
    probe: 'kretprobe:flush_tlb_mm_range',
    // Who has come to the mm since it began is asked as well, or has seen its new generation.
    fields: [
      '$mm = @flushed_mm[tid];',
      '$cpus = @flushed_cpus[tid] | *(uint64 *)($mm + sizeof(struct mm_struct));',
    ],
    rows: '@mm[$r] == $mm',
    keeps: ['delete(@flushed_mm[tid]);', 'delete(@flushed_cpus[tid]);'],
  },
  {
    event: 'mm.lazy',
    probe: 'kprobe:enter_lazy_tlb',
    fields: ['$mm = arg0;', '$cpu = (uint64)cpu;'],
    keeps: [leaves],
  },
  {
    event: 'mm.load',
    // At its end: what it flushed has been told by then.
    probe: 'kretprobe:switch_mm_irqs_off',
    fields: ['$mm = @next[cpu];', '$cpu = (uint64)cpu;'],
    keeps: [
      leaves,
      '@loaded[cpu] = $mm;',
      '@running[$mm] = @running[$mm] | ((uint64)1 << cpu);',
      '@ever[$mm] = @ever[$mm] | ((uint64)1 << cpu);',
    ],
  },
  {
    event: 'mm.exit',
    probe: 'kprobe:__mmdrop',
    fields: ['$mm = arg0;'],
    keeps: ['delete(@running[$mm]);', 'delete(@ever[$mm]);'],
  },
  {
    event: 'vma.change',
    // Entries that were empty when the kernel came there; those that are not follow one by one.
    probe: 'kprobe:unmap_page_range',
    where: inCall,
    fields: [...ofVma('arg1'), '$va = arg2;', '$end = arg3;', caller],
  },
  ...unmappingCalls.map(
    (name): BpftraceProbe => ({
      event: 'call.return',
      probe: `tracepoint:syscalls:sys_exit_${name}`,
      where: inCall,
      fields: [caller],
      keeps: ['delete(@unmapping[tid]);'],
    }),
  ),
];

/** Probes that tell the rule nothing by themselves. */
export const helpers: readonly {
  readonly probe: string;
  readonly does: readonly string[];
  /** Only for rules that hear of it. */
  readonly event?: EventKind;
  /** Older kernels do not have it. */
  readonly only?: Kernel;
}[] = [
  ...unmappingCalls.map(
    (name) =>
      ({
        probe: `tracepoint:syscalls:sys_enter_${name}`,
        does: ['@unmapping[tid] = (uint64)1;'],
        event: 'vma.change',
      }) as const,
  ),
  { probe: 'kprobe:switch_mm_irqs_off', does: ['@next[cpu] = arg1;'] },
  // struct arch_tlbflush_unmap_batch begins with its mask; it is cleared at the end.
  { probe: 'kprobe:arch_tlbbatch_flush', does: ['@batch[tid] = *(uint64 *)arg0;'] },
  {
    probe: 'kprobe:flush_tlb_mm_range',
    does: [
      '@flushed_mm[tid] = arg0;',
      '@flushed_cpus[tid] = *(uint64 *)(arg0 + sizeof(struct mm_struct));',
    ],
  },
  ...['try_to_unmap_one', 'try_to_migrate_one'].flatMap((walk) => [
    {
      probe: `kprobe:${walk}`,
      does: ['@unmapping_since[tid] = nsecs;', 'delete(@collapsing[tid]);'],
    },
    { probe: `kretprobe:${walk}`, does: ['delete(@unmapping_since[tid]);'] },
  ]),
  // Collapse flushes the whole table it takes away, and lets go of its pages one by one after that.
  { probe: 'kprobe:pmdp_collapse_flush', does: ['@collapsing[tid] = (uint64)1;'] },
  { probe: 'kprobe:unmap_page_range', does: ['delete(@collapsing[tid]);'] },
  { probe: 'kprobe:ptep_clear_flush', does: ['@cleared_and_flushed[tid] = (uint64)1;'] },
  {
    probe: 'kprobe:tlb_flush_rmaps',
    does: ['@in_flush_rmaps[tid] = (uint64)1;'],
    only: 'folios',
  },
  { probe: 'kretprobe:tlb_flush_rmaps', does: ['delete(@in_flush_rmaps[tid]);'], only: 'folios' },
];
