// Where a kernel shows the events that rules hear: the probes and tracepoints of a recording
// (src/trace/profiles/probes.ts), by the same names.

import type { EventKind } from '../events/vocabulary.ts';
import { type ProbeName, probes } from '../trace/profiles/probes.ts';

/** Any of these shows the event; the others of the vocabulary no stock kernel shows. */
export const eventProbes: Readonly<Partial<Record<EventKind, readonly ProbeName[]>>> = {
  'pte.set': ['rmap_add_file', 'rmap_add_new_anon', 'rmap_add_anon'],
  'pte.clear': ['rmap_del'],
  'tlb.flush': ['tlb_flush'],
  'frame.alloc': ['mm_page_alloc'],
  'frame.free': ['mm_page_free'],
  'slot.add': ['mm_filemap_add_to_page_cache'],
  'slot.remove': ['mm_filemap_delete_from_page_cache'],
  'mm.load': ['switch_mm'],
  // Addresses that mean nothing any more; what else changes about a mapping no probe shows.
  'vma.change': ['zap'],
};

/** Every system call of every task. */
const CALL_RETURN = 'tracepoint raw_syscalls:sys_exit';

/** In words, e.g. `tracepoint kmem:mm_page_alloc`. */
export function sourceText(event: EventKind): string {
  if (event === 'call.return') return CALL_RETURN;
  const names = eventProbes[event];
  if (names === undefined) return 'nothing of a stock kernel';
  const functions = names.map((name) => {
    const { stands } = probes[name];
    if (stands === 'filemap') return `tracepoint filemap:${name}`;
    return stands.includes(':') ? `tracepoint ${stands}` : `function ${stands}`;
  });
  return functions.join(', ');
}

/** Runtime verification listens to tracepoints: for these there is one. */
export function hasTracepoint(event: EventKind): boolean {
  return sourceText(event).startsWith('tracepoint');
}
