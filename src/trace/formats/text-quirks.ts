// Events whose text is not plain key=value, or whose keys differ from the field names: kernel
// print formats and trace-cmd's plugins. Each entry gives the text the binary record's names and
// units, so that a rule does not care which it reads. A table, not logic: one entry per event.

import { adjustPageCache, drop, nameToNumber, rename } from './text-adjust.ts';

/** How one event's text differs from its record. */
export interface Quirk {
  /** Whole bodies: the named groups of the first match are the fields, nothing else is read. */
  readonly forms?: readonly RegExp[];
  /** Turns a body that no form matches into key=value. */
  readonly rewrite?: (body: string) => string;
  /** Renames, converts or removes fields after the pairs have been read. */
  readonly adjust?: (fields: Map<string, string>) => void;
  /** Fields printed as hex without 0x. */
  readonly bareHex?: readonly string[];
  /** Signed fields that may be printed as unsigned. */
  readonly signed?: readonly string[];
  /** Fields printed as a name with the number in parentheses at the end. */
  readonly inParentheses?: readonly string[];
}

// `page=` is computed by the printer, from a base address that it does not know.
const PAGE_EVENT: Quirk = { adjust: (fields) => drop(fields, 'page') };

// The record of a failed allocation has pfn -1; the print says 0, a page nobody ever gets.
const PAGE_ALLOC: Quirk = {
  adjust: (fields) => {
    drop(fields, 'page');
    if (fields.get('pfn') === '0x0') fields.set('pfn', '0xffffffffffffffff');
  },
};

const PAGE_CACHE: Quirk = {
  rewrite: (body) => body.replace(/^dev (\d+:\d+) ino ([0-9a-f]+)/, 'dev=$1 ino=$2'),
  adjust: adjustPageCache,
  bareHex: ['i_ino'],
};

// A task name is free text, but too short to hold the rest of such a form: a greedy match from the
// left ends at the real fields.
const SWITCH: Quirk = {
  forms: [
    /^prev_comm=(?<prev_comm>.*) prev_pid=(?<prev_pid>\d+) prev_prio=(?<prev_prio>-?\d+) prev_state=(?<prev_state>\S+) (?:==> )?next_comm=(?<next_comm>.*) next_pid=(?<next_pid>\d+) next_prio=(?<next_prio>-?\d+)$/,
    /^(?<prev_comm>.*):(?<prev_pid>\d+) \[(?<prev_prio>-?\d+)\] (?<prev_state>\S+) ==> (?<next_comm>.*):(?<next_pid>\d+) \[(?<next_prio>-?\d+)\]$/,
  ],
};

const WAKEUP: Quirk = {
  forms: [
    /^comm=(?<comm>.*) pid=(?<pid>\d+) prio=(?<prio>-?\d+)(?: success=\d)? target_cpu=(?<target_cpu>\d+)$/,
    /^(?<comm>.*):(?<pid>\d+) \[(?<prio>-?\d+)\](?: success=\d)? CPU:(?<target_cpu>\d+)$/,
  ],
};

const MIGRATE_MODES = ['MIGRATE_ASYNC', 'MIGRATE_SYNC_LIGHT', 'MIGRATE_SYNC'];
const MIGRATE_REASONS = [
  'compaction',
  'memory_failure',
  'memory_hotplug',
  'syscall_or_cpuset',
  'mempolicy_mbind',
  'numa_misplaced',
  'contig_range',
  'longterm_pin',
  'demotion',
];

const MIGRATION: Quirk = {
  adjust: (fields) => {
    for (const key of [...fields.keys()]) {
      if (key.startsWith('nr_')) rename(fields, { [key]: key.slice(3) });
    }
    rename(fields, { split: 'large_folio_split' });
    nameToNumber(fields, 'mode', MIGRATE_MODES);
    nameToNumber(fields, 'reason', MIGRATE_REASONS);
  },
  inParentheses: ['mode', 'reason'],
};

const MIGRATION_ENTRY: Quirk = { bareHex: ['addr', 'pte'] };

const MAPLE_TREE: Quirk = {
  forms: [
    /^mt_mod (?<mt>\w+), \((?<vma>\w+)\), STORE, (?<vm_start>\d+), (?<vm_end>\d+),?/,
    /^mt_mod (?<mt>\w+), \(NULL\), SNULL, (?<start>\d+), (?<end>\d+),?/,
    /^mt_mod (?<mt>\w+), DESTROY/,
  ],
};

const TLB_FLUSH: Quirk = {
  forms: [/^pages[:=](?<pages>\S+) reason[:=](?<reason>.*)$/],
  signed: ['pages'],
  inParentheses: ['reason'],
};

const MEMBERS = ['MM_FILEPAGES', 'MM_ANONPAGES', 'MM_SWAPENTS', 'MM_SHMEMPAGES'];

const RSS_STAT: Quirk = {
  adjust: (fields) => {
    rename(fields, { type: 'member' });
    nameToNumber(fields, 'member', MEMBERS);
    const size = fields.get('size');
    if (size?.endsWith('B')) fields.set('size', size.slice(0, -1));
  },
  inParentheses: ['member'],
};

const UNMAPPED_AREA: Quirk = {
  adjust: (fields) => {
    rename(fields, {
      len: 'length',
      lo: 'low_limit',
      hi: 'high_limit',
      mask: 'align_mask',
      ofs: 'align_offset',
    });
    // The record has one field for the address or the error; the print splits it.
    const error = fields.get('err');
    if (error !== undefined && error !== '0') fields.set('addr', error);
    drop(fields, 'err');
  },
};

const FORK: Quirk = {
  adjust: (fields) => rename(fields, { comm: 'parent_comm', pid: 'parent_pid' }),
};

// "(type) name: value, ..." with or without the type.
const SYSCALL_ENTER: Quirk = {
  rewrite: (body) => body.replaceAll(/(^|, )(?:[\w *]{1,64}[ *])?(\w{1,64}): /g, '$1$2='),
};

const SYSCALL_EXIT: Quirk = {
  rewrite: (body) => (body.includes('=') ? body : `ret=${body}`),
  signed: ['ret'],
};

const QUIRKS: ReadonlyMap<string, Quirk> = new Map<string, Quirk>([
  ['exit_mmap', MAPLE_TREE],
  ['ipi_send_cpumask', { bareHex: ['cpumask'] }],
  ['mm_filemap_add_to_page_cache', PAGE_CACHE],
  ['mm_filemap_delete_from_page_cache', PAGE_CACHE],
  ['mm_filemap_fault', PAGE_CACHE],
  ['mm_filemap_get_pages', PAGE_CACHE],
  ['mm_filemap_map_pages', PAGE_CACHE],
  ['mm_migrate_pages', MIGRATION],
  ['mm_migrate_pages_start', MIGRATION],
  ['mm_page_alloc', PAGE_ALLOC],
  ['mm_page_alloc_zone_locked', PAGE_ALLOC],
  ['mm_page_free', PAGE_EVENT],
  // The record has no order; the print always says 0.
  ['mm_page_free_batched', { adjust: (fields) => drop(fields, 'page', 'order') }],
  ['mm_page_pcpu_drain', PAGE_EVENT],
  ['remove_migration_pte', MIGRATION_ENTRY],
  ['rss_stat', RSS_STAT],
  ['sched_process_fork', FORK],
  ['sched_switch', SWITCH],
  ['sched_wakeup', WAKEUP],
  ['sched_wakeup_new', WAKEUP],
  ['sched_waking', WAKEUP],
  ['set_migration_pte', MIGRATION_ENTRY],
  ['tlb_flush', TLB_FLUSH],
  ['vm_unmapped_area', UNMAPPED_AREA],
  ['vma_mas_szero', MAPLE_TREE],
  ['vma_store', MAPLE_TREE],
]);

/** What is special about an event's text, if anything. */
export function quirkOf(event: string): Quirk | undefined {
  if (event.startsWith('sys_enter_')) return SYSCALL_ENTER;
  if (event.startsWith('sys_exit_')) return SYSCALL_EXIT;
  return QUIRKS.get(event);
}
