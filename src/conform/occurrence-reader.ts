// Records of a trace, task by task, to calls of functions with what was done in each. A call is known
// only from its entry to its return; what is cut off at either end is counted and not judged.

import type { EventKind } from '../events/vocabulary.ts';
import { type Happening, slotName } from '../trace/check/happening.ts';
import type { Observer } from '../trace/check/observation.ts';
import { fieldNames } from '../trace/formats/field-names.ts';
import type { TraceRecord } from '../trace/formats/trace-record.ts';
import { rangeIn } from '../trace/profiles/cpu-tracker.ts';
import { newWide, taskOf, wideOf } from '../trace/profiles/fields.ts';
import { type Names, NO_MM } from '../trace/profiles/names.ts';
import { probeOf, probes } from '../trace/profiles/probes.ts';
import { type Alphabet, countedEarly, entering, leaving, leftOut } from './alphabet.ts';
import type { Occurrence, SeenLetter } from './occurrence.ts';
import { callOf, operationOf } from './probed-functions.ts';

const MM = fieldNames('mm');
/** Longer calls are not judged: reclaim in one large write can go on for ever. */
const MOST_LETTERS = 1 << 16;
const MOST_TASKS = 4096;
const PAGE_SHIFT = 12;

interface Open {
  /** As its return is recorded. */
  readonly call: string;
  /** Its path; undefined: the model has none for what this call does. */
  readonly name: string | undefined;
  readonly task: string;
  readonly cpu: number;
  readonly from: number;
  letters: SeenLetter[];
  /** Letters that may be of any time until it returns. */
  readonly waiting: SeenLetter[];
  /** Something in it could not be placed, or there was too much of it. */
  isBlind: boolean;
}

/** Calls that were recorded and not judged. */
export interface Passed {
  /** Their return, or a stretch of them, is not in the recording. */
  unfinished: number;
  /** Something in them the recording does not place, or it is about huge pages. */
  blind: number;
  /** A system call with an operation that has no path, or a case that its path leaves out. */
  unmodelled: number;
}

export class OccurrenceReader {
  readonly passed: Passed = { unfinished: 0, blind: 0, unmodelled: 0 };
  readonly #alphabet: Alphabet;
  readonly #names: Names;
  readonly #onOccurrence: (one: Occurrence) => void;
  /** By pid, the outermost call first. */
  readonly #open = new Map<number, Open[]>();
  /** Who runs on each CPU. */
  readonly #running = new Map<number, number>();
  #pid = 0;
  #told = 0;
  #record: TraceRecord | undefined;
  readonly #wide = newWide();

  constructor(alphabet: Alphabet, names: Names, onOccurrence: (one: Occurrence) => void) {
    this.#alphabet = alphabet;
    this.#names = names;
    this.#onOccurrence = onOccurrence;
  }

  /** What the profile tells of the record that it is given between `before` and `after`. */
  readonly observer: Observer = {
    happens: (one) => this.#happens(one),
    runs: () => {},
    leaves: () => {},
    seen: () => {},
    lost: () => this.lost(),
    asks: () => {},
  };

  before(record: TraceRecord): void {
    this.#pid = record.pid;
    this.#record = record;
    this.#told = 0;
    this.#running.set(record.cpu, record.pid);
    // Whatever the task of this CPU was at, a stretch of it is missing.
    if (record.lostBefore !== 0) this.lost();
  }

  after(record: TraceRecord): void {
    const call = callOf(record.event);
    if (call !== undefined) {
      if (call.name === 'flush_tlb_func') this.#flushed(record);
      else if (call.edge === 'enter') this.#enters(call.name, record);
      else this.#returns(call.name, record);
      return;
    }
    // An unmapped page whose address is not known is in nobody's letters.
    if (this.#told === 0 && probeOf(record.event) === 'rmap_del') this.#blinds(record.pid);
  }

  /** Records are missing: nothing that is open can be judged. */
  lost(): void {
    for (const stack of this.#open.values()) this.passed.unfinished += stack.length;
    this.#open.clear();
  }

  finish(): Passed {
    this.lost();
    return this.passed;
  }

  #happens(one: Happening): void {
    const { kind, at, notBefore, cpu } = one;
    if (!this.#alphabet.events.has(kind) || this.#record === undefined) return;
    this.#told++;
    const isPte = kind === 'pte.set' || kind === 'pte.clear';
    const mm = this.#names.mms.nameOf(one.mm);
    this.#add(this.#pid, {
      letter: kind satisfies EventKind,
      at,
      since: Math.min(at, notBefore),
      cpu,
      ...(isPte && one.mm !== NO_MM && mm !== undefined ? { mm, va: one.va } : {}),
      frame: one.frame,
      ...(kind.startsWith('slot.') ? { slot: slotName(one.place) } : {}),
      held: kind === 'pte.clear' && one.hasCpus(),
    });
  }

  #enters(name: string, record: TraceRecord): void {
    const probed = this.#alphabet.functions.get(name);
    if (probed === undefined) return;
    this.#add(record.pid, this.#callLetter(entering(name), record));
    // What a call does to a huge page is told by no probe, and is another function's.
    if ((record.number('stride') ?? 0) > PAGE_SHIFT) this.#blinds(record.pid);
    if (!probed.returns) return;
    const stack = this.#open.get(record.pid) ?? [];
    if (stack.length === 0) {
      if (this.#open.size >= MOST_TASKS) this.lost();
      this.#open.set(record.pid, stack);
    }
    stack.push({
      call: name,
      name: operationOf(name, (field) => record.number(field)),
      task: taskOf(record),
      cpu: record.cpu,
      from: record.time,
      letters: [],
      waiting: [],
      isBlind: false,
    });
  }

  #returns(name: string, record: TraceRecord): void {
    if (!this.#alphabet.functions.has(name)) return;
    const stack = this.#open.get(record.pid);
    const at = stack?.findLastIndex((one) => one.call === name) ?? -1;
    if (stack === undefined || at < 0) return;
    // Calls inside of it whose return was missed: nothing around them can be judged either.
    const inner = stack.splice(at + 1);
    this.passed.unfinished += inner.length;
    const open = stack.pop() as Open;
    if (stack.length === 0) this.#open.delete(record.pid);
    for (const outer of stack) if (inner.length > 0) outer.isBlind = true;
    const waited = open.waiting.map((one) => ({ ...one, at: record.time }));
    for (const one of waited) this.#put([...stack, open], one);
    const { name: path, task, cpu, from, letters } = open;
    if (path === undefined) this.passed.unmodelled++;
    else if (open.isBlind || inner.length > 0) this.passed.blind++;
    else if (isLeftOut(path, letters)) this.passed.unmodelled++;
    else this.#onOccurrence({ name: path, task, cpu, from, until: record.time, letters });
    this.#add(record.pid, this.#callLetter(leaving(name), record));
  }

  #blinds(pid: number): void {
    for (const open of this.#open.get(pid) ?? []) open.isBlind = true;
  }

  /** A CPU does what some task asked for: it is a letter of whoever asked. */
  #flushed(record: TraceRecord): void {
    const from = record.number('from');
    const asker = from === undefined ? undefined : this.#running.get(from);
    if (asker === undefined || !this.#alphabet.functions.has('flush_tlb_func')) return;
    this.#add(asker, this.#callLetter(entering('flush_tlb_func'), record));
  }

  #callLetter(letter: string, record: TraceRecord): SeenLetter {
    const { time: at, cpu } = record;
    const plain = { letter, at, since: at, cpu, held: false };
    if (record.event !== 'flush_range' || !wideOf(record, MM, this.#wide)) return plain;
    const mm = this.#names.mms.nameOf(this.#names.mms.of(this.#wide)) as string;
    const { va, pages } = rangeIn(record, probes.flush_range.fields);
    return { ...plain, mm, ...(va === undefined || pages === undefined ? {} : { va, pages }) };
  }

  #add(pid: number, letter: SeenLetter): void {
    const stack = this.#open.get(pid) ?? [];
    const late = stack.findLast(({ name }) =>
      countedEarly.some(({ path, event }) => path === name && event === letter.letter),
    );
    if (late === undefined) this.#put(stack, letter);
    else late.waiting.push(letter);
  }

  #put(stack: readonly Open[], letter: SeenLetter): void {
    for (const open of stack) {
      if (open.name !== open.call && isCallOf(letter, open.name)) continue;
      if (open.letters.length >= MOST_LETTERS) {
        open.isBlind = true;
        open.letters = [];
      }
      if (!open.isBlind) open.letters.push(letter);
    }
  }
}

/** A path's own function inside of the system call that the path is of: no letter of it. */
function isCallOf({ letter }: SeenLetter, name: string | undefined): boolean {
  return name !== undefined && (letter === entering(name) || letter === leaving(name));
}

function isLeftOut(path: string, letters: readonly SeenLetter[]): boolean {
  return leftOut.some((one) => {
    if (one.path !== path) return false;
    const { lacks, repeats } = one;
    if (lacks !== undefined) {
      return !letters.some(({ letter }) => lacks.some((kind) => kind === letter));
    }
    return (
      repeats !== undefined &&
      letters.filter(({ letter }) => letter === entering(repeats)).length > 1
    );
  });
}
