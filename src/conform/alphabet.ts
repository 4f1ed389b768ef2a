// What a recording can show of a run of a path: events of the vocabulary, and calls of kernel functions
// that were probed. Everything else that a path does is silent.

import type { EventKind } from '../events/vocabulary.ts';

/** A kernel function whose calls a recording has. */
export interface ProbedFunction {
  readonly name: string;
  /** Its return is recorded as well: only then is a call of it an occurrence with an end. */
  readonly returns: boolean;
}

export interface Alphabet {
  readonly events: ReadonlySet<EventKind>;
  /**
   * Calls that are letters of whoever makes them. What a function does to pages tells of itself, and the
   * kernel may inline it or call a sibling (alloc_pages, folio_alloc): such a call is none.
   */
  readonly functions: ReadonlyMap<string, ProbedFunction>;
}

/**
 * Events that a recording shows. The others have no probe: locks, rights (`pte.rights`: change_protection
 * tells nothing of single entries), contents, what programs do. `mm.load` and `tlb.flush` are no events
 * of a task: the scheduler makes the one, and the function that does the other (`flush_tlb_func`) runs on
 * the CPUs that are interrupted, and is counted to who asked.
 */
export const tellingEvents: readonly EventKind[] = [
  'pte.set',
  'pte.clear',
  'frame.alloc',
  'frame.free',
  'slot.add',
  'slot.remove',
];

/**
 * Changes of entries that no recording shows, by path: the probes of entries sit where the reverse
 * mapping changes (page_add_..., page_remove_rmap), and here it does not, or by a function inlined into
 * its callers (page_dup_rmap).
 */
export const unseen: readonly {
  readonly path: string;
  readonly events: readonly EventKind[];
  /** Only where it is of some pages. */
  readonly sometimes?: true;
  readonly because: string;
}[] = [
  {
    path: 'mremap',
    events: ['pte.clear', 'pte.set'],
    because: 'the entry goes to another address with its mapping count as it was',
  },
  {
    path: 'folio_mkclean',
    events: ['pte.clear', 'pte.set'],
    because: 'the entry is emptied and set again for the same folio',
  },
  {
    path: 'write_protect_page',
    events: ['pte.clear', 'pte.set'],
    because: 'the entry is emptied and set again for the same folio',
  },
  {
    path: 'change_prot_numa',
    events: ['pte.clear'],
    because: 'the entry is armed for a hinting fault and still counts as a mapping',
  },
  {
    path: 'do_numa_page',
    events: ['pte.set'],
    because: 'the entry counted as a mapping all the time',
  },
  {
    path: 'wp_page_copy',
    events: ['pte.clear'],
    sometimes: true,
    because: 'the page that is copied may be the zero page, which has no reverse mapping',
  },
  {
    path: 'dup_mmap',
    events: ['pte.set'],
    because: 'page_dup_rmap is inlined and cannot be probed',
  },
];

/**
 * Entries that are counted (page_add_new_anon_rmap) before they are set: in such a call they may be set
 * at any time until it returns.
 */
export const countedEarly: readonly {
  readonly path: string;
  readonly event: EventKind;
  readonly because: string;
}[] = [
  {
    path: '__replace_page',
    event: 'pte.set',
    because: 'the new page is counted before the entry of the old one is emptied',
  },
];

/**
 * Cases that a path says it leaves out, told by the events that are missing then, or by a function that is
 * called more than once: such a call is counted, and not judged.
 */
export const leftOut: readonly {
  readonly path: string;
  /** None of them happens. */
  readonly lacks?: readonly EventKind[];
  readonly repeats?: string;
  readonly because: string;
}[] = [
  {
    path: 'do_anonymous_page',
    lacks: ['frame.alloc', 'frame.free', 'pte.set', 'pte.clear'],
    because: 'a read maps the shared zero page, which is neither allocated nor counted',
  },
  {
    path: '__replace_page',
    lacks: ['pte.set'],
    because: 'a breakpoint is taken out again: the entry is emptied, and the next fault fills it',
  },
  {
    path: 'uprobe_write_opcode',
    lacks: ['pte.set'],
    because: 'a breakpoint is taken out again: nothing is put in the place of its page',
  },
  {
    path: 'uprobe_write_opcode',
    lacks: ['frame.alloc'],
    because: 'the instruction is what it should be already, and no copy is made',
  },
  {
    path: 'migrate_pages',
    repeats: 'try_to_migrate',
    because: 'several folios, or one that is busy and is tried again',
  },
];

/**
 * Functions of the same file as their caller, which a compiler may put into it: 6.1 calls it, and 6.12
 * has a copy. What they call is in other files, and tells of itself.
 */
const copied: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['try_to_unmap_flush_dirty', new Set(['try_to_unmap_flush'])],
]);

/** Whether calls of a function may be missing in a caller. */
export function mayBeCopied(name: string, caller: string): boolean {
  return copied.get(caller)?.has(name) === true;
}

/**
 * Functions that are about the task's own batch, and not about a page: reclaim calls them for a folio at
 * which it has found nothing to unmap, too. One that flushed nothing is nothing to the others.
 */
export const aboutBatch: ReadonlySet<string> = new Set([
  'try_to_unmap_flush',
  'try_to_unmap_flush_dirty',
]);

/**
 * What the scheduler does in whatever task is there: in a call of another function it is no part of it.
 */
export const scheduling: ReadonlySet<string> = new Set([
  'switch_mm_irqs_off',
  'enter_lazy_tlb',
  'leave_mm',
]);

/** The function that a block stands for as a whole: see `inlined` in lang/program.ts. */
export function inlinedName(label: string): string | undefined {
  return label.endsWith('()') ? label.slice(0, -2) : undefined;
}

/** Letters are words: an event by its name, a call as `>function`, its return as `<function`. */
export function entering(name: string): string {
  return `>${name}`;
}
export function leaving(name: string): string {
  return `<${name}`;
}

/**
 * A letter for people.
 *
 * @example
 * ```ts
 * letterText('>arch_tlbbatch_flush') // => 'arch_tlbbatch_flush()'
 * letterText('<arch_tlbbatch_flush') // => 'return from arch_tlbbatch_flush'
 * letterText('pte.clear') // => 'pte.clear'
 * ```
 */
export function letterText(letter: string): string {
  if (letter.startsWith('>')) return `${letter.slice(1)}()`;
  if (letter.startsWith('<')) return `return from ${letter.slice(1)}`;
  return letter;
}
