// System calls that take away what an address means, for rules that are about their return: munmap and
// the like promise the new state when they come back, and flush before that (mm/mmap.c, unmap_region).
// Told are entries that were empty when the kernel came to their range (unmap_page_range), and those that the
// call empties itself. One that reclaim empties in between owes its flush to the call as well; it is not told.

import { form } from '../check/happening.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import type { BlindSpots } from './blind-spots.ts';
import { PAGE, type Task } from './fields.ts';
import type { SystemCall } from './probes.ts';
import type { Telling } from './telling.ts';

/** Those that may unmap; what they map instead is there before they return. */
export const unmappingCalls: readonly string[] = ['munmap', 'mmap', 'mremap', 'brk'];
const unmapping: ReadonlySet<string> = new Set(unmappingCalls);
const MOST_CALLS = 4096;
/** A range of more pages (64 MB) is not looked through, whatever a record says: it is counted. */
const MOST_PAGES = 1 << 14;

interface Call {
  /** Its own: a task makes one after the other. */
  readonly number: number;
  readonly name: string;
  changesAny: boolean;
}

export class UnmapCalls {
  readonly #telling: Telling;
  readonly #blind: BlindSpots;
  readonly #open = new Map<number, Call>();
  #made = 0;

  constructor(telling: Telling, blind: BlindSpots) {
    this.#telling = telling;
    this.#blind = blind;
  }

  /** A system call begins or ends. To be asked before what else that says of the CPU is told. */
  passes({ edge, name }: SystemCall, record: TraceRecord, place: number, task: Task): void {
    const { pid } = record;
    const call = this.#open.get(pid);
    if (call !== undefined) this.#open.delete(pid);
    if (edge === 'enter') {
      if (unmapping.has(name)) this.#begins(pid, name);
      return;
    }
    if (call === undefined || call.name !== name || !call.changesAny) return;
    const event = this.#telling.begin(form.callReturn, record, place, task);
    event.what = `${name}(2) returned`;
    event.thread = call.number;
    this.#telling.tell();
  }

  #begins(pid: number, name: string): void {
    this.#open.set(pid, { number: this.#made++, name, changesAny: false });
    const oldest = this.#open.keys().next().value;
    if (this.#open.size > MOST_CALLS && oldest !== undefined) this.#open.delete(oldest);
  }

  /** These addresses lose what they mean, if the task is in such a call. */
  changes(
    record: TraceRecord,
    place: number,
    task: Task,
    { mm, start, end }: { readonly mm: number; readonly start: number; readonly end: number },
  ): void {
    const call = this.#open.get(record.pid);
    if (call === undefined) return;
    if ((end - start) / PAGE > MOST_PAGES) {
      this.#blind.wide++;
      return;
    }
    const telling = this.#telling;
    for (let va = start; va < end; va += PAGE) {
      if (telling.ignores(form.vmaChange, 0, va)) continue;
      const event = telling.begin(form.vmaChange, record, place, task);
      event.what = `${call.name}(2)`;
      event.mm = mm;
      event.va = va;
      event.writable = call.name === 'munmap' ? 0 : 1;
      event.thread = call.number;
      call.changesAny = true;
      telling.tell();
    }
  }
}
