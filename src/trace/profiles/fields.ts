// Reading addresses and page numbers out of records. Kernel addresses do not fit a double: they are
// read as two halves, or as hexadecimal names; page numbers fit and are numbers.

import type { FieldList, FieldNames } from '../formats/field-names.ts';
import type { TraceRecord } from '../formats/trace-record.ts';
import { type Wide, wideFromHex } from '../formats/wide.ts';

export const PAGE = 4096;
const TWO_32 = 2 ** 32;
/** Of the upper half of a number below 2^53. */
const MOST_HIGH = 2 ** 21;

/** The first of the names that the record has. */
export function hexOf(record: TraceRecord, field: FieldNames): string | undefined {
  for (const name of field.names) {
    const value = record.hex(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The same in two halves; false if the record has none of the names. */
export function wideOf(record: TraceRecord, field: FieldNames, into: Wide): boolean {
  if (record.wideOf !== undefined) return record.wideOf(field, into);
  for (const name of field.names) {
    if (record.wide === undefined ? wideFromHex(record.hex(name), into) : record.wide(name, into)) {
      return true;
    }
  }
  return false;
}

export function newWide(): Wide {
  return { low: 0, high: 0 };
}

export function numberOf(record: TraceRecord, field: FieldNames): number | undefined {
  if (record.numberOf !== undefined) return record.numberOf(field);
  for (const name of field.names) {
    const value = record.number(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Fields of a list in halves; see TraceRecord. */
export function halvesOf(record: TraceRecord, list: FieldList, into: Int32Array): number {
  if (record.halvesOf !== undefined) return record.halvesOf(list, into);
  const one = newWide();
  let present = 0;
  list.fields.forEach((field, i) => {
    if (!wideOf(record, field, one)) return;
    into[2 * i] = one.low;
    into[2 * i + 1] = one.high;
    present |= 1 << i;
  });
  return present;
}

/** One of them as a number; -1 beyond 2^53, which no page number is. */
export function numberIn(halves: Int32Array, i: number): number {
  const [low, high] = [halves[2 * i] as number, halves[2 * i + 1] as number];
  if (high === 0) return low >>> 0;
  return high > 0 && high < MOST_HIGH ? high * TWO_32 + (low >>> 0) : -1;
}

/** One of them, an address, as the number of its page. */
export function pageIn(halves: Int32Array, i: number): number {
  const [low, high] = [halves[2 * i] as number, halves[2 * i + 1] as number];
  return (high >>> 0) * (TWO_32 / PAGE) + (low >>> 12);
}

/** Page number of an address. */
export function pageOf({ low, high }: Wide): number {
  return (high >>> 0) * (TWO_32 / PAGE) + (low >>> 12);
}

/** The page-aligned address as a number: exact, since its low 12 bits are zero. */
export function pageAddress(address: Wide): number {
  return pageOf(address) * PAGE;
}

/** The same of a hexadecimal address. */
export function pageAddressOf(hex: string): number {
  return hex.length <= 3 ? 0 : Number.parseInt(hex.slice(0, -3), 16) * PAGE;
}

/** `a - b`: exact where it is less than 2^53. */
export function distance(a: Wide, b: Wide): number {
  return ((a.high >>> 0) - (b.high >>> 0)) * TWO_32 + ((a.low >>> 0) - (b.low >>> 0));
}

export function isZero({ low, high }: Wide): boolean {
  return low === 0 && high === 0;
}

/** TLB_FLUSH_ALL, and what -1 looks like in 64 bits. */
export function isAllOnes({ low, high }: Wide): boolean {
  return low === -1 && high === -1;
}

/** Who ran: name and pid, as stories show it. */
export function taskOf(record: TraceRecord): string {
  return `${record.task}/${record.pid}`;
}

/**
 * Kernel threads that work on other tasks' page tables while they merely borrow an mm (migration,
 * khugepaged, ksm, asynchronous faults of KVM and IOMMU in kworkers): that one of them maps a page
 * says nothing about the CPU being in that mm. A user task of such a name loses us evidence, no more.
 */
const BORROWERS =
  /^(?:kworker\/|kcompactd|khugepaged|ksmd|kswapd|kdamond|kdemote|migration\/|rcu_|rcu[a-z]+\/|ksoftirqd\/|idle_inject|kthreadd|oom_reaper|jbd2\/|irq\/|vhost-|<)/;

/** What the name of a task says, worked out once for many records. */
export interface Task {
  readonly name: string;
  /** As `taskOf`. */
  readonly by: string;
  /** Whether the task is, by its name, none of the above; it takes more to prove that it is a user task. */
  readonly mayBeUser: boolean;
}

const MOST_TASKS = 1 << 16;

export class Tasks {
  readonly #tasks = new Map<number, Task>();
  #last: Task | undefined;
  #lastPid = -1;

  of(record: TraceRecord): Task {
    const { pid, task: name } = record;
    const last = this.#last;
    if (last !== undefined && this.#lastPid === pid && last.name === name) return last;
    this.#last = this.#find(record);
    this.#lastPid = pid;
    return this.#last;
  }

  #find(record: TraceRecord): Task {
    const { pid, task: name } = record;
    const known = this.#tasks.get(pid);
    if (known !== undefined && known.name === name) return known;
    if (this.#tasks.size >= MOST_TASKS) this.#tasks.clear();
    const task = { name, by: taskOf(record), mayBeUser: pid > 0 && !BORROWERS.test(name) };
    this.#tasks.set(pid, task);
    return task;
  }
}
