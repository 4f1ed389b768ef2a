// The probes this profile understands (traces/README.md: kprobe events of group `luf` and the
// kernel's own tracepoints), by event name. A field may go by several names: recorders changed them.

import { type FieldNames, fieldNames } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';

/** Kernel function or tracepoint, and the fields by our names. */
interface ProbeText {
  readonly stands: string;
  readonly fields: Readonly<Record<string, FieldNames>>;
}

const fileMapping = {
  page: fieldNames('page'),
  // The large folio that the page is in, whose index it is, and how many pages from it on (6.8 on).
  folio: fieldNames('folio'),
  nr: fieldNames('nr'),
  mm: fieldNames('mm'),
  start: fieldNames('vm_start', 'start'),
  pgoff: fieldNames('vm_pgoff', 'pgoff'),
  index: fieldNames('index'),
  flags: fieldNames('vm_flags', 'vmflags'),
  mapping: fieldNames('mapping'),
};
const anonMapping = {
  page: fieldNames('page'),
  nr: fieldNames('nr'),
  mm: fieldNames('mm'),
  addr: fieldNames('addr'),
  flags: fieldNames('vm_flags', 'vmflags'),
};
const cacheEvent = {
  pfn: fieldNames('pfn'),
  inode: fieldNames('i_ino'),
  device: fieldNames('s_dev'),
  index: fieldNames('index'),
  order: fieldNames('order'),
};

export const probes = {
  rmap_add_file: { stands: 'page_add_file_rmap', fields: fileMapping },
  rmap_add_new_anon: { stands: 'page_add_new_anon_rmap', fields: anonMapping },
  rmap_add_anon: { stands: 'page_add_anon_rmap', fields: anonMapping },
  rmap_del: { stands: 'page_remove_rmap', fields: { ...fileMapping, cpus: fieldNames('cpus') } },
  unmap_one: {
    stands: 'try_to_unmap_one',
    fields: { page: fieldNames('folio', 'page'), mm: fieldNames('mm'), addr: fieldNames('addr') },
  },
  unmap_one_ret: { stands: 'try_to_unmap_one', fields: {} },
  batch_flush: { stands: 'arch_tlbbatch_flush', fields: { cpus: fieldNames('cpus', 'mask') } },
  batch_flush_ret: { stands: 'arch_tlbbatch_flush', fields: {} },
  batch_pending: { stands: 'flush_tlb_batched_pending', fields: { mm: fieldNames('mm') } },
  flush_range: {
    stands: 'flush_tlb_mm_range',
    fields: {
      mm: fieldNames('mm'),
      start: fieldNames('start'),
      end: fieldNames('end'),
      cpus: fieldNames('cpus'),
    },
  },
  flush_range_ret: { stands: 'flush_tlb_mm_range', fields: {} },
  flush_func: {
    stands: 'flush_tlb_func',
    fields: {
      mm: fieldNames('mm'),
      start: fieldNames('start'),
      end: fieldNames('end'),
      from: fieldNames('from'),
    },
  },
  clear_flush: {
    stands: 'ptep_clear_flush',
    fields: { mm: fieldNames('mm'), addr: fieldNames('addr'), entry: fieldNames('pte') },
  },
  zap: {
    stands: 'unmap_page_range',
    fields: { mm: fieldNames('mm'), start: fieldNames('start'), end: fieldNames('end') },
  },
  flush_rmaps: { stands: 'tlb_flush_rmaps', fields: { mm: fieldNames('mm') } },
  flush_rmaps_ret: { stands: 'tlb_flush_rmaps', fields: {} },
  fault: {
    stands: 'handle_mm_fault',
    fields: {
      mm: fieldNames('mm'),
      addr: fieldNames('addr'),
      flags: fieldNames('flags'),
      rights: fieldNames('vm_flags'),
    },
  },
  switch_mm: {
    stands: 'switch_mm_irqs_off',
    fields: { prev: fieldNames('prev'), next: fieldNames('next') },
  },
  change_prot: {
    stands: 'change_protection',
    fields: { mm: fieldNames('mm'), start: fieldNames('start'), end: fieldNames('end') },
  },
  perform_write: {
    stands: 'generic_perform_write',
    fields: { mapping: fieldNames('mapping'), inode: fieldNames('ino'), device: fieldNames('dev') },
  },
  tlb_flush: {
    stands: 'tlb:tlb_flush',
    fields: { reason: fieldNames('reason'), pages: fieldNames('pages') },
  },
  mm_page_alloc: {
    stands: 'kmem:mm_page_alloc',
    fields: { pfn: fieldNames('pfn'), order: fieldNames('order') },
  },
  mm_page_free: {
    stands: 'kmem:mm_page_free',
    fields: { pfn: fieldNames('pfn'), order: fieldNames('order') },
  },
  mm_filemap_add_to_page_cache: { stands: 'filemap', fields: cacheEvent },
  mm_filemap_delete_from_page_cache: { stands: 'filemap', fields: cacheEvent },
} as const satisfies Record<string, ProbeText>;

export type ProbeName = keyof typeof probes;

const alias: Readonly<Record<string, ProbeName>> = {
  rmap_file: 'rmap_add_file',
  rmap_new_anon: 'rmap_add_new_anon',
  rmap_anon: 'rmap_add_anon',
  iomap_write: 'perform_write',
};

export interface SystemCall {
  readonly edge: 'enter' | 'exit';
  readonly name: string;
}
export interface Meaning {
  readonly probe: ProbeName | undefined;
  readonly call: SystemCall | undefined;
}

/** The names are those of this file, not the trace's: comparing them with one another is cheap. */
const byEvent: ReadonlyMap<string, ProbeName> = new Map([
  ...(Object.keys(probes) as ProbeName[]).map((name) => [name, name] as const),
  ...Object.entries(alias),
]);

/** By event name. A text trace may name anything: not more than these are remembered. */
const meanings = new Map<string, Meaning>();
const MOST_MEANINGS = 4096;

export function meaningOf(event: string): Meaning {
  const known = meanings.get(event);
  if (known !== undefined) return known;
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  const match = /^sys_(enter|exit)_(\w+)$/.exec(event);
  const meaning: Meaning = {
    probe: byEvent.get(event),
    call:
      match === null ? undefined : { edge: match[1] as 'enter' | 'exit', name: match[2] as string },
  };
  meanings.set(event, meaning);
  return meaning;
}

/** What is to be known of each event, for the records of one trace: made once, and found by the event's number. */
export class ByEvent<T> {
  readonly #make: (event: string) => T;
  readonly #byId: (T | undefined)[] = [];
  /** Of readers that have no numbers. */
  readonly #byName = new Map<string, T>();

  constructor(make: (event: string) => T) {
    this.#make = make;
  }

  of(record: Pick<TraceRecord, 'event' | 'eventId'>): T {
    const id = record.eventId;
    if (id === undefined) return this.#named(record.event);
    return this.#byId[id] ?? this.#note(id, record.event);
  }

  #note(id: number, event: string): T {
    const made = this.#make(event);
    while (this.#byId.length < id) this.#byId.push(undefined);
    this.#byId[id] = made;
    return made;
  }

  #named(event: string): T {
    let made = this.#byName.get(event);
    if (made === undefined) {
      if (this.#byName.size >= MOST_MEANINGS) this.#byName.clear();
      made = this.#make(event);
      this.#byName.set(event, made);
    }
    return made;
  }
}

/** The probe of an event; system calls and everything else have none. */
export function probeOf(event: string): ProbeName | undefined {
  return meaningOf(event).probe;
}

/** `enter` or `exit` and the system call's name. */
export function systemCallOf(event: string): SystemCall | undefined {
  return meaningOf(event).call;
}

/** TLB flush reasons, include/trace/events/tlb.h. */
export const REASON_TASK_SWITCH = 0;
export const REASON_REMOTE_SHOOTDOWN = 1;
export const REASON_LOCAL_MM_SHOOTDOWN = 3;
